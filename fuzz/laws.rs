//! What must hold for any bytes at all: no input panics, and what is printed is read back as it was.
//!
//! Each law is a fuzz target (`fuzz/fuzz_targets`, hours of it) and a test (`tests/laws.rs`, a moment of it).
#![allow(dead_code, reason = "each fuzz target takes one law out of this file")]
#![allow(clippy::unwrap_used, reason = "a law is broken by panicking")]

#[path = "documents.rs"]
mod documents;

use fleet::daemon::{Connection, DaemonError, Options, Target, Text};
use fleet::format::{
    ChannelName, KeyName, MachineName, Manifest, MeshName, SecretName, Sensitive, ServiceName, SshPublicKey,
    TagName, WgPublicKey, identity::SshPrivateKey, sealed,
};
use fleet::inventory::{Inventory, edit};
use fleet::keys::{PublicKeys, Recipient, scan};
use fleet::nix::regex::Regex;
use fleet::nix::symbols::Symbols;
use fleet::nix::syntax::{self, show};
use fleet::ops::resolved;
use fleet::peers::{self, Style};
use fleet::report::{Report, Reports};
use fleet::store::{Algorithm, ContentAddress, Derivation, Form, Hash, Method, StoreDir, StorePath, nar};
use std::io::{self, Cursor, Write as _};

pub use documents::{json, toml};

/// A law, by the name of its fuzz target.
pub type Law = (&'static str, fn(&[u8]));

/// Every law there is.
pub const LAWS: &[Law] = &[
    ("aterm", aterm),
    ("fleet_toml", fleet_toml),
    ("key_lines", key_lines),
    ("json", json),
    ("manifest", manifest),
    ("names", names),
    ("nar", nar),
    ("nix_regex", nix_regex),
    ("nix_syntax", nix_syntax),
    ("sealed_header", sealed_header),
    ("ssh_keyscan", ssh_keyscan),
    ("store_names", store_names),
    ("toml", toml),
    ("wireguard_conf", wireguard_conf),
    ("worker_protocol", worker_protocol),
];

/// An error must be printable, in full, whatever it quotes.
fn shown(report: impl Into<Report>) {
    let text = report.into().render(true);
    let steering = |c: char| c.is_control() && !matches!(c, '\n' | '\x1b');
    assert!(!text.contains(steering), "control characters reach the terminal: {text:?}");
}

/// A name that is accepted is the text it was made of, and stays in its folder.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    fn one(result: Result<impl ToString, fleet::format::NameError>, text: &str) {
        match result {
            Err(error) => shown(error),
            Ok(name) => {
                assert_eq!(name.to_string(), text);
                assert!(!text.contains('/') && !text.starts_with('.') && !text.is_empty());
                assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
                assert!(text.len() <= 200);
            }
        }
    }
    one(MachineName::parse(text), text);
    one(ServiceName::parse(text), text);
    one(TagName::parse(text), text);
    one(MeshName::parse(text), text);
    one(ChannelName::parse(text), text);
    one(KeyName::parse(text), text);
    match SecretName::parse(text) {
        Err(error) => shown(error),
        Ok(name) => {
            assert_eq!(name.to_string(), text);
            assert_eq!(SecretName::from_file(&name.file()), Some(name));
        }
    }
}

/// A fleet.toml is refused with its places, or every area can work on what it means.
pub fn fleet_toml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (inventory, reports) = Inventory::parse("fleet.toml", text);
    assert!(inventory.is_some() || reports.has_errors(), "neither an inventory nor a reason");
    reports.0.into_iter().for_each(shown);
    let Some(inventory) = inventory else { return };
    for secret in inventory.secrets() {
        let found = inventory.secret(&secret.name).expect("what is listed is found by name");
        assert_eq!(found.machines, secret.machines);
    }
    changes(text, &inventory);
    let keys = PublicKeys::default();
    peers::check(&inventory, &keys).0.into_iter().for_each(shown);
    let json = resolved::text(&inventory, &keys, text, &|_| false);
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
}

