//! The meshes in the words of other programs. Private and pre-shared keys are named by file, never held.

mod hosts;
mod json;
mod networkd;
mod nixos;

pub use hosts::{hosts, known_hosts};
pub use json::json;
pub use networkd::networkd;
pub use nixos::nixos;

use super::derive::{KeyState, Meshes, Network, Node};

/// The members that are rendered, with their meshes: machines of the fleet that have a key, or the one that is asked
/// for, whatever it is.
pub fn members<'a>(meshes: &'a Meshes, of: Option<&'a str>) -> impl Iterator<Item = (&'a Network, &'a Node)> {
    meshes.networks.values().flat_map(move |network| {
        let wanted = move |node: &&Node| match of {
            Some(name) => node.name.as_str() == name,
            None => matches!(node.key, KeyState::Managed(_)),
        };
        network.nodes.iter().filter(wanted).map(move |node| (network, node))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::SshPublicKey;
    use crate::peers::derive;
    use crate::peers::fixture::{Fleet, member};

    const HOST_KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNQHd9LFV9oxnPzQyLFCGzW8gHL7t1QvF7rkWh6lSKt web1";

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.mesh().subnet6 = Some("fd00:88:127::/64".parse().unwrap());
        fleet.mesh().preshared = true;
        fleet.mesh().mtu = Some(1380);
        fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
        fleet.add(member("web1", 3));
        fleet.pending(member("planned", 100));
        fleet.external(member("phone", 210));
        fleet.another_mesh("other", "10.75.69.0/24");
        fleet.add(member("web1", 88).endpoint("198.51.100.3:2107"));
        fleet
    }

    #[test]
    fn networkd_reads_keys_from_files() {
        let fleet = fleet();
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let network = meshes.get("wireg0").unwrap();
        let hub = network.node("hub").unwrap();
        let key = |name: &str| network.node(name).unwrap().key.public_key().unwrap();
        let wanted = format!(
            "# /etc/systemd/network/50-wireg0.netdev\n\
             [NetDev]\nName=wireg0\nKind=wireguard\nMTUBytes=1380\n\n\
             [WireGuard]\nPrivateKeyFile=/run/wireguard-wireg0-keys/private-key\nListenPort=2108\nRouteTable=main\n\n\
             # phone\n[WireGuardPeer]\nPublicKey={}\nAllowedIPs=10.88.127.210/32, fd00:88:127::d2/128\n\
             PresharedKeyFile=/run/wireguard-wireg0-keys/psk.hub.phone\n\n\
             # web1\n[WireGuardPeer]\nPublicKey={}\nAllowedIPs=10.88.127.3/32, fd00:88:127::3/128\n\
             PresharedKeyFile=/run/wireguard-wireg0-keys/psk.hub.web1\n\n\
             # /etc/systemd/network/50-wireg0.network\n\
             [Match]\nName=wireg0\n\n\
             [Network]\nAddress=10.88.127.1/24\nAddress=fd00:88:127::1/64\n# Before systemd 256: IPForward=yes\nIPv4Forwarding=yes\nIPv6Forwarding=yes\n",
            key("phone"),
            key("web1"),
        );
        assert_eq!(networkd(network, hub), wanted);
    }

    #[test]
    fn nixos_gets_a_module() {
        let fleet = fleet();
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let text = nixos(&meshes, Some("web1"));
        assert!(text.contains("networking.wireguard.interfaces.\"wireg0\" = {"), "{text}");
        assert!(text.contains("networking.wireguard.interfaces.\"other\" = {"), "{text}");
        assert!(text.contains("persistentKeepalive = 25;"), "{text}");
        assert!(text.contains("presharedKeyFile = \"/run/wireguard-wireg0-keys/psk.hub.web1\";"), "{text}");
        assert!(!text.contains("ip_forward"), "{text}");
        let all = nixos(&meshes, None);
        assert!(all.contains("\"hub\" = {") && all.contains("ip_forward"), "{all}");
        assert!(!all.contains("\"phone\" = {") && !all.contains("\"planned\" = {"), "{all}");
    }

    #[test]
    fn json_tells_pending_members_too() {
        let fleet = fleet();
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let value: serde_json::Value = serde_json::from_str(&json(&meshes, None)).unwrap();
        let members = &value["wireg0"]["members"];
        assert_eq!(members["planned"]["state"], "pending");
        assert_eq!(members["phone"]["state"], "external");
        assert_eq!(members["web1"]["peers"][0]["allowedIPs"][2], "10.88.128.0/24");
        assert_eq!(members["web1"]["privateKeyFile"], "/run/wireguard-wireg0-keys/private-key");
        assert_eq!(members["phone"]["privateKeyFile"], serde_json::Value::Null);
        let one: serde_json::Value = serde_json::from_str(&json(&meshes, Some("web1"))).unwrap();
        assert_eq!(one["wireg0"]["members"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn hosts_and_known_hosts() {
        let mut fleet = fleet();
        let host_key = SshPublicKey::parse(HOST_KEY).unwrap();
        fleet.keys.hosts.insert("web1".parse().unwrap(), host_key);
        fleet.machine("web1").address.lan = Some("192.168.1.3".into());
        let meshes = derive(&fleet.inventory, &fleet.keys);
        assert_eq!(
            hosts(&meshes, None),
            "# mesh other\n10.75.69.88 web1.other web1\n\
             # mesh wireg0\n10.88.127.1 hub.wireg0 hub\nfd00:88:127::1 hub.wireg0 hub\n\
             10.88.127.210 phone.wireg0 phone\nfd00:88:127::d2 phone.wireg0 phone\n\
             10.88.127.3 web1.wireg0\nfd00:88:127::3 web1.wireg0\n"
        );
        assert!(!hosts(&meshes, Some("hub")).contains("other"));
        assert_eq!(
            known_hosts(&fleet.inventory, &fleet.keys, &meshes, None),
            format!(
                "[web1]:1108,[web1.other]:1108,[10.75.69.88]:1108,[web1.wireg0]:1108,[10.88.127.3]:1108,\
                 [fd00:88:127::3]:1108,[192.168.1.3]:1108 {}\n",
                HOST_KEY.trim_end_matches(" web1")
            )
        );
    }
}
