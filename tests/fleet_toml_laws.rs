//! Laws of fleet.toml, on fleets made up at random and written in every style that TOML allows: what a file means does
//! not hang on its style, a change does what it says and nothing else, and no text at all makes a panic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use fleet::format::{KeyName, MachineName, MeshName, ServiceName};
use fleet::inventory::edit::{self, EditError, NewMachine, NewMember, NewSecret};
use fleet::inventory::{Inventory, Places};
use fleet::report::{Report, Reports};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// A fleet before it is written down.
#[derive(Debug, Clone)]
struct Fleet {
    machines: BTreeMap<String, Machine>,
    services: BTreeMap<String, Service>,
    system: BTreeMap<String, Vec<String>>,
    hubs: Vec<String>,
    preshared: bool,
}

#[derive(Debug, Clone)]
struct Machine {
    tags: BTreeSet<String>,
    postfix: Option<u32>,
    build_on: Option<String>,
}

#[derive(Debug, Clone)]
struct Service {
    machines: Vec<String>,
    secrets: BTreeMap<String, bool>,
}

/// How it is written.
#[derive(Debug, Clone)]
struct Style {
    /// One choice for each thing that can be written in several ways, used in turn.
    choices: Vec<u8>,
    windows: bool,
}

fn fleet() -> impl Strategy<Value = Fleet> {
    let machine = (prop::collection::btree_set("(web|db|a|b-c)", 0..3), any::<bool>(), 0..12usize);
    let machines = prop::collection::btree_map("[a-d][0-3]", machine, 1..6);
    let picks = || prop::collection::vec(0..12usize, 0..5);
    let service = (picks(), prop::collection::btree_map("[k-n]", any::<bool>(), 0..3));
    let services = prop::collection::btree_map("(nginx|redis|getty@tty1|x\\.y)", service, 0..4);
    let system = prop::collection::btree_map("[s-u]", picks(), 0..3);
    (machines, services, system, prop::collection::btree_set(0..12usize, 0..3), any::<bool>()).prop_map(
        |(machines, services, system, hubs, preshared)| {
            let names: Vec<String> = machines.keys().cloned().collect();
            let tags: Vec<String> = machines.values().flat_map(|(tags, ..)| tags.clone()).collect();
            let mut known: Vec<String> = names.clone();
            known.extend(tags.iter().map(|tag| format!("@{tag}")));
            known.push("@all".into());
            let pick = |picks: Vec<usize>| {
                let mut seen = BTreeSet::new();
                let picked = picks.into_iter().map(|at| known[at % known.len()].clone());
                picked.filter(|name| seen.insert(name.clone())).collect::<Vec<_>>()
            };
            let machines: BTreeMap<String, Machine> = machines
                .into_iter()
                .enumerate()
                .map(|(index, (name, (tags, member, builder)))| {
                    let build_on = match builder {
                        0 => Some("local".to_owned()),
                        1 => Some("remote".to_owned()),
                        2 | 3 => Some(names[builder % names.len()].clone()),
                        _ => None,
                    };
                    let postfix = member.then_some(index as u32 * 3 + 1);
                    (name, Machine { tags, postfix, build_on })
                })
                .collect();
            let hubs: BTreeSet<String> = hubs.into_iter().map(|at| names[at % names.len()].clone()).collect();
            let services = services
                .into_iter()
                .map(|(name, (machines, secrets))| (name, Service { machines: pick(machines), secrets }))
                .collect();
            let system = system.into_iter().map(|(name, machines)| (name, pick(machines))).collect();
            Fleet { machines, services, system, hubs: hubs.into_iter().collect(), preshared }
        },
    )
}

fn style() -> impl Strategy<Value = Style> {
    (prop::collection::vec(any::<u8>(), 1..40), any::<bool>())
        .prop_map(|(choices, windows)| Style { choices, windows })
}

/// Writes a fleet down.
struct Pen {
    style: Style,
    at: usize,
}

impl Pen {
    fn choose(&mut self, of: u8) -> u8 {
        self.at += 1;
        self.style.choices[self.at % self.style.choices.len()] % of
    }

