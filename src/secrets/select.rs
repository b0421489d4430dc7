//! Selecting: what a word on the command line means. `nginx` is all secrets of a service, `nginx/tls` one secret, or
//! each machine's where each has its own, and `nginx/web1/tls` one machine's.

use super::check::declaration_path;
use super::store::Store;
use crate::format::{KeyName, MachineName, NameError, SecretName, ServiceName};
use crate::inventory::{Inventory, Per, SYSTEM};
use crate::report::{Diagnose, Fault, Place, nearest};

/// Why a word means no secret.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// It is no name at all.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No such service.
    #[error("fleet.toml declares no service `{service}`")]
    Service {
        /// The service.
        service: ServiceName,
        /// What to do.
        hint: String,
    },
    /// The service has no secrets.
    #[error("the service `{service}` has no secrets")]
    Empty {
        /// The service.
        service: ServiceName,
        /// Where it is declared.
        place: Box<Place>,
    },
    /// The service is there and the secret is not.
    #[error("fleet.toml declares no secret `{name}`")]
    Secret {
        /// The secret.
        name: String,
        /// The name that was meant, perhaps.
        near: Option<String>,
        /// The lines that declare it.
        lines: String,
        /// Where they belong.
        place: Box<Place>,
    },
    /// All machines share one value, and one machine's was asked for.
    #[error("all machines share one value of `{shared}`: none has its own")]
    Shared {
        /// The name without the machine.
        shared: SecretName,
        /// Where it is declared.
        place: Box<Place>,
    },
    /// The machine does not run the service.
    #[error("`{machine}` does not read `{service}/{secret}`")]
    Machine {
        /// The machine.
        machine: MachineName,
        /// The service.
        service: ServiceName,
        /// The secret's own name.
        secret: KeyName,
        /// What to do.
        hint: String,
        /// Where it is declared who does.
        place: Box<Place>,
    },
}

impl Diagnose for SelectError {
    fn places(&self) -> Vec<Place> {
        match self {
            SelectError::Name(_) | SelectError::Service { .. } => Vec::new(),
            SelectError::Empty { place, .. }
            | SelectError::Secret { place, .. }
            | SelectError::Shared { place, .. }
            | SelectError::Machine { place, .. } => vec![(**place).clone()],
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            SelectError::Name(error) => error.hints(),
            SelectError::Service { hint, .. } | SelectError::Machine { hint, .. } => vec![hint.clone()],
            SelectError::Empty { service, .. } => {
                vec![format!("declare one in fleet.toml:\n\n{}", declaration(service, "<name>", false))]
            }
            SelectError::Secret { near, lines, .. } => {
                let near = near.as_ref().map(|near| format!("did you mean `{near}`?"));
                near.into_iter().chain([format!("declare it in fleet.toml:\n\n{lines}")]).collect()
            }
            SelectError::Shared { shared, .. } => {
                vec![format!("write `{shared}`, or declare it with `per = \"machine\"`")]
            }
        }
    }

    fn fault(&self) -> Fault {
        match self {
            SelectError::Name(_) => Fault::Usage,
            _ => Fault::Fleet,
        }
    }
}

/// The secrets that a word means, at least one; those of a service in the order of names. A sealed file that no
/// service declares is found by its full name.
///
/// # Errors
/// When there is none, with the lines that would declare it.
pub fn select(inventory: &Inventory, store: &Store, word: &str) -> Result<Vec<SecretName>, SelectError> {
    match word.split('/').collect::<Vec<_>>()[..] {
        [service] => of_service(inventory, store, ServiceName::parse(service)?),
        [service, name] => {
            let (service, name) = (ServiceName::parse(service)?, KeyName::parse(name)?);
            two_parts(inventory, store, service, name)
        }
        _ => one(inventory, store, SecretName::parse(word)?).map(|name| vec![name]),
    }
}

fn of_service(
    inventory: &Inventory,
    store: &Store,
    service: ServiceName,
) -> Result<Vec<SecretName>, SelectError> {
    if inventory.services.contains_key(&service) {
        let names = declared_of(inventory, &service, |_| true);
        if names.is_empty() {
            let place = Box::new(inventory.places.at(&format!("service.{service}")));
            return Err(SelectError::Empty { service, place });
        }
        return Ok(names);
    }
    let undeclared: Vec<SecretName> = store.of_service(&service).cloned().collect();
    if undeclared.is_empty() { Err(unknown_service(inventory, service)) } else { Ok(undeclared) }
}

