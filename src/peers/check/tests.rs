use super::{check, check_for_rendering};
use crate::format::MachineName;
use crate::inventory::BuildOn;
use crate::peers::fixture::{Fleet, endpoint, key, member};
use crate::report::{Report, Severity};

/// Where things were said: it need not agree with the fleet that is made by hand below.
const SOURCE: &str = r#"
[mesh.wireg0]
hubs = ["hub"]
keepalive = 25
external.phone.postfix = 210

[mesh.wireg1]
subnet = "10.88.127.128/25"
external.gate.routes = ["10.88.128.0/24"]

[machine.a]
build_on = "planned"
health.http = ["http://planned/"]
mesh.wireg1.postfix = 88

[machine.b]
mesh.wireg0.postfix = 3
mesh.wireg0.endpoint = "192.0.2.1:0"
mesh.wireg0.routes = ["10.0.0.0/8"]
mesh.wireg0.mtu = 500

[machine.hub]
mesh.wireg0 = { postfix = 1 }
"#;

/// A hub with a network behind it, two spokes, an external member and a pending one: nothing is wrong.
fn healthy() -> Fleet {
    let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
    fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
    fleet.add(member("a", 2));
    fleet.add(member("b", 3));
    fleet.external(member("phone", 210));
    fleet.pending(member("planned", 100));
    fleet.source(SOURCE);
    fleet
}

fn reports(fleet: &Fleet) -> Vec<Report> {
    check(&fleet.inventory, &fleet.keys).0
}

/// Breaks a healthy fleet and expects one report: its severity, its message, and the path it points to.
fn broken(change: impl FnOnce(&mut Fleet), severity: Severity, message: &str, place: &str) {
    let mut fleet = healthy();
    change(&mut fleet);
    one(&fleet, severity, message, place);
}

fn one(fleet: &Fleet, severity: Severity, message: &str, place: &str) {
    let reports: Vec<Report> =
        reports(fleet).into_iter().filter(|report| report.severity != Severity::Note).collect();
    let [report] = &reports[..] else { panic!("wanted `{message}`, got {reports:#?}") };
    assert_eq!(report.message, message);
    assert_eq!(report.severity, severity, "{message}");
    let first = report.places.first().expect("a place");
    let shown = first.spot.as_ref().map_or(first.file.as_str(), |spot| spot.text.as_str());
    assert_eq!(shown, place, "{message}");
    assert!(!report.hints.is_empty(), "{message} has no hint");
}

#[test]
fn a_healthy_mesh_has_a_note_about_who_is_pending() {
    let [note] = &reports(&healthy())[..] else { panic!() };
    assert_eq!(note.severity, Severity::Note);
    assert_eq!(note.message, "`planned` of mesh `wireg0` is pending: without a key it is nobody's peer");
    assert_eq!(note.hints, ["`fleet wg keygen wireg0 planned` makes key pairs"]);
}

#[test]
fn postfixes() {
    use Severity::Error;
    let place = "mesh.wireg0.postfix = 3";
    let wrong = |postfix: u32, message: &str| {
        broken(|fleet| fleet.member("b").postfix = postfix, Error, message, place);
    };
    wrong(2, "`a` and `b` have one postfix in mesh `wireg0`: 2, 10.88.127.2");
    wrong(0, "postfix 0 of `b` in mesh `wireg0` makes 10.88.127.0, the address of the network itself");
    wrong(255, "postfix 255 of `b` in mesh `wireg0` makes 10.88.127.255, the subnet's broadcast address");
    wrong(256, "postfix 256 of `b` in mesh `wireg0` lies outside the subnet 10.88.127.0/24");
    wrong(u32::MAX, "postfix 4294967295 of `b` in mesh `wireg0` lies outside the subnet 10.88.127.0/24");
    broken(
        |fleet| fleet.member("phone").postfix = 3,
        Error,
        "`b` and `phone` have one postfix in mesh `wireg0`: 3, 10.88.127.3",
        "external.phone.postfix = 210",
    );
    broken(
        |fleet| {
            fleet.mesh().subnet6 = Some("fd00::/120".parse().unwrap());
            fleet.mesh().subnet = "10.88.0.0/16".parse().unwrap();
            fleet.member("hub").routes = vec!["10.89.0.0/16".parse().unwrap()];
            fleet.member("b").postfix = 256;
        },
        Error,
        "postfix 256 of `b` in mesh `wireg0` lies outside the subnet fd00::/120",
        place,
    );
}

