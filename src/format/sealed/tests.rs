//! The crate `age` judges what is sealed and read here; Debian's `age` does so in tests/outside.

use super::*;
use crate::format::identity::SshPrivateKey;
use crate::format::{SshAlgorithm, SshPublicKey};
use base64::Engine as _;
use proptest::prelude::*;
use std::io::{Read as _, Write as _};
use std::str::FromStr as _;

/// A key pair made for one test.
pub(super) struct Pair {
    pub(super) recipient: Recipient,
    pub(super) identity: Identity,
    age_recipient: age::x25519::Recipient,
    age_identity: age::x25519::Identity,
}

pub(super) fn pair() -> Pair {
    let age_identity = age::x25519::Identity::generate();
    let age_recipient = age_identity.to_public();
    Pair {
        recipient: Recipient::x25519(&age_recipient.to_string()).unwrap(),
        identity: Identity::x25519(age_identity.to_string().expose_secret()).unwrap(),
        age_recipient,
        age_identity,
    }
}

fn ssh_pair() -> (SshPublicKey, Identity) {
    let key = ssh_key::PrivateKey::random(&mut OsRng, ssh_key::Algorithm::Ed25519).unwrap();
    let text = key.to_openssh(ssh_key::LineEnding::LF).unwrap();
    let public = SshPublicKey::parse(&key.public_key().to_openssh().unwrap()).unwrap();
    match SshPrivateKey::parse(&Sensitive::new(text.as_bytes().to_vec())).unwrap() {
        SshPrivateKey::Open { identity, public: parsed } => {
            assert!(parsed.same_key(&public));
            (public, identity)
        }
        SshPrivateKey::Locked(_) => panic!("it has no passphrase"),
    }
}

/// What the crate makes of it, as plaintext.
fn crate_opens(sealed: &[u8], identity: &dyn age::Identity) -> Option<Vec<u8>> {
    let armor = age::armor::ArmoredReader::new(sealed);
    let mut reader = age::Decryptor::new_buffered(armor).ok()?.decrypt(std::iter::once(identity)).ok()?;
    let mut plaintext = Vec::new();
    reader.read_to_end(&mut plaintext).ok()?;
    Some(plaintext)
}

fn crate_seals(plaintext: &[u8], recipients: &[&dyn age::Recipient], armored: bool) -> Vec<u8> {
    let encryptor = age::Encryptor::with_recipients(recipients.iter().copied()).unwrap();
    let format = if armored { age::armor::Format::AsciiArmor } else { age::armor::Format::Binary };
    let mut out = Vec::new();
    let mut armor = age::armor::ArmoredWriter::wrap_output(&mut out, format).unwrap();
    let mut writer = encryptor.wrap_output(&mut armor).unwrap();
    writer.write_all(plaintext).unwrap();
    writer.finish().unwrap();
    armor.finish().unwrap();
    out
}

fn sensitive(bytes: &[u8]) -> Sensitive {
    Sensitive::new(bytes.to_vec())
}

fn opened(bytes: &[u8], identity: &Identity) -> Result<Vec<u8>, SealError> {
    open(bytes, [identity]).map(|plaintext| plaintext.expose().to_vec())
}

