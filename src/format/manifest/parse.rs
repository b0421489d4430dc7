//! From text to [`Manifest`]: first the version, then the fields, then the rules between them.

use super::{Account, FilePath, Manifest, Mode, SYSTEM, Secret, Service, UnitName, VERSION};
use crate::format::{KeyName, ServiceName};
use crate::report::{Diagnose, Place, did_you_mean};
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

/// Why a text is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no JSON, or a field is wrong.
    #[error("{message}")]
    Text {
        /// What is wrong.
        message: String,
        /// Where.
        place: Box<Place>,
    },
    /// It names no version.
    #[error("the manifest names no version")]
    Unversioned {
        /// The manifest.
        file: String,
    },
    /// It is of a version that this program does not know.
    #[error("the manifest has version {found}, and this fleet reads version {VERSION}")]
    Version {
        /// The manifest.
        file: String,
        /// Its version, as it is written.
        found: String,
    },
    /// A rule between fields is broken.
    #[error("{message}")]
    Rule {
        /// The manifest.
        file: String,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: &'static str,
    },
}

impl Diagnose for ManifestError {
    fn places(&self) -> Vec<Place> {
        vec![match self {
            ManifestError::Text { place, .. } => (**place).clone(),
            ManifestError::Unversioned { file }
            | ManifestError::Version { file, .. }
            | ManifestError::Rule { file, .. } => Place::file(file),
        }]
    }

    fn hints(&self) -> Vec<String> {
        match self {
            ManifestError::Text { message, .. } => unknown_field(message)
                .map(|(wrong, known)| {
                    did_you_mean(&wrong, known.iter().map(String::as_str)).unwrap_or_else(|| {
                        "a newer fleet may know this field: give this machine the fleet that wrote its manifest".into()
                    })
                })
                .or_else(|| {
                    // What is there is whole, or it was never a manifest: both are made by the same command.
                    let not_whole = ["no manifest", "is empty", "cut off", "no text"];
                    let broken = not_whole.iter().any(|words| message.contains(words));
                    broken.then(|| "on the operator's machine `fleet machine manifest <machine>` makes it".into())
                })
                .into_iter()
                .collect(),
            ManifestError::Unversioned { .. } => vec![format!("write `\"version\": {VERSION}`")],
            ManifestError::Version { found, .. } => vec![match found.parse::<u64>() {
                Ok(found) if found > VERSION => {
                    "upgrade the fleet on this machine: set `secrix.package` to the one that wrote the manifest, and deploy".into()
                }
                _ => format!("write `\"version\": {VERSION}`"),
            }],
            ManifestError::Rule { hint, .. } => vec![(*hint).to_owned()],
        }
    }
}

/// The field that serde did not know, and those it knows, from its message
/// "unknown field `a`, expected one of `b`, `c`".
fn unknown_field(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let mut quoted = rest.split('`').step_by(2).map(str::to_owned);
    let wrong = quoted.next()?;
    Some((wrong, quoted.collect()))
}

pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Manifest, ManifestError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: Option<serde_json::Value>,
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ManifestError::Text {
        message: format!("the manifest is no text: byte {} is no UTF-8", error.valid_up_to()),
        place: Box::new(Place::file(file)),
    })?;
    let no_manifest =
        |message: &str| ManifestError::Text { message: message.into(), place: Box::new(Place::file(file)) };
    match text.trim_start().chars().next() {
        None => return Err(no_manifest("the manifest is empty")),
        Some('{') => {}
        Some(_) => return Err(no_manifest("this is no manifest: it begins with no `{`")),
    }
    // The version is read by itself first: of another version nothing else is known, not even which fields it has.
    let versioned: Versioned = read(file, text)?;
    match versioned.version {
        None => return Err(ManifestError::Unversioned { file: file.into() }),
        Some(version) if version == VERSION => {}
        Some(version) => {
            let found = super::account::shown(&version.to_string());
            return Err(ManifestError::Version { file: file.into(), found });
        }
    }
    let written: WrittenManifest = read(file, text)?;
    let mut manifest = Manifest { identity: written.identity, services: BTreeMap::new() };
    for (name, service) in written.services.0 {
        let service = complete(file, &name, service)?;
        manifest.services.insert(name, service);
    }
    super::rules::validate(file, &manifest)?;
    Ok(manifest)
}

fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ManifestError> {
    serde_json::from_str(text).map_err(|error| {
        let mut message = match error.classify() {
            serde_json::error::Category::Eof => "the manifest is cut off: its end is missing".to_owned(),
            _ => error.to_string(),
        };
        // serde_json writes the place at the end of its message, where ours has its own.
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        // Nix writes JSON in one line, which nobody wants to see whole.
        let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
        if line.len() > 200 {
            let place = Place::file(format!("{file}:{}:{}", error.line(), error.column()));
            return ManifestError::Text { message, place: Box::new(place) };
        }
        let before: usize =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = (before + error.column().saturating_sub(1)).min(text.len().saturating_sub(1));
        ManifestError::Text { message, place: Box::new(Place::in_source(file, text, at..at + 1)) }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenManifest {
    #[allow(dead_code, reason = "it was read first, by itself")]
    version: u64,
    identity: Option<FilePath>,
    #[serde(default)]
    services: Once<ServiceName, WrittenService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenService {
    unit: Option<UnitName>,
    keys_unit: Option<UnitName>,
    directory: Option<KeyName>,
    #[serde(default)]
    dynamic_user: bool,
    #[serde(default)]
    secrets: Once<KeyName, WrittenSecret>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSecret {
    file: FilePath,
    name: Option<KeyName>,
    owner: Option<Account>,
    group: Option<Account>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    restart: BTreeSet<UnitName>,
    #[serde(default)]
    reload: BTreeSet<UnitName>,
    #[serde(default)]
    before: BTreeSet<UnitName>,
    #[serde(default)]
    needed_for_users: bool,
}

/// A JSON object in which no name stands twice; serde's own maps let the last one win in silence.
#[derive(Serialize)]
struct Once<K, V>(BTreeMap<K, V>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Once(BTreeMap::new())
    }
}

impl<'de, K: Deserialize<'de> + Ord + fmt::Display, V: Deserialize<'de>> Deserialize<'de> for Once<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de> + Ord + fmt::Display, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Once<K, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some(key) = map.next_key::<K>()? {
                    if entries.contains_key(&key) {
                        return Err(A::Error::custom(format!("`{key}` stands here twice")));
                    }
                    entries.insert(key, map.next_value()?);
                }
                Ok(Once(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

fn complete(file: &str, name: &ServiceName, written: WrittenService) -> Result<Service, ManifestError> {
    let system = name.as_str() == SYSTEM;
    let rule = |message: String, hint| ManifestError::Rule { file: file.into(), message, hint };
    let hint = "give it with `unit`, `keys_unit` or `directory`";
    let unit = |given: Option<UnitName>, default: String| match given {
        Some(unit) => Ok(unit),
        None => UnitName::parse(&default).map_err(|why| rule(format!("service `{name}`: {why}"), hint)),
    };
    if system && written.unit.is_some() {
        return Err(rule(
            "`system` has no unit of its own".into(),
            "name the units that wait for a secret in its `before`",
        ));
    }
    let own_unit = if system { None } else { Some(unit(written.unit, format!("{name}.service"))?) };
    let keys_default =
        if system { "fleet-secrets.service".to_owned() } else { format!("{name}-keys.service") };
    let keys_unit = unit(written.keys_unit, keys_default)?;
    let directory = match written.directory {
        Some(directory) => directory,
        None => KeyName::parse(&format!("{name}-keys").replace('@', "-"))
            .map_err(|why| rule(format!("service `{name}`: {why}"), hint))?,
    };
    let secrets = written.secrets.0.into_iter().map(|(key, secret)| {
        let name = secret.name.unwrap_or_else(|| key.clone());
        let secret = Secret {
            file: secret.file,
            name,
            owner: secret.owner.unwrap_or_else(Account::root),
            group: secret.group,
            mode: secret.mode,
            restart: secret.restart,
            reload: secret.reload,
            before: secret.before,
            needed_for_users: secret.needed_for_users,
        };
        (key, secret)
    });
    Ok(Service {
        unit: own_unit,
        keys_unit,
        directory,
        dynamic_user: written.dynamic_user,
        secrets: secrets.collect(),
    })
}

pub(super) fn default_service(name: &ServiceName) -> Result<Service, ManifestError> {
    let written = WrittenService {
        unit: None,
        keys_unit: None,
        directory: None,
        dynamic_user: false,
        secrets: Once::default(),
    };
    complete("the manifest", name, written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn manifest(services: &str) -> Result<Manifest, ManifestError> {
        let text = format!("{{ \"version\": 1, \"services\": {{ {services} }} }}");
        Manifest::parse("secrets.json", text.as_bytes())
    }

    fn refused(services: &str) -> String {
        crate::report::Report::from(manifest(services).unwrap_err()).render(false)
    }

    #[test]
    fn defaults_are_those_of_the_table() {
        let read = manifest(
            r#""system": { "secrets": { "a": { "file": "/a.age" } } }, "getty@tty1": { "secrets": { "b": { "file": "b.age" } } }"#,
        )
        .unwrap();
        let system = &read.services["system"];
        assert_eq!(
            (system.keys_unit.as_str(), system.directory.as_str()),
            ("fleet-secrets.service", "system-keys")
        );
        let getty = &read.services["getty@tty1"];
        assert_eq!(getty.unit.as_ref().unwrap().as_str(), "getty@tty1.service");
        assert_eq!(getty.directory.as_str(), "getty-tty1-keys");
        let secret = &getty.secrets["b"];
        assert_eq!((secret.mode.bits(), secret.owner.is_root(), secret.group.is_none()), (0o400, true, true));
        assert_eq!(secret, &Secret::new(&KeyName::parse("b").unwrap(), FilePath::parse("b.age").unwrap()));
    }

    #[test]
    fn another_version_says_which_side_to_upgrade() {
        let report = |text: &str| {
            crate::report::Report::from(Manifest::parse("m.json", text.as_bytes()).unwrap_err()).render(false)
        };
        let newer = report(r#"{ "version": 2, "anything": [] }"#);
        assert!(
            newer.contains("has version 2") && newer.contains("upgrade the fleet on this machine"),
            "{newer}"
        );
        assert!(report(r#"{ "version": "1" }"#).contains("version"));
        assert!(report("{}").contains("names no version"));
    }

    #[test]
    fn a_wrong_field_is_named_with_line_and_column() {
        let text = "{ \"version\": 1,\n  \"services\": { \"nginx\": { \"secrets\": {\n    \"tls\": { \"file\": \"/t\", \"onwer\": \"x\" } } } } }";
        let error = Manifest::parse("secrets.json", text.as_bytes()).unwrap_err();
        let shown = crate::report::Report::from(error).render(false);
        assert!(shown.contains("unknown field `onwer`") && shown.contains("secrets.json:3:"), "{shown}");
        assert!(shown.contains("did you mean `owner`?"), "{shown}");
    }

    #[test]
    fn what_is_no_manifest_at_all_is_said_in_words() {
        for (text, words) in [
            ("", "the manifest is empty"),
            (" \n", "the manifest is empty"),
            ("[]", "this is no manifest: it begins with no `{`"),
            ("hello", "this is no manifest: it begins with no `{`"),
            ("{ \"version\": 1, \"services\": { \"ng", "the manifest is cut off: its end is missing"),
            ("{ \"version\": 1,", "the manifest is cut off: its end is missing"),
        ] {
            let error = Manifest::parse("m", text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), words, "{text}");
            assert_eq!(error.hints().len(), 1, "{text}");
        }
    }

    #[test]
    fn what_would_let_a_secret_out_of_its_place_is_refused() {
        let secret =
            |rest: &str| format!(r#""nginx": {{ "secrets": {{ "tls": {{ "file": "/t"{rest} }} }} }}"#);
        for (services, words) in [
            (r#""../x": {}"#.to_owned(), "not allowed"),
            (r#""nginx": { "directory": "../x" }"#.into(), "not allowed"),
            (r#""nginx": { "directory": "systemd" }"#.into(), "another program"),
            (r#""nginx": { "secrets": { "a/b": { "file": "/t" } } }"#.into(), "not allowed"),
            (secret(r#", "name": "..data""#), "not allowed"),
            (secret(r#", "mode": "4755""#), "file mode"),
            (secret(r#", "mode": 400"#), "invalid type"),
            (secret(r#", "owner": "-x""#), "no user"),
            (secret(r#", "owner": "a", "owner": "b""#), "duplicate field"),
            (secret(r#", "restart": ["nginx"]"#), "no unit"),
            (secret(r#", "needed_for_users": true"#), "no longer than its unit"),
            (secret(r#", "before": ["a.service"]"#), "which only secrets of `system` may"),
            (r#""nginx": {}, "nginx": {}"#.into(), "twice"),
            (r#""nginx": { "secrets": { "a": { "file": "/t" }, "b": { "file": "/t", "name": "a" } } }"#.into(), "both appear as `a`"),
            (r#""a": { "directory": "d" }, "b": { "directory": "d" }"#.into(), "both use the directory"),
            (r#""a": {}, "a-keys": {}"#.into(), "is the one that opens the secrets of `a`"),
            (r#""a": { "keys_unit": "k.service" }, "b": { "keys_unit": "k.service" }"#.into(), "both are opened by"),
            (r#""system": { "unit": "a.service" }"#.into(), "no unit of its own"),
            (r#""system": { "secrets": { "p": { "file": "/t", "needed_for_users": true, "owner": "x" } } }"#.into(), "root must own"),
            (r#""x": { "dynamic_user": true, "secrets": { "p": { "file": "/t", "owner": "x" } } }"#.into(), "dynamic user"),
            (r#""x": { "unit": "x.socket" }"#.into(), "no `.service`"),
            (
                r#""x": { "dynamic_user": true, "secrets": { "p": { "file": "/t" } } },
                   "y": { "dynamic_user": true, "unit": "x.service", "secrets": { "p": { "file": "/t" } } }"#.into(),
                "both give `x.service` a credential `p`",
            ),
        ] {
            let shown = refused(&services);
            assert!(shown.contains(words), "{services}\n{shown}");
        }
    }

    fn key() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9][a-zA-Z0-9._-]{0,12}"
    }

    fn units() -> impl Strategy<Value = BTreeSet<UnitName>> {
        proptest::collection::btree_set("[a-z][a-z0-9:_@\\\\-]{0,8}[a-z]\\.(service|socket|target)", 0..3)
            .prop_map(|names| names.iter().filter_map(|name| UnitName::parse(name).ok()).collect())
    }

    fn secret() -> impl Strategy<Value = Secret> {
        let account = prop_oneof![
            (0..u32::MAX).prop_map(Account::Number),
            "[a-z_][a-z0-9_-]{0,8}\\$?".prop_map(Account::Name)
        ];
        let path = "/?[a-zA-Z0-9 ü\"\\\\]{1,9}(/[a-z0-9]{1,5}){0,3}"
            .prop_map(|path| FilePath::parse(&path).unwrap());
        let bits = (0..=0o777u32).prop_map(|bits| Mode::new(bits).unwrap());
        (path, key(), account.clone(), proptest::option::of(account), bits, units(), units()).prop_map(
            |(file, name, owner, group, mode, restart, reload)| Secret {
                owner,
                group,
                mode,
                restart,
                reload,
                ..Secret::new(&KeyName::parse(&name).unwrap(), file)
            },
        )
    }

    fn manifests() -> impl Strategy<Value = Manifest> {
        let secrets =
            proptest::collection::btree_map(key().prop_map(|k| KeyName::parse(&k).unwrap()), secret(), 0..4);
        let services = proptest::collection::btree_map(
            key().prop_map(|name| ServiceName::parse(&name).unwrap()),
            (secrets, any::<bool>()),
            0..4,
        );
        services.prop_map(|services| {
            let services = services.into_iter().map(|(name, (mut secrets, dynamic_user))| {
                for secret in secrets.values_mut().filter(|_| dynamic_user) {
                    (secret.owner, secret.group) = (Account::root(), None);
                }
                let service = Service::new(&name).unwrap();
                (name, Service { dynamic_user, secrets, ..service })
            });
            Manifest { identity: FilePath::parse("/key").ok(), services: services.collect() }
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back_the_same(manifest in manifests()) {
            let text = manifest.print();
            match Manifest::parse("m", text.as_bytes()) {
                Ok(read) => {
                    prop_assert_eq!(&read, &manifest);
                    prop_assert_eq!(read.print(), text);
                }
                // Generated fields may break a rule between fields: then both sides say so.
                Err(error) => prop_assert!(manifest.validate().is_err(), "{}", error),
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Manifest::parse("m", text.as_bytes());
            let _ = Manifest::parse("m", &bytes);
            let damaged = format!("{{ \"version\": 1, \"services\": {text}");
            if let Err(error) = Manifest::parse("m", damaged.as_bytes()) {
                let _ = crate::report::Report::from(error).render(false);
            }
        }
    }
}
