//! `[service.<name>]` and `[system]`.

use super::super::cursor::{Entry, Known, Table, Value};
use super::super::error::Error;
use super::super::model::{Machines, SYSTEM, SecretDeclaration, Service};
use super::{Names, Tags, refuse_case, secret};
use crate::format::{KeyName, ServiceName};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SERVICE: Known = Known {
    place: "in a service",
    keys: &["machines", "secrets"],
    instead: &[("machine", "machines"), ("hosts", "machines"), ("tags", "machines"), ("secret", "secrets")],
    private: &[],
};

const SYSTEM_TABLE: Known = Known {
    place: "in `[system]`",
    keys: &["secrets"],
    instead: &[("secret", "secrets"), ("machines", "secrets.<name>.machines")],
    private: &[],
};

/// Every service, and `system` when it has secrets.
pub(super) fn services(
    top: &Table<'_>,
    names: &Names<'_>,
    tags: &Tags<'_>,
) -> BTreeMap<ServiceName, Service> {
    let mut services = BTreeMap::new();
    if let Some(section) = top.get("service") {
        let table = section.names();
        let implied = names.meshes().map(|mesh| format!("wireguard-{mesh}")).chain([SYSTEM.to_owned()]);
        refuse_case(table.as_ref(), implied);
        for entry in table.iter().flat_map(|table| table.entries()) {
            if let Some(service) = service(&entry, names, tags) {
                services.insert(service.name.clone(), service);
            }
        }
    }
    if let Some(system) = top.get("system").and_then(|value| system(value, tags)) {
        services.insert(system.name.clone(), system);
    }
    services
}

fn service(entry: &Entry<'_>, names: &Names<'_>, tags: &Tags<'_>) -> Option<Service> {
    let name = entry.parsed_name(ServiceName::parse);
    if entry.name == SYSTEM {
        entry.problem(Error::ServiceSystem);
        return None;
    }
    if let Some(mesh) = entry.name.strip_prefix("wireguard-").filter(|mesh| names.is_mesh(mesh)) {
        let (service, mesh) = (entry.name.to_owned(), mesh.to_owned());
        entry.problem(Error::ImpliedService { service, mesh });
        return None;
    }
    if entry.name.ends_with(".service") {
        entry.problem(Error::ServiceSuffix { name: entry.name.to_owned() });
    }
    let table = entry.value.table(&SERVICE)?;
    let machines = table
        .require(
            "machines",
            "a service",
            || format!("the service `{}`", entry.name),
            "write where it runs, by name and tag: `machines = [\"web1\", \"@web\"]`",
        )
        .map(|list| tags.resolve(list))
        .unwrap_or_default();
    let secrets = secrets(table.get("secrets"), |declaration| {
        secret::declaration(declaration, secret::Of::Service(entry.name, &machines))
    });
    Some(Service { name: name?, machines, secrets, implied: false })
}

fn system(value: Value<'_>, tags: &Tags<'_>) -> Option<Service> {
    let table = value.table(&SYSTEM_TABLE)?;
    let secrets = secrets(table.get("secrets"), |entry| secret::declaration(entry, secret::Of::System(tags)));
    let name = ServiceName::parse(SYSTEM).ok()?;
    let machines: BTreeSet<_> = secrets.values().flat_map(|secret| secret.machines.iter().cloned()).collect();
    let machines: Machines = Arc::new(machines);
    (!secrets.is_empty()).then_some(Service { name, machines, secrets, implied: false })
}

fn secrets(
    value: Option<Value<'_>>,
    declaration: impl Fn(&Entry<'_>) -> Option<SecretDeclaration>,
) -> BTreeMap<KeyName, SecretDeclaration> {
    let mut secrets = BTreeMap::new();
    let table = value.as_ref().and_then(|value| value.names());
    refuse_case(table.as_ref(), []);
    for entry in table.iter().flat_map(|table| table.entries()) {
        if let Some(secret) = declaration(&entry) {
            secrets.insert(secret.name.clone(), secret);
        }
    }
    secrets
}
