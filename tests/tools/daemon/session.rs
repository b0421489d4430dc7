//! Questions to a daemon, one a line, and its answers as text.

use fleet::daemon::{Connection, DaemonError, Event, Options, PathInfo, Target};
use fleet::report::Report;
use fleet::store::{
    Algorithm, Cache, ContentAddress, Derivation, Hasher, Instantiated, Method, OutputName, StoreDir,
    StorePath, nar,
};
use std::cell::RefCell;
use std::io::{self, BufRead, Read as _, Write};
use std::path::Path;

/// Where answers go; what the daemon tells meanwhile goes there too.
struct Out<'w>(RefCell<&'w mut dyn Write>);

macro_rules! say {
    ($out:expr, $($text:tt)*) => { writeln!($out.0.borrow_mut(), $($text)*).unwrap() };
}

/// Asks all questions. What the daemon says no to is an answer; anything else that fails ends it.
pub fn hold(
    daemon: &mut Connection,
    questions: impl BufRead,
    answers: &mut dyn Write,
) -> Result<(), DaemonError> {
    let out = Out(RefCell::new(answers));
    let mut cache = Cache::default();
    let mut last = String::new();
    for line in questions.lines() {
        let line = line.unwrap().replace(" _", &format!(" {last}"));
        let words: Vec<&str> = line.split(' ').collect();
        say!(out, "> {line}");
        match question(daemon, &mut cache, &words, &out) {
            Ok(None) => {}
            Ok(Some(path)) => {
                last = daemon.dir().print(&path);
                say!(out, "{last}");
            }
            Err(error) if error.is_refusal() => {
                say!(out, "{}", Report::from(error).render(false).trim_end());
            }
            Err(error) => return Err(error),
        }
        out.0.borrow_mut().flush().unwrap();
    }
    Ok(())
}