#[test]
fn the_crate_opens_what_we_seal_and_we_open_what_it_seals_at_every_edge_of_a_chunk() {
    let pair = pair();
    for length in [1, 2, 47, 48, 49, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000] {
        let plaintext: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let sealed = seal(&sensitive(&plaintext), [&pair.recipient]).unwrap();
        assert!(sealed.len() <= SEALED_LIMIT && sealed.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assert_eq!(opened(&sealed, &pair.identity).unwrap(), plaintext);
        assert_eq!(crate_opens(&sealed, &pair.age_identity).unwrap(), plaintext, "{length}");
        for armored in [true, false] {
            let theirs = crate_seals(&plaintext, &[&pair.age_recipient], armored);
            assert_eq!(opened(&theirs, &pair.identity).unwrap(), plaintext, "{length}");
            assert_eq!(header(&theirs).unwrap(), Header { stanzas: vec![Stanza::X25519], armored });
        }
    }
}

#[test]
fn a_header_tells_the_readers_without_a_key() {
    let (host, identity) = ssh_pair();
    let master = pair();
    let recipients = [Recipient::ssh(&host).unwrap(), master.recipient];
    let sealed = seal(&sensitive(b"x"), &recipients).unwrap();
    let expected = [Stanza::Ssh { algorithm: SshAlgorithm::Ed25519, tag: host.tag() }, Stanza::X25519];
    assert_eq!(header(&sealed).unwrap().stanzas, expected);
    assert_eq!(opened(&sealed, &identity).unwrap(), b"x");
    assert_eq!(opened(&sealed, &master.identity).unwrap(), b"x");
    assert_eq!(opened(&sealed, &pair().identity), Err(SealError::NoMatch));
}

#[test]
fn an_rsa_key_of_odd_numbers_is_refused_and_nothing_panics() {
    // The parser in the crate takes a byte of a number that has none: ours must stand before it.
    let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let modulus = [&[0][..], &[0xab; 256]].concat();
    for (e, n) in [
        (&[0][..], &modulus[..]),
        (&[][..], &modulus[..]),
        (&[0, 0][..], &modulus[..]),
        (&[1, 0, 1], &[0]),
        (&[1, 0, 1], &[0; 257]),
        (&[1, 0, 1], &[]),
        (&[0x80], &modulus),
        (&[2], &modulus),
        (&[1, 0, 1], &[0xab; 256]),
    ] {
        let wire = [string(b"ssh-rsa"), string(e), string(n)].concat();
        let line = format!("ssh-rsa {}", base64::engine::general_purpose::STANDARD.encode(wire));
        if let Ok(key) = SshPublicKey::parse(&line)
            && let Ok(recipient) = Recipient::ssh(&key)
        {
            let _ = seal(&sensitive(b"x"), [&recipient]);
        }
    }
}

#[test]
fn sealing_twice_shares_no_line() {
    let (host, _) = ssh_pair();
    let recipients = [Recipient::ssh(&host).unwrap()];
    let [one, two] =
        [(); 2].map(|()| String::from_utf8(seal(&sensitive(b"x"), &recipients).unwrap()).unwrap());
    let body = |text: &str| text.lines().skip(2).filter(|l| !l.starts_with('-')).map(str::to_owned).collect();
    let (one, two): (Vec<String>, Vec<String>) = (body(&one), body(&two));
    assert!(!one.is_empty() && one.iter().all(|line| !two.contains(line)));
}

#[test]
fn what_can_not_be_sealed_is_refused() {
    let pair = pair();
    let seal = |bytes: &[u8], to: &[&Recipient]| seal(&sensitive(bytes), to.iter().copied()).map(|_| ());
    assert_eq!(seal(b"", &[&pair.recipient]), Err(SealError::EmptyPlaintext));
    assert_eq!(seal(b"x", &[]), Err(SealError::NoReaders));
    assert_eq!(seal(&vec![0; LIMIT + 1], &[&pair.recipient]), Err(SealError::TooLarge { limit: LIMIT }));
    assert_eq!(seal(&vec![0; LIMIT], &[&pair.recipient]), Ok(()));
}

#[test]
fn damage_is_named_for_what_it_is() {
    let pair = pair();
    let sealed = String::from_utf8(seal(&sensitive(b"a plaintext"), [&pair.recipient]).unwrap()).unwrap();
    let lines: Vec<&str> = sealed.lines().collect();
    let error = |text: &str| {
        let error = opened(text.as_bytes(), &pair.identity).unwrap_err();
        // What is wrong with the armour or the header is seen without a key too.
        if !matches!(error, SealError::Mac | SealError::Payload) {
            assert_eq!(header(text.as_bytes()), Err(error.clone()));
        }
        error
    };
    assert_eq!(error(""), SealError::NotSealed);
    assert_eq!(error("hello\n"), SealError::NotSealed);
    assert_eq!(error(&lines[..lines.len() - 1].join("\n")), SealError::Truncated);
    assert_eq!(error(&format!("{}\n", lines[..3].join("\n"))), SealError::Truncated);
    assert_eq!(error(&sealed[..200]), SealError::Truncated);
    let line = |error| match error {
        SealError::Armor { line, .. } => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line(error(&sealed.replacen("BEGIN", "BEGUN", 1))), 1);
    assert_eq!(line(error(&sealed.replacen(lines[2], &format!("{}!", &lines[2][..63]), 1))), 3);
    assert_eq!(line(error(&sealed.replacen(lines[2], &lines[2][1..], 1))), 3);
    assert_eq!(line(error(&format!("{sealed}more\n"))), lines.len() + 1);
    assert_eq!(line(error(&format!("\n\n{}", sealed.replacen(lines[1], "!", 1)))), 4);
}

#[test]
fn a_changed_header_and_a_changed_content_are_told_apart() {
    let (ours, other) = (pair(), pair());
    let armored = seal(&sensitive(b"a plaintext"), [&ours.recipient, &other.recipient]).unwrap();
    let binary = armor::decode(&armored).unwrap().bytes.into_owned();
    let end = binary.len();
    let mut content = binary.clone();
    content[end - 1] ^= 1;
    assert_eq!(opened(&content, &ours.identity), Err(SealError::Payload));
    // Take the second reader out: the first still unwraps the file key, and the MAC no longer fits.
    let text = binary.iter().map(|byte| char::from(*byte)).collect::<String>();
    let second = text.match_indices("-> X25519").nth(1).unwrap().0;
    let mac = text.find("---").unwrap();
    let without = [&binary[..second], &binary[mac..]].concat();
    assert_eq!(opened(&without, &ours.identity), Err(SealError::Mac));
    for cut in 1..end {
        assert!(opened(&binary[..end - cut], &ours.identity).is_err(), "{cut}");
    }
}

#[test]
fn a_file_cut_between_chunks_is_cut_off_and_one_with_swapped_chunks_is_changed() {
    let pair = pair();
    let armored = seal(&sensitive(&vec![7; 3 * 65_536]), [&pair.recipient]).unwrap();
    let binary = armor::decode(&armored).unwrap().bytes.into_owned();
    let start = binary.len() - 3 * 65_552;
    assert_eq!(opened(&binary[..start + 2 * 65_552], &pair.identity), Err(SealError::Truncated));
    let swapped = [
        &binary[..start],
        &binary[start + 65_552..start + 2 * 65_552],
        &binary[start..start + 65_552],
        &binary[start + 2 * 65_552..],
    ];
    assert_eq!(opened(&swapped.concat(), &pair.identity), Err(SealError::Payload));
}

#[test]
fn larger_than_the_limit_is_refused_without_a_key() {
    let pair = pair();
    let sealed = crate_seals(&vec![0; LIMIT + 1], &[&pair.age_recipient], true);
    assert_eq!(header(&sealed), Err(SealError::TooLarge { limit: LIMIT }));
    assert_eq!(opened(&sealed, &pair.identity), Err(SealError::TooLarge { limit: LIMIT }));
    assert_eq!(header(&vec![b'-'; SEALED_LIMIT + 1]), Err(SealError::TooLarge { limit: SEALED_LIMIT }));
}

#[test]
fn a_passphrase_is_refused_by_name() {
    let mut recipient = age::scrypt::Recipient::new("x".to_owned().into());
    recipient.set_work_factor(2);
    let sealed = crate_seals(b"x", &[&recipient], true);
    assert_eq!(header(&sealed).unwrap().stanzas, [Stanza::Scrypt]);
    assert_eq!(opened(&sealed, &pair().identity), Err(SealError::Passphrase));
}

#[test]
fn an_identity_whose_tag_matches_and_that_fails_is_passed_over() {
    // The stanza's tag is that of `wrong`, and its key that of `right`: as if two keys had one tag.
    struct Forged(SshPublicKey, SshPublicKey);
    impl age::Recipient for Forged {
        fn wrap_file_key(
            &self,
            file_key: &FileKey,
        ) -> Result<(Vec<age_core::format::Stanza>, std::collections::HashSet<String>), age::EncryptError>
        {
            let wrap = |key: &SshPublicKey| {
                age::ssh::Recipient::from_str(&key.line()).unwrap().wrap_file_key(file_key).map(|w| w.0)
            };
            let (mut forged, right) = (wrap(&self.1)?, wrap(&self.1)?);
            forged[0].args[0] = wrap(&self.0)?[0].args[0].clone();
            forged.extend(right);
            Ok((forged, Default::default()))
        }
    }
    let (wrong, wrong_identity) = ssh_pair();
    let (right, right_identity) = ssh_pair();
    let recipient = Recipient::other("forged", Box::new(Forged(wrong, right)));
    let sealed = seal(&sensitive(b"x"), [&recipient]).unwrap();
    assert_eq!(opened(&sealed, &wrong_identity), Err(SealError::Wrapped));
    assert_eq!(open(&sealed, [&wrong_identity, &right_identity]).unwrap().expose(), b"x");
}

#[test]
fn a_locked_key_opens_with_its_passphrase_and_shows_its_public_half_before() {
    let key = ssh_key::PrivateKey::random(&mut OsRng, ssh_key::Algorithm::Ed25519).unwrap();
    let public = SshPublicKey::parse(&key.public_key().to_openssh().unwrap()).unwrap();
    let text = key.encrypt(&mut OsRng, "open").unwrap().to_openssh(ssh_key::LineEnding::LF).unwrap();
    let SshPrivateKey::Locked(locked) =
        SshPrivateKey::parse(&Sensitive::new(text.as_bytes().to_vec())).unwrap()
    else {
        panic!("it has a passphrase")
    };
    assert!(locked.public().same_key(&public));
    assert!(locked.unlock(&sensitive(b"wrong")).is_err() && locked.unlock(&sensitive(b"")).is_err());
    let identity = locked.unlock(&sensitive(b"open")).unwrap();
    let sealed = seal(&sensitive(b"x"), [&Recipient::ssh(&public).unwrap()]).unwrap();
    assert_eq!(opened(&sealed, &identity).unwrap(), b"x");
}

/// Records the stanzas a crate's decryptor shows to identities.
struct Recorder(std::cell::RefCell<Vec<Seen>>);

/// Type, arguments and body.
type Seen = (String, Vec<String>, Vec<u8>);

impl age::Identity for Recorder {
    fn unwrap_stanza(&self, stanza: &age_core::format::Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        self.0.borrow_mut().push((stanza.tag.clone(), stanza.args.clone(), stanza.body.clone()));
        None
    }
}

/// Our reading of a header and the crate's are the same, but for what the comments name.
fn agrees_with_the_crate(bytes: &[u8]) -> Result<(), TestCaseError> {
    let recorder = Recorder(Default::default());
    let theirs = age::Decryptor::new_buffered(age::armor::ArmoredReader::new(bytes)).and_then(|decryptor| {
        decryptor.decrypt(std::iter::once(&recorder as &dyn age::Identity)).map(|_| ())
    });
    let theirs = matches!(theirs, Err(age::DecryptError::NoMatchingKeys));
    let binary = armor::decode(bytes);
    let ours = binary.as_ref().map_err(Clone::clone).and_then(|binary| header::parse(&binary.bytes));
    match (ours, theirs) {
        (Ok(parsed), true) => {
            let ours: Vec<_> = parsed.stanzas().into_iter().map(|s| (s.tag, s.args, s.body)).collect();
            prop_assert_eq!(ours, recorder.0.into_inner());
        }
        (Err(_), false) => {}
        // We look at the whole armour, at the shape of the stanzas whose type we know, and limit the header.
        (Err(_), true) => {}
        // The crate does not take space before the armour, which the format allows; and it wants a nonce at once.
        (Ok(_), false) => {
            let spaced = bytes.first().is_some_and(u8::is_ascii_whitespace);
            let binary = binary.expect("it was parsed");
            let short = header::parse(&binary.bytes).is_ok_and(|p| p.sealed_payload(&binary.bytes).is_err());
            prop_assert!(spaced || short, "the crate refuses what we take");
        }
    }
    Ok(())
}

/// An age file of the crate's with one to four readers, armoured or not.
fn age_file() -> impl Strategy<Value = Vec<u8>> {
    (1..5_usize, any::<bool>(), proptest::collection::vec(any::<u8>(), 1..200)).prop_map(
        |(readers, armored, plaintext)| {
            let pairs: Vec<Pair> = (0..readers).map(|_| pair()).collect();
            let recipients: Vec<&dyn age::Recipient> = pairs.iter().map(|p| &p.age_recipient as _).collect();
            crate_seals(&plaintext, &recipients, armored)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn headers_of_whole_files_are_read_as_the_crate_reads_them(file in age_file()) {
        prop_assert!(header(&file).is_ok());
        agrees_with_the_crate(&file)?;
    }

    #[test]
    fn headers_of_damaged_files_are_read_as_the_crate_reads_them(
        file in age_file(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        let mut file = file;
        for (at, byte, kind) in edits {
            let at = at.index(file.len());
            match kind {
                0 => file[at] = byte,
                1 => file.insert(at, byte),
                2 => { file.remove(at); }
                _ => file[at] = b"\n\r -=A"[usize::from(byte) % 6],
            }
            if file.is_empty() { break; }
        }
        agrees_with_the_crate(&file)?;
        let _ = header(&file);
    }

    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "(age-encryption.org/v1\n)?(-> [a-zA-Z0-9 -]{0,30}\n[A-Za-z0-9+/]{0,70}\n){0,4}(---)? ?[A-Za-z0-9+/]{0,44}\n?") {
        let _ = header(&bytes);
        agrees_with_the_crate(text.as_bytes())?;
        let armored = armor::encode(text.as_bytes());
        agrees_with_the_crate(&armored)?;
    }

    #[test]
    fn armour_is_taken_off_as_it_was_put_on(bytes in proptest::collection::vec(any::<u8>(), 1..300)) {
        let text = armor::encode(&bytes);
        prop_assert_eq!(text.len(), armor::encoded_len(bytes.len(), 1));
        let crlf = String::from_utf8(text.clone()).unwrap().replace('\n', "\r\n");
        for text in [&text[..], crlf.as_bytes(), &[b"\n \t\r\n", &text[..], b" \n"].concat()] {
            let binary = armor::decode(text).unwrap();
            prop_assert!(binary.armored);
            prop_assert_eq!(binary.bytes.as_ref(), &bytes[..]);
        }
    }

    #[test]
    fn what_is_sealed_opens(plaintext in proptest::collection::vec(any::<u8>(), 1..5000)) {
        let pair = pair();
        let sealed = seal(&sensitive(&plaintext), [&pair.recipient]).unwrap();
        prop_assert_eq!(opened(&sealed, &pair.identity).unwrap(), plaintext.clone());
        prop_assert_eq!(crate_opens(&sealed, &pair.age_identity).unwrap(), plaintext);
    }
}
