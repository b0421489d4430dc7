//! Readers: who should be able to open a secret, by the inventory, and who can, by the file's header.
//!
//! Wanted readers are the host keys of the secret's machines and the masters. Present readers are the header's
//! stanzas, read without any key: an ssh key left a tag of 32 bits there, a hint and no proof; an `age1…` key or a
//! plugin left its kind alone. So anonymous readers are counted, and where the count is right it can't be told
//! whether they are the right ones.

use crate::format::sealed::{Header, Stanza};
use crate::format::{KeyName, MachineName, SshAlgorithm, SshPublicKey};
use crate::inventory::Secret;
use crate::keys::{PublicKeys, Recipient};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// A person who may open every secret.
    Master(KeyName),
    /// A host.
    Machine(MachineName),
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reader::Master(name) => write!(f, "master `{name}`"),
            Reader::Machine(name) => write!(f, "`{name}`"),
        }
    }
}

impl Reader {
    /// The bare name.
    pub fn name(&self) -> &str {
        match self {
            Reader::Master(name) => name.as_str(),
            Reader::Machine(name) => name.as_str(),
        }
    }
}

/// What a header tells of an ssh key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The key's algorithm.
    pub algorithm: SshAlgorithm,
    /// The first four bytes of its SHA-256.
    pub tag: [u8; 4],
}

impl Tag {
    /// The tag of a key.
    pub fn of(key: &SshPublicKey) -> Self {
        Tag { algorithm: key.algorithm(), tag: key.tag() }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.tag;
        write!(f, "{} {a:02x}{b:02x}{c:02x}{d:02x}", self.algorithm.as_str())
    }
}

/// Every reader of the fleet by what headers show of them; made once for many secrets.
pub struct Readers<'a> {
    keys: &'a PublicKeys,
    hosts: HashMap<&'a MachineName, Tag>,
    masters: Vec<(&'a KeyName, Tag)>,
    by_tag: HashMap<Tag, Vec<Reader>>,
    native: Vec<&'a KeyName>,
    plugins: Vec<&'a KeyName>,
}

/// Who should be able to open one secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Masters first, then machines.
    pub readers: Vec<Reader>,
    /// Machines that should read it and have no host key yet.
    pub keyless: Vec<MachineName>,
}

/// How a sealed file's readers differ from the wanted ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Wanted, and not present.
    pub missing: Vec<Reader>,
    /// Present, and not wanted.
    pub extra: Vec<Extra>,
    /// Fewer anonymous readers than wanted: present and wanted. Which of them is missing can't be told.
    pub too_few: Option<(usize, usize)>,
    /// As many anonymous readers as wanted: whether they are the right ones can't be told.
    pub cannot_tell: bool,
}

/// A reader that should not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// A key of this fleet.
    Known(Reader),
    /// One more key with the tag of a wanted reader.
    Double(Reader),
    /// A key that is not under keys/.
    Unknown(Tag),
    /// So many more keys without a tag than there should be.
    Anonymous(usize),
    /// A passphrase.
    Passphrase,
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Extra::Known(reader) => write!(f, "{reader}"),
            Extra::Double(reader) => write!(f, "a second key with the tag of {reader}"),
            Extra::Unknown(tag) => write!(f, "an unknown key ({tag})"),
            Extra::Anonymous(1) => f.write_str("an `age1…` or plugin key too many"),
            Extra::Anonymous(count) => write!(f, "{count} `age1…` or plugin keys too many"),
            Extra::Passphrase => f.write_str("a passphrase"),
        }
    }
}

impl Comparison {
    /// True when nothing has to be done.
    pub fn same(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.too_few.is_none()
    }

    /// In words: "is not sealed for `web1`, and is sealed for `db1`, …"; empty when they are the same.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        let list = |items: Vec<String>| match items.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        };
        if !self.missing.is_empty() {
            words.push(format!("not for {}", list(self.missing.iter().map(ToString::to_string).collect())));
        }
        if let Some((present, wanted)) = self.too_few {
            words.push(format!("only for {present} of {wanted} masters with `age1…` or plugin keys"));
        }
        if !self.extra.is_empty() {
            words.push(format!("for {}", list(self.extra.iter().map(ToString::to_string).collect())));
        }
        words.join(", and ")
    }
}

