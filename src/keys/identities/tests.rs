//! Who is asked for what, how often, and what is said when nothing opens.

use super::*;
use crate::keys::{NoPrompt, Recipient, Sealer, pair};
use crate::os::files;
use crate::report::Diagnose as _;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Answers from a list, and remembers the questions.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<&'static str>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    fn new(answers: &[&'static str]) -> Arc<Self> {
        Arc::new(Script { answers: Mutex::new(answers.iter().copied().collect()), ..Script::default() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Prompt for Script {
    fn passphrase(&self, what: &str) -> Option<Sensitive> {
        self.asked.lock().unwrap().push(what.to_owned());
        self.answers.lock().unwrap().pop_front().map(|answer| Sensitive::new(answer.as_bytes().to_vec()))
    }

    fn word(&self, _: &str) -> Option<String> {
        None
    }

    fn confirm(&self, _: &str, _: &str, _: Option<&str>) -> Option<bool> {
        None
    }

    fn say(&self, _: &str) {}

    fn is_interactive(&self) -> bool {
        true
    }
}

/// A folder with identity files, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fleet-identities-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        files::create_folder(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A protected ssh key and its public half.
    fn locked(&self, name: &str, passphrase: &str) -> (PathBuf, Recipient) {
        let pair = pair::ssh("").unwrap();
        let key = ssh_key::PrivateKey::from_openssh(pair.private.expose()).unwrap();
        // Few rounds: the test asks about questions, not about the cost of an answer.
        let kdf = ssh_key::Kdf::Bcrypt { salt: vec![7; 16], rounds: 1 };
        let key = key.encrypt_with(ssh_key::Cipher::Aes256Ctr, kdf, 7, passphrase.as_bytes()).unwrap();
        let text = key.to_openssh(ssh_key::LineEnding::LF).unwrap();
        (self.file(name, text.as_bytes()), Recipient::Ssh(pair.public))
    }

    /// An age identity file that a passphrase protects.
    fn encrypted(&self, name: &str, passphrase: &str) -> (PathBuf, Recipient) {
        let pair = pair::age();
        let mut recipient = age::scrypt::Recipient::new(passphrase.to_owned().into());
        recipient.set_work_factor(2);
        let text = age::encrypt_and_armor(&recipient, pair.private.expose()).unwrap();
        (self.file(name, text.as_bytes()), pair.public)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn load(paths: &[&Path], prompt: Arc<dyn Prompt>) -> Result<Identities, IdentityError> {
    let files = paths.iter().map(|path| path.to_path_buf()).collect();
    Identities::load(&IdentityOptions { files, ..IdentityOptions::default() }, prompt)
}

fn seal(readers: &[&Recipient]) -> Vec<u8> {
    let plaintext = Sensitive::new(b"plaintext".to_vec());
    Sealer::new(Arc::new(NoPrompt)).seal(&plaintext, readers.iter().copied()).unwrap()
}

fn message(result: Result<Sensitive, IdentityError>) -> String {
    result.map(|_| ()).unwrap_err().to_string()
}

#[test]
fn one_passphrase_opens_a_hundred_files_and_three_wrong_ones_are_not_asked_for_again() {
    let folder = Folder::new("once");
    let (path, public) = folder.locked("id", "right");
    let sealed: Vec<_> = (0..100).map(|_| seal(&[&public])).collect();

    let script = Script::new(&["wrong", "right"]);
    let identities = load(&[&path], script.clone()).unwrap();
    assert!(identities.open_silently(&sealed[0]).unwrap().is_none());
    std::thread::scope(|scope| {
        for half in sealed.chunks(50) {
            let identities = &identities;
            scope.spawn(move || {
                half.iter().for_each(|file| assert_eq!(identities.open(file).unwrap().len(), 9))
            });
        }
    });
    assert_eq!(script.asked(), 2);
    assert!(identities.open_silently(&sealed[0]).unwrap().is_some());

    let script = Script::new(&["1", "2", "3", "right"]);
    let identities = load(&[&path], script.clone()).unwrap();
    for file in &sealed {
        assert!(message(identities.open(file)).contains("3 passphrases were wrong"));
    }
    assert_eq!(script.asked(), 3);
}

#[test]
fn nobody_is_asked_for_a_key_that_is_no_reader_or_is_not_needed() {
    let folder = Folder::new("quiet");
    let (locked, locked_public) = folder.locked("locked", "x");
    let (encrypted, encrypted_public) = folder.encrypted("encrypted", "y");
    let open = pair::age();
    let open_path = folder.file("open", open.private.expose());
    let script = Script::new(&["x", "y"]);
    let identities = load(&[&locked, &encrypted, &open_path], script.clone()).unwrap();

    let other = pair::ssh("").unwrap();
    assert_eq!(
        message(identities.open(&seal(&[&Recipient::Ssh(other.public)]))),
        "none of your identities opens it"
    );
    identities.open(&seal(&[&locked_public, &encrypted_public, &open.public])).unwrap();
    assert_eq!(script.asked(), 0);

    identities.open(&seal(&[&encrypted_public, &locked_public])).unwrap();
    assert_eq!(script.asked(), 1);
    for _ in 0..3 {
        identities.open(&seal(&[&encrypted_public])).unwrap();
    }
    assert_eq!(script.asked(), 2);
}

#[test]
fn without_a_terminal_a_protected_key_is_named() {
    let folder = Folder::new("terminal");
    let (path, public) = folder.locked("locked", "x");
    let identities = load(&[&path], Arc::new(NoPrompt)).unwrap();
    let error = message(identities.open(&seal(&[&public])));
    assert!(error.contains(&path.display().to_string()) && error.contains("no terminal"), "{error}");
}

#[test]
fn a_file_that_was_named_must_be_an_identity_and_one_by_default_need_not() {
    let folder = Folder::new("named");
    let public = folder.file(
        "id_rsa",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNQHd9LFV9oxnPzQyLFCGzW8gHL7t1QvF7rkWh6lSKt\n",
    );
    let secret = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ";
    let damaged = folder.file("damaged", format!("# a comment\n\n{secret}\n").as_bytes());
    for (path, words) in [
        (folder.0.join("missing"), "can't use an identity"),
        (public.clone(), "is no identity"),
        (folder.file("empty", b""), "is no identity"),
        (folder.file("comments", b"# nothing\n"), "has no identity"),
        (folder.file("late", b"# mine\n-----BEGIN OPENSSH PRIVATE KEY-----\n"), "line 2 begins an ssh key"),
        (damaged, "line 3 is a damaged age identity"),
        (folder.0.clone(), "can't use an identity"),
    ] {
        let error = load(&[&path], Arc::new(NoPrompt)).map(|_| ()).unwrap_err();
        let report = crate::report::Report::from(error);
        let text = report.render(false);
        assert!(report.message.contains(words), "{text}");
        assert!(!text.contains(secret), "an error shows a private key");
    }
    files::create_folder(folder.0.join(".ssh")).unwrap();
    std::fs::rename(&public, folder.0.join(".ssh/id_rsa")).unwrap();
    let options = IdentityOptions { home: Some(folder.0.clone()), ..IdentityOptions::default() };
    let identities = Identities::load(&options, Arc::new(NoPrompt)).unwrap();
    let sealed = seal(&[&pair::age().public]);
    let error = identities.open(&sealed).map(|_| ()).unwrap_err();
    assert!(error.hints().iter().any(|hint| hint.contains("passed over") && hint.contains("id_rsa")));
}

#[test]
fn a_damaged_file_is_told_from_one_that_is_not_ours() {
    let ours = pair::age();
    let folder = Folder::new("damaged");
    let identities = load(&[&folder.file("id", ours.private.expose())], Arc::new(NoPrompt)).unwrap();
    let sealed = seal(&[&ours.public]);
    assert!(message(identities.open(&sealed[..sealed.len() - 40])).contains("cut off"));
    assert_eq!(message(identities.open(b"")), "it is no age file");
    let nothing = Identities::load(&IdentityOptions::default(), Arc::new(NoPrompt)).unwrap();
    assert!(nothing.is_empty());
    assert_eq!(message(nothing.open(&sealed)), "there is no identity to open it with");
}
