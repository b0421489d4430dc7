//! Rules between fields: two services share nothing, and what must be root's is root's.

use super::{Account, Manifest, ManifestError, SYSTEM, Secret, Service, USERS_UNIT, UnitName};
use crate::format::{KeyName, ServiceName};
use std::collections::BTreeMap;

/// Names of `/run` that other programs own: a service's secrets can't be put there.
const RESERVED_DIRECTORIES: [&str; 12] = [
    "fleet",
    "systemd",
    "user",
    "udev",
    "lock",
    "dbus",
    "credentials",
    "current-system",
    "booted-system",
    "wrappers",
    "log",
    "host",
];

pub(super) fn validate(file: &str, manifest: &Manifest) -> Result<(), ManifestError> {
    let rule = |message: String, hint| Err(ManifestError::Rule { file: file.into(), message, hint });
    if let Some(identity) = manifest.identity.as_ref().filter(|identity| !identity.as_str().starts_with('/'))
    {
        return rule(format!("the identity `{identity}` is no absolute path"), "begin it with `/`");
    }
    let mut directories: BTreeMap<&str, &ServiceName> = BTreeMap::new();
    let mut keys_units: BTreeMap<&UnitName, &ServiceName> = BTreeMap::new();
    for (name, service) in &manifest.services {
        let system = name.as_str() == SYSTEM;
        if system != service.unit.is_none() {
            return rule(
                format!("service `{name}` has no unit"),
                "only `system` stands for the machine itself",
            );
        }
        if let Some(other) = directories.insert(service.directory.as_str(), name) {
            return rule(
                format!(
                    "services `{other}` and `{name}` both use the directory `/run/{}`",
                    service.directory
                ),
                "give one of them another `directory`: services never see each other's secrets",
            );
        }
        if RESERVED_DIRECTORIES.contains(&service.directory.as_str()) {
            return rule(
                format!("service `{name}` can't use the directory `/run/{}`", service.directory),
                "it belongs to another program; choose another `directory`",
            );
        }
        if let Some(other) = keys_units.insert(&service.keys_unit, name) {
            return rule(
                format!("services `{other}` and `{name}` both are opened by `{}`", service.keys_unit),
                "give one of them another `keys_unit`",
            );
        }
        let services_only =
            service.keys_unit.is_service() && service.unit.as_ref().is_none_or(UnitName::is_service);
        if !services_only {
            return rule(
                format!("service `{name}` has a unit that is no `.service`"),
                "only services read secrets",
            );
        }
        if system && service.dynamic_user {
            return rule("`system` has no dynamic user".into(), "remove `dynamic_user`");
        }
        if [Some(&service.keys_unit), service.unit.as_ref()]
            .iter()
            .flatten()
            .any(|unit| unit.as_str() == USERS_UNIT)
        {
            return rule(
                format!("service `{name}` can't use `{USERS_UNIT}`"),
                "it opens the secrets that are needed for users; choose another name",
            );
        }
        let mut files: BTreeMap<&KeyName, &KeyName> = BTreeMap::new();
        for (key, secret) in &service.secrets {
            if let Some(other) = files.insert(&secret.name, key) {
                return rule(
                    format!("secrets `{name}/{other}` and `{name}/{key}` both appear as `{}`", secret.name),
                    "give one of them another `name`",
                );
            }
            secret_rules(file, name, service, key, secret)?;
        }
    }
    let mut credentials: BTreeMap<(&UnitName, &KeyName), &ServiceName> = BTreeMap::new();
    for (name, service) in manifest.services.iter().filter(|(_, service)| service.dynamic_user) {
        for (unit, secret) in
            service.unit.iter().flat_map(|unit| service.secrets.values().map(move |it| (unit, it)))
        {
            if let Some(other) = credentials.insert((unit, &secret.name), name) {
                return rule(
                    format!(
                        "services `{other}` and `{name}` both give `{unit}` a credential `{}`",
                        secret.name
                    ),
                    "give one of these secrets another `name`",
                );
            }
        }
    }
    for (name, service) in &manifest.services {
        if let Some(owner) = service.unit.as_ref().and_then(|unit| keys_units.get(unit)) {
            return rule(
                format!("the unit of service `{name}` is the one that opens the secrets of `{owner}`"),
                "give `keys_unit` of the latter another name",
            );
        }
    }
    Ok(())
}

fn secret_rules(
    file: &str,
    name: &ServiceName,
    service: &Service,
    key: &KeyName,
    secret: &Secret,
) -> Result<(), ManifestError> {
    let rule = |message: String, hint| Err(ManifestError::Rule { file: file.into(), message, hint });
    let system = service.unit.is_none();
    let roots = secret.owner.is_root() && secret.group.as_ref().is_none_or(Account::is_root);
    if secret.needed_for_users && !system {
        return rule(
            format!("secret `{name}/{key}` can't be needed for users: it lives no longer than its unit"),
            "make it a secret of `system`",
        );
    }
    if secret.needed_for_users && !roots {
        return rule(
            format!("secret `{name}/{key}` is needed for users, so root must own it"),
            "no other account exists when it is opened: remove `owner` and `group`",
        );
    }
    if service.dynamic_user && !roots {
        return rule(
            format!("secret `{name}/{key}` has an owner, and its service has a dynamic user"),
            "remove `owner` and `group`: systemd hands the secret to the unit as a credential",
        );
    }
    if !system && !secret.before.is_empty() {
        return rule(
            format!("secret `{name}/{key}` names units in `before`, which only secrets of `system` may"),
            "a service's own unit always waits for its secrets: remove `before`",
        );
    }
    Ok(())
}