impl<'a> Readers<'a> {
    /// Looks at every public key once.
    pub fn new(keys: &'a PublicKeys) -> Self {
        let mut readers = Readers {
            keys,
            hosts: HashMap::with_capacity(keys.hosts.len()),
            masters: Vec::new(),
            by_tag: HashMap::new(),
            native: Vec::new(),
            plugins: Vec::new(),
        };
        for (name, recipient) in &keys.masters {
            match recipient {
                Recipient::Ssh(key) => {
                    readers.masters.push((name, Tag::of(key)));
                    readers.by_tag.entry(Tag::of(key)).or_default().push(Reader::Master(name.clone()));
                }
                Recipient::X25519(_) => readers.native.push(name),
                Recipient::Plugin { .. } => readers.plugins.push(name),
            }
        }
        for (name, key) in &keys.hosts {
            let tag = Tag::of(key);
            readers.hosts.insert(name, tag);
            readers.by_tag.entry(tag).or_default().push(Reader::Machine(name.clone()));
        }
        readers
    }

    /// Who should be able to open this secret.
    pub fn wanted(&self, secret: &Secret<'_>) -> Wanted {
        let masters = self.keys.masters.keys().cloned().map(Reader::Master);
        let (with_key, keyless): (Vec<&MachineName>, Vec<&MachineName>) =
            secret.machines.iter().partition(|machine| self.hosts.contains_key(machine));
        Wanted {
            readers: masters.chain(with_key.into_iter().cloned().map(Reader::Machine)).collect(),
            keyless: keyless.into_iter().cloned().collect(),
        }
    }

    /// True when there is a person who may open every secret.
    pub fn have_master(&self) -> bool {
        !self.keys.masters.is_empty()
    }

    /// The keys of these readers, each key once.
    pub fn recipients(&self, wanted: &Wanted) -> Vec<Recipient> {
        let mut seen = BTreeSet::new();
        let key = |reader: &Reader| match reader {
            Reader::Master(name) => self.keys.masters.get(name).cloned(),
            Reader::Machine(name) => self.keys.hosts.get(name).cloned().map(Recipient::Ssh),
        };
        wanted.readers.iter().filter_map(key).filter(|recipient| seen.insert(recipient.line())).collect()
    }

    /// Whose key has this tag; several when two keys share it, or two readers the key.
    pub fn named(&self, tag: Tag) -> &[Reader] {
        self.by_tag.get(&tag).map_or(&[], Vec::as_slice)
    }

    /// Who can open a file with this header, in words, as far as it tells.
    pub fn present(&self, header: &Header) -> Vec<String> {
        let (mut words, mut native, mut other) = (BTreeSet::new(), 0, 0);
        for stanza in &header.stanzas {
            match stanza {
                Stanza::Ssh { algorithm, tag } => {
                    let tag = Tag { algorithm: *algorithm, tag: *tag };
                    match self.named(tag) {
                        [] => {
                            words.insert(format!("an unknown key ({tag})"));
                        }
                        names => words.extend(names.iter().map(ToString::to_string)),
                    }
                }
                Stanza::X25519 => native += 1,
                Stanza::Scrypt => {
                    words.insert("whoever knows its passphrase".to_owned());
                }
                Stanza::Other(_) => other += 1,
            }
        }
        let keys = |count: usize, kind: &str| match count {
            0 => None,
            1 => Some(format!("one {kind} key")),
            count => Some(format!("{count} {kind} keys")),
        };
        words.into_iter().chain(keys(native, "`age1…`")).chain(keys(other, "plugin")).collect()
    }