fn two_parts(
    inventory: &Inventory,
    store: &Store,
    service: ServiceName,
    name: KeyName,
) -> Result<Vec<SecretName>, SelectError> {
    let full = SecretName { service: service.clone(), machine: None, name: name.clone() };
    let declaration = inventory.services.get(&service).and_then(|service| service.secrets.get(&name));
    match declaration.map(|declaration| declaration.per) {
        Some(Per::Fleet) => return Ok(vec![full]),
        Some(Per::Machine) => {
            let each = declared_of(inventory, &service, |other| other.name == name);
            if !each.is_empty() {
                return Ok(each);
            }
        }
        None => {}
    }
    // `nginx/web1`: what nginx has on web1.
    if let Ok(machine) = MachineName::parse(name.as_str()) {
        let on_machine = declared_of(inventory, &service, |other| other.machine.as_ref() == Some(&machine));
        if !on_machine.is_empty() {
            return Ok(on_machine);
        }
    }
    one(inventory, store, full).map(|name| vec![name])
}

fn one(inventory: &Inventory, store: &Store, name: SecretName) -> Result<SecretName, SelectError> {
    if inventory.secret(&name).is_some() || store.has(&name) {
        return Ok(name);
    }
    Err(undeclared(inventory, name))
}

fn declared_of(
    inventory: &Inventory,
    service: &ServiceName,
    wanted: impl Fn(&SecretName) -> bool,
) -> Vec<SecretName> {
    let names = inventory.secrets().map(|secret| secret.name);
    let mut names: Vec<SecretName> = names.filter(|name| name.service == *service && wanted(name)).collect();
    names.sort();
    names
}

fn unknown_service(inventory: &Inventory, service: ServiceName) -> SelectError {
    let known = inventory.services.keys().map(ServiceName::as_str);
    let hint = if inventory.machines.contains_key(service.as_str()) {
        format!("it is a machine: `fleet secret list --machine {service}` shows what it reads")
    } else if let Some(near) = nearest(service.as_str(), known) {
        format!("did you mean `{near}`?")
    } else {
        format!("declare it in fleet.toml:\n\n{}", service_declaration(&service, "<name>"))
    };
    SelectError::Service { service, hint }
}

/// Why this name, which is well formed, is no secret of the fleet.
pub fn undeclared(inventory: &Inventory, name: SecretName) -> SelectError {
    let Some(service) = inventory.services.get(&name.service) else {
        let mut error = unknown_service(inventory, name.service);
        if let SelectError::Service { service, hint } = &mut error
            && hint.contains("<name>")
        {
            *hint =
                format!("declare it in fleet.toml:\n\n{}", service_declaration(service, name.name.as_str()));
        }
        return error;
    };
    let place = Box::new(inventory.places.at(&declaration_path(&name)));
    if let Some(declaration) = service.secrets.get(&name.name) {
        let Some(machine) = name.machine else {
            // Each machine has its own, and no machine runs the service.
            let place = Box::new(inventory.places.at(&format!("service.{}.machines", name.service)));
            return SelectError::Empty { service: name.service, place };
        };
        if declaration.per == Per::Fleet {
            let shared = SecretName { service: name.service, machine: None, name: name.name };
            return SelectError::Shared { shared, place };
        }
        let known = inventory.machines.keys().map(MachineName::as_str);
        let readers = declaration.machines.iter().map(MachineName::as_str);
        let hint = match nearest(machine.as_str(), readers).or_else(|| nearest(machine.as_str(), known)) {
            Some(near) if !inventory.machines.contains_key(&machine) => format!("did you mean `{near}`?"),
            _ if name.service.as_str() == SYSTEM => "add it to the secret's `machines`".to_owned(),
            _ => format!("add it to the `machines` of `{}`", name.service),
        };
        return SelectError::Machine { machine, service: name.service, secret: name.name, hint, place };
    }
    let all: Vec<String> = inventory.secrets().map(|secret| secret.name.to_string()).collect();
    let full = name.to_string();
    let near = nearest(&full, all.iter().map(String::as_str)).map(ToOwned::to_owned);
    let lines = declaration(&name.service, name.name.as_str(), name.machine.is_some());
    SelectError::Secret { name: full, near, lines, place }
}

