//! From the TOML of a fleet.toml to what it means, topic by topic, in the order in which one needs the other.

mod fleet;
mod machine;
mod mesh;
mod rotate;
mod secret;
mod service;

use super::cursor::{Known, Table};
use super::error::Error;
use super::model::{Inventory, Machines};
use super::places::Places;
use super::problem::Problems;
use super::{implied, syntax};
use crate::format::{MachineName, TagName};
use crate::report::{Reports, did_you_mean, nearest};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use toml::de::DeTable;

/// Ten thousand wrong names in a fleet of a hundred, or a thousand in one of a thousand.
const GUESSES: usize = 1_000_000;

/// No fleet.toml is larger; what is larger is another file.
const LARGEST: usize = 16 << 20;

const TOP: Known = Known {
    place: "at the top of the file",
    keys: &["fleet", "channels", "defaults", "mesh", "machine", "service", "system", "rotate"],
    instead: &[
        ("name", "fleet.name"),
        ("domain", "fleet.domain"),
        ("host", "machine"),
        ("hosts", "machine"),
        ("node", "machine"),
        ("nodes", "machine"),
        ("secret", "service.<name>.secrets"),
        ("secrets", "service.<name>.secrets"),
        ("wireguard", "mesh"),
        ("network", "mesh"),
        ("default", "defaults"),
    ],
    private: &[],
};

/// Reads a whole fleet.toml.
pub(super) fn inventory(file: &str, source: &str) -> (Option<Inventory>, Reports) {
    let problems = Problems::default();
    if source.len() > LARGEST {
        problems.add(0..0, Error::TooLarge { megabytes: source.len() >> 20 });
        return (None, problems.into_reports(file, source));
    }
    if syntax::merge_conflict(source, &problems) {
        return (None, problems.into_reports(file, source));
    }
    let (document, errors) = DeTable::parse_recoverable(source);
    let sound = errors.is_empty();
    let inventory = walk(document.get_ref(), &problems, || Places::new(file, source));
    if !sound {
        // What could not be read is missing everywhere else: only the problems that do not follow from it are told.
        syntax::add_errors(&errors, document.get_ref(), source, &problems);
    }
    let clean = problems.is_empty();
    (inventory.filter(|_| clean), problems.into_reports(file, source))
}

fn walk(document: &DeTable<'_>, problems: &Problems, places: impl FnOnce() -> Places) -> Option<Inventory> {
    let top = Table::top(document, problems, &TOP);
    let names = Names {
        machines: names_under(document, "machine"),
        channels: names_under(document, "channels"),
        meshes: names_under(document, "mesh"),
        guesses: Cell::new(GUESSES),
    };
    let fleet = fleet::fleet(&top);
    let channels = fleet::channels(&top);
    let defaults = machine::defaults(&top, &names);
    let mut meshes = mesh::meshes(&top, &names);
    let machines = machine::machines(&top, &names, &defaults, &mut meshes);
    let tags = Tags::new(&machines, &names);
    let mut services = service::services(&top, &names, &tags);
    implied::add_services(&meshes, &top, &mut services);
    let rotate = rotate::rotate(&top);
    let (name, domain, public_keys_ok) = fleet?;
    let places = places();
    Some(Inventory { name, domain, public_keys_ok, channels, meshes, machines, services, rotate, places })
}

fn names_under<'a>(document: &'a DeTable<'a>, section: &str) -> Option<&'a DeTable<'a>> {
    document.get(section)?.get_ref().as_table()
}

/// Every name that the file declares, also those whose declaration is wrong: naming them elsewhere is right.
pub(super) struct Names<'a> {
    machines: Option<&'a DeTable<'a>>,
    channels: Option<&'a DeTable<'a>>,
    meshes: Option<&'a DeTable<'a>>,
    /// How many more comparisons may go into guesses: a file in which everything is wrong must not take minutes.
    guesses: Cell<usize>,
}

impl<'a> Names<'a> {
    fn has(names: Option<&DeTable<'_>>, name: &str) -> bool {
        names.is_some_and(|names| names.contains_key(name))
    }

    fn all(names: Option<&'a DeTable<'a>>) -> impl Iterator<Item = &'a str> {
        names.into_iter().flat_map(|names| names.keys().map(|key| key.get_ref().as_ref()))
    }

    fn meshes(&self) -> impl Iterator<Item = &'a str> {
        Self::all(self.meshes)
    }

    fn is_machine(&self, name: &str) -> bool {
        Self::has(self.machines, name)
    }

    fn is_channel(&self, name: &str) -> bool {
        Self::has(self.channels, name)
    }

    fn is_mesh(&self, name: &str) -> bool {
        Self::has(self.meshes, name)
    }

    /// The hint for a name that nothing has.
    fn guess(
        &self,
        wrong: &str,
        known: Option<&'a DeTable<'a>>,
        otherwise: impl FnOnce() -> String,
    ) -> String {
        let left = self.guesses.get().checked_sub(known.map_or(0, DeTable::len));
        self.guesses.set(left.unwrap_or(0));
        left.and_then(|_| did_you_mean(wrong, Self::all(known))).unwrap_or_else(otherwise)
    }

    fn unknown_machine(&self, name: &str) -> Error {
        let hint = self.guess(name, self.machines, || format!("`fleet machine add {name}` declares it"));
        Error::Unknown { kind: "machine", name: name.to_owned(), hint }
    }

    fn unknown_channel(&self, name: &str) -> Error {
        let hint = self
            .guess(name, self.channels, || format!("declare it in `[channels]`: {name} = \"<flake input>\""));
        Error::Unknown { kind: "channel", name: name.to_owned(), hint }
    }

    fn unknown_mesh(&self, name: &str) -> Error {
        let hint = self.guess(name, self.meshes, || format!("declare it: `[mesh.{name}]` with a `subnet`"));
        Error::Unknown { kind: "mesh", name: name.to_owned(), hint }
    }
}