    /// The header's readers beside the wanted ones of this secret.
    pub fn compare(&self, secret: &Secret<'_>, header: &Header) -> Comparison {
        let mut present: BTreeMap<Tag, usize> = BTreeMap::new();
        let (mut native, mut other, mut passphrase) = (0, 0, false);
        for stanza in &header.stanzas {
            match stanza {
                Stanza::Ssh { algorithm, tag } => {
                    *present.entry(Tag { algorithm: *algorithm, tag: *tag }).or_default() += 1;
                }
                Stanza::X25519 => native += 1,
                Stanza::Scrypt => passphrase = true,
                Stanza::Other(_) => other += 1,
            }
        }
        let mut result = Comparison::default();
        let masters = self.masters.iter().map(|(name, tag)| (*tag, Reader::Master((*name).clone())));
        let machines = secret
            .machines
            .iter()
            .filter_map(|machine| Some((*self.hosts.get(machine)?, Reader::Machine(machine.clone()))));
        // Two names may stand for one key, so names are gathered by key before they are counted.
        let mut wanted: BTreeMap<Tag, Vec<Reader>> = BTreeMap::new();
        for (tag, reader) in masters.chain(machines) {
            wanted.entry(tag).or_default().push(reader);
        }
        for (tag, readers) in wanted {
            let count = if readers.len() == 1 { 1 } else { self.distinct(&readers) };
            match present.remove(&tag).unwrap_or(0) {
                0 => result.missing.extend(readers),
                found if found < count => result.missing.extend(readers.into_iter().skip(found)),
                found if found > count => result.extra.extend(readers.into_iter().take(1).map(Extra::Double)),
                _ => {}
            }
        }
        for tag in present.into_keys() {
            match self.named(tag) {
                [] => result.extra.push(Extra::Unknown(tag)),
                names => result.extra.extend(names.iter().cloned().map(Extra::Known)),
            }
        }
        if passphrase {
            result.extra.push(Extra::Passphrase);
        }
        self.compare_anonymous(native, other, &mut result);
        result.missing.sort();
        result.extra.sort();
        result
    }

    /// A plugin may answer with a stanza of any type, also a native one; a native key has a native one alone.
    fn compare_anonymous(&self, native: usize, other: usize, result: &mut Comparison) {
        let masters = || self.native.iter().chain(&self.plugins).map(|name| Reader::Master((*name).clone()));
        let wanted = self.native.len() + self.plugins.len();
        let present = native + other;
        if present > wanted {
            result.extra.push(Extra::Anonymous(present - wanted));
        } else if present == 0 {
            result.missing.extend(masters());
        } else if present < wanted {
            result.too_few = Some((present, wanted));
        } else if native < self.native.len() {
            // As many as wanted, but of the wrong kind.
            result.too_few = Some((native, self.native.len()));
            result.extra.push(Extra::Anonymous(other - self.plugins.len()));
        } else {
            result.cannot_tell = true;
        }
    }

