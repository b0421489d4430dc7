//! The key files of a fleet, `keys/<folder>/<name>.pub`, each with one public key in one line.
//!
//! ```text
//! keys/masters/<name>.pub    who may open every secret: ssh-ed25519, ssh-rsa, age1…, age plugin recipients
//! keys/hosts/<machine>.pub   ssh-ed25519 host keys
//! keys/<mesh>/<member>.pub   WireGuard public keys
//! ```
//!
//! Empty lines and lines that begin with `#` are skipped.

use super::recipient::{Recipient, looks_private};
use crate::format::{KeyError, KeyName, MachineName, MeshName, SshAlgorithm, SshPublicKey, WgPublicKey};
use crate::os::{FileError, Root};
use crate::report::{Diagnose, Place, Report, Reports};
use std::collections::BTreeMap;

/// The folder they all lie in.
const FOLDER: &str = "keys";

/// No public key is longer: an RSA key of 16384 bits has 3 kB.
const LIMIT: u64 = 64 << 10;

/// Every public key under `keys/`, parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PublicKeys {
    /// `keys/masters/<name>.pub`
    pub masters: BTreeMap<KeyName, Recipient>,
    /// `keys/hosts/<machine>.pub`
    pub hosts: BTreeMap<MachineName, SshPublicKey>,
    /// `keys/<mesh>/<member>.pub`
    pub mesh: BTreeMap<MeshName, BTreeMap<MachineName, WgPublicKey>>,
}

impl PublicKeys {
    /// Reads them all. A bad file gets a report and leaves the others alone; files that are no `.pub` get a warning.
    pub fn load(root: &Root) -> (PublicKeys, Reports) {
        let mut keys = PublicKeys::default();
        let mut reports = Reports::default();
        let folders = match root.list(FOLDER) {
            Ok(folders) => folders,
            Err(error) => return (keys, error.into()),
        };
        for folder in folders.into_iter().filter(|name| !name.starts_with('.')) {
            let path = format!("{FOLDER}/{folder}");
            match folder.as_str() {
                "masters" => keys.masters = read_folder(root, &path, KeyName::parse, master, &mut reports),
                "hosts" => keys.hosts = read_folder(root, &path, MachineName::parse, host, &mut reports),
                _ if root.path().join(&path).is_dir() => match MeshName::parse(&folder) {
                    Ok(mesh) => {
                        let read =
                            read_folder(root, &path, MachineName::parse, WgPublicKey::parse, &mut reports);
                        keys.mesh.insert(mesh, read);
                    }
                    Err(error) => reports.push(Report::from(error).at(path)),
                },
                _ => stray(root, &path, &mut reports),
            }
        }
        keys.report_doubles(&mut reports);
        (keys, reports)
    }

    /// Where a master's key lies, relative to the fleet's folder.
    pub fn master_file(name: &KeyName) -> String {
        format!("{FOLDER}/masters/{name}.pub")
    }

    /// Where a machine's host key lies.
    pub fn host_file(machine: &MachineName) -> String {
        format!("{FOLDER}/hosts/{machine}.pub")
    }

    /// Where a member's WireGuard key lies.
    pub fn mesh_file(mesh: &MeshName, member: &MachineName) -> String {
        format!("{FOLDER}/{mesh}/{member}.pub")
    }

    /// The one master key in the text of a file, which messages call `place`.
    ///
    /// # Errors
    /// When there is none or several, or it is no key that can be sealed to.
    pub fn parse_master(place: &str, text: &[u8]) -> Result<Recipient, Report> {
        parse_file(place, text, master)
    }

    /// One private key behind two names is one reader that looks like two: removing one name would leave the other.
    fn report_doubles(&self, reports: &mut Reports) {
        let masters = self.masters.iter().map(|(name, key)| (key.line(), Self::master_file(name)));
        report_doubles(masters, "two masters have the same key", reports);
        let hosts = self.hosts.iter().map(|(name, key)| (key.line(), Self::host_file(name)));
        report_doubles(hosts, "two machines have the same host key", reports);
        let lines: BTreeMap<String, &KeyName> =
            self.masters.iter().map(|(name, key)| (key.line(), name)).collect();
        for (machine, key) in &self.hosts {
            if let Some(master) = lines.get(&key.line()) {
                let message = format!("the host key of `{machine}` is also the master `{master}`");
                reports.push(
                    Report::warning(message).at(Self::master_file(master)).at(Self::host_file(machine)).hint(
                        "whoever becomes root there opens every secret; give the master a key of its own",
                    ),
                );
            }
        }
    }
}

