//! What evaluation finds wrong with a machine: what fails, what NixOS itself complains of, and where the configuration says
//! something else than the inventory.

use super::{Answers, Failure, FleetFlake};
use crate::report::Report;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is asked of every machine.
pub const QUESTION: &str = include_str!("check.nix");

/// What was found of one machine.
#[derive(Default)]
pub struct Judgement {
    /// What to tell, the gravest first.
    pub reports: Vec<Report>,
    /// What could not be evaluated.
    pub failures: Vec<Failure>,
    /// The derivation of its system.
    pub derivation: Option<String>,
}

/// Judges a machine by its answers.
pub fn judge(flake: &FleetFlake, name: &str, answers: &Answers) -> Judgement {
    let mut judgement = Judgement::default();
    let value =
        |field: &str| answers.get(field).and_then(|answer| answer.as_ref().ok()).unwrap_or(&Value::Null);
    let failed = texts(value("failed"));
    for (field, answer) in answers {
        match answer {
            // The system fails with the very assertions that are told one by one.
            Err(_) if matches!(field.as_str(), "derivation" | "system") && !failed.is_empty() => {}
            Err(failure) if !judgement.failures.iter().any(|known| known.message == failure.message) => {
                judgement.failures.push(failure.clone());
            }
            _ => {}
        }
    }
    for message in failed {
        judgement.reports.push(Report::error(format!("machine `{name}`: failed assertion: {message}")));
    }
    disagreements(flake, name, &value, &mut judgement.reports);
    for message in texts(value("warnings")) {
        judgement.reports.push(Report::warning(format!("machine `{name}`: {message}")));
    }
    judgement.derivation = value("derivation").as_str().map(str::to_owned);
    judgement
}

/// Machines that only one of inventory and flake knows.
pub fn strangers(flake: &FleetFlake) -> Vec<Report> {
    let Some(machines) = flake.inventory.as_ref().and_then(|json| json["machines"].as_object()) else {
        return Vec::new();
    };
    let missing = machines.keys().filter(|name| !flake.machines.contains(name)).map(|name| {
        Report::error(format!(
            "machine `{name}` of fleet.toml is no `nixosConfigurations.{name}` of the flake"
        ))
        .hint(format!("describe it in machines/{name}, or remove it with `fleet machine remove {name}`"))
    });
    let strange = flake.machines.iter().filter(|name| !machines.contains_key(*name)).map(|name| {
        Report::warning(format!("`nixosConfigurations.{name}` of the flake is no machine of fleet.toml"))
            .hint(format!("`fleet machine add {name}` gives it keys, secrets and a place in the mesh"))
    });
    missing.chain(strange).collect()
}

