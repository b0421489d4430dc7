//! Seals, opens and makes keys with nothing but the library: what the programs in tests/outside judge.
//!
//! ```text
//! seal seal READER…           standard input, sealed for these lines (`ssh-ed25519 …`, `age1…`)
//! seal open IDENTITY…         standard input, opened with these files
//! seal readers                one line for each reader that standard input is sealed for
//! seal pair ssh|wireguard|age NAME    writes NAME, mode 0600, and NAME.pub
//! seal public                 the WireGuard public key of the private key on standard input
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool of the tests, outside the program's rules"
)]

use fleet::format::Sensitive;
use fleet::format::sealed::{self, Stanza};
use fleet::keys::{Identities, IdentityOptions, Prompt, Recipient, Sealer, pair};
use fleet::report::{Diagnose, Report};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprint!("{}", report.render(false));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Report> {
    match words {
        ["seal", readers @ ..] => {
            let readers = readers.iter().map(|line| Recipient::parse(line).map_err(report));
            let readers = readers.collect::<Result<Vec<_>, _>>()?;
            answer(&Sealer::new(Arc::new(Words)).seal(&input(), &readers).map_err(report)?);
        }
        ["open", files @ ..] => {
            let files = files.iter().map(Into::into).collect();
            let options = IdentityOptions { files, ..IdentityOptions::default() };
            let identities = Identities::load(&options, Arc::new(Words)).map_err(report)?;
            answer(identities.open(input().expose()).map_err(report)?.expose());
        }
        ["readers"] => {
            for stanza in sealed::header(input().expose()).map_err(report)?.stanzas {
                match stanza {
                    Stanza::Ssh { algorithm, tag } => println!("{} {tag:02x?}", algorithm.as_str()),
                    Stanza::X25519 => println!("X25519"),
                    Stanza::Scrypt => println!("scrypt"),
                    Stanza::Other(kind) => println!("{kind}"),
                }
            }
        }
        ["pair", kind, name] => {
            let (private, public) = match *kind {
                "ssh" => {
                    let pair = pair::ssh("made by fleet").map_err(report)?;
                    (pair.private, Recipient::Ssh(pair.public).to_string())
                }
                "age" => {
                    let pair = pair::age();
                    (pair.private, pair.public.to_string())
                }
                _ => {
                    let pair = pair::wireguard();
                    (pair.private, pair.public.to_string())
                }
            };
            let mut file = std::fs::OpenOptions::new();
            let file = file.write(true).create_new(true).mode(0o600).open(name);
            file.and_then(|mut file| file.write_all(private.expose())).expect("the file can be written");
            std::fs::write(format!("{name}.pub"), format!("{public}\n")).expect("the file can be written");
        }
        ["public"] => println!("{}", pair::wireguard_public(&input()).map_err(report)?),
        _ => return Err(Report::usage("see the first lines of tests/tools/seal/main.rs")),
    }
    Ok(())
}

/// Says what is said, and answers with SEAL_PASSPHRASE where it is set: a test has no terminal.
struct Words;

impl Prompt for Words {
    fn passphrase(&self, what: &str) -> Option<Sensitive> {
        eprintln!("{what}");
        std::env::var("SEAL_PASSPHRASE").ok().map(Sensitive::from)
    }

    fn word(&self, _: &str) -> Option<String> {
        None
    }

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn say(&self, message: &str) {
        eprintln!("{message}");
    }

    fn is_interactive(&self) -> bool {
        std::env::var_os("SEAL_PASSPHRASE").is_some()
    }
}

fn input() -> Sensitive {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).expect("standard input can be read");
    Sensitive::new(bytes)
}

fn answer(bytes: &[u8]) {
    std::io::stdout().write_all(bytes).expect("standard output takes it");
}

fn report(error: impl Diagnose) -> Report {
    error.into()
}
