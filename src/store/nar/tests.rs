use super::*;
use std::io::Read;

fn word(text: &[u8]) -> Vec<u8> {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// An archive of words; `#8` is a number.
fn archive(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = word(MAGIC);
    for text in words {
        match text.strip_prefix(b"#") {
            Some(number) => {
                let number: u64 = str::from_utf8(number).unwrap().parse().unwrap();
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            None => bytes.extend(word(text)),
        }
    }
    bytes
}

fn read_all(bytes: &[u8]) -> Result<(), NarError> {
    let mut reader = Reader::new(bytes);
    while reader.next()?.is_some() {}
    reader.finish()
}

fn said(words: &[&[u8]]) -> String {
    read_all(&archive(words)).unwrap_err().to_string()
}

#[test]
fn every_rule_of_the_format_is_kept() {
    assert_eq!(read_all(b"").unwrap_err().to_string(), "bad archive: input doesn't look like a Nix archive");
    assert!(matches!(read_all(&word(b"nix-archive-2")), Err(NarError::NoArchive)));
    assert_eq!(said(&[b"["]), "bad archive: expected tag '(', got '['");
    assert_eq!(said(&[b"(", b"type", b"socket"]), "bad archive: expected a file type, got 'socket'");
    assert_eq!(
        said(&[b"(", b"type", b"symlink", b"target", b""]),
        "bad archive: NAR contains invalid symlink target"
    );
    assert_eq!(
        said(&[b"(", b"type", b"symlink", b"target", b"a\0", b")"]),
        "bad archive: NAR contains invalid symlink target"
    );
    assert_eq!(
        said(&[b"(", b"type", b"regular", b"executable", b"x"]),
        "bad archive: a text of 1 bytes where at most 0 may be"
    );
    assert_eq!(said(&[b"(", b"type", b"regular", b")"]), "bad archive: expected tag 'contents', got ')'");
    let long = [b'x'; 40];
    assert_eq!(said(&[&long]), "bad archive: a text of 40 bytes where at most 32 may be");
    let folder: &[&[u8]] = &[b"(", b"type", b"directory"];
    let with = |words: &[&[u8]]| said(&[folder, words].concat());
    assert_eq!(with(&[b"name"]), "bad archive: expected tag 'entry' or ')', got 'name'");
    for name in [&b""[..], b".", b"..", b"a/b", b"a\0b"] {
        assert!(with(&[b"entry", b"(", b"name", name]).contains("invalid file name"), "{name:?}");
    }
    let entry = |name| [&b"entry"[..], b"(", b"name", name, b"node", b"(", b"type", b"directory", b")", b")"];
    assert_eq!(
        with(&[entry(b"b"), entry(b"a")].concat()),
        "bad archive: NAR directory is not sorted: 'a' comes after 'b'"
    );
    assert!(with(&[entry(b"a"), entry(b"a")].concat()).contains("not sorted"));
    assert!(said(&[b"(", b"type", b"directory", b")", b"more"]).contains("bytes follow its end"));
    read_all(&archive(&[folder, &entry(b"B"), &entry(b"a"), &[b")"]].concat())).unwrap();
}

#[test]
fn padding_is_zero() {
    let whole = archive(&[b"(", b"type", b"regular", b"contents", b"12345", b")"]);
    read_all(&whole).unwrap();
    let at = whole.len() - 17;
    for byte in [at, at - 1, at - 2] {
        let mut bytes = whole.clone();
        assert_eq!(bytes[byte], 0);
        bytes[byte] = 1;
        assert!(matches!(read_all(&bytes), Err(NarError::Padding)), "{byte}");
    }
}

#[test]
fn a_size_that_lies_takes_no_memory() {
    let lie = archive(&[b"(", b"type", b"regular", b"contents", b"#18446744073709551615"]);
    assert!(matches!(read_all(&lie), Err(NarError::Truncated)));
    let mut reader = Reader::new(&lie[..]);
    assert_eq!(reader.next().unwrap(), Some(Event::File { executable: false, size: u64::MAX }));
    assert!(matches!(reader.text(1000), Err(NarError::TooLarge { .. })));
    assert!(matches!(reader.text(usize::MAX), Err(NarError::Truncated)));
}

#[test]
fn depth_has_an_end() {
    let mut bytes = word(MAGIC);
    for _ in 0..=DEPTH {
        for text in [&b"("[..], b"type", b"directory", b"entry", b"(", b"name", b"a", b"node"] {
            bytes.extend(word(text));
        }
    }
    assert!(matches!(read_all(&bytes), Err(NarError::Depth)));
    let mut writer = Writer::new(io::sink());
    for _ in 0..DEPTH {
        writer.directory().unwrap();
        writer.entry(b"a").unwrap();
    }
    assert!(matches!(writer.directory(), Err(NarError::Depth)));
}

#[test]
fn other_things_may_follow_in_the_stream() {
    let mut bytes = archive(&[b"(", b"type", b"symlink", b"target", b"x", b")"]);
    bytes.extend_from_slice(b"next");
    let mut reader = Reader::new(&bytes[..]);
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.into_inner().unwrap(), b"next");
}

#[test]
fn the_writer_refuses_what_is_no_tree() {
    let mut writer = Writer::new(Vec::new());
    assert!(matches!(writer.entry(b"a"), Err(NarError::Misplaced { .. })));
    assert!(matches!(writer.end(), Err(NarError::Misplaced { .. })));
    writer.directory().unwrap();
    assert!(matches!(writer.symlink(b"x"), Err(NarError::Misplaced { .. })));
    writer.entry(b"b").unwrap();
    assert!(matches!(writer.end(), Err(NarError::Misplaced { .. })));
    writer.symlink(b"x").unwrap();
    assert!(matches!(writer.entry(b"a"), Err(NarError::Order { .. })));
    assert!(matches!(writer.entry(b"a/b"), Err(NarError::Name { .. })));
    assert!(matches!(writer.finish(), Err(NarError::Misplaced { .. })));
}

#[test]
fn a_file_that_changes_meanwhile_is_noticed() {
    for contents in [&b"1234"[..], b"123456"] {
        let mut writer = Writer::new(Vec::new());
        assert!(matches!(writer.file(false, 5, contents), Err(NarError::Changed { said: 5 })));
    }
}

#[test]
fn a_large_file_streams() {
    let size = 3_000_001;
    let contents = io::repeat(7).take(size);
    let mut writer = Writer::new(crate::store::Hasher::new(crate::store::Algorithm::Sha256));
    writer.file(true, size, contents).unwrap();
    let hasher = writer.finish().unwrap();
    let whole = vec![7; size as usize];
    assert_eq!(hasher.length(), 3_000_152);
    assert_eq!(hasher.finish(), hash_file(true, &whole).0);
}
