//! The test vectors of age-encryption.org, as the crate `age` ships them: each opened by us and by the crate
//!
//! Nothing of them is copied here: they are read from the crate's source, where cargo unpacked it.
#![allow(clippy::disallowed_methods, reason = "the test starts cargo, to ask where the crate lies")]

use age::secrecy::ExposeSecret as _;
use fleet::format::sealed::{self, Identity, SealError};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Command;

/// How many vectors age 0.12.1 has.
const COUNT: usize = 123;

/// Where we differ from what a vector expects.
const OURS: &[(&str, &str)] = &[
    ("stanza_missing_body", LEGACY),
    ("stanza_missing_final_line", LEGACY),
    (
        "armor_garbage_leading",
        "a file that begins with neither marker is refused as none of ours, not as damaged armour",
    ),
    ("stream_257_chunks", TOO_LARGE),
    ("stream_257_chunks_full", TOO_LARGE),
    ("stream_258_chunks", TOO_LARGE),
];

/// Where the crate differs.
const CRATE: &[(&str, &str)] = &[
    ("stanza_missing_body", LEGACY),
    ("stanza_missing_final_line", LEGACY),
    ("armor_whitespace_outside", "the crate looks for the begin marker in the first byte"),
    ("armor_garbage_leading", NO_ARMOR),
    ("armor_lowercase", NO_ARMOR),
    ("armor_whitespace_begin", NO_ARMOR),
    ("armor_wrong_type", NO_ARMOR),
];

const TOO_LARGE: &str = "a plaintext of more than 16 MiB is refused, and the message says so";
const LEGACY: &str =
    "early versions of rage left out the empty line after a full one, and their files still have to open";
const NO_ARMOR: &str =
    "the crate takes a begin marker that is damaged for a file without armour, and calls it a bad header";

/// What a vector expects, or what came.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The plaintext's SHA-256.
    Success(String),
    Armor,
    Header,
    Mac,
    NoMatch,
    Payload,
}

struct Vector {
    name: String,
    expected: Outcome,
    identities: Vec<age::x25519::Identity>,
    passphrase: Option<String>,
    file: Vec<u8>,
}