    fn key(&mut self, name: &str) -> String {
        let bare = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match self.choose(5) {
            0 => format!("\"{name}\""),
            1 => format!("'{name}'"),
            _ if bare => name.to_owned(),
            _ => format!("\"{name}\""),
        }
    }

    fn text(&mut self, text: &str) -> String {
        match self.choose(6) {
            0 => format!("'{text}'"),
            1 => format!("'''{text}'''"),
            _ => format!("\"{text}\""),
        }
    }

    fn list(&mut self, items: &[String]) -> String {
        let items: Vec<String> = items.iter().map(|item| self.text(item)).collect();
        match self.choose(5) {
            _ if items.is_empty() => "[]".to_owned(),
            0 => format!("[\n    {}, # one\n]", items.join(", # each\n    ")),
            1 => format!("[ {} ]", items.join(" , ")),
            2 => format!("[ # begins\n{}\n  ]", items.join("\n  , ")),
            3 => format!("[{}]", items.join(", # c\n  # above\n  ")),
            _ => format!("[{}]", items.join(", ")),
        }
    }

    fn comment(&mut self) -> &'static str {
        match self.choose(6) {
            0 => "\n",
            1 => "# a comment with [brackets] = and \"quotes\n",
            2 => "\n# ---- banner ----\n\n",
            3 => "# one\n# two\n",
            _ => "",
        }
    }

    fn machine_pairs(&mut self, machine: &Machine) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        if !machine.tags.is_empty() || self.choose(4) == 0 {
            let tags: Vec<String> = machine.tags.iter().cloned().collect();
            pairs.push(("tags".to_owned(), self.list(&tags)));
        }
        if let Some(builder) = &machine.build_on {
            pairs.push(("build_on".to_owned(), self.text(builder)));
        }
        if let Some(postfix) = machine.postfix {
            pairs.push(match self.choose(3) {
                0 => ("mesh.wireg0.postfix".to_owned(), postfix.to_string()),
                1 => ("mesh".to_owned(), format!("{{ wireg0 = {{ postfix = {postfix} }} }}")),
                _ => ("mesh.wireg0".to_owned(), format!("{{ postfix = {postfix} }}")),
            });
        }
        pairs
    }

    fn service_pairs(&mut self, service: &Service) -> Vec<(String, String)> {
        let mut pairs = vec![("machines".to_owned(), self.list(&service.machines))];
        let long = self.choose(3);
        let secrets: Vec<(String, &str)> = service
            .secrets
            .iter()
            .map(|(name, per)| (self.key(name), if *per { "{ per = 'machine' }" } else { "{}" }))
            .collect();
        if long == 0 {
            let inner: Vec<String> =
                secrets.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            pairs.push(("secrets".to_owned(), format!("{{ {} }}", inner.join(", "))));
        } else {
            pairs.extend(
                secrets.into_iter().map(|(name, value)| (format!("secrets.{name}"), value.to_owned())),
            );
        }
        pairs
    }

    /// One table of named tables (`machine`, `service`), in one of the ways to write it.
    ///
    /// Dotted keys and inline tables at the top must come before the first header, hence the two outputs.
    fn section(
        &mut self,
        kind: &str,
        entries: &[(String, Vec<(String, String)>)],
        top: &mut String,
        rest: &mut String,
    ) {
        match self.choose(5) {
            0 => {
                for (name, pairs) in entries {
                    let name = self.key(name);
                    top.push_str(self.comment());
                    match pairs.is_empty() {
                        true => drop(writeln!(top, "{kind}.{name} = {{}}")),
                        false => pairs.iter().for_each(|(key, value)| {
                            writeln!(top, "{kind}.{name}.{key} = {value}").unwrap();
                        }),
                    }
                }
            }
            1 => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, pairs)| format!("{} = {}", self.key(name), inline(pairs)))
                    .collect();
                writeln!(top, "{kind} = {{ {} }} # all of them", entries.join(", ")).unwrap();
            }
            2 => {
                writeln!(rest, "[{kind}]").unwrap();
                for (name, pairs) in entries {
                    rest.push_str(self.comment());
                    writeln!(rest, "{} = {} # {name}", self.key(name), inline(pairs)).unwrap();
                }
            }
            _ => {
                for (name, pairs) in entries {
                    rest.push_str(self.comment());
                    writeln!(rest, "[{kind}.{}] # {name}", self.key(name)).unwrap();
                    for (key, value) in pairs {
                        writeln!(rest, "{key} = {value}").unwrap();
                    }
                    rest.push_str(self.comment());
                }
            }
        }
    }

    fn write(mut self, fleet: &Fleet) -> String {
        let (mut top, mut rest) = (String::new(), String::new());
        match self.choose(2) {
            0 => top.push_str("fleet.name = 'made-up'\n"),
            _ => rest.push_str("# the fleet\n[fleet]\nname = \"made-up\"\n\n"),
        }
        let machines: Vec<_> = fleet
            .machines
            .iter()
            .map(|(name, machine)| (name.clone(), self.machine_pairs(machine)))
            .collect();
        let services: Vec<_> = fleet
            .services
            .iter()
            .map(|(name, service)| (name.clone(), self.service_pairs(service)))
            .collect();
        let mesh = vec![
            ("subnet".to_owned(), "\"10.0.0.0/24\"".to_owned()),
            ("hubs".to_owned(), self.list(&fleet.hubs)),
            ("preshared".to_owned(), fleet.preshared.to_string()),
            ("external.e1.postfix".to_owned(), "200".to_owned()),
        ];
        let machines_first = self.choose(2) == 0;
        if machines_first {
            self.section("machine", &machines, &mut top, &mut rest);
        }
        self.section("mesh", &[("wireg0".to_owned(), mesh)], &mut top, &mut rest);
        if !services.is_empty() {
            self.section("service", &services, &mut top, &mut rest);
        }
        if !machines_first {
            self.section("machine", &machines, &mut top, &mut rest);
        }
        if !fleet.system.is_empty() {
            rest.push_str("[system]\n");
            for (name, machines) in &fleet.system {
                let machines = self.list(machines);
                writeln!(rest, "secrets.{name} = {{ machines = {machines} }}").unwrap();
            }
        }
        let mut text = top + &rest;
        if self.choose(4) == 0 {
            text.truncate(text.trim_end().len());
        }
        if self.style.windows { text.replace('\n', "\r\n") } else { text }
    }
}

