//! A host's key as other programs tell it: a `.pub` file, a known_hosts line, or what `ssh-keyscan` prints.
//!
//! `ssh-keyscan` authenticates nothing: whoever sits on the way can answer in the host's place. So a scanned key is
//! shown by its fingerprint, to be compared with what the machine itself says on its console.

use super::recipient::looks_private;
use crate::format::{KeyError, MachineName, SshAlgorithm, SshPublicKey};
use crate::inventory::Inventory;
use crate::os::process::{Process, ProcessError};
use crate::report::{Diagnose, Report};
use std::time::Duration;

/// Why there is no host key.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A line is no key, or one that can't be used.
    #[error("line {line} is no host key")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        reason: KeyError,
    },
    /// A private key.
    #[error(transparent)]
    Private(KeyError),
    /// Two different ed25519 keys: two hosts, or one that was made anew.
    #[error("there are {} different ssh-ed25519 keys in it: {}", .fingerprints.len(), .fingerprints.join(", "))]
    Several {
        /// Their fingerprints.
        fingerprints: Vec<String>,
    },
    /// No ed25519 key.
    #[error("there is no ssh-ed25519 key in it{}", only(.others))]
    None {
        /// The types of the keys that are in it.
        others: Vec<String>,
    },
    /// ssh-keyscan could not be run, or found no host.
    #[error("`{host}` did not answer on port {port}")]
    Silent {
        /// The address asked.
        host: String,
        /// The port asked.
        port: u16,
        /// What ssh-keyscan said.
        said: String,
    },
    /// ssh-keyscan could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

fn only(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!(", only {}", others.join(", ")) }
}

impl Diagnose for ScanError {
    fn hints(&self) -> Vec<String> {
        match self {
            ScanError::Line { .. } => {
                vec![
                    "take the host's /etc/ssh/ssh_host_ed25519_key.pub, or the output of `ssh-keyscan`"
                        .into(),
                ]
            }
            ScanError::Private(error) => error.hints(),
            ScanError::Several { .. } => {
                vec![
                    "keep the line of the one host, and compare its fingerprint with the machine's console"
                        .into(),
                ]
            }
            ScanError::None { .. } => {
                vec![
                    "make one on the host with `ssh-keygen -A`, and see that sshd offers it (HostKey)".into(),
                ]
            }
            ScanError::Silent { said, .. } if !said.is_empty() => vec![format!("ssh-keyscan said: {said}")],
            ScanError::Silent { .. } => vec!["see that sshd runs there and that its port is right".into()],
            ScanError::Process(error) => error.hints(),
        }
    }
}

/// Finds the one ssh-ed25519 key in the text of a `.pub` file, of known_hosts lines or of `ssh-keyscan`'s output.
///
/// Keys of other types are passed over, and so are comments; one key said several times is one key.
///
/// # Errors
/// When there is none, when there are several, or a line is something else.
pub fn host_key(text: &str) -> Result<SshPublicKey, ScanError> {
    if looks_private(text) {
        return Err(ScanError::Private(KeyError::Private));
    }
    let mut keys: Vec<SshPublicKey> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match SshPublicKey::parse(key_of(line)) {
            Ok(key) if key.algorithm() == SshAlgorithm::Ed25519 => {
                if !keys.iter().any(|other| other.same_key(&key)) {
                    keys.push(key);
                }
            }
            Ok(key) => others.push(key.algorithm().as_str().into()),
            Err(KeyError::Unsupported { kind, .. }) => others.push(kind),
            Err(reason) => return Err(ScanError::Line { line: index + 1, reason }),
        }
    }
    match keys.len() {
        0 => {
            others.sort_unstable();
            others.dedup();
            Err(ScanError::None { others })
        }
        1 => Ok(keys.remove(0)),
        _ => Err(ScanError::Several { fingerprints: keys.iter().map(SshPublicKey::fingerprint).collect() }),
    }
}

/// The key in a line of any of these forms; a known_hosts line has the hosts before it: `[h]:1108,10.0.0.1 ssh-…`.
fn key_of(line: &str) -> &str {
    let is_kind =
        |word: &str| word.starts_with("ssh-") || word.starts_with("ecdsa-sha2-") || word.starts_with("sk-");
    let first = line.split_whitespace().next().unwrap_or_default();
    let rest = line[first.len()..].trim_start();
    // `@cert-authority` and `@revoked` lines are no host's key; they fail as what they are.
    if !is_kind(first) && !first.starts_with('@') && rest.split_whitespace().next().is_some_and(is_kind) {
        return rest;
    }
    line
}

