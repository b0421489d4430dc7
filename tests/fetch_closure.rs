//! Store paths out of binary caches, as `nix copy` lays them out: what their names prove is taken, all else is refused.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out its own files, and fails where one can't be had"
)]

mod fetching;

use fetching::{Scratch, TREE_SHA256};
use fleet::store::{Form, Hash, nar};
use std::fs;

const TOP: &str = "/nix/store/jk1rx5m5lm272dr9carb0ycnh2p81qfx-top";
const TEXT: &str = "/nix/store/4mgwa7vz0f82prmkk8xi3jny5zs3bdzr-text";

/// The archive of the tree that Nix gave [`TOP`].
fn top() -> Vec<u8> {
    let mut writer = nar::Writer::new(Vec::new());
    writer.directory().unwrap();
    writer.entry(b"empty").unwrap();
    writer.directory().unwrap();
    writer.end().unwrap();
    writer.entry(b"file").unwrap();
    writer.file(false, 6, &b"hello\n"[..]).unwrap();
    writer.entry(b"link").unwrap();
    writer.symlink(b"file").unwrap();
    writer.entry(b"run").unwrap();
    writer.file(true, 10, &b"#!/bin/sh\n"[..]).unwrap();
    writer.end().unwrap();
    writer.finish().unwrap()
}

/// The archive of a text that refers to [`TOP`].
fn text() -> Vec<u8> {
    let text = format!("see {TOP}");
    let mut writer = nar::Writer::new(Vec::new());
    writer.file(false, text.len() as u64, text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

/// Puts a path into a binary cache; the fields that are given take the place of the right ones.
fn put(cache: &str, path: &str, archive: &[u8], compression: &str, fields: &[(&str, &str)]) {
    let name = path.strip_prefix("/nix/store/").unwrap();
    let packed = match compression {
        "zstd" => ruzstd::encoding::compress_to_vec(archive, ruzstd::encoding::CompressionLevel::Fastest),
        _ => archive.to_vec(),
    };
    fs::create_dir_all(format!("{cache}/nar")).unwrap();
    fs::write(format!("{cache}/nar/{name}"), packed).unwrap();
    let hash = Hash::sha256(archive).print_prefixed(Form::Nix32);
    let (size, address) = (archive.len().to_string(), format!("fixed:r:{hash}"));
    let url = format!("nar/{name}");
    let mut info = String::new();
    for (name, right) in [
        ("StorePath", path),
        ("URL", &url),
        ("Compression", compression),
        ("NarHash", &hash),
        ("NarSize", &size),
        ("References", ""),
        ("CA", &address),
    ] {
        let value = fields.iter().find(|(field, _)| *field == name).map_or(right, |(_, value)| value);
        info.push_str(&format!("{name}: {value}\n"));
    }
    fs::write(format!("{cache}/{}.narinfo", &name[..32]), info).unwrap();
}

fn fetch(cache: &str, path: &str) -> String {
    format!("builtins.fetchClosure {{ fromStore = \"file://{cache}\"; fromPath = {path}; }}")
}

#[test]
fn a_path_comes_with_all_that_it_refers_to() {
    for compression in ["none", "zstd"] {
        let scratch = Scratch::new(&format!("closure-{compression}"));
        let cache = scratch.0.join("bc").display().to_string();
        let address = "text:sha256:0rxvfsrr894jwnrjwis2abdbcd3j8qjpr9aj07w02dw6g1crcb0c";
        put(&cache, TOP, &top(), compression, &[]);
        put(&cache, TEXT, &text(), compression, &[("References", &TOP[11..]), ("CA", address)]);
        let read = format!(
            "let t = {}; in [ t (builtins.readFile t) (builtins.readFile \"{TOP}/link\") ]",
            fetch(&cache, TEXT)
        );
        let wanted = format!("[ \"{TEXT}\" \"see {TOP}\" \"hello\\n\" ]");
        assert_eq!(scratch.eval(&["--pure-eval", "-E", &read]).unwrap(), wanted);
        let again = format!("[ (toString ({})) ]", fetch(&cache, TOP));
        assert_eq!(scratch.value(&again), format!("[ \"{TOP}\" ]"));
    }
}

#[test]
fn what_its_name_does_not_prove_is_refused() {
    let scratch = Scratch::new("closure-bad");
    let cache = scratch.0.join("bc").display().to_string();
    let wrong = Hash::sha256(b"other").print_prefixed(Form::Nix32);
    let other = format!("fixed:r:{wrong}");
    let mut cut = top();
    cut.truncate(500);
    let right = format!("sha256:{TREE_SHA256}");
    let size = top().len().to_string();
    for (archive, compression, fields, wanted) in [
        (top(), "br", vec![], "packed with 'br'"),
        (top(), "none", vec![("NarHash", wrong.as_str())], "hash mismatch"),
        (top(), "none", vec![("NarSize", "700")], "longer than the 700 bytes told"),
        (top(), "none", vec![("NarSize", "900")], "size mismatch: specified 900, got 880 bytes"),
        (
            cut,
            "none",
            vec![("NarHash", right.as_str()), ("NarSize", size.as_str())],
            "jk1rx5m5lm272dr9carb0ycnh2p81qfx-top'",
        ),
        (top(), "none", vec![("CA", other.as_str())], "content mismatch"),
        (top(), "none", vec![("CA", "")], "is input-addressed, but 'inputAddressed' is set to 'false'"),
        (top(), "none", vec![("StorePath", TEXT)], "it describes another path"),
    ] {
        put(&cache, TOP, &archive, compression, &fields);
        let said = scratch.failure(&["-E", &fetch(&cache, TOP)]);
        assert!(said.contains(wanted), "{fields:?}: {said}");
    }
    // A right archive under another name.
    let elsewhere = TOP.replace("jk1r", "0000");
    put(&cache, &elsewhere, &top(), "none", &[]);
    let said = scratch.failure(&["-E", &fetch(&cache, &elsewhere)]);
    assert!(said.contains(&format!("its content makes it '{TOP}'")), "{said}");
    let said = scratch.failure(&["-E", &fetch(&cache, TEXT)]);
    assert!(said.contains("does not exist"), "{said}");
}
