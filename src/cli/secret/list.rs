//! `fleet secret list`: who can read what.

use super::reads;
use crate::cli::{Context, table};
use crate::format::{MachineName, SecretName, ServiceName};
use crate::ops::Fleet;
use crate::report::{Report, Reports, did_you_mean};
use crate::secrets::{Readers, State, Store, check};
use clap::Args;
use serde_json::json;

/// List the secrets, who reads each, and how its file stands
#[derive(Args)]
pub struct Arguments {
    /// Only secrets of this service
    #[arg(value_name = "SERVICE")]
    service: Option<ServiceName>,
    /// Only what this machine reads
    #[arg(long, value_name = "MACHINE")]
    machine: Option<MachineName>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Prints the table.
    ///
    /// # Errors
    /// When the fleet can't be read.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        if let Some(machine) = &self.machine {
            fleet.machine(machine)?;
        }
        if let Some(service) = self.service.as_ref().filter(|s| !fleet.inventory.services.contains_key(*s)) {
            let known = fleet.inventory.services.keys().map(ServiceName::as_str);
            let mut report = Report::error(format!("fleet.toml declares no service `{service}`"));
            report.hints.extend(did_you_mean(service.as_str(), known));
            return Err(report.into());
        }
        let filter = |name: &SecretName| {
            self.service.as_ref().is_none_or(|service| name.service == *service)
                && self.machine.as_ref().is_none_or(|machine| reads(&fleet, name, machine))
        };
        let store = Store::open(&fleet.root).map_err(Report::from)?;
        let looked = check(&fleet.inventory, &fleet.keys, &store, Some(&filter));
        let readers = Readers::new(&fleet.keys);
        let mut rows = vec![["secret", "read by", "state"].map(String::from).to_vec()];
        let mut list = Vec::new();
        for checked in &looked.secrets {
            let Some(secret) = fleet.inventory.secret(&checked.name) else { continue };
            let wanted = readers.wanted(&secret);
            let rotate = fleet.inventory.rotate.get(&checked.name);
            if self.json {
                let names: Vec<&str> = wanted.readers.iter().map(|reader| reader.name()).collect();
                let mut entry = json!({
                    "name": checked.name,
                    "service": checked.name.service,
                    "machine": checked.name.machine,
                    "file": checked.name.file(),
                    "readers": names,
                    "machines": secret.machines,
                    "keyless": wanted.keyless,
                    "state": word(&checked.state),
                    "rotate": rotate.map(|rotate| json!({ "because": rotate.because, "since": rotate.since })),
                });
                if let State::Sealed { readers, .. } = &checked.state {
                    let missing: Vec<&str> = readers.missing.iter().map(|reader| reader.name()).collect();
                    let extra: Vec<String> =
                        readers.extra.iter().map(|extra| extra.to_string().replace('`', "")).collect();
                    entry["missing"] = json!(missing);
                    entry["extra"] = json!(extra);
                    entry["cannotTell"] = json!(readers.cannot_tell);
                }
                list.push(entry);
                continue;
            }
            let mut names: Vec<String> = secret
                .machines
                .iter()
                .map(|machine| match wanted.keyless.contains(machine) {
                    true => format!("{machine} (keyless)"),
                    false => machine.to_string(),
                })
                .collect();
            if names.len() > 4 {
                names = vec![format!("{} machines", names.len())];
            }
            let mut state = word(&checked.state).to_owned();
            if rotate.is_some() {
                state.push_str(", to be rotated");
            }
            rows.push(vec![checked.name.to_string(), names.join(" "), state]);
        }
        if self.json {
            context.console.answer(format!("{:#}\n", serde_json::Value::from(list)));
            return Ok(());
        }
        context.console.answer(table(&rows));
        let masters: Vec<String> = fleet.keys.masters.keys().map(|name| format!("`{name}`")).collect();
        context.console.say(match masters.len() {
            0 => "there is no master: nobody can open these to change them".to_owned(),
            1 => format!("the master {} reads them all", masters[0]),
            _ => format!("the masters {} read them all", masters.join(", ")),
        });
        Ok(())
    }
}

fn word(state: &State) -> &'static str {
    match state {
        State::Sealed { readers, .. } if readers.same() => "sealed",
        State::Sealed { .. } => "other readers",
        State::Missing => "no value",
        State::Unreadable(_) => "unreadable",
        State::Damaged(_) => "damaged",
    }
}