/// A change of a right fleet.toml is refused, or makes another right one.
fn changes(text: &str, inventory: &Inventory) {
    let right = |changed: Result<String, Reports>| match changed {
        Err(reports) => reports.0.into_iter().for_each(shown),
        Ok(text) => assert!(Inventory::parse("fleet.toml", &text).0.is_some(), "{text}"),
    };
    let new = MachineName::parse("new").unwrap();
    right(edit::add_machine(text, &edit::NewMachine::new(new.clone())));
    if let Some(name) = inventory.machines.keys().next() {
        right(edit::remove_machine(text, name).map(|(text, _)| text));
        right(edit::rename_machine(text, name, &new).map(|(text, _)| text));
    }
    if let Some(service) = inventory.services.values().next() {
        right(edit::add_secret(
            text,
            &edit::NewSecret::new(service.name.clone(), KeyName::parse("new").unwrap()),
        ));
    }
    right(edit::remove_rotations(text, inventory.rotate.keys().take(1)));
}

/// What ssh-keyscan answers is some host's words: a key is taken out of it, or it is refused.
pub fn ssh_keyscan(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match scan::host_key(text) {
        Err(error) => shown(error),
        Ok(key) => assert!(text.contains(key.line().split(' ').nth(1).unwrap())),
    }
}

/// A key line that is accepted prints a line that is the same key.
pub fn key_lines(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match SshPublicKey::parse(text) {
        Err(error) => shown(error),
        Ok(key) => {
            let again = SshPublicKey::parse(&key.line()).unwrap();
            assert!(again.same_key(&key) && again.tag() == key.tag());
            // What is accepted as a reader can be sealed to, or says why not.
            if let Err(error) = sealed::Recipient::ssh(&key) {
                shown(error);
            }
        }
    }
    match WgPublicKey::parse(text) {
        Err(error) => shown(error),
        Ok(key) => assert_eq!(WgPublicKey::parse(&key.to_string()), Ok(key)),
    }
    match Recipient::parse(text) {
        Err(error) => shown(error),
        Ok(key) => assert!(Recipient::parse(&key.line()).unwrap().same_key(&key)),
    }
    if let Err(error) = sealed::Recipient::x25519(text) {
        shown(error);
    }
    if let Err(error) = SshPrivateKey::parse(&Sensitive::new(data.to_vec())) {
        shown(error);
    }
}

/// The header of any bytes is read or refused.
pub fn sealed_header(data: &[u8]) {
    if let Err(error) = sealed::header(data) {
        shown(error);
    }
}

/// A manifest that is read prints one that reads the same.
pub fn manifest(data: &[u8]) {
    match Manifest::parse("secrets.json", data) {
        Err(error) => shown(error),
        Ok(manifest) => {
            assert_eq!(Manifest::parse("secrets.json", manifest.print().as_bytes()).unwrap(), manifest);
        }
    }
}

/// A configuration that is read prints, in each dialect, one that reads the same.
pub fn wireguard_conf(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match peers::parse(text, "wireg0.conf") {
        Err(error) => shown(error),
        Ok(config) => {
            for style in [Style::WgQuick, Style::Setconf] {
                let printed = peers::print(&config, style);
                assert_eq!(peers::parse(&printed, "x").unwrap(), config, "{style:?}:\n{printed}");
            }
            let committed = peers::print(&config, Style::Committed);
            let again = peers::parse(&committed, "x").unwrap();
            assert_eq!(peers::print(&again, Style::Committed), committed);
        }
    }
}

