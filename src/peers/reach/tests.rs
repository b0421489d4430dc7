use super::{Target, Walk, World};
use crate::peers::fixture::{Fleet, endpoint, key, member};
use crate::peers::{Config, KeySource, Style, derive, parse, print};
use std::collections::BTreeMap;

/// A hub with a network behind it and three spokes, one of them with a network too.
fn star() -> Fleet {
    let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
    fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
    fleet.add(member("a", 10));
    fleet.add(member("b", 11));
    fleet.add(member("site", 12).route("10.12.0.0/16"));
    fleet.pending(member("planned", 100));
    fleet
}

type Configs = BTreeMap<String, Config>;

/// What a reader of the rendered files knows.
fn rendered(fleet: &Fleet) -> Configs {
    let meshes = derive(&fleet.inventory, &fleet.keys);
    let network = meshes.get("wireg0").unwrap();
    let present = network.nodes.iter().filter(|node| node.key.public_key().is_some());
    let read = |node| {
        let text = print(&network.config(node), Style::Committed);
        (node.name.to_string(), parse(&text, "x").unwrap())
    };
    present.map(read).collect()
}

fn world(configs: &Configs) -> World<'_> {
    World::read(configs.iter().map(|(name, config)| ("wireg0".to_owned(), name.clone(), config.clone())))
}

fn walk(configs: &Configs, from: &str, to: &str) -> Walk {
    let to = to.parse().map_or_else(|_| Target::Host(to.to_owned()), Target::Address);
    world(configs).reach(from, &to, None).unwrap()
}

#[test]
fn a_walk_is_told_tunnel_by_tunnel() {
    let configs = rendered(&star());
    assert_eq!(
        walk(&configs, "a", "b").to_string(),
        "a reaches b (10.88.127.10 to 10.88.127.11)\n\
         \x20 1. a -> hub in wireg0: 10.88.127.0/24 is hub's, called at hub.example.net:2108\n\
         \x20 2. hub -> b in wireg0: 10.88.127.11/32 is b's, which keeps the line open every 25 s\n\
         \x20 reply: b -> hub -> a\n"
    );
    assert_eq!(
        walk(&configs, "a", "10.12.3.4").to_string(),
        "a reaches 10.12.3.4 (10.88.127.10 to 10.12.3.4)\n\
         \x20 1. a -> hub in wireg0: 10.12.0.0/16 is hub's, called at hub.example.net:2108\n\
         \x20 2. hub -> site in wireg0: 10.12.0.0/16 is site's, which keeps the line open every 25 s\n\
         \x20    site passes it on to 10.12.0.0/16 behind it\n\
         \x20 reply: site -> hub -> a\n"
    );
    assert!(walk(&configs, "a", "a").arrived());
    assert!(walk(&configs, "hub", "10.88.128.7").arrived(), "its own network");
}

#[test]
fn what_is_derived_and_what_is_rendered_agree() {
    let fleet = star();
    let meshes = derive(&fleet.inventory, &fleet.keys);
    let derived = World::derived(&meshes);
    let configs = rendered(&fleet);
    let read = world(&configs);
    assert_eq!(derived.walks("wireg0").collect::<Vec<_>>(), read.walks("wireg0").collect::<Vec<_>>());
    let (derived, read) = (derived.matrix("wireg0"), read.matrix("wireg0"));
    assert_eq!(derived.to_string(), read.to_string());
    assert_eq!(
        derived.to_string(),
        "mesh wireg0: 12 of 12 ways are open\n        1 2 3 4\na    1  . 2 1 2\nb    2  2 . 1 2\nhub  3  1 1 . 1\n\
         site 4  2 2 1 .\n"
    );
}

/// Breaks the rendered star and expects the way from `a` to `b` to be lost for this reason.
fn broken(change: impl FnOnce(&mut Configs), reason: &str) {
    let mut configs = rendered(&star());
    change(&mut configs);
    let walk = walk(&configs, "a", "b");
    let lost = walk.lost.as_ref().unwrap_or_else(|| panic!("expected: {reason}\n{walk}"));
    assert_eq!(format!("{}{lost}", if walk.reply_lost { "reply: " } else { "" }), reason);
    assert!(!lost.hint().is_empty());
}

fn host<'a>(configs: &'a mut Configs, name: &str) -> &'a mut Config {
    configs.get_mut(name).unwrap()
}

/// The position of a peer in a host's configuration.
fn at(config: &Config, peer: &str) -> usize {
    config.peers.iter().position(|known| known.name.as_deref() == Some(peer)).unwrap()
}