/// Asks, prints the answer, and gives the path to be printed last.
fn question(
    daemon: &mut Connection,
    cache: &mut Cache,
    words: &[&str],
    out: &Out<'_>,
) -> Result<Option<StorePath>, DaemonError> {
    let dir = daemon.dir().clone();
    let path = |text: &str| dir.parse_path(text).unwrap();
    let tell = &mut |event: Event| match event {
        Event::Line(line) => say!(out, "line: {}", String::from_utf8_lossy(&line)),
        event => {
            if let Some(line) = event.log_line() {
                say!(out, "log: {}", String::from_utf8_lossy(line));
            }
        }
    };
    match words {
        ["who"] => {
            say!(out, "nix {} speaks {}, {:?}", daemon.nix_version(), daemon.version(), daemon.trust());
        }
        // Two derivations, the second needs the first: `derivations NAME`, built from the second.
        ["derivations", name] => {
            let made = pair(&dir, cache, name);
            let made: Vec<&Instantiated> = made.iter().collect();
            daemon.add_derivations(&made, tell)?;
            return Ok(Some(made[1].path.clone()));
        }
        // Many at once, each needs the one before: `many NAME COUNT`.
        ["many", name, count] => {
            let mut before = None;
            let made: Vec<_> = (0..count.parse().unwrap())
                .map(|at| {
                    let made = shell(&dir, cache, &format!("{name}-{at}"), "echo x > $out", before.take());
                    before = Some(made.path.clone());
                    made
                })
                .collect();
            daemon.add_derivations(&made.iter().collect::<Vec<_>>(), tell)?;
            return Ok(before);
        }
        // A derivation whose output has a wrong path.
        ["wrong", name] => {
            let made = shell(&dir, cache, name, "echo x > $out", None);
            let text = String::from_utf8(made.text).unwrap().replace("echo x", "echo y").into_bytes();
            let path = dir.text_path(made.path.name(), &text, &[]).unwrap();
            daemon
                .add_derivations(&[&Instantiated { path: path.clone(), text, references: vec![] }], tell)?;
            build(daemon, &path, out)?;
        }
        ["build", derivation] => build(daemon, &path(derivation), out)?,
        ["valid", name] => say!(out, "{}", daemon.is_valid_path(&path(name))?),
        ["valid-of", names @ ..] => {
            let paths: Vec<_> = names.iter().map(|name| path(name)).collect();
            for path in daemon.valid_paths(&paths, false, tell)? {
                say!(out, "{}", dir.print(&path));
            }
        }
        ["info", name] => match daemon.path_info(&path(name))? {
            None => say!(out, "none"),
            Some(info) => show(&dir, &info, out),
        },
        ["hash-part", part] => {
            say!(out, "{}", daemon.path_of_hash(part)?.map_or("none".into(), |path| dir.print(&path)));
        }
        ["missing", derivation] => {
            let missing = daemon.missing(&[Target::outputs(path(derivation))])?;
            say!(out, "build {}", missing.will_build.len());
            say!(out, "fetch {}", missing.will_substitute.len());
            say!(out, "unknown {}", missing.unknown.len());
        }
        ["outputs", derivation] => {
            for (name, path) in daemon.outputs(&path(derivation))? {
                say!(out, "{name} {}", path.map_or("unknown".into(), |path| dir.print(&path)));
            }
        }
        // A file of so many bytes, as an archive: `add NAME SIZE`.
        ["add", name, size] => {
            let size: u64 = size.parse().unwrap();
            let (path, info) = daemon.add::<DaemonError>(
                name,
                Method::Nar,
                Algorithm::Sha256,
                &[],
                |to| Ok(file_of(size, size, to)?),
                tell,
            )?;
            show(&dir, &info, out);
            return Ok(Some(path));
        }
        // The file is half as long as it says, as one that shrinks while it is read: `add-half NAME SIZE`.
        ["add-half", name, size] => {
            let size: u64 = size.parse().unwrap();
            daemon.add::<DaemonError>(
                name,
                Method::Nar,
                Algorithm::Sha256,
                &[],
                |to| Ok(file_of(size * 2, size, to)?),
                tell,
            )?;
        }
        // A whole path without a signature, with what is known of it: `add-path NAME SIZE`, or `add-own` where the
        // content tells the path.
        [how @ ("add-path" | "add-own"), name, size] => {
            let size: u64 = size.parse().unwrap();
            let mut hasher = Hasher::new(Algorithm::Sha256);
            file_of(size, size, &mut hasher)?;
            let nar_size = hasher.length();
            let nar_hash = hasher.finish();
            let own = *how == "add-own";
            let path = match own {
                true => dir.source_path(name, &nar_hash).unwrap(),
                false => StorePath::new(&[7; 20], name).unwrap(),
            };
            let info = PathInfo {
                deriver: None,
                nar_hash,
                references: vec![],
                registration_time: 0,
                nar_size,
                ultimate: false,
                signatures: vec![],
                content_address: own.then_some(ContentAddress { method: Method::Nar, hash: nar_hash }),
            };
            daemon.add_path::<DaemonError>(&path, &info, own, |to| Ok(file_of(size, size, to)?), tell)?;
            return Ok(Some(path));
        }
        ["read", name] => {
            let text = daemon.read_path::<_, DaemonError>(&path(name), |archive| {
                archive.next()?;
                Ok(archive.text(1 << 20)?)
            })?;
            say!(out, "{}", String::from_utf8_lossy(&text).trim_end());
        }
        ["read-none", name] => daemon.read_path::<_, DaemonError>(&path(name), |_| Ok(()))?,
        ["temp-root", name] => daemon.add_temp_root(&path(name))?,
        ["indirect-root", link] => daemon.add_indirect_root(Path::new(link))?,
        ["options", others @ ..] => {
            let others = others
                .iter()
                .map(|other| other.split_once('=').unwrap())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            daemon.set_options(&Options { keep_going: true, others, ..Options::default() }, tell)?;
        }
        // Lets the script do something while the connection stays open.
        ["wait-for", file] => {
            for _ in 0..600 {
                if Path::new(file).exists() {
                    return Ok(None);
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            panic!("{file} did not come");
        }
        words => panic!("no question is called {words:?}"),
    }
    Ok(None)
}

fn build(daemon: &mut Connection, derivation: &StorePath, out: &Out<'_>) -> Result<(), DaemonError> {
    let dir = daemon.dir().clone();
    let results = daemon.build(&[Target::outputs(derivation.clone())], &mut |event| {
        if let Some(line) = event.log_line() {
            say!(out, "log: {}", String::from_utf8_lossy(line));
        }
    })?;
    for result in results {
        say!(out, "{:?} {}", result.status, result.message.lines().next().unwrap_or_default());
        for (name, path) in result.outputs {
            say!(out, "{name} {}", dir.print(&path));
        }
    }
    Ok(())
}

fn shell(
    dir: &StoreDir,
    cache: &mut Cache,
    name: &str,
    script: &str,
    needs: Option<StorePath>,
) -> Instantiated {
    let mut derivation = Derivation::new(name.to_owned());
    derivation.platform = b"x86_64-linux".into();
    derivation.builder = b"/bin/sh".into();
    derivation.args = vec![b"-c".into(), script.as_bytes().to_vec().into()];
    derivation.add_output("out").unwrap();
    derivation.set_env(&b"PATH"[..], &b"/usr/bin:/bin"[..]);
    if let Some(needs) = needs {
        derivation.add_input(needs, OutputName::out());
    }
    derivation.instantiate(dir, cache).unwrap()
}

fn pair(dir: &StoreDir, cache: &mut Cache, name: &str) -> [Instantiated; 2] {
    let first = shell(dir, cache, &format!("{name}-first"), "echo one; echo first > $out", None);
    let parsed = Derivation::parse(dir, format!("{name}-first"), &first.text).unwrap();
    let out = String::from_utf8_lossy(parsed.env(b"out").unwrap()).into_owned();
    let script = format!("echo two; read x < {out}; echo \"second after $x, {out}\" > $out");
    let second = shell(dir, cache, name, &script, Some(first.path.clone()));
    [first, second]
}

fn file_of(says: u64, holds: u64, to: impl Write) -> Result<(), nar::NarError> {
    let mut writer = nar::Writer::new(to);
    writer.file(false, says, io::repeat(b'x').take(holds))?;
    writer.finish().map(drop)
}

fn show(dir: &StoreDir, info: &PathInfo, out: &Out<'_>) {
    let references: Vec<_> = info.references.iter().map(|path| dir.print(path)).collect();
    say!(out, "archive {} {}", info.nar_hash, info.nar_size);
    say!(out, "references {}", references.join(" "));
    let address = info.content_address.map_or("none".into(), |address| address.to_string());
    say!(out, "content address {address}");
}
