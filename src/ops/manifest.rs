//! A machine's manifest, made from the inventory: what its NixOS configuration carries as /etc/fleet/secrets.json.

use super::fleet::Fleet;
use crate::format::manifest::{Account, FilePath, Manifest, Mode, Secret, Service, UnitName};
use crate::format::{MachineName, SecretName};
use crate::report::{Report, Reports};
use std::collections::BTreeSet;

/// The manifest of this machine, naming the sealed files in this repository; secrets without a file are warned about.
///
/// # Errors
/// When there is no such machine, it is keyless, or a unit's name can't be one.
pub fn manifest(fleet: &Fleet, machine: &MachineName) -> Result<(Manifest, Reports), Reports> {
    fleet.machine(machine)?;
    if !fleet.keys.hosts.contains_key(machine) {
        return Err(Report::error(format!("`{machine}` has no host key yet, so it can open no secret"))
            .hint(format!("add its key with `fleet key host add {machine} FILE`"))
            .into());
    }
    let mut manifest = Manifest::default();
    let mut reports = Reports::default();
    for wanted in fleet.inventory.secrets().filter(|secret| secret.machines.contains(machine)) {
        let name = &wanted.name;
        let path = fleet.root.join(name.file()).map_err(Report::from)?;
        if !path.is_file() {
            reports.push(missing(name));
            continue;
        }
        let declaration = wanted.declaration;
        let wrong = |why: String| Report::error(format!("secret `{name}`: {why}")).at(name.file());
        let file = FilePath::parse(&path.to_string_lossy()).map_err(|error| wrong(error.to_string()))?;
        let units = |names: &[String]| -> Result<BTreeSet<UnitName>, Report> {
            names.iter().map(|unit| UnitName::parse(unit).map_err(|error| wrong(error.to_string()))).collect()
        };
        let mut secret = Secret::new(&name.name, file);
        secret.owner = Account::parse(&declaration.owner).map_err(wrong)?;
        secret.group = declaration.group.as_deref().map(Account::parse).transpose().map_err(wrong)?;
        secret.mode = Mode::new(declaration.mode)
            .ok_or_else(|| wrong(format!("{:o} is no file mode", declaration.mode)))?;
        secret.restart = units(&declaration.restart)?;
        secret.reload = units(&declaration.reload)?;
        secret.needed_for_users = declaration.needed_for_users;
        if !manifest.services.contains_key(&name.service) {
            let service = Service::new(&name.service).map_err(Report::from)?;
            manifest.services.insert(name.service.clone(), service);
        }
        if let Some(service) = manifest.services.get_mut(&name.service) {
            service.secrets.insert(name.name.clone(), secret);
        }
    }
    manifest.validate().map_err(Report::from)?;
    Ok((manifest, reports))
}

fn missing(name: &SecretName) -> Report {
    Report::warning(format!("secret `{name}` has no sealed file yet, and is left out")).hint(format!(
        "write it with `fleet secret edit {name}`, or make a value with `fleet secret generate {name}`"
    ))
}
