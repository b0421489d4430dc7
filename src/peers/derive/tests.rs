//! Who lists whom, in small fleets that a reader can follow.

use super::*;
use crate::peers::fixture::{Fleet, member};
use crate::peers::{Style, print};

/// `name: allowed, ips @ endpoint ~ keepalive`, a line per peer.
fn peers(fleet: &Fleet, of: &str) -> Vec<String> {
    let meshes = derive(&fleet.inventory, &fleet.keys);
    let network = meshes.get("wireg0").unwrap();
    let shown = network.peers(network.node(of).unwrap()).map(|peer| {
        let allowed: Vec<String> = peer.allowed_ips.iter().map(IpNet::to_string).collect();
        let endpoint = peer.endpoint().map(|endpoint| format!(" @ {endpoint}")).unwrap_or_default();
        let keepalive = peer.keepalive.map(|seconds| format!(" ~ {seconds}")).unwrap_or_default();
        format!("{}: {}{endpoint}{keepalive}", peer.node.name, allowed.join(", "))
    });
    shown.collect()
}

#[test]
fn a_hub_lists_hosts_and_a_spoke_lists_the_subnet() {
    let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
    fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
    fleet.add(member("laptop", 20));
    fleet.add(member("rented", 50).endpoint("198.51.100.50:2108").route("10.50.0.0/16"));
    fleet.external(member("phone", 210));
    fleet.pending(member("planned", 100).route("10.100.0.0/16"));
    assert_eq!(
        peers(&fleet, "hub"),
        [
            "laptop: 10.88.127.20/32",
            "phone: 10.88.127.210/32",
            "rented: 10.88.127.50/32, 10.50.0.0/16 @ 198.51.100.50:2108",
        ]
    );
    let through_hub = "hub: 10.88.127.0/24, 10.50.0.0/16, 10.88.128.0/24 @ hub.example.net:2108 ~ 25";
    assert_eq!(peers(&fleet, "laptop"), [through_hub]);
    assert_eq!(peers(&fleet, "phone"), [through_hub]);
    assert_eq!(
        peers(&fleet, "rented"),
        ["hub: 10.88.127.0/24, 10.88.128.0/24 @ hub.example.net:2108"],
        "its own network is at home, and who can be called needs no keepalive"
    );
}

#[test]
fn who_stands_in_a_network_gets_no_route_to_it() {
    let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
    fleet.hub(member("hub", 1).endpoint("192.0.2.1:1").route("10.88.128.0/24").route("10.88.129.0/24"));
    fleet.add(member("storage", 3));
    fleet.add(member("laptop", 20));
    fleet.machine("storage").address.lan = Some("10.88.128.3".into());
    fleet.machine("hub").address.lan = Some("10.88.128.1".into());
    fleet.machine("laptop").address.lan = Some("laptop.lan".into());
    assert_eq!(peers(&fleet, "storage"), ["hub: 10.88.127.0/24, 10.88.129.0/24 @ 192.0.2.1:1 ~ 25"]);
    assert_eq!(
        peers(&fleet, "laptop"),
        ["hub: 10.88.127.0/24, 10.88.128.0/24, 10.88.129.0/24 @ 192.0.2.1:1 ~ 25"]
    );
    let meshes = derive(&fleet.inventory, &fleet.keys);
    let network = meshes.get("wireg0").unwrap();
    let home = |name: &str| network.config(network.node(name).unwrap()).at_home;
    assert_eq!(home("storage"), ["10.88.128.0/24".parse().unwrap()]);
    assert!(home("hub").is_empty() && home("laptop").is_empty());
}