    fn distinct(&self, readers: &[Reader]) -> usize {
        let keys = readers.iter().filter_map(|reader| match reader {
            Reader::Machine(name) => self.keys.hosts.get(name).map(SshPublicKey::wire),
            Reader::Master(name) => match self.keys.masters.get(name) {
                Some(Recipient::Ssh(key)) => Some(key.wire()),
                _ => None,
            },
        });
        keys.collect::<BTreeSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::SecretName;
    use crate::inventory::Inventory;
    use crate::keys::pair;

    const FLEET: &str = "[fleet]\nname = \"x\"\n[machine.web1]\n[machine.web2]\n[machine.new]\n[machine.db1]\n\
                         [service.nginx]\nmachines = [\"web1\", \"web2\", \"new\"]\nsecrets.tls = {}\n";

    struct Fleet {
        inventory: Inventory,
        keys: PublicKeys,
    }

    impl Fleet {
        /// `anna` is an ssh master, `new` is keyless.
        fn new() -> Self {
            let (inventory, reports) = Inventory::parse("fleet.toml", FLEET);
            let inventory = inventory.unwrap_or_else(|| panic!("{reports:?}"));
            let mut keys = PublicKeys::default();
            for machine in ["web1", "web2", "db1"] {
                keys.hosts.insert(MachineName::parse(machine).unwrap(), pair::ssh("").unwrap().public);
            }
            let mut fleet = Fleet { inventory, keys };
            fleet.master("anna", Recipient::Ssh(pair::ssh("").unwrap().public));
            fleet
        }

        fn master(&mut self, name: &str, key: Recipient) {
            self.keys.masters.insert(KeyName::parse(name).unwrap(), key);
        }

        fn tag(&self, name: &str) -> Stanza {
            let key = match self.keys.masters.get(name) {
                Some(Recipient::Ssh(key)) => key,
                _ => &self.keys.hosts[name],
            };
            Stanza::Ssh { algorithm: key.algorithm(), tag: key.tag() }
        }

        fn compare(&self, stanzas: &[Stanza]) -> Comparison {
            let name = SecretName::parse("nginx/tls").unwrap();
            let header = Header { stanzas: stanzas.to_vec(), armored: true };
            Readers::new(&self.keys).compare(&self.inventory.secret(&name).unwrap(), &header)
        }

        /// What differs, in words; empty when nothing does.
        fn words(&self, stanzas: &[Stanza]) -> String {
            let comparison = self.compare(stanzas);
            assert_eq!(comparison.same(), comparison.words().is_empty());
            comparison.words()
        }
    }

    #[test]
    fn ssh_keys_are_told_by_their_tags() {
        let fleet = Fleet::new();
        let [anna, web1, web2, db1] = ["anna", "web1", "web2", "db1"].map(|name| fleet.tag(name));
        let [anna, web1, web2, db1] = [&anna, &web1, &web2, &db1];
        let words = |stanzas: &[&Stanza]| fleet.words(&stanzas.iter().copied().cloned().collect::<Vec<_>>());
        assert_eq!(words(&[web2, anna, web1]), "");
        assert_eq!(words(&[anna, web1]), "not for `web2`");
        assert_eq!(words(&[web1, web2]), "not for master `anna`");
        assert_eq!(words(&[anna, web1, web2, db1]), "for `db1`");
        assert_eq!(words(&[anna, db1]), "not for `web1` and `web2`, and for `db1`");
        assert_eq!(words(&[anna, web1, web2, web2]), "for a second key with the tag of `web2`");
        let stranger = Stanza::Ssh { algorithm: SshAlgorithm::Rsa, tag: [1, 2, 3, 0xff] };
        assert_eq!(words(&[anna, web1, web2, &stranger]), "for an unknown key (ssh-rsa 010203ff)");
        assert_eq!(words(&[anna, web1, web2, &Stanza::X25519]), "for an `age1…` or plugin key too many");
        assert!(words(&[&Stanza::Scrypt]).ends_with("and for a passphrase"));
    }

    #[test]
    fn keys_without_a_tag_are_counted_and_a_swap_is_called_invisible() {
        let mut fleet = Fleet::new();
        fleet.keys.masters.clear();
        fleet.master("berta", pair::age().public);
        fleet.master("carla", pair::age().public);
        let known: Vec<Stanza> = ["web1", "web2"].map(|name| fleet.tag(name)).to_vec();
        let with = |more: &[Stanza]| [&known[..], more].concat();
        let [native, plugin] = [Stanza::X25519, Stanza::Other("yubikey".into())];
        let both = fleet.compare(&with(&[native.clone(), native.clone()]));
        assert!(both.same() && both.cannot_tell);
        assert_eq!(fleet.words(&with(&[])), "not for master `berta` and master `carla`");
        let one = with(std::slice::from_ref(&native));
        assert_eq!(fleet.words(&one), "only for 1 of 2 masters with `age1…` or plugin keys");
        let three = with(&[native.clone(), native.clone(), native.clone()]);
        assert_eq!(fleet.words(&three), "for an `age1…` or plugin key too many");
        // A native key never makes a plugin's stanza, so this is a swap that can be seen.
        let swapped = fleet.words(&with(&[native.clone(), plugin.clone()]));
        assert!(swapped.contains("only for 1 of 2") && swapped.contains("too many"), "{swapped}");

        let recipient = "age1test1qqqq".to_owned();
        fleet.master("carla", Recipient::Plugin { plugin: "test".into(), recipient });
        assert_eq!(fleet.words(&with(&[native.clone(), plugin])), "");
        assert_eq!(fleet.words(&with(&[native.clone(), native])), "", "a plugin may write native stanzas");
    }

    #[test]
    fn one_key_under_two_names_is_one_reader() {
        let mut fleet = Fleet::new();
        let key = fleet.keys.hosts["web1"].clone();
        fleet.keys.hosts.insert(MachineName::parse("web2").unwrap(), key);
        let [anna, web] = ["anna", "web1"].map(|name| fleet.tag(name));
        assert_eq!(fleet.words(&[anna.clone(), web]), "");
        assert_eq!(fleet.words(&[anna]), "not for `web1` and `web2`");
        let name = SecretName::parse("nginx/tls").unwrap();
        let readers = Readers::new(&fleet.keys);
        let wanted = readers.wanted(&fleet.inventory.secret(&name).unwrap());
        assert_eq!(readers.recipients(&wanted).len(), 2);
        assert_eq!(wanted.keyless, [MachineName::parse("new").unwrap()]);
    }
}
