//! The fleet.toml that a new fleet begins with: right as it is, and with its next steps beside it as comments.

use crate::format::MachineName;
use std::fmt::Write as _;

/// The text of a new fleet.toml.
pub fn template(name: &MachineName, domain: Option<&str>) -> String {
    let mut text = format!(
        "\
# The inventory of this fleet: who its machines are, what secrets they may read, how they reach each other.
# `fleet check` tells what is wrong with it; `fleet machine add` and others change it and keep your comments.

[fleet]
name = \"{name}\"
"
    );
    match domain {
        Some(domain) => {
            let _ = writeln!(text, "domain = \"{domain}\"");
        }
        None => text.push_str("# domain = \"example.net\"\n"),
    }
    text.push_str(
        "
# A name for a package set = the flake input it is.
[channels]
stable = \"nixpkgs\"
# unstable = { input = \"nixpkgs_unstable\", allow_unfree = true }

# What every machine has unless it says otherwise.
[defaults]
channel = \"stable\"
# system = \"x86_64-linux\"
# ssh_user = \"deploy\"
# ssh_port = 22
# build_on = \"local\"        # or \"remote\", or the name of a machine

# A WireGuard network. A machine joins it with `mesh.wireg0 = { postfix = 1 }`; without `hubs` everybody talks to
# everybody.
# [mesh.wireg0]
# subnet = \"10.88.127.0/24\"
# hubs = [\"web1\"]
# keepalive = 25

# `fleet machine add web1` writes such a table, and makes keys.
# [machine.web1]
# tags = [\"web\"]
# address = { public = \"web1.example.net\" }
# mesh.wireg0 = { postfix = 1, endpoint = \"web1.example.net:51820\" }

# A systemd unit and the secrets it reads, where it runs.
# [service.nginx]
# machines = [\"@web\"]        # names and tags; \"@all\" is every machine
# secrets.session-key = { owner = \"nginx\", restart = [\"nginx.service\"], generate = \"base64\" }

# Secrets of the machines themselves.
# [system]
# secrets.root-password = { machines = [\"@all\"], needed_for_users = true }
",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Inventory;

    #[test]
    fn a_new_fleet_is_right_as_it_is_and_with_its_comments_taken_away() {
        let name = MachineName::parse("astral").unwrap();
        let text = template(&name, None);
        let (inventory, reports) = Inventory::parse("fleet.toml", &text);
        assert_eq!(reports.0, []);
        assert_eq!(inventory.unwrap().name, name);
        // Comments that hold TOML are those with a bracket or an equals sign and no sentence.
        let is_toml =
            |line: &str| line.starts_with("# [") || (line.starts_with("# ") && line.contains(" = "));
        let full: Vec<&str> = text
            .lines()
            .map(|line| if is_toml(line) && !line.contains('`') { &line[2..] } else { line })
            .filter(|line| !line.starts_with("A name for"))
            .collect();
        let (inventory, reports) = Inventory::parse("fleet.toml", &full.join("\n"));
        assert_eq!(reports.0, []);
        let inventory = inventory.unwrap();
        assert_eq!((inventory.machines.len(), inventory.meshes.len(), inventory.services.len()), (1, 1, 3));
    }
}