fn inline(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    if pairs.is_empty() { "{}".into() } else { format!("{{ {} }}", pairs.join(", ")) }
}

fn written(fleet: &Fleet, style: Style) -> String {
    Pen { style, at: 0 }.write(fleet)
}

fn plain() -> Style {
    Style { choices: vec![4], windows: false }
}

/// What a right text means, without its places.
fn meant(text: &str) -> Inventory {
    let (inventory, reports) = Inventory::parse("fleet.toml", text);
    let said: String = reports.0.iter().map(|report| report.render(false)).collect();
    let mut inventory = inventory.unwrap_or_else(|| panic!("{said}\n{text}"));
    inventory.places = Places::default();
    inventory
}

/// What is left of an inventory without one machine.
fn without(mut inventory: Inventory, name: &MachineName) -> Inventory {
    inventory.machines.remove(name);
    for mesh in inventory.meshes.values_mut() {
        mesh.members.remove(name);
        mesh.hubs.retain(|hub| hub != name);
    }
    for service in inventory.services.values_mut() {
        let keep = |machines: &BTreeSet<MachineName>| {
            Arc::new(machines.iter().filter(|machine| *machine != name).cloned().collect::<BTreeSet<_>>())
        };
        service.machines = keep(&service.machines);
        for secret in service.secrets.values_mut() {
            secret.machines = keep(&secret.machines);
        }
        let psk = |key: &KeyName| {
            let mut parts = key.as_str().split('.');
            service.implied && parts.next() == Some("psk") && parts.any(|part| part == name.as_str())
        };
        service.secrets.retain(|key, _| !psk(key));
    }
    inventory
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_fleet_means_does_not_hang_on_how_it_is_written(fleet in fleet(), style in style()) {
        let inventory = meant(&written(&fleet, style));
        prop_assert_eq!(&inventory, &meant(&written(&fleet, plain())));
        // Each secret has a file of its own, also where case is ignored.
        let files: BTreeSet<String> = inventory.secrets().map(|secret| secret.name.file().to_lowercase()).collect();
        prop_assert_eq!(files.len(), inventory.secrets().count());
    }

    #[test]
    fn a_machine_that_is_added_and_removed_leaves_no_trace(fleet in fleet(), style in style(), tagged in any::<bool>()) {
        let text = written(&fleet, style);
        let before = meant(&text);
        let name = MachineName::parse("new").unwrap();
        let mut new = NewMachine::new(name.clone());
        new.tags = if tagged { vec!["fresh".parse().unwrap()] } else { Vec::new() };
        let mesh = MeshName::parse("wireg0").unwrap();
        let postfix = before.meshes[&mesh].next_postfix().unwrap().postfix;
        new.meshes.push(NewMember { mesh, postfix, endpoint: None, routes: Vec::new() });
        let added = edit::add_machine(&text, &new).unwrap_or_else(|reports| panic!("{reports:?}\n{text}"));
        let after = meant(&added);
        prop_assert!(after.machines.contains_key(&name));
        prop_assert_eq!(without(after, &name), before.clone(), "{}", added);
        let (removed, _) = edit::remove_machine(&added, &name).unwrap_or_else(|reports| panic!("{reports:?}\n{added}"));
        prop_assert_eq!(meant(&removed), before);
        // The first table of its kind brings empty lines with it, which stay.
        let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(lines(&removed), lines(&text));
        if text.contains("\n[machine.") && text.ends_with('\n') {
            prop_assert_eq!(removed.trim_end(), text.trim_end());
        }
    }

    #[test]
    fn a_machine_that_is_removed_is_gone_and_all_else_is_there(fleet in fleet(), style in style()) {
        let text = written(&fleet, style);
        let before = meant(&text);
        for name in before.machines.keys() {
            match edit::remove_machine(&text, name) {
                Ok((after, _)) => prop_assert_eq!(meant(&after), without(before.clone(), name), "{}", after),
                // It is needed: then a right reason is given.
                Err(reports) => {
                    let only_hub = before.meshes.values().any(|mesh| mesh.hubs == [name.clone()]);
                    let builds = fleet.machines.values().any(|m| m.build_on.as_deref() == Some(name.as_str()));
                    let tagged = !before.machines[name].tags.is_empty();
                    prop_assert!(only_hub || builds || tagged, "{:?}", reports);
                }
            }
        }
    }

    #[test]
    fn a_machine_renamed_there_and_back_is_the_same_text(fleet in fleet(), style in style()) {
        // A text in three quotes comes back in one.
        let text = written(&fleet, style).replace("'''", "\"");
        let before = meant(&text);
        let other = MachineName::parse("zz9").unwrap();
        for name in before.machines.keys() {
            let (there, _) = edit::rename_machine(&text, name, &other).unwrap();
            let after = meant(&there);
            prop_assert!(after.machines.contains_key(&other) && !after.machines.contains_key(name));
            prop_assert_eq!(after.machines.len(), before.machines.len());
            let readers = |inventory: &Inventory, name: &MachineName| {
                inventory.secrets().filter(|secret| secret.machines.contains(name)).count()
            };
            prop_assert_eq!(readers(&after, &other), readers(&before, name));
            let (back, _) = edit::rename_machine(&there, &other, name).unwrap();
            prop_assert_eq!(&back, &text);
        }
    }

    #[test]
    fn a_secret_that_is_added_and_removed_leaves_no_trace(
        fleet in fleet(), style in style(), service in "(nginx|redis|getty@tty1|new|system)", per in any::<bool>(),
    ) {
        let text = written(&fleet, style);
        let before = meant(&text);
        let mut new = NewSecret::new(ServiceName::parse(&service).unwrap(), KeyName::parse("fresh.key").unwrap());
        new.machines = vec!["@all".into()];
        new.owner = per.then(|| "nginx".into());
        let added = edit::add_secret(&text, &new).unwrap_or_else(|reports| panic!("{reports:?}\n{text}"));
        let after = meant(&added);
        let declared = &after.services[&new.service].secrets[&new.name];
        prop_assert_eq!(declared.owner.as_str(), if per { "nginx" } else { "root" });
        let removed = edit::remove_secret(&added, &new.service, &new.name).unwrap();
        let mut left = meant(&removed);
        if !before.services.contains_key(&new.service) {
            left.services.remove(&new.service);
        }
        prop_assert_eq!(left, before);
    }

    #[test]
    fn no_text_makes_a_panic(text in "\\PC{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        try_everything(&text);
        try_everything(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_mangled_fleet_makes_a_panic(
        fleet in fleet(), style in style(), from in any::<prop::sample::Index>(), length in 0..60usize, put in "\\PC{0,6}|[\\[\\]{}\"'=#,.\n\r\0]{0,6}",
    ) {
        let mut text: Vec<char> = written(&fleet, style).chars().collect();
        let from = from.index(text.len());
        let until = (from + length).min(text.len());
        text.splice(from..until, put.chars());
        let text: String = text.into_iter().collect();
        try_everything(&text);
        // Cut off in the middle, as a file is that was not written to its end.
        try_everything(&text[..text.char_indices().nth(from).map_or(text.len(), |(at, _)| at)]);
    }
}

/// Reads, shows what is wrong, and changes what is right in every way.
fn try_everything(text: &str) {
    let (inventory, reports) = Inventory::parse("fleet.toml", text);
    assert_eq!(inventory.is_none(), reports.has_errors());
    for report in &reports.0 {
        assert!(!report.render(false).contains(|c: char| c.is_control() && c != '\n'));
    }
    let Some(inventory) = inventory else {
        assert!(edit::remove_machine(text, &MachineName::parse("a0").unwrap()).is_err());
        return;
    };
    let right = |changed: Result<String, Reports>| {
        let wrong = changed.ok().filter(|text| Inventory::parse("fleet.toml", text).0.is_none());
        assert_eq!(wrong, None);
    };
    let (new, other) = (MachineName::parse("new").unwrap(), MachineName::parse("other").unwrap());
    for name in inventory.machines.keys().take(2) {
        right(edit::remove_machine(text, name).map(|(text, _)| text));
        right(edit::rename_machine(text, name, &other).map(|(text, _)| text));
    }
    right(edit::add_machine(text, &NewMachine::new(new)));
    for service in inventory.services.values() {
        right(edit::add_secret(text, &NewSecret::new(service.name.clone(), KeyName::parse("new").unwrap())));
        for secret in service.secrets.keys().take(2) {
            right(edit::remove_secret(text, &service.name, secret));
        }
    }
}

#[test]
fn a_very_large_and_a_very_deep_file_end_in_words() {
    let large = "# nothing\n".repeat(2 << 20);
    let (none, reports) = Inventory::parse("fleet.toml", &large);
    assert!(none.is_none());
    assert_eq!(
        reports.0[0].render(false),
        "error: the file is too large: 20 MiB\n  --> fleet.toml\nhint: this is probably another file\n"
    );
    for (open, close) in [("[", "]"), ("{a=", "}"), ("a.", ""), ("[[", "]]")] {
        for count in [79, 80, 81, 500, 200_000] {
            try_everything(&format!(
                "[fleet]\nname = \"a\"\n[machine]\nx = {}{}\n",
                open.repeat(count),
                close.repeat(count)
            ));
            try_everything(&format!("{}a = 1\n", open.repeat(count)));
        }
    }
    // Many errors, on one line and on many.
    for text in ["= ".repeat(200_000), "=\n".repeat(200_000), "a".repeat(1_000_000), "[a]\n".repeat(50_000)] {
        try_everything(&text);
    }
}

#[test]
fn what_has_no_place_is_given_to_write_by_hand() {
    let report = Report::from(EditError::NoPlace { text: "[machine.new]\n".into() });
    assert_eq!(
        report.render(false),
        "error: this fleet.toml is written in a way that a command can't add to\nhint: add this by hand:\n[machine.new]\n"
    );
}
