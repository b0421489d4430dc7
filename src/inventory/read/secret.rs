//! `secrets.<name> = { … }` of a service or of the system.

use super::super::cursor::{Entry, Known, Table, Value};
use super::super::error::Error;
use super::super::model::{Encoding, Generate, Machines, Per, SecretDeclaration};
use super::super::values;
use super::Tags;
use crate::format::KeyName;

const SECRET: Known = Known {
    place: "in a secret",
    keys: &["per", "machines", "owner", "group", "mode", "restart", "reload", "generate", "needed_for_users"],
    instead: &[
        ("user", "owner"),
        ("permissions", "mode"),
        ("restart_units", "restart"),
        ("restartUnits", "restart"),
        ("reload_units", "reload"),
        ("neededForUsers", "needed_for_users"),
        ("hosts", "machines"),
        ("machine", "machines"),
        ("generator", "generate"),
        ("file", "none: a secret's file follows from its name"),
        ("path", "none: a secret's path follows from its name"),
    ],
    private: &["value", "plaintext", "password", "content", "contents", "text", "secret", "data"],
};

const GENERATE: Known = Known {
    place: "in `generate`",
    keys: &["kind", "length", "alphabet", "encoding"],
    instead: &[
        ("type", "kind"),
        ("bytes", "length"),
        ("size", "length"),
        ("charset", "alphabet"),
        ("format", "encoding"),
    ],
    private: &[],
};

/// Letters and digits: what every program, shell and connection string takes.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// 32 characters of 62 hold 190 bits.
const PASSWORD_LENGTH: usize = 32;
/// 256 bits.
const BYTES_LENGTH: usize = 32;

/// Whose secret it is, which decides who reads it.
pub(super) enum Of<'a> {
    /// A service's: read where it runs.
    Service(&'a str, &'a Machines),
    /// The machine's own: it names its machines.
    System(&'a Tags<'a>),
}

pub(super) fn declaration(entry: &Entry<'_>, of: Of<'_>) -> Option<SecretDeclaration> {
    let name = entry.parsed_name(KeyName::parse);
    if entry.value.is_string() {
        entry.value.hide();
        entry.value.problem(Error::SecretValue { secret: entry.name.to_owned() });
        return None;
    }
    let table = entry.value.table(&SECRET)?;
    let per = table
        .get("per")
        .and_then(|value| value.word(&[("fleet", Per::Fleet), ("machine", Per::Machine)]))
        .unwrap_or(Per::Fleet);
    let is_system = matches!(of, Of::System(_));
    let machines = match of {
        Of::Service(service, machines) => {
            if let Some(value) = table.get("machines") {
                value.problem(Error::SecretMachines { service: service.to_owned() });
            }
            machines.clone()
        }
        Of::System(tags) => table
            .require(
                "machines",
                "a system secret",
                || format!("the system secret `{}`", entry.name),
                "write who reads it, by name and tag; `machines = [\"@all\"]` is every machine",
            )
            .map(|list| tags.resolve(list))
            .unwrap_or_default(),
    };
    let account = |key, kind| {
        let value = table.get(key)?;
        value.parsed(|text| values::account(text, kind))
    };
    let needed_for_users = table.get("needed_for_users").and_then(|value| value.boolean()).unwrap_or(false);
    let declaration = SecretDeclaration {
        per,
        machines,
        owner: account("owner", "user").unwrap_or_else(|| "root".into()),
        group: account("group", "group"),
        mode: table.get("mode").and_then(|value| mode(&value)).unwrap_or(0o400),
        restart: units(&table, "restart"),
        reload: units(&table, "reload"),
        generate: table.get("generate").and_then(|value| generate(&value)),
        needed_for_users,
        name: name?,
    };
    if needed_for_users {
        check_needed_for_users(&table, &declaration, is_system);
    }
    Some(declaration)
}