#[test]
fn each_way_of_breaking_it_has_its_own_reason() {
    broken(
        |configs| host(configs, "hub").peers.retain(|peer| peer.name.as_deref() != Some("a")),
        "`hub` has no peer with the key of `a` in mesh `wireg0`, and answers no stranger",
    );
    broken(
        |configs| host(configs, "hub").peers.retain(|peer| peer.name.as_deref() != Some("b")),
        "`hub` has no peer in mesh `wireg0` whose allowed IPs hold 10.88.127.11",
    );
    broken(
        |configs| host(configs, "a").peers[0].public_key = key("somebody"),
        "`a` sends it to `hub` in mesh `wireg0` under a key that no other host has",
    );
    broken(
        |configs| {
            let hub = host(configs, "hub");
            let b = at(hub, "b");
            hub.peers[b].allowed_ips.push("10.88.127.10/32".parse().unwrap());
        },
        "`hub` drops it: it came from `a`, and 10.88.127.10 belongs to `b` there",
    );
    broken(
        |configs| {
            let hub = host(configs, "hub");
            let a = at(hub, "a");
            hub.peers[a].allowed_ips.clear();
        },
        "`hub` drops it: 10.88.127.10 is not among the allowed IPs of `a` there",
    );
    broken(
        |configs| host(configs, "a").peers[0].endpoint = None,
        "no tunnel between `a` and `hub`: `a` knows no endpoint of `hub`, and `hub` knows no endpoint of `a`",
    );
    broken(
        |configs| host(configs, "a").peers[0].endpoint = Some(endpoint("hub.example.net:2109")),
        "no tunnel between `a` and `hub`: `a` calls hub.example.net:2109, but `hub` is at hub.example.net:2108, and \
         `hub` knows no endpoint of `a`",
    );
    broken(
        |configs| {
            host(configs, "b").endpoint = Some(endpoint("192.0.2.11:2108"));
            host(configs, "a").peers[0].endpoint = Some(endpoint("192.0.2.11:2108"));
        },
        "no tunnel between `a` and `hub`: `a` calls 192.0.2.11:2108, which is `b`, not `hub`, and `hub` knows no \
         endpoint of `a`",
    );
    broken(
        |configs| {
            host(configs, "hub").endpoint = None;
            host(configs, "hub").listen_port = Some(2109);
        },
        "no tunnel between `a` and `hub`: `a` calls hub.example.net:2108, but `hub` listens on port 2109, and `hub` \
         knows no endpoint of `a`",
    );
    broken(
        |configs| host(configs, "hub").forwards = false,
        "`hub` does not pass packets on, and 10.88.127.11 is not its own address",
    );
    broken(
        |configs| {
            let a = host(configs, "a");
            a.routed = false;
            a.addresses = vec!["10.88.127.10/32".parse().unwrap()];
        },
        "`a` has no route to 10.88.127.11 into any mesh",
    );
    broken(
        |configs| host(configs, "a").peers[0].allowed_ips = vec!["10.88.127.0/29".parse().unwrap()],
        "`a` has no peer in mesh `wireg0` whose allowed IPs hold 10.88.127.11",
    );
    broken(
        |configs| {
            let hub = host(configs, "hub");
            let (a, b) = (at(hub, "a"), at(hub, "b"));
            let swapped = hub.peers[a].public_key;
            hub.peers[a].public_key = hub.peers[b].public_key;
            hub.peers[b].public_key = swapped;
        },
        "`hub` drops it: it came from `a`, and 10.88.127.10 belongs to `a` there",
    );
    broken(
        |configs| host(configs, "a").peers[0].preshared_key = KeySource::File("/run/psk.a.hub".into()),
        "`a` and `hub` do not have the same pre-shared key",
    );
    broken(
        |configs| host(configs, "b").peers[0].keepalive = None,
        "no tunnel between `hub` and `b`: `hub` knows no endpoint of `b`, and `b` sends no keepalives, so it may not \
         have called yet",
    );
    broken(
        |configs| host(configs, "b").peers[0].allowed_ips = vec!["10.88.127.1/32".parse().unwrap()],
        "`b` drops it: 10.88.127.10 is not among the allowed IPs of `hub` there",
    );
    broken(
        |configs| {
            let b = host(configs, "b");
            b.routed = false;
            b.addresses = vec!["10.88.127.11/32".parse().unwrap()];
        },
        "reply: `b` has no route to 10.88.127.10 into any mesh",
    );
    broken(
        |configs| {
            let hub = host(configs, "hub");
            let a = at(hub, "a");
            let mut again = hub.peers[a].clone();
            again.allowed_ips = vec!["10.99.0.0/16".parse().unwrap()];
            hub.peers.push(again);
        },
        "`hub` drops it: 10.88.127.10 is not among the allowed IPs of `a` there",
    );
}

#[test]
fn who_stands_in_a_network_needs_no_tunnel() {
    let mut fleet = star();
    fleet.machine("a").address.lan = Some("10.88.128.10".into());
    assert_eq!(
        walk(&rendered(&fleet), "a", "10.88.128.7").to_string(),
        "a reaches 10.88.128.7 (10.88.127.10 to 10.88.128.7)\n     a is in 10.88.128.0/24 itself: no tunnel is needed\n"
    );
}