fn report_doubles(keys: impl Iterator<Item = (String, String)>, message: &str, reports: &mut Reports) {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for (key, file) in keys {
        match first.get(&key) {
            Some(other) => reports.push(
                Report::error(message)
                    .at(file)
                    .at(other.clone())
                    .hint("give each its own key pair, or remove one of the files"),
            ),
            None => {
                first.insert(key, file);
            }
        }
    }
}

/// One folder: names from file names, keys from the one line in each.
fn read_folder<N: Ord, K, E: Diagnose>(
    root: &Root,
    folder: &str,
    name: impl Fn(&str) -> Result<N, E>,
    key: impl Fn(&str) -> Result<K, KeyError>,
    reports: &mut Reports,
) -> BTreeMap<N, K> {
    let mut keys = BTreeMap::new();
    let entries = match root.read_folder(folder, LIMIT) {
        Ok(entries) => entries,
        Err(error) => {
            reports.push(error);
            return keys;
        }
    };
    for (file, content) in entries.into_iter().filter(|(file, _)| !file.starts_with('.')) {
        let path = format!("{folder}/{file}");
        let Some(stem) = file.strip_suffix(".pub") else {
            report_stray(&path, content, reports);
            continue;
        };
        // The content is looked at even when the name is wrong: a private key has to be found under any name.
        let parsed = content.map_err(|error| Report::from(error).at(path.clone())).and_then(|content| {
            let key = parse_file(&path, &content, &key)?;
            Ok((name(stem).map_err(|error| Report::from(error).at(path.clone()))?, key))
        });
        match parsed {
            Ok((name, key)) => {
                keys.insert(name, key);
            }
            Err(report) => reports.push(report),
        }
    }
    keys
}

