//! Why somebody can or can't read a secret: the chain from fleet.toml over the key file to the sealed file.

use super::history::{Exposed, History, Leaver};
use super::readers::{Reader, Readers, Tag};
use super::store;
use crate::format::sealed::{self, Stanza};
use crate::format::{KeyName, MachineName, SecretName};
use crate::inventory::{Inventory, SYSTEM, Secret};
use crate::keys::{PublicKeys, Recipient};
use crate::os::Root;
use crate::report::{Place, Report, did_you_mean};
use std::fmt;

/// What the chain comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The sealed file is for this reader.
    Reads,
    /// It is not.
    DoesNot,
    /// The header does not tell.
    CannotTell,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Reads => "can read",
            Verdict::DoesNot => "can't read",
            Verdict::CannotTell => "may be able to read",
        })
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// True when it speaks for the reader.
    pub yes: bool,
    /// Where it is said.
    pub place: Place,
    /// What is said there.
    pub says: String,
}

/// The whole chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The secret.
    pub secret: SecretName,
    /// Who is asked about.
    pub reader: Reader,
    /// What it comes to.
    pub verdict: Verdict,
    /// From the wish to the file.
    pub steps: Vec<Step>,
    /// What to do, where wish and file differ.
    pub advice: Option<String>,
}

/// The machine or master of this name; a machine when both have it.
///
/// # Errors
/// When there is neither.
pub fn reader(inventory: &Inventory, keys: &PublicKeys, word: &str) -> Result<Reader, Report> {
    if let Ok(machine) = MachineName::parse(word)
        && inventory.machines.contains_key(&machine)
    {
        return Ok(Reader::Machine(machine));
    }
    if let Ok(master) = KeyName::parse(word)
        && keys.masters.contains_key(&master)
    {
        return Ok(Reader::Master(master));
    }
    let known = inventory.machines.keys().map(MachineName::as_str);
    let hint = did_you_mean(word, known.chain(keys.masters.keys().map(KeyName::as_str)));
    Err(Report::error(format!("there is neither a machine nor a master `{word}`"))
        .hint(hint.unwrap_or_else(|| "`fleet machine list` and `fleet key list` name them all".into())))
}

/// Follows the chain.
pub fn why(root: &Root, inventory: &Inventory, keys: &PublicKeys, name: &SecretName, reader: Reader) -> Why {
    let secret = inventory.secret(name);
    let mut steps = vec![wish(inventory, name, secret.as_ref(), &reader)];
    let wanted = steps[0].yes;
    let (step, key) = key_file(keys, &reader);
    steps.push(step);
    let (step, verdict) = match &key {
        Some(key) => file(root, keys, name, key),
        None => (None, Verdict::DoesNot),
    };
    steps.extend(step);
    if verdict != Verdict::Reads
        && let Some(key) = &key
        && let Some(step) = past(root, name, key)
    {
        steps.push(step);
    }
    let advice = match (wanted, verdict, &key) {
        (true, Verdict::DoesNot, None) => match &reader {
            Reader::Machine(machine) => Some(format!(
                "add its host key with `fleet key host scan {machine}`, then `fleet secret rekey`"
            )),
            Reader::Master(_) => None,
        },
        (true, Verdict::DoesNot, Some(_)) if root.path().join(name.file()).exists() => {
            Some(format!("`fleet secret rekey {name}` seals it for its readers"))
        }
        (true, Verdict::DoesNot, Some(_)) => Some(format!("`fleet secret edit {name}` gives it a value")),
        (false, Verdict::Reads, _) => Some(format!(
            "`fleet secret rekey {name}` seals it without that key; its value is known there and should be changed"
        )),
        _ => None,
    };
    Why { secret: name.clone(), reader, verdict, steps, advice }
}

/// What the inventory says.
fn wish(inventory: &Inventory, name: &SecretName, secret: Option<&Secret<'_>>, reader: &Reader) -> Step {
    let Reader::Machine(machine) = reader else {
        return Step {
            yes: true,
            place: "keys/masters".into(),
            says: "every master reads every secret".into(),
        };
    };
    let Some(secret) = secret else {
        let place = Place::file(inventory.places.file());
        return Step { yes: false, place, says: format!("no service declares `{name}`") };
    };
    let path = match name.service.as_str() {
        SYSTEM => format!("system.secrets.{}.machines", name.name),
        service => format!("service.{service}.machines"),
    };
    let place = inventory.places.at(&path);
    let implied = inventory.services.get(&name.service).is_some_and(|service| service.implied);
    let runs = inventory
        .services
        .get(&name.service)
        .and_then(|service| service.secrets.get(&name.name))
        .is_some_and(|declaration| declaration.machines.contains(machine));
    let yes = secret.machines.contains(machine);
    let says = if yes && implied {
        let mesh = name.service.as_str().trim_start_matches("wireguard-");
        let place = inventory.places.at(&format!("machine.{machine}.mesh.{mesh}"));
        let says = format!("`{machine}` is a member of mesh `{mesh}`");
        return Step { yes, place, says };
    } else if yes {
        let what = if name.service.as_str() == SYSTEM { name.to_string() } else { name.service.to_string() };
        format!("`{what}` is for {}", named_as(inventory, machine, &place))
    } else if runs {
        "each machine has its own value, and this one is another machine's".to_owned()
    } else if name.service.as_str() == SYSTEM {
        format!("`{machine}` is not among its machines")
    } else {
        format!("`{machine}` does not run `{}`", name.service)
    };
    Step { yes, place, says }
}