fn check_needed_for_users(table: &Table<'_>, declaration: &SecretDeclaration, is_system: bool) {
    let secret = || declaration.name.to_string();
    if !is_system {
        if let Some(value) = table.get("needed_for_users") {
            value.problem(Error::UsersNeedSystem { secret: secret() });
        }
        return;
    }
    let group = declaration.group.clone().unwrap_or_else(|| "root".into());
    for (key, found) in [("owner", &declaration.owner), ("group", &group)] {
        if let Some(value) = table.get(key).filter(|_| found != "root") {
            value.problem(Error::UsersNeedRoot { secret: secret(), key, found: found.clone() });
        }
    }
}

fn units(table: &Table<'_>, key: &str) -> Vec<String> {
    table.get(key).map(|list| list.parsed_list(values::unit)).unwrap_or_default()
}

/// Permission bits in quotes, or as TOML's octal number `0o400`; 400 alone would be a trap.
fn mode(value: &Value<'_>) -> Option<u32> {
    match value.octal() {
        Some(digits) => values::mode(digits).map_err(|error| value.problem(error)).ok(),
        None if value.is_integer() => value.wrong(
            "file permissions",
            Some("write octal permission bits in quotes, such as \"0400\"".into()),
        ),
        None => value.parsed(values::mode),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Password,
    Bytes(Encoding),
    Ssh,
    WireGuard,
    X25519,
}

const KINDS: [(&str, Kind); 7] = [
    ("password", Kind::Password),
    ("bytes", Kind::Bytes(Encoding::Raw)),
    ("hex", Kind::Bytes(Encoding::Hex)),
    ("base64", Kind::Bytes(Encoding::Base64)),
    ("ssh", Kind::Ssh),
    ("wireguard", Kind::WireGuard),
    ("x25519", Kind::X25519),
];

/// A word, or a table with the word and its measures.
fn generate(value: &Value<'_>) -> Option<Generate> {
    if !value.is_table() {
        if !value.is_string() {
            return value.wrong("a kind of secret or a table", None);
        }
        return Some(match value.word(&KINDS)? {
            Kind::Password => Generate::Password { length: PASSWORD_LENGTH, alphabet: ALPHABET.into() },
            Kind::Bytes(encoding) => Generate::Bytes { length: BYTES_LENGTH, encoding },
            Kind::Ssh => Generate::Ssh,
            Kind::WireGuard => Generate::WireGuard,
            Kind::X25519 => Generate::X25519,
        });
    }
    let table = value.table(&GENERATE)?;
    let kind = table.require(
        "kind",
        "`generate`",
        || "`generate`".into(),
        "write `kind = \"password\"`, \"bytes\", \"hex\", \"base64\", \"ssh\", \"wireguard\" or \"x25519\"",
    )?;
    let kind = kind.word(&KINDS)?;
    let refuse = |keys: &[&'static str], kind, hint| {
        for key in keys {
            if let Some(value) = table.get(key) {
                value.problem(Error::GenerateKey { key, kind, hint });
            }
        }
    };
    let length =
        |most, otherwise| table.get("length").and_then(|value| value.number(1..=most)).unwrap_or(otherwise);
    let whole = "a key pair has one form and needs no measures";
    Some(match kind {
        Kind::Password => {
            refuse(&["encoding"], "password", "a password has `length` and `alphabet`");
            let alphabet = table.get("alphabet").and_then(|value| value.parsed(values::alphabet));
            let alphabet = alphabet.unwrap_or_else(|| ALPHABET.into());
            Generate::Password { length: length(4096, PASSWORD_LENGTH), alphabet }
        }
        Kind::Bytes(encoding) => {
            refuse(&["alphabet"], "bytes", "random bytes have `length` and `encoding`");
            let words = [("raw", Encoding::Raw), ("hex", Encoding::Hex), ("base64", Encoding::Base64)];
            let encoding = table.get("encoding").and_then(|value| value.word(&words)).unwrap_or(encoding);
            Generate::Bytes { length: length(65536, BYTES_LENGTH), encoding }
        }
        Kind::Ssh => {
            refuse(&["length", "alphabet", "encoding"], "ssh", whole);
            Generate::Ssh
        }
        Kind::WireGuard => {
            refuse(&["length", "alphabet", "encoding"], "wireguard", whole);
            Generate::WireGuard
        }
        Kind::X25519 => {
            refuse(&["length", "alphabet", "encoding"], "x25519", whole);
            Generate::X25519
        }
    })
}