/// A derivation that is read is printed as it was, and its JSON is that derivation.
pub fn aterm(data: &[u8]) {
    let dir = StoreDir::default();
    match Derivation::parse(&dir, "source", data) {
        Err(error) => shown(error),
        Ok(derivation) => {
            assert!(derivation.print(&dir).unwrap() == data);
            let mut again = derivation.clone();
            again.normalize();
            assert_eq!(again, derivation);
            // Structured attributes are JSON already, and may write a number in several ways.
            match derivation.to_json() {
                Err(error) => shown(error),
                Ok(_) if derivation.env(b"__json").is_some() => {}
                Ok(json) => assert_eq!(Derivation::from_json(&json).unwrap(), derivation),
            }
        }
    }
}

/// An archive that is read to its end is written as it was.
pub fn nar(data: &[u8]) {
    let mut reader = nar::Reader::new(data);
    let mut writer = nar::Writer::new(Vec::new());
    loop {
        match reader.next() {
            Err(error) => return shown(error),
            Ok(None) => break,
            Ok(Some(nar::Event::File { executable, size })) => {
                // It may say a larger size than there are bytes: then reading fails, and writing with it.
                if let Err(error) = writer.file(executable, size, reader.contents()) {
                    return shown(error);
                }
            }
            Ok(Some(nar::Event::Symlink { target })) => writer.symlink(&target).unwrap(),
            Ok(Some(nar::Event::Directory)) => writer.directory().unwrap(),
            Ok(Some(nar::Event::Entry { name })) => writer.entry(&name).unwrap(),
            Ok(Some(nar::Event::End)) => writer.end().unwrap(),
        }
    }
    let written = writer.finish().unwrap();
    let rest = reader.into_inner().unwrap();
    assert!(data[..data.len() - rest.len()] == written);
}

/// The first line is a regular expression, the rest a text. Matches lie in the text, one behind the other, and come to an
/// end; groups lie in the text; a text that matches as a whole has a match at its beginning.
pub fn nix_regex(data: &[u8]) {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (pattern, text) = (&data[..line], data.get(line + 1..).unwrap_or_default());
    let Ok(regex) = Regex::new(pattern) else { return };
    let mut machine = regex.on(text);
    let Ok(whole) = machine.matches() else { return };
    if whole {
        assert_eq!(machine.group(0), Some((0, text.len())));
    }
    let mut machine = regex.on(text);
    let (mut end, mut count) = (0, 0);
    while let Ok(true) = machine.find_next() {
        let (from, to) = machine.group(0).unwrap();
        assert!(end <= from && from <= to && to <= text.len());
        assert!(!whole || count > 0 || from == 0, "{from}");
        for group in 1..=regex.groups() {
            assert!(machine.group(group).is_none_or(|(from, to)| from <= to && to <= text.len()));
        }
        count += 1;
        // One match for each byte, and an empty one before each and at the end.
        assert!(count <= 2 * text.len() + 1);
        end = to;
    }
}

/// A file is refused with its place and advice, or its tree is whole and means the same in other surroundings.
pub fn nix_syntax(data: &[u8]) {
    let shown_as = |source: &[u8], known: &[&[u8]]| {
        let mut symbols = Symbols::new();
        for name in known {
            symbols.intern(name);
        }
        let ast = syntax::parse(source, &mut symbols)?;
        let folders = show::Folders { base: b"/base", home: b"/home/me" };
        Ok((show::show(&ast, &symbols, folders), ast))
    };
    let (text, ast) = match shown_as(data, &[]) {
        Err(error) => {
            let error: syntax::ParseError = error;
            let end = data.len() as u32;
            assert!(error.offset <= end && error.second.as_ref().is_none_or(|second| second.offset <= end));
            return shown(error.report("x.nix", data));
        }
        Ok(parsed) => parsed,
    };
    assert_eq!(ast.exprs.len(), ast.offsets.len());
    for (at, offset) in ast.offsets.iter().enumerate() {
        assert!(*offset as usize <= data.len());
        assert!(ast.start(syntax::ast::ExprId(at as u32)) as usize <= data.len());
    }
    // Numbers of symbols depend on what was seen before; nothing else may.
    let (again, _) = shown_as(data, &[b"z", b"body", b"b", b"a"]).unwrap();
    assert_eq!(again, text);
    match shown_as(&[b"with { };\n", data, b"\n# end"].concat(), &[]) {
        Ok((with, _)) => assert_eq!(with, [b"(with { }; ", text.as_slice(), b")"].concat()),
        Err(error) => assert!(error.message.contains("nest"), "{error}"),
    }
}