/// How the line names the machine: by itself, or by a tag that it has.
fn named_as(inventory: &Inventory, machine: &MachineName, place: &Place) -> String {
    let line = place.spot.as_ref().map(|spot| spot.text.as_str()).unwrap_or_default();
    let quoted = |word: &str| line.contains(&format!("\"{word}\"")) || line.contains(&format!("'{word}'"));
    if quoted(machine.as_str()) {
        return format!("`{machine}`");
    }
    let tags = inventory.machines.get(machine).into_iter().flat_map(|machine| &machine.tags);
    match tags.map(ToString::to_string).find(|tag| quoted(&format!("@{tag}"))) {
        Some(tag) => format!("`@{tag}`, which `{machine}` has"),
        None if quoted("@all") => "every machine".to_owned(),
        None => format!("`{machine}`, by name or tag"),
    }
}

fn key_file(keys: &PublicKeys, reader: &Reader) -> (Step, Option<Recipient>) {
    let (path, key) = match reader {
        Reader::Machine(machine) => {
            (PublicKeys::host_file(machine), keys.hosts.get(machine).cloned().map(Recipient::Ssh))
        }
        Reader::Master(master) => (PublicKeys::master_file(master), keys.masters.get(master).cloned()),
    };
    let says = match &key {
        Some(key) => format!("{} {}", key.kind(), key.fingerprint()),
        None => "it has no host key yet".to_owned(),
    };
    (Step { yes: key.is_some(), place: path.into(), says }, key)
}

/// What the sealed file's header says.
fn file(root: &Root, keys: &PublicKeys, name: &SecretName, key: &Recipient) -> (Option<Step>, Verdict) {
    let step = |yes, says| Some(Step { yes, place: name.file().into(), says });
    let bytes = match store::read(root, name) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return (step(false, "it has no value yet".into()), Verdict::DoesNot),
        Err(error) => return (step(false, error.source.to_string()), Verdict::DoesNot),
    };
    let header = match sealed::header(&bytes) {
        Ok(header) => header,
        Err(error) => return (step(false, error.to_string()), Verdict::DoesNot),
    };
    let count = |wanted: fn(&Stanza) -> bool| header.stanzas.iter().filter(|stanza| wanted(stanza)).count();
    let anonymous = |present: usize, kind: &str| match present {
        0 => (step(false, format!("it is sealed for no {kind} key")), Verdict::DoesNot),
        1 => (
            step(true, format!("it is sealed for one {kind} key, and does not say which")),
            Verdict::CannotTell,
        ),
        _ => (
            step(true, format!("it is sealed for {present} {kind} keys, and does not say which")),
            Verdict::CannotTell,
        ),
    };
    match key {
        Recipient::Ssh(key) => {
            let tag = Tag::of(key);
            let is_in = header.stanzas.contains(&Stanza::Ssh { algorithm: tag.algorithm, tag: tag.tag });
            if is_in {
                (step(true, format!("it is sealed for the tag of this key ({tag})")), Verdict::Reads)
            } else {
                let who = Readers::new(keys).present(&header);
                let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
                (
                    step(false, format!("it is not sealed for this key ({tag}), but for {who}")),
                    Verdict::DoesNot,
                )
            }
        }
        Recipient::X25519(_) => anonymous(count(|stanza| *stanza == Stanza::X25519), "`age1…`"),
        Recipient::Plugin { .. } => anonymous(
            count(|stanza| matches!(stanza, Stanza::Other(_) | Stanza::X25519)),
            "plugin or `age1…`",
        ),
    }
}

/// An older version that the key could read: its value may be the one of today.
fn past(root: &Root, name: &SecretName, key: &Recipient) -> Option<Step> {
    let Leaver::Tag(_) = Leaver::of(key) else { return None };
    let history = History::read(root).ok()?;
    match history.readable_by(&[Leaver::of(key)]).remove(name)? {
        Exposed::Now => None,
        Exposed::Until(day) => Some(Step {
            yes: true,
            place: name.file().into(),
            says: format!(
                "until {day} git has versions that this key opens; the value may still be that one"
            ),
        }),
    }
}
