//! `fleet machine list`: one line per machine.

use crate::cli::{Context, table};
use crate::ops::Fleet;
use crate::report::Reports;
use clap::Args;
use serde_json::json;

/// List the machines with system, channel, addresses, tags and keys
#[derive(Args)]
pub struct Arguments {
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
        let mut rows =
            vec![["machine", "system", "channel", "mesh", "tags", "host key"].map(String::from).to_vec()];
        let mut list = Vec::new();
        for machine in fleet.inventory.machines.values() {
            let meshes: Vec<String> = fleet
                .inventory
                .meshes
                .values()
                .filter_map(|mesh| {
                    let member = mesh.members.get(&machine.name)?;
                    let address = mesh.address(member.postfix)?;
                    let key =
                        fleet.keys.mesh.get(&mesh.name).is_some_and(|keys| keys.contains_key(&machine.name));
                    Some(format!("{} {address}{}", mesh.name, if key { "" } else { " (pending)" }))
                })
                .collect();
            let tags: Vec<&str> = machine.tags.iter().map(|tag| tag.as_str()).collect();
            let key = fleet.keys.hosts.get(&machine.name);
            if self.json {
                list.push(json!({
                    "name": machine.name,
                    "system": machine.system,
                    "channel": machine.channel,
                    "mesh": meshes,
                    "tags": tags,
                    "hostKey": key.map(|key| key.line()),
                    "keyless": key.is_none(),
                }));
            }
            rows.push(vec![
                machine.name.to_string(),
                machine.system.clone(),
                machine.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
                meshes.join(", "),
                tags.join(" "),
                key.map_or_else(|| "keyless".to_owned(), |_| "yes".to_owned()),
            ]);
        }
        if self.json {
            context.console.answer(format!("{:#}\n", serde_json::Value::from(list)));
        } else {
            context.console.answer(table(&rows));
        }
        Ok(())
    }
}
