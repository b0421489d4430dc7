//! The systemd units that bind secrets to services, made from the manifest alone.
//!
//! | unit | opens | when |
//! | --- | --- | --- |
//! | `fleet-secrets-users.service` | what is needed for users | before `systemd-sysusers.service` (and userborn) make accounts |
//! | `fleet-secrets.service` | the machine's own secrets | after the host's keys exist, before the units that are told of changes or wait (`before`) |
//! | `<service>-keys.service` | one service's secrets | right before its unit; gone when that has ended |
//! | `<unit>.d/fleet.conf` | | makes the unit wait for its secrets, and fail without them |
//!
//! **Nothing in them changes with a value.** A unit names neither the sealed files, nor the manifest, nor a build of fleet:
//! it starts [`PROGRAM`], a link that the machine's configuration keeps, and that reads `/etc/fleet/secrets.json`. So after
//! a rekey, a new value or an upgrade of fleet every unit is the same byte for byte, and systemd has no reason to restart
//! anything. Units are restarted by `fleet activate` itself when a plaintext changed; `systemctl reload fleet-secrets`
//! runs it.
//!
//! Nothing here notices a new manifest by itself: whoever brings one (`fleet-renew.service` of the NixOS module, a deploy) runs
//! `fleet activate` after it. Where accounts are made by a script instead of a unit, that script runs `fleet activate --users` first.
//!
//! On NixOS the module `secrix` (src/nixos/modules/secrix/units.nix) says the same units in NixOS's way; a test compares both.
//!
//! **A secret lives as long as its unit.** The unit requires its keys unit, and systemd stops that one when nothing
//! needs it any more: after a stop, and after a failure that is not followed by a restart. Removal is `ExecStopPost=`, which
//! also runs when opening failed half-way. A restart, asked for or automatic, is no end: the secrets stay, so a sealed file that
//! was damaged meanwhile takes no running service down. Neither `PartOf=` nor `BindsTo=` is used: they would remove and
//! open the secrets anew at every restart, and the latter would start the service with its keys unit.
//!
//! **A service never starts with less than it asked for.** Its keys unit fails first. For a dynamic user,
//! `LoadCredential=` then reads a file that is there and not empty. A unit that waits for a secret of `system` asserts that
//! the one it waits for exists, so one bad secret stops the units that asked for that one and no other.

