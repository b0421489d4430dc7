//! Machines without a host key: nothing can be sealed for them yet.

use crate::format::MachineName;
use crate::inventory::Inventory;
use crate::keys::PublicKeys;
use crate::report::Report;

/// How many machines the note names.
const SHOWN: usize = 8;

/// The machines that have no host key yet, in one note; nothing when each has one.
pub fn keyless(inventory: &Inventory, keys: &PublicKeys) -> Option<Report> {
    let machines = inventory.machines.keys().filter(|machine| !keys.hosts.contains_key(*machine));
    let machines: Vec<&MachineName> = machines.collect();
    let shown: Vec<String> = machines.iter().take(SHOWN).map(|machine| format!("`{machine}`")).collect();
    let (who, they, name) = match (shown.as_slice(), machines.len() - shown.len()) {
        ([], _) => return None,
        ([one], _) => (format!("{one} is"), "it can open no secret before it has", machines[0].as_str()),
        ([first @ .., last], 0) => (
            format!("{} and {last} are", first.join(", ")),
            "they can open no secret before they have",
            "<machine>",
        ),
        (_, more) => (
            format!("{} and {more} more are", shown.join(", ")),
            "they can open no secret before they have",
            "<machine>",
        ),
    };
    Some(
        Report::note(format!("{who} keyless: {they} a host key")).hint(format!(
            "`fleet key host add {name} FILE` adds one, and seals what the machine reads for it"
        )),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::pair;

    fn note(machines: usize, with_key: usize) -> Option<Report> {
        let mut text = String::from("[fleet]\nname = \"t\"\n[defaults]\nsystem = \"x86_64-linux\"\n");
        let names: Vec<String> = (0..machines).map(|number| format!("m{number:03}")).collect();
        names.iter().for_each(|name| text.push_str(&format!("[machine.{name}]\n")));
        let (inventory, reports) = Inventory::parse("fleet.toml", &text);
        let inventory = inventory.unwrap_or_else(|| panic!("{reports:?}"));
        let mut keys = PublicKeys::default();
        for name in &names[..with_key] {
            keys.hosts.insert(MachineName::parse(name).unwrap(), pair::ssh("").unwrap().public);
        }
        keyless(&inventory, &keys)
    }

    #[test]
    fn however_many_they_are_it_is_one_short_note() {
        assert!(note(0, 0).is_none() && note(2, 2).is_none());
        let said = |machines, with_key| note(machines, with_key).unwrap().message;
        assert_eq!(said(3, 2), "`m002` is keyless: it can open no secret before it has a host key");
        assert_eq!(
            said(3, 0),
            "`m000`, `m001` and `m002` are keyless: they can open no secret before they have a host key"
        );
        assert!(said(1000, 0).contains("`m006`, `m007` and 992 more are keyless"));
        assert_eq!(
            note(3, 2).unwrap().hints,
            ["`fleet key host add m002 FILE` adds one, and seals what the machine reads for it"]
        );
    }
}