/// Where a machine may be asked for its key, in this order: its mesh addresses, `address.lan`, `address.public`.
pub fn addresses(inventory: &Inventory, machine: &MachineName) -> Vec<String> {
    let mut addresses = Vec::new();
    for mesh in inventory.meshes.values() {
        if let Some(member) = mesh.members.get(machine) {
            addresses.extend(mesh.address(member.postfix).map(|address| address.to_string()));
            addresses.extend(mesh.address6(member.postfix).map(|address| address.to_string()));
        }
    }
    if let Some(machine) = inventory.machines.get(machine) {
        addresses.extend([&machine.address.lan, &machine.address.public].into_iter().flatten().cloned());
    }
    addresses
}

/// Asks sshd at this address for its ed25519 key, with `ssh-keyscan`. The answer is not authenticated.
///
/// # Errors
/// When ssh-keyscan is not installed, nobody answers within `patience`, or there is no such key.
pub fn ask(host: &str, port: u16, patience: Duration) -> Result<SshPublicKey, ScanError> {
    let seconds = patience.as_secs().max(1).to_string();
    let output = Process::new("ssh-keyscan")
        .args(["-T", &seconds, "-p", &port.to_string(), "-t", "ed25519", "--", host])
        .output()?;
    let text = output.text();
    let is_key = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
    if !text.lines().any(is_key) {
        let said = output.stderr.lines().filter(|line| !line.starts_with('#'));
        let said = said.collect::<Vec<_>>().join("; ");
        return Err(ScanError::Silent { host: host.to_owned(), port, said });
    }
    host_key(&text)
}

/// What a new host key means for the one that is there.
pub fn compare(machine: &MachineName, old: &SshPublicKey, new: &SshPublicKey) -> Option<Report> {
    if old.same_key(new) {
        return None;
    }
    Some(
        Report::error(format!("`{machine}` answers with another host key than the fleet knows"))
            .because(format!("known: {}", old.fingerprint()))
            .because(format!("now:   {}", new.fingerprint()))
            .at(super::PublicKeys::host_file(machine))
            .hint("either the machine was installed anew, or somebody answers in its place: ask its console")
            .hint("`ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub` prints the fingerprint there")
            .hint("when it is right, run the command again with `--replace`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::pair;

    fn line() -> String {
        pair::ssh("").unwrap().public.line()
    }

    #[test]
    fn every_form_a_host_key_comes_in_is_read() {
        let key = line();
        for text in [
            key.clone(),
            format!("{key} root@web1\r\n"),
            format!("# web1:1108 SSH-2.0-OpenSSH_9.2\n[web1]:1108 {key}\n"),
            format!("[10.88.127.3]:1108,web1 {key} a comment\nweb1 {key}\n"),
            format!("|1|c2FsdHNhbHQ=|aGFzaGhhc2g= {key}\n"),
            format!("2001:db8::1 {key}\n[2001:db8::1]:1108\t{key}"),
            format!("web1 ecdsa-sha2-nistp256 AAAA\nweb1 {key}\n\n"),
        ] {
            assert_eq!(host_key(&text).unwrap().line(), key, "{text}");
        }
    }

    #[test]
    fn what_is_not_one_host_key_is_named_for_what_it_is() {
        let (one, two) = (line(), line());
        let message = |text: &str| host_key(text).unwrap_err().to_string();
        assert!(message(&format!("a {one}\nb {two}\n")).starts_with("there are 2 different"));
        assert_eq!(message(""), "there is no ssh-ed25519 key in it");
        assert_eq!(message("# nothing\n"), "there is no ssh-ed25519 key in it");
        assert_eq!(
            message("h ecdsa-sha2-nistp256 AAAA\nh ecdsa-sha2-nistp384 AAAA\n"),
            "there is no ssh-ed25519 key in it, only ecdsa-sha2-nistp256, ecdsa-sha2-nistp384"
        );
        assert_eq!(message(&format!("{one}\nhello world\n")), "line 2 is no host key");
        assert_eq!(message(&format!("@revoked * {one}\n")), "line 1 is no host key");
        assert_eq!(message("h ssh-ed25519 AAAA\n"), "line 1 is no host key");
        assert!(message("-----BEGIN OPENSSH PRIVATE KEY-----\n").contains("private key"));
    }

    #[test]
    fn a_key_that_changed_is_shown_with_both_fingerprints() {
        let machine = MachineName::parse("web1").unwrap();
        let (old, new) = (pair::ssh("").unwrap().public, pair::ssh("").unwrap().public);
        assert_eq!(compare(&machine, &old, &old), None);
        let text = compare(&machine, &old, &new).unwrap().render(false);
        assert!(text.contains(&old.fingerprint()) && text.contains(&new.fingerprint()), "{text}");
    }
}