#[test]
fn a_greatest_postfix_outside_the_subnet_is_warned_of() {
    let mut fleet = healthy();
    fleet.mesh().last_postfix = Some(254);
    assert_eq!(reports(&fleet).len(), 1, "the note of a healthy mesh");
    fleet.mesh().last_postfix = Some(255);
    let warning = &reports(&fleet)[0];
    assert_eq!(warning.message, "`last_postfix` 255 of mesh `wireg0` is no postfix of 10.88.127.0/24");
    assert_eq!(warning.hints, ["the postfixes of 10.88.127.0/24 are 1 to 254"]);
}

#[test]
fn small_subnets_have_no_special_addresses() {
    let mut two = Fleet::new("wireg0", "10.0.0.0/31");
    two.add(member("a", 0).endpoint("192.0.2.1:1"));
    two.add(member("b", 1).endpoint("192.0.2.2:1"));
    assert_eq!(reports(&two), []);
    two.add(member("c", 2).endpoint("192.0.2.3:1"));
    let report = &reports(&two)[0];
    assert_eq!(report.message, "postfix 2 of `c` in mesh `wireg0` lies outside the subnet 10.0.0.0/31");
    assert_eq!(report.hints, ["the postfixes of 10.0.0.0/31 are 0 to 1"]);
    two.member("c").postfix = 1;
    assert_eq!(reports(&two)[0].hints, ["every postfix of the subnet is taken: a larger subnet is needed"]);
    two.mesh().members.remove("c");
    two.keys().remove("c");
    two.mesh().subnet6 = Some("fd00::/127".parse().unwrap());
    assert_eq!(reports(&two), []);
    two.mesh().subnet6 = Some("fd00::/64".parse().unwrap());
    assert_eq!(
        reports(&two)[0].message,
        "postfix 0 of `a` in mesh `wireg0` makes fd00::, which all routers of fd00::/64 share: beside a /31 only a /127 has it to give"
    );
    let mut alone = Fleet::new("wireg0", "10.0.0.9/32");
    alone.add(member("a", 0));
    assert_eq!(reports(&alone), []);
}

#[test]
fn keys() {
    let file = "keys/wireg0/b.pub";
    let name = |name: &str| MachineName::parse(name).unwrap();
    broken(
        |fleet| *fleet.keys().get_mut("b").unwrap() = key("a"),
        Severity::Error,
        "`a` and `b` have one key in mesh `wireg0`",
        file,
    );
    broken(
        |fleet| fleet.keys().get_mut("b").unwrap().0 = [0; 32],
        Severity::Error,
        "the key of `b` in mesh `wireg0` is all zeros, no key",
        file,
    );
    broken(
        |fleet| fleet.keys().get_mut("b").unwrap().0 = std::array::from_fn(|index| u8::from(index == 0)),
        Severity::Error,
        "the key of `b` in mesh `wireg0` is a point of small order, no key",
        file,
    );
    let second = |fleet: &mut Fleet, who: &str, whose: &str| {
        fleet.another_mesh("wireg1", "10.75.69.0/24");
        fleet.mesh().listen_port = 2107;
        fleet.hub(member("gate", 1).endpoint("192.0.2.77:2107"));
        fleet.add(member(who, 88));
        fleet.keys().insert(name(who), key(whose));
    };
    broken(
        |fleet| second(fleet, "a", "a"),
        Severity::Warning,
        "`a` has one key in meshes `wireg0` and `wireg1`",
        "keys/wireg1/a.pub",
    );
    broken(
        |fleet| second(fleet, "c", "a"),
        Severity::Error,
        "`a` in mesh `wireg0` and `c` in mesh `wireg1` have one key",
        "keys/wireg1/c.pub",
    );
}

#[test]
fn hubs() {
    let place = "hubs = [\"hub\"]";
    broken(
        |fleet| fleet.mesh().hubs[0] = MachineName::parse("hbu").unwrap(),
        Severity::Error,
        "hub `hbu` is no member of mesh `wireg0`",
        place,
    );
    broken(
        |fleet| {
            let hub = fleet.mesh().hubs[0].clone();
            fleet.mesh().hubs.push(hub);
        },
        Severity::Error,
        "hub `hub` is named twice in mesh `wireg0`",
        "hubs = [\"hub\"]",
    );
    broken(
        |fleet| {
            fleet.keys().remove("hub");
        },
        Severity::Error,
        "`hub` is a hub of mesh `wireg0` and has no key yet",
        place,
    );
    broken(
        |fleet| fleet.member("hub").endpoint = None,
        Severity::Error,
        "hub `hub` of mesh `wireg0` has no endpoint, and `a`, `b`, `phone` and `planned` have none either: nobody can begin",
        "mesh.wireg0 = { postfix = 1 }",
    );
}