#[test]
fn every_vector_ends_as_it_says_or_is_named_here_with_the_reason() {
    let Some(folder) = folder() else {
        println!("skipped: age_vectors: the source of the crate age is not where cargo says it is");
        return;
    };
    let mut vectors: Vec<Vector> = std::fs::read_dir(folder)
        .expect("the folder was just found")
        .map(|entry| Vector::read(&entry.expect("the folder can be listed").path()))
        .collect();
    vectors.sort_by(|one, two| one.name.cmp(&two.name));
    assert_eq!(vectors.len(), COUNT, "another version of the crate has other vectors: look at them");
    let mut wrong = Vec::new();
    for vector in &vectors {
        let mut judge = |who: &str, came: &str, right: bool, deviations: &[(&str, &str)]| {
            let named = deviations.iter().any(|(name, _)| *name == vector.name);
            if right == named {
                let word = if right { "is named as a deviation and is none" } else { "deviates" };
                wrong.push(format!(
                    "{}: {who} {word}: expected {:?}, came {came}",
                    vector.name, vector.expected
                ));
            }
        };
        if vector.passphrase.is_some() && vector.name != "scrypt_uppercase" {
            // A secret of a fleet is never sealed with a passphrase: no machine could type it.
            let came = vector.ours();
            let refused = matches!(came, Err(SealError::Passphrase | SealError::Header { .. }));
            judge("fleet", &format!("{:?}", came.map(hex)), refused, OURS);
        } else {
            let came = vector.ours();
            judge("fleet", &format!("{:?}", came.as_ref().map(|p| hex(p.clone()))), vector.fits(&came), OURS);
        }
        let came = vector.the_crate();
        judge("the crate", &format!("{came:?}"), came == vector.expected, CRATE);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let passphrases = vectors.iter().filter(|vector| vector.passphrase.is_some()).count();
    println!(
        "{COUNT} vectors ({passphrases} with a passphrase, which fleet refuses by name), {} deviations of fleet, {} of the crate",
        OURS.len(),
        CRATE.len()
    );
}

impl Vector {
    /// Lines of `key: value`, an empty line, and the file.
    fn read(path: &std::path::Path) -> Self {
        let bytes = std::fs::read(path).expect("the vector can be read");
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("a vector has an empty line");
        let head = std::str::from_utf8(&bytes[..end]).expect("a vector's head is text");
        let all = |key: &str| -> Vec<String> {
            let values = head.lines().filter_map(|line| line.split_once(": "));
            values.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).collect()
        };
        let one = |key: &str| all(key).into_iter().next();
        let expected = match one("expect").expect("a vector expects something").as_str() {
            "success" => Outcome::Success(one("payload").expect("a success has a payload")),
            "armor failure" => Outcome::Armor,
            "header failure" => Outcome::Header,
            "HMAC failure" => Outcome::Mac,
            "no match" => Outcome::NoMatch,
            "payload failure" => Outcome::Payload,
            other => panic!("{}: unknown expectation {other:?}", path.display()),
        };
        let mut file = bytes[end + 2..].to_vec();
        if one("compressed").as_deref() == Some("zlib") {
            file = miniz_oxide::inflate::decompress_to_vec_zlib(&file).expect("a vector's zlib is whole");
        }
        Vector {
            name: path.file_name().expect("it is a file").to_string_lossy().into_owned(),
            expected,
            identities: all("identity").iter().map(|text| text.parse().expect("it is an identity")).collect(),
            passphrase: one("passphrase"),
            file,
        }
    }

    fn ours(&self) -> Result<Vec<u8>, SealError> {
        let identities: Vec<Identity> = self.identities.iter().map(ours).collect();
        sealed::open(&self.file, &identities).map(|plaintext| plaintext.expose().to_vec())
    }

    fn fits(&self, came: &Result<Vec<u8>, SealError>) -> bool {
        match came {
            Ok(plaintext) => self.expected == Outcome::Success(hex(plaintext.clone())),
            Err(SealError::Armor { .. }) => self.expected == Outcome::Armor,
            Err(
                SealError::Header { .. }
                | SealError::NotSealed
                | SealError::Version { .. }
                | SealError::Wrapped,
            ) => self.expected == Outcome::Header,
            Err(SealError::Mac) => self.expected == Outcome::Mac,
            Err(SealError::NoMatch) => self.expected == Outcome::NoMatch,
            Err(SealError::Payload) => self.expected == Outcome::Payload,
            // A file that ends too early is called so, whatever part of it is missing.
            Err(SealError::Truncated) => {
                matches!(self.expected, Outcome::Armor | Outcome::Header | Outcome::Payload)
            }
            Err(_) => false,
        }
    }

    fn the_crate(&self) -> Outcome {
        let scrypt = self.passphrase.clone().map(|passphrase| {
            let mut identity = age::scrypt::Identity::new(passphrase.into());
            identity.set_max_work_factor(16);
            identity
        });
        let identities = self.identities.iter().map(|identity| identity as &dyn age::Identity);
        let identities = identities.chain(scrypt.iter().map(|identity| identity as &dyn age::Identity));
        let armor = age::armor::ArmoredReader::new(&self.file[..]);
        match age::Decryptor::new_buffered(armor).and_then(|decryptor| decryptor.decrypt(identities)) {
            Ok(mut reader) => {
                let mut plaintext = Vec::new();
                match reader.read_to_end(&mut plaintext) {
                    Ok(_) => Outcome::Success(hex(plaintext)),
                    Err(error) if is_armor(&error) => Outcome::Armor,
                    Err(_) => Outcome::Payload,
                }
            }
            Err(age::DecryptError::Io(error)) if is_armor(&error) => Outcome::Armor,
            Err(age::DecryptError::InvalidMac) => Outcome::Mac,
            Err(age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed) => Outcome::NoMatch,
            Err(_) => Outcome::Header,
        }
    }
}

/// The same identity as fleet takes it.
fn ours(identity: &age::x25519::Identity) -> Identity {
    Identity::x25519(identity.to_string().expose_secret()).expect("it is an identity")
}

fn is_armor(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<age::armor::ArmoredReadError>())
}

fn hex(bytes: Vec<u8>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The vectors' folder, in the source of the crate that this package is built with.
fn folder() -> Option<PathBuf> {
    // For this platform alone: crates that others need were never downloaded.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(std::env::var_os("CARGO")?)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let package = metadata["packages"].as_array()?.iter().find(|package| package["name"] == "age")?;
    let folder = PathBuf::from(package["manifest_path"].as_str()?).with_file_name("tests/testdata/testkit");
    folder.is_dir().then_some(folder)
}