#[test]
fn with_several_hubs_each_network_goes_to_one_peer() {
    let mut fleet = Fleet::new("wireg0", "10.0.0.0/16");
    fleet.hub(member("south", 1).endpoint("192.0.2.1:2108").route("10.1.0.0/16"));
    fleet.hub(member("north", 2).endpoint("192.0.2.2:2108").route("10.2.0.0/16"));
    fleet.add(member("a", 300).route("10.3.0.0/16"));
    fleet.add(member("b", 301));
    assert_eq!(
        peers(&fleet, "b"),
        [
            "south: 10.0.0.0/16, 10.1.0.0/16, 10.3.0.0/16 @ 192.0.2.1:2108 ~ 25",
            "north: 10.0.0.2/32, 10.2.0.0/16 @ 192.0.2.2:2108 ~ 25",
        ]
    );
    assert_eq!(
        peers(&fleet, "north"),
        [
            "a: 10.0.1.44/32, 10.3.0.0/16",
            "b: 10.0.1.45/32",
            "south: 10.0.0.1/32, 10.1.0.0/16 @ 192.0.2.1:2108"
        ]
    );
    fleet.keys.mesh.get_mut("wireg0").unwrap().remove("south");
    assert_eq!(
        peers(&fleet, "b"),
        ["north: 10.0.0.0/16, 10.2.0.0/16, 10.3.0.0/16 @ 192.0.2.2:2108 ~ 25"],
        "without a key of the first hub, the next one relays"
    );
}

#[test]
fn without_hubs_everybody_lists_everybody_in_both_families() {
    let mut fleet = Fleet::new("wireg0", "10.9.0.0/30");
    fleet.mesh().subnet6 = Some("fd12:3456::/64".parse().unwrap());
    fleet.add(member("a", 1).endpoint("[2001:db8::1]:51820"));
    fleet.add(member("b", 2).route("fd99::/48"));
    assert_eq!(peers(&fleet, "a"), ["b: 10.9.0.2/32, fd12:3456::2/128, fd99::/48"]);
    assert_eq!(peers(&fleet, "b"), ["a: 10.9.0.1/32, fd12:3456::1/128 @ [2001:db8::1]:51820 ~ 25"]);
}

#[test]
fn a_member_may_turn_keepalives_off_or_on() {
    let mut fleet = Fleet::new("wireg0", "10.9.0.0/24");
    fleet.hub(member("hub", 1).endpoint("192.0.2.1:1"));
    fleet.add(member("quiet", 2).keepalive(0));
    fleet.add(member("rented", 3).endpoint("192.0.2.3:1").keepalive(10));
    assert_eq!(peers(&fleet, "quiet"), ["hub: 10.9.0.0/24 @ 192.0.2.1:1"]);
    assert_eq!(peers(&fleet, "rented"), ["hub: 10.9.0.0/24 @ 192.0.2.1:1 ~ 10"]);
}

#[test]
fn what_is_committed_reads_well() {
    let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
    fleet.mesh().preshared = true;
    fleet.mesh().mtu = Some(1380);
    fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
    fleet.add(member("laptop", 20));
    let meshes = derive(&fleet.inventory, &fleet.keys);
    let network = meshes.get("wireg0").unwrap();
    let (hub, laptop) = (network.node("hub").unwrap(), network.node("laptop").unwrap());
    let (hub_key, laptop_key) = (hub.key.public_key().unwrap(), laptop.key.public_key().unwrap());
    assert_eq!(
        print(&network.config(hub), Style::Committed),
        format!(
            "[Interface]\n# name: hub\n# public key: {hub_key}\n# called at: hub.example.net:2108\n\
             # forwards: yes\n# behind: 10.88.128.0/24\n# private key: /run/wireguard-wireg0-keys/private-key\n\
             Address = 10.88.127.1/24\nMTU = 1380\nListenPort = 2108\n\n\
             [Peer]\n# name: laptop\nPublicKey = {laptop_key}\nAllowedIPs = 10.88.127.20/32\n\
             # preshared key: /run/wireguard-wireg0-keys/psk.hub.laptop\n"
        )
    );
    assert_eq!(
        print(&network.config(laptop), Style::WgQuick),
        format!(
            "[Interface]\n# name: laptop\n# public key: {laptop_key}\nAddress = 10.88.127.20/24\n\
             MTU = 1380\nListenPort = 2108\n\
             PostUp = wg set %i private-key /run/wireguard-wireg0-keys/private-key\n\
             PostUp = wg set %i peer {hub_key} preshared-key /run/wireguard-wireg0-keys/psk.hub.laptop\n\n\
             [Peer]\n# name: hub\nPublicKey = {hub_key}\nAllowedIPs = 10.88.127.0/24, 10.88.128.0/24\n\
             Endpoint = hub.example.net:2108\nPersistentKeepalive = 25\n\
             # preshared key: /run/wireguard-wireg0-keys/psk.hub.laptop\n"
        )
    );
}