#[test]
fn endpoints() {
    let place = "mesh.wireg0.endpoint = \"192.0.2.1:0\"";
    let wrong = |text: &str, message: &str| {
        broken(|fleet| fleet.member("b").endpoint = Some(endpoint(text)), Severity::Error, message, place);
    };
    wrong("192.0.2.1:0", "endpoint `192.0.2.1:0` of `b` can't be called: there is no port 0");
    wrong("0.0.0.0:1", "endpoint `0.0.0.0:1` of `b` can't be called: it is no address of a host");
    wrong("[::1]:1", "endpoint `[::1]:1` of `b` can't be called: for every member that is itself");
    wrong("224.0.0.1:1", "endpoint `224.0.0.1:1` of `b` can't be called: it is a group's address");
    wrong("[fe80::1]:1", "endpoint `[fe80::1]:1` of `b` can't be called: it is valid on one link only");
    wrong(
        "10.88.127.9:1",
        "the endpoint 10.88.127.9 of `b` is an address of mesh `wireg0`: the tunnel would lead through itself",
    );
    wrong(
        "10.88.128.5:1",
        "the endpoint 10.88.128.5 of `b` lies inside 10.88.128.0/24, which mesh `wireg0` routes to `hub`: \
         the tunnel would lead through itself",
    );
    broken(
        |fleet| fleet.member("b").endpoint = Some(endpoint("HUB.example.net:2108")),
        Severity::Error,
        "endpoint `hub.example.net:2108` leads to `b` in mesh `wireg0` and to `hub` in mesh `wireg0`",
        "mesh.wireg0 = { postfix = 1 }",
    );
}

#[test]
fn routes() {
    let place = "mesh.wireg0.routes = [\"10.0.0.0/8\"]";
    broken(
        |fleet| fleet.member("b").routes.push("10.88.128.0/24".parse().unwrap()),
        Severity::Error,
        "`b` and `hub` both route 10.88.128.0/24 in mesh `wireg0`: one of them would lose it",
        "mesh.wireg0 = { postfix = 1 }",
    );
    let wrong = |route: &str, severity: Severity, message: &str| {
        broken(|fleet| fleet.member("b").routes.push(route.parse().unwrap()), severity, message, place);
    };
    wrong(
        "10.88.128.64/26",
        Severity::Warning,
        "10.88.128.64/26 behind `b` lies inside 10.88.128.0/24 behind `hub` in mesh `wireg0`",
    );
    wrong(
        "10.88.126.0/23",
        Severity::Error,
        "10.88.126.0/23 behind `b` contains the subnet 10.88.127.0/24 of mesh `wireg0` itself",
    );
    wrong("10.88.127.2/32", Severity::Error, "10.88.127.2/32 behind `b` is the address of `a`");
    wrong(
        "10.88.127.0/30",
        Severity::Warning,
        "`a` has its address inside 10.88.127.0/30, which lies behind `b`",
    );
    broken(
        |fleet| fleet.member("b").routes.push("10.88.127.64/26".parse().unwrap()),
        Severity::Warning,
        "`planned` has its address inside 10.88.127.64/26, which lies behind `b`",
        place,
    );
}

#[test]
fn several_overlaps_are_all_found() {
    let mut fleet = healthy();
    fleet.add(member("c", 4).route("10.0.0.0/9").route("10.200.0.0/16"));
    fleet.add(member("d", 5).route("10.1.0.0/16").route("10.200.0.0/16"));
    fleet.add(member("e", 6).route("10.1.2.0/24").route("10.1.2.0/24"));
    let messages: Vec<String> = reports(&fleet).into_iter().map(|report| report.message).collect();
    let count = |word: &str| messages.iter().filter(|message| message.contains(word)).count();
    assert_eq!(count("both route 10.200.0.0/16"), 1, "{messages:#?}");
    assert_eq!(count("10.1.0.0/16 behind `d` lies inside 10.0.0.0/9 behind `c`"), 1);
    assert_eq!(count("10.1.2.0/24 behind `e` lies inside 10.1.0.0/16 behind `d`"), 2);
}

#[test]
fn silence_is_warned_of() {
    broken(
        |fleet| fleet.mesh().keepalive = None,
        Severity::Warning,
        "`a`, `b` and `phone` of mesh `wireg0` have no endpoint and send no keepalives: once silent, nobody can \
         reach them",
        "keepalive = 25",
    );
    let mut full = Fleet::new("wireg0", "10.0.0.0/24");
    full.source(SOURCE);
    full.add(member("a", 1));
    full.add(member("b", 2));
    one(
        &full,
        Severity::Error,
        "no member of mesh `wireg0` has an endpoint: nobody can begin",
        "[mesh.wireg0]",
    );
    full.add(member("c", 3).endpoint("192.0.2.1:1"));
    one(
        &full,
        Severity::Warning,
        "`a` and `b` of mesh `wireg0` have no endpoint: they can't reach each other",
        "[mesh.wireg0]",
    );
}