/// Which machines a tag means. Sets are made once and shared.
pub(super) struct Tags<'a> {
    names: &'a Names<'a>,
    all: Machines,
    by_tag: BTreeMap<&'a TagName, Machines>,
}

impl<'a> Tags<'a> {
    fn new(machines: &'a BTreeMap<MachineName, super::Machine>, names: &'a Names<'a>) -> Self {
        let mut by_tag: BTreeMap<&TagName, BTreeSet<MachineName>> = BTreeMap::new();
        for machine in machines.values() {
            for tag in &machine.tags {
                by_tag.entry(tag).or_default().insert(machine.name.clone());
            }
        }
        Tags {
            names,
            all: Arc::new(machines.keys().cloned().collect()),
            by_tag: by_tag.into_iter().map(|(tag, set)| (tag, Arc::new(set))).collect(),
        }
    }

    /// The machines that a list of names and tags means. Tags stand as `@tag`; `@all` is every machine.
    fn resolve(&self, list: super::cursor::Value<'_>) -> Machines {
        let mut sets: Vec<Machines> = Vec::new();
        let mut single = BTreeSet::new();
        let entries = list.parsed_list(|text| self.selector(text));
        for selector in entries {
            match selector {
                Selector::Set(set) => sets.push(set),
                Selector::One(name) => drop(single.insert(name)),
                Selector::Broken => {}
            }
        }
        // Often one tag holds all the others: then its set is shared.
        let largest = sets.iter().max_by_key(|set| set.len());
        if let Some(largest) = largest.filter(|largest| {
            single.is_subset(largest)
                && sets.iter().all(|set| Arc::ptr_eq(set, largest) || set.is_subset(largest))
        }) {
            return largest.clone();
        }
        Arc::new(single.into_iter().chain(sets.iter().flat_map(|set| set.iter().cloned())).collect())
    }

    fn selector(&self, text: &str) -> Result<Selector, Error> {
        match text.strip_prefix('@') {
            Some("all") => Ok(Selector::Set(self.all.clone())),
            Some(word) => {
                let tag = TagName::parse(word)?;
                self.by_tag
                    .get(&tag)
                    .map(|set| Selector::Set(set.clone()))
                    .ok_or_else(|| self.unknown_tag(word))
            }
            None if self.names.is_machine(text) => {
                // A machine whose own name breaks the rules is told where it is declared.
                Ok(MachineName::parse(text).map_or(Selector::Broken, Selector::One))
            }
            None if text == "all" || TagName::parse(text).is_ok_and(|tag| self.by_tag.contains_key(&tag)) => {
                let hint = match text {
                    "all" => "write `@all` for every machine".to_owned(),
                    _ => format!("write `@{text}` for every machine with this tag"),
                };
                Err(Error::Unknown { kind: "machine", name: text.to_owned(), hint })
            }
            None => {
                MachineName::parse(text)?;
                Err(self.names.unknown_machine(text))
            }
        }
    }

    fn unknown_tag(&self, word: &str) -> Error {
        let hint = match nearest(word, self.by_tag.keys().map(|tag| tag.as_str())) {
            _ if self.names.is_machine(word) => format!("`{word}` is a machine: write it without `@`"),
            Some(meant) => format!("did you mean `@{meant}`?"),
            None => format!("no machine has it: add \"{word}\" to the `tags` of one"),
        };
        Error::Unknown { kind: "tag", name: word.to_owned(), hint }
    }
}

enum Selector {
    Set(Machines),
    One(MachineName),
    Broken,
}

/// Names become files, and on macOS `TLS.age` and `tls.age` are one. `others` are there without being written.
fn refuse_case(table: Option<&Table<'_>>, others: impl IntoIterator<Item = String>) {
    let Some(table) = table else { return };
    // Nearly always every name is in lower case.
    if !table.entries().any(|entry| entry.name.bytes().any(|b| b.is_ascii_uppercase())) {
        return;
    }
    let mut names: HashMap<String, String> =
        others.into_iter().map(|name| (name.to_ascii_lowercase(), name)).collect();
    for entry in table.entries() {
        match names.insert(entry.name.to_ascii_lowercase(), entry.name.to_owned()) {
            // The very name of what is implied is told as such.
            Some(first) if first != entry.name => {
                entry.problem(Error::OnlyCase { first, second: entry.name.to_owned() });
            }
            _ => {}
        }
    }
}