fn disagreements<'v>(
    flake: &FleetFlake,
    name: &str,
    value: &dyn Fn(&str) -> &'v Value,
    reports: &mut Vec<Report>,
) {
    let (Some(inventory), Some(facts)) = (&flake.inventory, flake.facts(name)) else { return };
    let mut differ = |what: &str, here: &str, there: &str, hint: &str| {
        let message = format!(
            "machine `{name}`: its {what} is `{here}` in fleet.toml and `{there}` in its configuration"
        );
        reports.push(Report::error(message).hint(hint));
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let (Some(here), Some(there)) = (text(&facts["system"]), text(value("system")))
        && here != there
    {
        differ(
            "system",
            &here,
            &there,
            "set one of the two: `system` in fleet.toml, or `nixpkgs.hostPlatform`",
        );
    }
    for (what, field) in [("ssh user", "user"), ("ssh port", "port")] {
        if let (Some(here), Some(there)) = (text(&facts["ssh"][field]), text(&value("ssh")[field]))
            && here != there
        {
            differ(what, &here, &there, "the builder that made this machine was given another one");
        }
    }
    let has_secrix = value("hasSecrix") == &Value::Bool(true);
    let key = |value: &Value| value.as_str().map(bare_key);
    match (key(&facts["hostKey"]), key(value("hostKey"))) {
        (Some(here), Some(there)) if here != there => {
            differ("host key", &here, &there, "keys/hosts has the key that secrets are sealed for");
        }
        (None, Some(there)) => {
            let message = format!(
                "machine `{name}` is keyless in fleet.toml, but its configuration has a host key: {there}"
            );
            reports
                .push(Report::error(message).hint(format!("add it with `fleet key host add {name} FILE`")));
        }
        (Some(_), None) if has_secrix => {
            let message = format!(
                "machine `{name}` has a host key, but its configuration has none: `secrix.hostPubKey` is null"
            );
            reports.push(Report::error(message).hint("give it to the builder, or let it read fleet.json"));
        }
        _ => {}
    }
    addresses(inventory, name, facts, value("interfaces"), reports);
    if has_secrix {
        secrets(inventory, name, value("secrets"), reports);
    }
}

/// The addresses in each mesh.
fn addresses(inventory: &Value, name: &str, facts: &Value, interfaces: &Value, reports: &mut Vec<Report>) {
    for mesh in facts["postfixes"].as_object().into_iter().flat_map(|meshes| meshes.keys()) {
        let member = &inventory["meshes"][mesh]["members"][name];
        let here: BTreeSet<String> = texts(&member["addresses"]).into_iter().collect();
        match interfaces.get(mesh) {
            None if member["publicKey"].is_null() => {}
            None => reports.push(
                Report::warning(format!(
                    "machine `{name}` is in mesh `{mesh}`, and its configuration has no such interface"
                ))
                .hint("`environment.vpn.enable = true` makes it, from fleet.json"),
            ),
            Some(there) => {
                let there: BTreeSet<String> = texts(there).into_iter().collect();
                if here != there {
                    let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
                    reports.push(
                        Report::error(format!(
                            "machine `{name}`: its addresses in mesh `{mesh}` are {} in fleet.toml and {} in its configuration",
                            list(&here),
                            list(&there)
                        ))
                        .hint("`environment.vpn.postfix` is the machine's number in fleet.toml"),
                    );
                }
            }
        }
    }
}

/// Secrets that only one side has.
fn secrets(inventory: &Value, name: &str, configured: &Value, reports: &mut Vec<Report>) {
    let (mut here, mut sealed) = (BTreeSet::new(), BTreeSet::new());
    for secret in inventory["secrets"].as_object().into_iter().flat_map(|secrets| secrets.values()) {
        if texts(&secret["machines"]).iter().any(|machine| machine == name) {
            let field = |field: &str| secret[field].as_str().unwrap_or_default().to_owned();
            let secret_name = (field("service"), field("name"));
            // Without a value yet there is nothing to open, as for the key of a mesh member that is pending.
            if secret["sealed"] != Value::Bool(false) {
                sealed.insert(secret_name.clone());
            }
            here.insert(secret_name);
        }
    }
    let mut there = BTreeSet::new();
    for (service, names) in configured.as_object().into_iter().flatten() {
        there.extend(texts(names).into_iter().map(|name| (service.clone(), name)));
    }
    for (service, secret) in there.difference(&here) {
        reports.push(
            Report::error(format!(
                "machine `{name}`: its configuration wants the secret `{service}/{secret}`, which fleet.toml does not give it"
            ))
            .hint(format!("add it below [service.{service}] in fleet.toml: readers come from there alone")),
        );
    }
    for (service, secret) in sealed.difference(&there) {
        reports.push(
            Report::error(format!(
                "machine `{name}` reads the secret `{service}/{secret}`, and its configuration does not open it"
            ))
            .hint("the machine's modules do not take secrets from fleet.json"),
        );
    }
}

/// Strings of a list.
fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A public key without its comment.
fn bare_key(line: &str) -> String {
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reports(facts: Value, configured: Value) -> Vec<String> {
        let inventory = json!({
            "machines": { "web1": facts },
            "meshes": { "wg": { "members": { "web1": { "addresses": ["10.0.0.3/24"], "publicKey": "k" } } } },
            "secrets": { "nginx/tls": { "machines": ["web1"], "service": "nginx", "name": "tls" } },
        });
        let mut reports = Vec::new();
        let flake = FleetFlake::of_inventory(inventory);
        let null = Value::Null;
        disagreements(&flake, "web1", &|field| configured.get(field).unwrap_or(&null), &mut reports);
        reports.into_iter().map(|report| report.message).collect()
    }

    #[test]
    fn what_agrees_is_not_told_and_what_differs_is() {
        let facts = json!({
            "system": "x86_64-linux", "hostKey": "ssh-ed25519 AAAA", "postfixes": { "wg": 3 },
            "ssh": { "user": "deploy", "port": 1108 },
        });
        let configured = json!({
            "system": "x86_64-linux", "hasSecrix": true, "hostKey": "ssh-ed25519 AAAA root@web1",
            "interfaces": { "wg": ["10.0.0.3/24"] }, "secrets": { "system": [], "nginx": ["tls"] },
            "ssh": { "user": "deploy", "port": 1108 },
        });
        assert_eq!(reports(facts.clone(), configured.clone()), Vec::<String>::new());
        let other = |field: &str, value: Value| {
            let mut other = configured.clone();
            other[field] = value;
            reports(facts.clone(), other)
        };
        for (field, value, wanted) in [
            (
                "system",
                json!("aarch64-linux"),
                "its system is `x86_64-linux` in fleet.toml and `aarch64-linux`",
            ),
            ("hostKey", json!("ssh-ed25519 BBBB"), "its host key is `ssh-ed25519 AAAA`"),
            ("hostKey", Value::Null, "`secrix.hostPubKey` is null"),
            ("interfaces", json!({}), "has no such interface"),
            ("interfaces", json!({ "wg": ["10.0.0.4/24"] }), "are 10.0.0.3/24 in fleet.toml and 10.0.0.4/24"),
            ("secrets", json!({ "nginx": [] }), "reads the secret `nginx/tls`"),
            ("secrets", json!({ "nginx": ["tls"], "x": ["y"] }), "wants the secret `x/y`"),
            ("ssh", json!({ "user": "root", "port": 1108 }), "its ssh user is `deploy`"),
        ] {
            let found = other(field, value);
            assert!(found.len() == 1 && found[0].contains(wanted), "{field}: {found:?}");
        }
    }
}
