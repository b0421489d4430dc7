//! A fleet in a folder of its own, with real keys made for the test, and the built `fleet` to run in it.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::disallowed_methods, reason = "tests lay out their own files and start the program")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use fleet::keys::pair;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Three machines, two of them web servers; the master `anna`.
pub const FLEET: &str = r#"[fleet]
name = "scratch"

[machine.web1]
system = "x86_64-linux"
tags = ["web"]

[machine.web2]
system = "x86_64-linux"
tags = ["web"]

[machine.db1]
system = "x86_64-linux"

[service.nginx]
machines = ["@web"]
secrets.session-key = { owner = "nginx" }
secrets.tls = { per = "machine", generate = "password" }

[service.postgresql]
machines = ["db1"]
secrets.password = { generate = "password" }
"#;

pub struct Fleet {
    pub base: PathBuf,
    pub root: PathBuf,
}

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// It worked; answers what it said.
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// It failed, and said each of these.
    #[track_caller]
    pub fn fails(self, words: &[&str]) -> Ran {
        assert_ne!(self.code, 0, "it should fail\n{}{}", self.out, self.err);
        self.says(words)
    }

    /// It said each of these on stderr.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Ran {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in:\n{}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

impl Fleet {
    /// The fleet of [`FLEET`].
    pub fn new(name: &str) -> Self {
        Fleet::with(name, FLEET)
    }

    /// A fleet with this fleet.toml and host keys for web1, web2 and db1.
    pub fn with(name: &str, toml: &str) -> Self {
        let base = std::env::temp_dir().join(format!("fleet-test-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&base);
        fs::create_dir_all(base.join("home")).unwrap();
        let base = fs::canonicalize(base).unwrap();
        let fleet = Fleet { root: base.join("fleet"), base };
        fleet.write("fleet.toml", toml);
        let master = pair::ssh("anna").unwrap();
        fs::write(fleet.base.join("anna"), master.private.expose()).unwrap();
        fleet.write("keys/masters/anna.pub", format!("{} anna\n", master.public.line()));
        for machine in ["web1", "web2", "db1"] {
            fleet.host_key(machine);
        }
        fleet
    }

    /// Makes a host key for a machine; its private half lies beside the fleet.
    pub fn host_key(&self, machine: &str) {
        let host = pair::ssh(machine).unwrap();
        fs::write(self.base.join(machine), host.private.expose()).unwrap();
        self.write(&format!("keys/hosts/{machine}.pub"), format!("{}\n", host.public.line()));
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.read(path)).unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.root.join(path).symlink_metadata().is_ok()
    }

    /// Puts other words into fleet.toml.
    #[track_caller]
    pub fn replace(&self, old: &str, new: &str) {
        let text = self.text("fleet.toml");
        assert!(text.contains(old), "{old:?} is not in fleet.toml");
        self.write("fleet.toml", text.replace(old, new));
    }

    /// `fleet` with these arguments, in this fleet, with the master's key as only identity.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_without_identity(arguments);
        command.env("FLEET_IDENTITY", self.base.join("anna"));
        command
    }

    pub fn command_without_identity(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        self.environment(&mut command);
        command
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("HOME", self.base.join("home"))
            .env("XDG_STATE_HOME", self.base.join("state"))
            .env("GIT_CONFIG_GLOBAL", self.base.join("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("FLEET_IDENTITY")
            .env_remove("VISUAL")
            .env_remove("XDG_CONFIG_HOME")
            .env("EDITOR", "false");
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments), b"")
    }

    pub fn run_without_identity(&self, arguments: &[&str]) -> Ran {
        ran(self.command_without_identity(arguments), b"")
    }

    /// `fleet secret set`, without any private key.
    pub fn set(&self, name: &str, value: impl AsRef<[u8]>) -> Ran {
        ran(self.command_without_identity(&["secret", "set", name]), value.as_ref())
    }

    /// `fleet secret set`, by somebody who can open it too.
    pub fn set_as_master(&self, name: &str, value: impl AsRef<[u8]>) -> Ran {
        ran(self.command(&["secret", "set", name]), value.as_ref())
    }

    #[track_caller]
    pub fn show(&self, name: &str) -> String {
        self.run(&["secret", "show", name]).ok().out
    }

    /// The value as this machine opens it.
    #[track_caller]
    pub fn show_as(&self, machine: &str, name: &str) -> Ran {
        let mut command = self.command_without_identity(&["secret", "show", name]);
        command.env("FLEET_IDENTITY", self.base.join(machine));
        ran(command, b"")
    }

    /// Edits with a shell script as the editor; the draft is `$1`.
    pub fn edit(&self, name: &str, script: &str) -> Ran {
        ran(self.edit_command(name, script), b"")
    }

    pub fn edit_command(&self, name: &str, script: &str) -> Command {
        let path = self.base.join("editor");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        let mut command = self.command(&["secret", "edit", name]);
        command.env("EDITOR", format!("sh '{}'", path.display()));
        command.env("FLEET", env!("CARGO_BIN_EXE_fleet"));
        command
    }

    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.net"]).args(arguments);
        command.current_dir(&self.root);
        self.environment(&mut command);
        let ran = ran(command, b"");
        assert_eq!(ran.code, 0, "git {arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    #[track_caller]
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.base);
    }
}

/// Runs a command to its end.
pub fn ran(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that wants no input may be gone before it has read any.
    let _ = child.stdin.take().unwrap().write_all(input);
    finished(child)
}

pub fn finished(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Waits until something is so, ten seconds at most.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("ten seconds went by before {what}");
}

/// True when some file below holds these bytes.
pub fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        fs::read(&path).is_ok_and(|content| content.windows(bytes.len()).any(|part| part == bytes))
    })
}