/// The one key of a file.
fn parse_file<K>(path: &str, content: &[u8], key: impl Fn(&str) -> Result<K, KeyError>) -> Result<K, Report> {
    let report = |error: KeyError| Report::from(error).at(path);
    let text = str::from_utf8(content).map_err(|_| report(KeyError::Unknown))?;
    // No place with the line: a report must not show a private key.
    if looks_private(text) {
        return Err(report(KeyError::Private));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')).collect();
    let span = |line: &str| {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        start..start + line.trim_end().len()
    };
    match lines[..] {
        [] => Err(report(KeyError::Empty)),
        [line] => key(line).map_err(|error| Report::from(error).at(Place::in_source(path, text, span(line)))),
        [_, second, ..] => {
            Err(Report::from(KeyError::Several(lines.len())).at(Place::in_source(path, text, span(second))))
        }
    }
}

fn master(line: &str) -> Result<Recipient, KeyError> {
    Recipient::parse(line)
}

/// A host's key also pins its identity for ssh, and machines of today have an ed25519 one.
fn host(line: &str) -> Result<SshPublicKey, KeyError> {
    let key = match Recipient::parse(line)? {
        Recipient::Ssh(key) if key.algorithm() == SshAlgorithm::Ed25519 => return Ok(key),
        other => other,
    };
    Err(KeyError::Unsupported { kind: key.kind(), reason: "a host key is an ssh-ed25519 key" })
}

fn stray(root: &Root, path: &str, reports: &mut Reports) {
    let content = root.read_at_most(path, LIMIT);
    report_stray(path, content, reports);
}

/// A file that is no `.pub`: harmless, unless it holds a private key.
fn report_stray(path: &str, content: Result<Vec<u8>, FileError>, reports: &mut Reports) {
    let private = content.is_ok_and(|content| looks_private(&String::from_utf8_lossy(&content)));
    reports.push(if private {
        Report::from(KeyError::Private).at(path)
    } else {
        Report::warning("nothing reads this file").at(path).hint(
            "a public key lies in `keys/masters`, `keys/hosts` or `keys/<mesh>` and its name ends in `.pub`",
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::pair;
    use crate::os::files;
    use std::path::PathBuf;

    struct Fleet(PathBuf);

    impl Fleet {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("fleet-keys-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            files::create_folder(path.join("keys")).unwrap();
            Fleet(path)
        }

        fn file(&self, name: &str, content: impl AsRef<[u8]>) {
            let path = self.0.join("keys").join(name);
            files::create_folder(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }

        /// The keys, and every report as one line: `error <message> @ <file>:<line>`.
        fn load(&self) -> (PublicKeys, Vec<String>) {
            let (keys, reports) = PublicKeys::load(&Root::open(&self.0).unwrap());
            let line = |report: &Report| {
                let place = report.places.first().unwrap();
                let line = place.spot.as_ref().map_or(String::new(), |spot| format!(":{}", spot.line));
                let word = if report.is_error() { "error" } else { "warning" };
                format!("{word} {} @ {}{line}", report.message, place.file)
            };
            (keys, reports.0.iter().map(line).collect())
        }
    }

    impl Drop for Fleet {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn ssh() -> String {
        pair::ssh("a comment").unwrap().public.line()
    }

    #[test]
    fn good_files_are_read_whatever_their_line_ends_and_comments() {
        let fleet = Fleet::new("good");
        fleet.file("masters/ann.pub", format!("# Ann, since May\r\n\r\n{} ann@home\r\n", ssh()));
        fleet.file("masters/bob.pub", pair::age().public.line());
        fleet.file("hosts/web1.pub", format!("\u{feff}{}\n\n", ssh()));
        fleet.file("wireg0/web1.pub", format!("{}\n", pair::wireguard().public));
        fleet.file("wireg0/.gitkeep", "");
        let (keys, reports) = fleet.load();
        assert_eq!(reports, Vec::<String>::new());
        assert_eq!((keys.masters.len(), keys.hosts.len(), keys.mesh.len()), (2, 1, 1));
        let Recipient::Ssh(ann) = &keys.masters[&KeyName::parse("ann").unwrap()] else {
            panic!("it is an ssh key")
        };
        assert_eq!(ann.comment(), "ann@home");
    }

    #[test]
    fn each_bad_file_has_one_report_with_its_line_and_leaves_the_others_alone() {
        let fleet = Fleet::new("bad");
        let (same, good) = (ssh(), ssh());
        fleet.file("hosts/good.pub", &good);
        fleet.file("hosts/one.pub", &same);
        fleet.file("hosts/two.pub", &same);
        fleet.file("hosts/Web.pub", ssh());
        fleet.file("hosts/pair.pub", format!("# two\n{}\n{}\n", ssh(), ssh()));
        fleet.file("hosts/age.pub", pair::age().public.line());
        fleet.file("hosts/readme.txt", "hello");
        fleet.file("masters/empty.pub", "# nothing\n");
        fleet.file("masters/ecdsa.pub", "ecdsa-sha2-nistp256 AAAA x\n");
        fleet.file("masters/damaged.pub", "\n\nssh-ed25519 AAAA\n");
        fleet.file("masters/binary.pub", [0xff, 0xfe]);
        fleet.file("masters/private.pub", pair::age().private.expose());
        fleet.file("masters/host.pub", &good);
        fleet.file("masters/id_ed25519", pair::ssh("").unwrap().private.expose());
        fleet.file("wireg0/web1.pub", "short\n");
        fleet.file("a mesh/web1.pub", "short\n");
        fleet.file("README", "hello");
        let (keys, mut reports) = fleet.load();
        reports.sort_unstable();
        let kept: Vec<_> = keys.hosts.keys().map(MachineName::as_str).collect();
        assert_eq!(kept, ["good", "one", "two"]);
        assert_eq!(
            reports,
            [
                "error `Web` is no machine name: 'W' is not allowed at its start @ keys/hosts/Web.pub",
                "error `a mesh` is no mesh name: ' ' is not allowed in it @ keys/a mesh",
                "error a key of type `age` is not supported: a host key is an ssh-ed25519 key @ keys/hosts/age.pub:1",
                "error a key of type `ecdsa-sha2-nistp256` is not supported: age knows ssh-ed25519 and ssh-rsa \
                 @ keys/masters/ecdsa.pub:1",
                "error it holds 2 keys where one belongs @ keys/hosts/pair.pub:3",
                "error it is no key that fleet knows @ keys/masters/binary.pub",
                "error it is no valid WireGuard key @ keys/wireg0/web1.pub:1",
                "error it is no valid ssh-ed25519 key @ keys/masters/damaged.pub:3",
                "error there is no key in it @ keys/masters/empty.pub",
                "error this is a private key: it must never stand in a fleet's repository @ keys/masters/id_ed25519",
                "error this is a private key: it must never stand in a fleet's repository @ keys/masters/private.pub",
                "error two machines have the same host key @ keys/hosts/two.pub",
                "warning nothing reads this file @ keys/README",
                "warning nothing reads this file @ keys/hosts/readme.txt",
                "warning the host key of `good` is also the master `host` @ keys/masters/host.pub",
            ]
        );
    }

    #[test]
    fn a_report_of_a_private_key_does_not_show_it() {
        let fleet = Fleet::new("private");
        let private = pair::age().private;
        fleet.file("masters/x.pub", private.expose());
        let (_, reports) = PublicKeys::load(&Root::open(&fleet.0).unwrap());
        let text: String = reports.0.iter().map(|report| report.render(false)).collect();
        assert!(!text.is_empty() && !text.contains(private.expose_str().unwrap().trim()));
    }

    #[test]
    fn a_fleet_without_keys_has_none() {
        let fleet = Fleet::new("none");
        std::fs::remove_dir_all(fleet.0.join("keys")).unwrap();
        assert_eq!(fleet.load(), (PublicKeys::default(), Vec::new()));
    }
}