#[test]
fn packet_sizes() {
    broken(
        |fleet| fleet.member("b").mtu = Some(500),
        Severity::Error,
        "the MTU 500 of `b` is too small: IPv4 needs 576",
        "mesh.wireg0.mtu = 500",
    );
    broken(
        |fleet| {
            fleet.mesh().subnet6 = Some("fd00::/64".parse().unwrap());
            fleet.mesh().mtu = Some(1279);
        },
        Severity::Error,
        "the MTU 1279 of mesh `wireg0` is too small: IPv6 needs 1280",
        "[mesh.wireg0]",
    );
}

#[test]
fn pending_members_that_something_counts_on() {
    broken(
        |fleet| fleet.machine("a").build_on = BuildOn::Machine(MachineName::parse("planned").unwrap()),
        Severity::Error,
        "`build_on` of `a` counts on `planned`, which has no key in mesh `wireg0` yet",
        "build_on = \"planned\"",
    );
    for url in ["http://10.88.127.100:9100/metrics", "http://planned/", "https://planned.example.net:1/x"] {
        broken(
            |fleet| fleet.machine("a").health.http.push(url.into()),
            Severity::Error,
            &format!(
                "the health check `{url}` of `a` counts on `planned`, which has no key in mesh `wireg0` yet"
            ),
            "health.http = [\"http://planned/\"]",
        );
    }
    broken(
        |fleet| fleet.machine("a").health.command.push("ping -c1 10.88.127.100".into()),
        Severity::Error,
        "the health check `ping -c1 10.88.127.100` of `a` counts on `planned`, which has no key in mesh `wireg0` yet",
        "health.http = [\"http://planned/\"]",
    );
    let mut reachable = healthy();
    reachable.machine("planned").address.lan = Some("192.168.1.9".into());
    reachable.machine("a").build_on = BuildOn::Machine(MachineName::parse("planned").unwrap());
    reachable.machine("a").health.http.push("http://planned.example.org/".into());
    assert!(reports(&reachable).iter().all(|report| report.severity == Severity::Note));
}

#[test]
fn rendering_does_not_wait_for_every_key() {
    let mut fleet = healthy();
    fleet.keys().clear();
    let strict = check(&fleet.inventory, &fleet.keys);
    assert!(strict.has_errors());
    assert!(!check_for_rendering(&fleet.inventory, &fleet.keys).has_errors());
    let note = strict.0.last().unwrap();
    assert_eq!(
        note.hints,
        [
            "`fleet wg keygen wireg0 a b hub planned` makes key pairs",
            "put the public key of `phone` into keys/wireg0/phone.pub"
        ]
    );
}

#[test]
fn one_machine_in_two_meshes() {
    let second = |fleet: &mut Fleet, subnet: &str, port: u16, route: &str| {
        fleet.another_mesh("wireg1", subnet);
        fleet.mesh().listen_port = port;
        fleet.mesh().hubs.push(MachineName::parse("gate").unwrap());
        fleet.external(member("gate", 1).endpoint("192.0.2.77:2107").route(route));
        fleet.add(member("a", 88));
        fleet.keys().insert(MachineName::parse("a").unwrap(), key("a in wireg1"));
    };
    let mut fine = healthy();
    second(&mut fine, "10.75.69.0/24", 2107, "10.75.0.0/20");
    assert!(reports(&fine).iter().all(|report| report.severity == Severity::Note));
    broken(
        |fleet| second(fleet, "10.75.69.0/24", 2108, "10.75.0.0/20"),
        Severity::Error,
        "`a` would listen on UDP port 2108 for mesh `wireg0` and for mesh `wireg1`",
        "mesh.wireg1.postfix = 88",
    );
    broken(
        |fleet| second(fleet, "10.88.127.128/25", 2107, "10.75.0.0/20"),
        Severity::Error,
        "the subnet 10.88.127.128/25 of mesh `wireg1` and the subnet 10.88.127.0/24 of mesh `wireg0` overlap, and `a` \
         is in both meshes",
        "subnet = \"10.88.127.128/25\"",
    );
    broken(
        |fleet| second(fleet, "10.75.69.0/24", 2107, "10.88.128.0/24"),
        Severity::Error,
        "10.88.128.0/24 behind `gate` in mesh `wireg1` and 10.88.128.0/24 behind `hub` in mesh `wireg0` overlap, and \
         `a` is in both meshes",
        "external.gate.routes = [\"10.88.128.0/24\"]",
    );
}