use crate::format::ServiceName;
use crate::format::manifest::{self, Manifest, SYSTEM, Service, USERS_UNIT};
use crate::os::{FileError, files, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// The program that units start: a link to the machine's fleet, which no unit's text depends on.
pub const PROGRAM: &str = "/etc/fleet/fleet";

/// The first line of each file, by which a later run knows its own.
const MARK: &str =
    "# Made by `fleet activate --units` from the machine's manifest; changes here are overwritten.";

/// Units that make a host's keys, on NixOS and elsewhere; one that does not exist is no matter to systemd.
const KEY_MAKERS: &str = "sshd-keygen.service sshd-keygen.target";

/// One file below /etc/systemd/system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// `nginx-keys.service`, `nginx.service.d/fleet.conf`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// All units and drop-ins, in the order of their paths; `program` is [`PROGRAM`] unless the machine has no such link.
pub fn units(manifest: &Manifest, program: &str) -> Vec<UnitFile> {
    let mounts = mounts(manifest);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut drop_ins: BTreeMap<String, DropIn> = BTreeMap::new();
    for (name, service) in &manifest.services {
        if service.secrets.is_empty() {
            continue;
        }
        if name.as_str() == SYSTEM {
            files.insert(service.keys_unit.to_string(), system_unit(manifest, service, program, &mounts));
            let target = drop_ins.entry("multi-user.target".into()).or_default();
            target.wants.insert(service.keys_unit.to_string());
            if service.secrets.values().any(|secret| secret.needed_for_users) {
                files.insert(USERS_UNIT.into(), users_unit(program, &mounts));
                let target = drop_ins.entry("sysinit.target".into()).or_default();
                target.wants.insert(USERS_UNIT.into());
            }
            wait_for_system(service, &mut drop_ins);
        } else if let Some(unit) = &service.unit {
            files.insert(service.keys_unit.to_string(), keys_unit(name, service, program, &mounts));
            let drop_in = drop_ins.entry(unit.to_string()).or_default();
            drop_in.requires.insert(service.keys_unit.to_string());
            drop_in.after.insert(service.keys_unit.to_string());
            if service.dynamic_user {
                let secrets = service.secrets.values();
                drop_in.credentials.extend(
                    secrets
                        .map(|secret| format!("{}:/run/{}/{}", secret.name, service.directory, secret.name)),
                );
            }
        }
    }
    files
        .extend(drop_ins.into_iter().map(|(unit, drop_in)| (format!("{unit}.d/fleet.conf"), drop_in.text())));
    files.into_iter().map(|(path, text)| UnitFile { path, text: format!("{MARK}\n{text}") }).collect()
}

/// Writes the units into a folder: only what differs, and what an earlier run wrote and is no longer wanted goes.
/// Answers the paths that changed.
///
/// # Errors
/// With the first file that can't be written.
pub fn write(folder: &Path, units: &[UnitFile]) -> Result<Vec<String>, FileError> {
    files::create_folder(folder)?;
    let mut changed = Vec::new();
    for unit in units {
        let path = folder.join(&unit.path);
        if files::if_exists(files::read(&path))?.as_deref() != Some(unit.text.as_bytes()) {
            if let Some(parent) = path.parent() {
                files::create_folder(parent)?;
            }
            files::write(&path, unit.text.as_bytes(), 0o644)?;
            changed.push(unit.path.clone());
        }
    }
    let wanted: BTreeSet<&str> = units.iter().map(|unit| unit.path.as_str()).collect();
    for name in files::list(folder)? {
        let path = if name.ends_with(".d") { format!("{name}/fleet.conf") } else { name };
        let file = folder.join(&path);
        let regular = tree::look(&file)?.is_some_and(|there| there.is_file());
        if wanted.contains(path.as_str())
            || !regular
            || !path.ends_with(".service") && !path.ends_with("/fleet.conf")
        {
            continue;
        }
        if files::read(&file)?.starts_with(MARK.as_bytes()) {
            files::remove(&file)?;
            if let Some(parent) = file.parent().filter(|parent| *parent != folder) {
                files::remove_empty_folder(parent)?;
            }
            changed.push(path);
        }
    }
    Ok(changed)
}

fn system_unit(manifest: &Manifest, service: &Service, program: &str, mounts: &str) -> String {
    let mut waiting: BTreeSet<&str> = BTreeSet::new();
    for secret in service.secrets.values() {
        let units = secret.before.iter().chain(&secret.restart).chain(&secret.reload);
        waiting.extend(units.map(manifest::UnitName::as_str));
    }
    let mut text = String::from("[Unit]\nDescription=Secrets of this machine\n");
    let users = manifest.services.values().flat_map(|service| service.secrets.values());
    let users = if users.into_iter().any(|secret| secret.needed_for_users) { USERS_UNIT } else { "" };
    let after = format!("{KEY_MAKERS} systemd-sysusers.service userborn.service {users}");
    let _ = writeln!(text, "Wants=sshd-keygen.service\nAfter={}", after.trim_end());
    for unit in waiting {
        let _ = writeln!(text, "Before={unit}");
    }
    let _ = writeln!(text, "{mounts}\n[Service]\nType=oneshot\nRemainAfterExit=yes");
    let _ = writeln!(text, "ExecStart={program} activate --system\nExecReload={program} activate");
    text
}

fn users_unit(program: &str, mounts: &str) -> String {
    format!(
        "[Unit]\nDescription=Secrets that user accounts are made with\nDefaultDependencies=no\n\
         After=systemd-remount-fs.service\nBefore=systemd-sysusers.service userborn.service sysinit.target shutdown.target\n\
         Conflicts=shutdown.target\n{mounts}\n[Service]\nType=oneshot\nRemainAfterExit=yes\n\
         ExecStart={program} activate --users\n"
    )
}

fn keys_unit(name: &ServiceName, service: &Service, program: &str, mounts: &str) -> String {
    let unit = service.unit.as_ref().map_or("", manifest::UnitName::as_str);
    format!(
        "[Unit]\nDescription=Secrets of {unit}\nWants=sshd-keygen.service\nAfter={KEY_MAKERS}\nBefore={unit}\n\
         StopWhenUnneeded=yes\n{mounts}\n[Service]\nType=oneshot\nRemainAfterExit=yes\n\
         ExecStart={program} activate --service {name}\nExecReload={program} activate --service {name}\n\
         ExecStopPost={program} activate --remove --service {name}\n"
    )
}

/// Units that are told of a change read the secret, so they start after it is there; those in `before` insist.
fn wait_for_system(service: &Service, drop_ins: &mut BTreeMap<String, DropIn>) {
    for secret in service.secrets.values() {
        for unit in secret.before.iter().chain(&secret.restart).chain(&secret.reload) {
            let drop_in = drop_ins.entry(unit.to_string()).or_default();
            drop_in.wants.insert(service.keys_unit.to_string());
            drop_in.after.insert(service.keys_unit.to_string());
            if secret.before.contains(unit) {
                drop_in.asserts.insert(format!("/run/{}/{}", service.directory, secret.name));
            }
        }
    }
}

/// The file systems that the manifest and the host key lie on, and the one in memory: systemd unmounts that at
/// shutdown, and must do so after whoever reads secrets has stopped. It need not be mounted yet: the first who opens
/// secrets does that.
fn mounts(manifest: &Manifest) -> String {
    let identity = manifest.identity.as_ref().map_or(manifest::IDENTITY, |path| path.as_str());
    let folder = Path::new(identity).parent().and_then(Path::to_str).unwrap_or("/");
    // A word of a unit file: systemd.syntax(7) and, for `%`, systemd.unit(5).
    let word = folder.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("RequiresMountsFor=/etc/fleet \"{word}\" /run/fleet/secrets\n")
}

#[derive(Default)]
struct DropIn {
    wants: BTreeSet<String>,
    requires: BTreeSet<String>,
    after: BTreeSet<String>,
    asserts: BTreeSet<String>,
    credentials: BTreeSet<String>,
}

impl DropIn {
    fn text(&self) -> String {
        let mut text = String::from("[Unit]\n");
        let lines = [
            ("Wants", &self.wants),
            ("Requires", &self.requires),
            ("After", &self.after),
            ("AssertPathExists", &self.asserts),
        ];
        for (key, values) in lines {
            for value in values {
                let _ = writeln!(text, "{key}={value}");
            }
        }
        if !self.credentials.is_empty() {
            text.push_str("\n[Service]\n");
        }
        for credential in &self.credentials {
            let _ = writeln!(text, "LoadCredential={credential}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(hash: &str) -> Manifest {
        let text = r#"{ "version": 1, "services": {
            "system": { "secrets": {
                "root-password": { "file": "/nix/store/HASH-a.age", "needed_for_users": true },
                "backup": { "file": "/nix/store/HASH-b.age", "before": ["backup.service"], "restart": ["log.service"] } } },
            "nginx": { "secrets": { "tls": { "file": "/nix/store/HASH-c.age", "owner": "nginx" } } },
            "exporter": { "dynamic_user": true, "secrets": { "token": { "file": "/nix/store/HASH-d.age" } } },
            "empty": {} } }"#;
        Manifest::parse("m", text.replace("HASH", hash).as_bytes()).unwrap()
    }

    #[test]
    fn units_read_as_an_administrator_would_have_written_them() {
        let shown: Vec<String> = units(&manifest("x"), PROGRAM)
            .iter()
            .map(|unit| format!("## {}\n{}", unit.path, unit.text))
            .collect();
        let shown = shown.join("\n").replace(&format!("{MARK}\n"), "");
        assert_eq!(shown, include_str!("units.expected"));
    }

    #[test]
    fn no_unit_changes_when_sealed_files_do() {
        assert_eq!(units(&manifest("aaaa"), PROGRAM), units(&manifest("bbbb"), PROGRAM));
        assert!(units(&manifest("aaaa"), PROGRAM).iter().all(|unit| !unit.text.contains("/nix/store")));
    }

    #[test]
    fn writing_again_changes_nothing_and_what_is_not_wanted_goes() {
        let folder = std::env::temp_dir().join(format!("fleet-units-{}", std::process::id()));
        let all = units(&manifest("x"), PROGRAM);
        assert_eq!(write(&folder, &all).unwrap().len(), all.len());
        std::fs::write(folder.join("mine.service"), "[Unit]\n").unwrap();
        assert!(write(&folder, &all).unwrap().is_empty());
        let gone = write(&folder, &[]).unwrap();
        assert_eq!(gone.len(), all.len());
        assert_eq!(files::list(&folder).unwrap(), ["mine.service"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