/// The lines of fleet.toml that declare a secret of a service that is not there yet.
fn service_declaration(service: &ServiceName, name: &str) -> String {
    let lines = declaration(service, name, false);
    match lines.split_once('\n') {
        Some((header, secret)) if service.as_str() != SYSTEM => {
            format!("{header}\n    machines = [\"<machine>\", \"@<tag>\"]\n{secret}")
        }
        _ => lines,
    }
}

/// The lines of fleet.toml that declare a secret of a service.
fn declaration(service: &ServiceName, name: &str, per_machine: bool) -> String {
    // A dot in a bare key would begin a table of its own.
    let key = |word: &str| {
        let bare = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'<' | b'>'));
        if bare { word.to_owned() } else { format!("\"{word}\"") }
    };
    let is_system = service.as_str() == SYSTEM;
    let header =
        if is_system { "[system]".to_owned() } else { format!("[service.{}]", key(service.as_str())) };
    let machines = is_system.then_some("machines = [\"@all\"]");
    let per = per_machine.then_some("per = \"machine\"");
    let options: Vec<&str> = machines.into_iter().chain(per).collect();
    let options = if options.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", options.join(", ")) };
    format!("    {header}\n    secrets.{} = {options}", key(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    const FLEET: &str = r#"
[fleet]
name = "test"
[machine.web1]
system = "x86_64-linux"
tags = ["web"]
[machine.web2]
system = "x86_64-linux"
tags = ["web"]
[machine.db1]
system = "x86_64-linux"
[service.nginx]
machines = ["@web"]
secrets.session-key = {}
secrets.tls = { per = "machine" }
[service.empty]
machines = ["db1"]
[system]
secrets.root = { machines = ["@all"] }
"#;

    fn said(word: &str) -> String {
        let (inventory, reports) = Inventory::parse("fleet.toml", FLEET);
        let inventory = inventory.unwrap_or_else(|| panic!("{reports:?}"));
        let mut store = Store::default();
        let old = SecretName::parse("old/thing").unwrap();
        store.files.insert(old, "x".into());
        match select(&inventory, &store, word) {
            Ok(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => Report::from(error).render(false),
        }
    }

    #[test]
    fn a_word_means_a_service_a_secret_or_a_machines_own() {
        for (word, names) in [
            ("nginx", "nginx/session-key nginx/web1/tls nginx/web2/tls"),
            ("nginx/session-key", "nginx/session-key"),
            ("nginx/tls", "nginx/web1/tls nginx/web2/tls"),
            ("nginx/web1", "nginx/web1/tls"),
            ("nginx/web2/tls", "nginx/web2/tls"),
            ("system", "system/root"),
            ("old", "old/thing"),
            ("old/thing", "old/thing"),
        ] {
            assert_eq!(said(word), names);
        }
    }

    #[test]
    fn what_is_not_declared_is_answered_with_the_lines_to_write() {
        for (word, words) in [
            ("ngnix", vec!["no service `ngnix`", "did you mean `nginx`?"]),
            ("web1", vec!["it is a machine"]),
            ("redis/x", vec!["[service.redis]", "machines = [", "secrets.x = {}"]),
            ("empty", vec!["has no secrets", "secrets.<name> = {}"]),
            ("nginx/session-kye", vec!["did you mean `nginx/session-key`?", "secrets.session-kye = {}"]),
            ("nginx/web1/new", vec!["secrets.new = { per = \"machine\" }"]),
            ("nginx/a.b", vec!["secrets.\"a.b\" = {}"]),
            ("system/new", vec!["[system]", "machines = [\"@all\"]"]),
            ("system/web1/new", vec!["machines = [\"@all\"], per = \"machine\" }"]),
            ("nginx/db1/tls", vec!["`db1` does not read `nginx/tls`", "add it to the `machines`"]),
            ("nginx/wbe1/tls", vec!["did you mean `web1`?"]),
            ("nginx/web1/session-key", vec!["all machines share", "write `nginx/session-key`"]),
            ("../x", vec!["not allowed"]),
            ("a/b/c/d", vec!["no secret name"]),
            ("", vec!["empty"]),
        ] {
            let said = said(word);
            for part in words {
                assert!(said.contains(part), "{word}: {part:?} is not in\n{said}");
            }
        }
    }
}