/// Hashes, store paths and content addresses that are read are printed as what they are.
pub fn store_names(data: &[u8]) {
    match StorePath::parse(data) {
        Err(error) => shown(error),
        Ok(path) => {
            assert_eq!(path.as_str().as_bytes(), data);
            let dir = StoreDir::default();
            let whole = dir.print(&path);
            assert_eq!(dir.parse_path(&whole), Ok(path.clone()));
            assert_eq!(dir.split(&format!("{whole}/x")), Ok((path, &b"/x"[..])));
        }
    }
    match ContentAddress::parse(data) {
        Err(error) => shown(error),
        Ok(address) => assert_eq!(ContentAddress::parse(address.to_string()), Ok(address)),
    }
    for wanted in [None, Some(Algorithm::Sha1), Some(Algorithm::Sha256)] {
        match Hash::parse(data, wanted) {
            Err(error) => shown(error),
            Ok(hash) => {
                for form in [Form::Base16, Form::Nix32, Form::Base64, Form::Sri] {
                    assert_eq!(Hash::parse(hash.print_prefixed(form).as_bytes(), None), Ok(hash));
                    assert_eq!(Hash::parse(hash.print(form).as_bytes(), Some(hash.algorithm())), Ok(hash));
                }
            }
        }
    }
}

/// Whatever a daemon answers, each question ends, and what is wrong with the answer is told.
pub fn worker_protocol(data: &[u8]) {
    let dir = StoreDir::default();
    // The first byte says which question comes first, so that each can be reached early.
    let Some((first, answers)) = data.split_first() else { return };
    let answers = Cursor::new(answers.to_vec());
    let mut daemon = match Connection::over(answers, io::sink(), dir.clone()) {
        Err(error) => return shown(error),
        Ok(daemon) => daemon,
    };
    let path = dir.text_path("x", b"x", &[]).unwrap();
    let targets = [Target::Path(path.clone()), Target::outputs(path.clone())];
    let text = Text { name: "x", text: b"x", references: &[], path: &path };
    let tell = &mut |event: fleet::daemon::Event| {
        let _ = (event.build(), event.log_line(), event.progress());
    };
    for question in (u16::from(*first)..).take(12) {
        let outcome = match question % 12 {
            0 => daemon.set_options(&Options::default(), tell),
            1 => daemon.is_valid_path(&path).map(drop),
            2 => daemon.valid_paths(std::slice::from_ref(&path), true, tell).map(drop),
            3 => daemon.path_info(&path).map(drop),
            4 => daemon.path_of_hash(path.hash_part()).map(drop),
            5 => daemon.missing(&targets).map(drop),
            6 => daemon.outputs(&path).map(drop),
            7 => daemon.build(&targets, tell).map(drop),
            8 => daemon.add_temp_root(&path),
            9 => daemon.add_texts(&[text, text], tell),
            10 => {
                let write = |to: &mut fleet::daemon::Frames<'_>| {
                    to.write_all(b"x").map_err(|error| DaemonError::from(nar::NarError::Io(error)))
                };
                daemon.add("x", Method::Flat, Algorithm::Sha256, &[], write, tell).map(drop)
            }
            _ => daemon.read_path(&path, |archive| Ok::<_, DaemonError>(archive.next().map(drop)?)),
        };
        if let Err(error) = outcome {
            let lost = !error.is_refusal();
            shown(error);
            if lost {
                assert!(matches!(daemon.is_valid_path(&path), Err(DaemonError::Lost)));
                return;
            }
        }
    }
}