#[test]
fn a_loop_ends() {
    let mut configs = rendered(&star());
    let hub = host(&mut configs, "hub");
    let site = at(hub, "site");
    hub.peers[site].allowed_ips = vec!["0.0.0.0/0".parse().unwrap()];
    host(&mut configs, "site").peers[0].allowed_ips = vec!["0.0.0.0/0".parse().unwrap()];
    let lost = walk(&configs, "hub", "10.200.0.1").lost.unwrap().to_string();
    assert_eq!(lost, "packets for 10.200.0.1 go round in a loop through `hub`");
}

#[test]
fn what_if_a_host_is_down_or_passes_nothing_on() {
    let configs = rendered(&star());
    let reason = |change: fn(&mut World<'_>)| {
        let mut world = world(&configs);
        change(&mut world);
        world.reach("a", &Target::Host("b".into()), None).unwrap().lost.unwrap().to_string()
    };
    assert_eq!(reason(|world| world.without("hub").unwrap()), "`a` sends it to `hub`, which is down");
    assert_eq!(reason(|world| world.without("a").unwrap()), "`a` is down");
    assert!(reason(|world| world.not_forwarding("hub").unwrap()).contains("does not pass packets on"));
}

#[test]
fn a_tunnel_that_the_request_opened_carries_the_reply() {
    let mut configs = rendered(&star());
    // Nobody keeps a line open, but `b` calls the hub itself, and the hub's reply uses that tunnel.
    for config in configs.values_mut() {
        for peer in &mut config.peers {
            peer.keepalive = None;
        }
    }
    assert!(walk(&configs, "b", "hub").arrived());
    assert!(!walk(&configs, "hub", "b").arrived());
    assert!(walk(&configs, "b", "10.88.128.9").arrived());
}

#[test]
fn several_meshes_are_walked_through() {
    let mut fleet = star();
    fleet.another_mesh("wireg1", "10.75.69.0/24");
    fleet.mesh().hubs.push("gate".parse().unwrap());
    fleet.external(member("gate", 1).endpoint("192.0.2.77:2107").route("10.75.0.0/20"));
    fleet.add(member("a", 88));
    fleet.keys().insert("a".parse().unwrap(), key("a in wireg1"));
    let meshes = derive(&fleet.inventory, &fleet.keys);
    let world = World::derived(&meshes);
    let reach = |from: &str, to: &str, mesh: Option<&str>| {
        let to = to.parse().map_or_else(|_| Target::Host(to.to_owned()), Target::Address);
        world.reach(from, &to, mesh)
    };
    let walk = reach("a", "gate", None).unwrap();
    assert!(walk.arrived() && walk.target == "10.75.69.1".parse().ok(), "{walk}");
    assert!(reach("a", "10.75.3.3", None).unwrap().arrived());
    let lost = reach("b", "gate", None).unwrap().lost.unwrap().to_string();
    assert_eq!(lost, "`b` has no route to 10.75.69.1 into any mesh");
    let error = reach("b", "gate", Some("wireg1")).unwrap_err().to_string();
    assert_eq!(error, "`b` is no member of mesh `wireg1`");
    assert_eq!(
        reach("a", "planned", None).unwrap_err().to_string(),
        "`planned` is pending in mesh `wireg0`: without a key it is nobody's peer"
    );
    assert!(reach("a", "hbu", None).is_err());
}

#[test]
fn a_full_mesh_needs_one_endpoint_of_two_and_ipv6_walks_alike() {
    let mut fleet = Fleet::new("wireg0", "10.9.0.0/24");
    fleet.mesh().subnet6 = Some("fd09::/64".parse().unwrap());
    fleet.add(member("a", 1).endpoint("192.0.2.1:1"));
    fleet.add(member("b", 2));
    fleet.add(member("c", 3).route("fd33::/48"));
    let configs = rendered(&fleet);
    assert!(walk(&configs, "a", "b").arrived() && walk(&configs, "b", "a").arrived());
    assert!(walk(&configs, "a", "fd33::5").arrived() && walk(&configs, "a", "fd09::3").arrived());
    assert!(walk(&configs, "b", "c").lost.unwrap().to_string().starts_with("no tunnel between `b` and `c`"));
    let mut four = configs;
    four.get_mut("a").unwrap().addresses.truncate(1);
    let lost = walk(&four, "a", "fd33::5").lost.unwrap().to_string();
    assert_eq!(lost, "`a` has no IPv6 address in mesh `wireg0` to send from");
}

#[test]
fn a_port_forward_is_said_aloud() {
    let mut fleet = star();
    fleet.member("hub").listen_port = Some(51820);
    let text = walk(&rendered(&fleet), "a", "hub").to_string();
    assert!(
        text.contains("called at hub.example.net:2108, which a router has to lead to its port 51820"),
        "{text}"
    );
}
