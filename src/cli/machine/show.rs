//! `fleet machine show`: everything the inventory says of one machine.

use crate::cli::Context;
use crate::format::MachineName;
use crate::inventory::BuildOn;
use crate::ops::Fleet;
use crate::report::Reports;
use clap::Args;
use std::fmt::Write as _;

/// Show everything the inventory says of one machine
#[derive(Args)]
pub struct Arguments {
    /// The machine
    machine: MachineName,
    /// Print JSON: its entry in fleet.json
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Prints addresses, keys, services and secrets.
    ///
    /// # Errors
    /// When there is no such machine.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        let machine = fleet.machine(&self.machine)?;
        if self.json {
            let resolved: serde_json::Value =
                serde_json::from_str(&fleet.resolved()).expect("fleet.json is JSON when we print it");
            context.console.answer(format!("{:#}\n", resolved["machines"][self.machine.as_str()]));
            return Ok(());
        }
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            if !value.is_empty() {
                let _ = writeln!(text, "{name:<12} {value}");
            }
        };
        line("machine", machine.name.to_string());
        line("system", machine.system.clone());
        line("channel", machine.channel.as_ref().map(ToString::to_string).unwrap_or_default());
        line("tags", machine.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(" "));
        line("ssh", format!("{} on port {}", machine.ssh_user, machine.ssh_port));
        line(
            "built on",
            match &machine.build_on {
                BuildOn::Local => "the operator's machine".into(),
                BuildOn::Remote => "itself".into(),
                BuildOn::Machine(other) => other.to_string(),
            },
        );
        line("lan", machine.address.lan.clone().unwrap_or_default());
        line("public", machine.address.public.clone().unwrap_or_default());
        match fleet.keys.hosts.get(&machine.name) {
            Some(key) => line("host key", key.fingerprint()),
            None => {
                line("host key", format!("none yet; `fleet key host add {} FILE` gives it one", machine.name))
            }
        }
        for mesh in fleet.inventory.meshes.values() {
            let Some(member) = mesh.members.get(&machine.name) else { continue };
            let mut words: Vec<String> = Vec::new();
            words.extend(mesh.address(member.postfix).map(|address| address.to_string()));
            words.extend(mesh.address6(member.postfix).map(|address| address.to_string()));
            if mesh.is_hub(&machine.name) {
                words.push("hub".into());
            }
            words.extend(member.endpoint.as_ref().map(|endpoint| format!("at {endpoint}")));
            words.extend(member.routes.iter().map(|route| format!("routes {route}")));
            if !fleet.keys.mesh.get(&mesh.name).is_some_and(|keys| keys.contains_key(&machine.name)) {
                words.push("pending: no WireGuard key yet".into());
            }
            line(mesh.name.as_str(), words.join(", "));
        }
        let services = fleet.inventory.services.values().filter(|s| s.machines.contains(&machine.name));
        line("services", services.map(|service| service.name.as_str()).collect::<Vec<_>>().join(" "));
        let secrets = fleet.inventory.secrets().filter(|secret| secret.machines.contains(&machine.name));
        for (index, secret) in secrets.enumerate() {
            line(if index == 0 { "reads" } else { "" }, secret.name.to_string());
        }
        context.console.answer(text);
        Ok(())
    }
}
