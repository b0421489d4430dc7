//! `fleet demo`: the main job from nothing, in a new folder, with keys made for it. No root, no Nix, no network.
//!
//! Each step is a command a user would type, run by this same program; what the demo does besides (an editor's
//! keystrokes, a stranger's host key) is shown as the shell line that would do it. The folder stays, to play with.

use super::Context;
use crate::format::Sensitive;
use crate::keys::pair;
use crate::os::{Process, files, git};
use crate::report::{Report, Reports};
use clap::Args;
use std::path::PathBuf;

/// Make a small fleet in a new folder and walk through the main job, step by step
#[derive(Args)]
pub struct Arguments {
    /// A folder that does not exist yet
    #[arg(value_name = "DIR", default_value = "fleet-demo")]
    folder: PathBuf,
}

/// What a person would write into fleet.toml after `fleet init` and three `fleet machine add`.
const SERVICES: &str = r#"
[service.nginx]
machines = ["@web"]                                   # whoever has the tag reads the secrets
secrets.session-key = { mode = "0400", restart = ["nginx.service"] }
secrets.tls = { per = "machine", generate = "password" }
"#;

const MESH: &str = r#"
[mesh.wireg0]
subnet = "10.88.127.0/24"
listen_port = 2108
hubs = ["gate"]
keepalive = 25
"#;

impl Arguments {
    /// Walks through all steps; stops at the first that fails.
    ///
    /// # Errors
    /// When the folder exists, or a step fails.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let folder = context.folder.join(&self.folder);
        if folder.exists() {
            return Err(Report::error(format!("`{}` exists already", folder.display()))
                .hint("name a folder that does not: `fleet demo DIR`, or remove this one")
                .into());
        }
        files::create_folder(&folder).map_err(Report::from)?;
        let folder = std::fs::canonicalize(&folder)
            .map_err(|error| Report::error(format!("can't open `{}`", folder.display())).because(error))?;
        let mut demo = Demo::new(context, folder)?;
        demo.found()?;
        demo.declare_services()?;
        demo.keep_a_secret()?;
        demo.grow()?;
        demo.activate()?;
        demo.explain();
        Ok(())
    }
}

/// Git looks for a repository below this folder alone: what the demo commits must not land in the user's own, in which it
/// may well be run.
const NO_GIT_ABOVE: &str = "GIT_CEILING_DIRECTORIES";

struct Demo<'a, 'b> {
    context: &'a mut Context<'b>,
    program: PathBuf,
    /// Holds the fleet and what is not the fleet's: private keys, an editor, a pretend host.
    folder: PathBuf,
    step: usize,
    git: bool,
}

impl<'a, 'b> Demo<'a, 'b> {
    fn new(context: &'a mut Context<'b>, folder: PathBuf) -> Result<Self, Reports> {
        let program = std::env::current_exe()
            .map_err(|error| Report::error("can't find the program that is running").because(error))?;
        let git = git::run(&folder, ["--version"]).is_ok();
        Ok(Demo { context, program, folder, step: 0, git })
    }

    /// A new fleet of three machines with fresh keys and a mesh.
    fn found(&mut self) -> Result<(), Reports> {
        self.title("a master key, and a fleet that it may open");
        let master = pair::age();
        self.keep("master.txt", master.private.expose(), 0o600)?;
        self.keep("master.pub", format!("{}\n", master.public.line()).as_bytes(), 0o644)?;
        self.fleet(&[
            "init",
            "fleet",
            "--name",
            "demo",
            "--domain",
            "example.net",
            "--master",
            "master.pub",
        ])?;
        self.append("fleet.toml", MESH)?;

        self.title("three machines; each brings the ssh host key that opens its secrets");
        for (name, arguments) in [
            ("gate", &["--endpoint", "gate.example.net:2108", "--public", "gate.example.net"][..]),
            ("web1", &["--tag", "web"][..]),
            ("store", &["--tag", "storage", "--lan", "192.0.2.3"][..]),
        ] {
            self.host(name)?;
            let key = format!("../hosts/{name}/ssh_host_ed25519_key.pub");
            let mut words = vec!["machine", "add", name, "--host-key", &key];
            words.extend(arguments);
            self.fleet(&words)?;
        }
        self.fleet(&["machine", "list"])
    }

    fn declare_services(&mut self) -> Result<(), Reports> {
        self.title("a service that owns secrets");
        self.append("fleet.toml", SERVICES)?;
        self.fleet(&["secret", "generate", "nginx/tls"])
    }

    fn keep_a_secret(&mut self) -> Result<(), Reports> {
        self.title("a secret, written in an editor; the plaintext never touches a disk");
        self.keep("editor", b"#!/bin/sh\nprintf 'correct horse battery staple\\n' > \"$1\"\n", 0o755)?;
        self.shown("cat ../editor      # an editor that types for you")?;
        self.fleet(&["secret", "edit", "nginx/session-key"])?;
        self.fleet(&["secret", "list"])?;
        self.fleet(&["check"])?;
        self.commit("A fleet of three machines")
    }

    fn grow(&mut self) -> Result<(), Reports> {
        self.title("a fourth machine: what changes for the others");
        self.host("web2")?;
        // Without the master's key at hand, the machine is added and the secrets it should read wait for a rekey.
        let key = "../hosts/web2/ssh_host_ed25519_key.pub";
        self.run(&["machine", "add", "web2", "--tag", "web", "--host-key", key], false)?;
        if self.git {
            self.shell("git --no-pager diff -U1 -- peers fleet.toml")?;
        }
        self.fleet(&["wg", "reach", "web2", "store"])?;

        self.title("rekey: seal again what the new machine may read, and nothing else");
        self.fleet(&["secret", "rekey"])?;
        self.fleet(&["secret", "why", "nginx/session-key", "web2"])?;
        self.fleet(&["check"])?;
        self.commit("A second web server")
    }

    fn activate(&mut self) -> Result<(), Reports> {
        self.title("on the host: web2 opens what it may read (into a pretend root)");
        self.shell_words("$FLEET machine manifest web2 > ../hosts/web2/secrets.json", |demo| {
            let output = Process::new(&demo.program)
                .folder(&demo.fleet_folder())
                .args(["machine", "manifest", "web2"]);
            let output = output.run().map_err(Report::from)?;
            demo.keep("hosts/web2/secrets.json", &output.stdout, 0o644)
        })?;
        self.fleet(&[
            "activate",
            "--root",
            "../hosts/web2/root",
            "--manifest",
            "../hosts/web2/secrets.json",
            "--identity",
            "../hosts/web2/ssh_host_ed25519_key",
            "--allow-disk",
        ])?;
        self.shell("ls -l ../hosts/web2/root/run/nginx-keys/")?;
        self.shell("cat ../hosts/web2/root/run/nginx-keys/session-key")
    }

    fn explain(&mut self) {
        let folder = self.folder.display().to_string();
        self.context.console.answer(format!(
            "\nAll of it is in {folder}: play with it.\n\n    cd {folder}/fleet\n    export FLEET_IDENTITY=../master.txt\n    \
             fleet secret show nginx/session-key\n    fleet wg graph --format svg > mesh.svg\n    fleet --help\n"
        ));
    }

    // ── how a step is shown and run ──────────────────────────────────────────────────────────────────────────

    fn title(&mut self, text: &str) {
        self.step += 1;
        let step = self.step;
        self.context.console.answer(format!("\n── {step}. {text}\n"));
    }

    fn fleet_folder(&self) -> PathBuf {
        let folder = self.folder.join("fleet");
        if folder.join("fleet.toml").exists() { folder } else { self.folder.clone() }
    }

    /// Shows a command and runs it in the fleet's folder, with the master's key at hand.
    fn fleet(&mut self, words: &[&str]) -> Result<(), Reports> {
        self.run(words, true)
    }

    fn run(&mut self, words: &[&str], identity: bool) -> Result<(), Reports> {
        let shown = shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "));
        self.context.console.answer(format!("\n$ fleet {shown}\n"));
        let folder = self.fleet_folder();
        // The demo's own keys and state: it must not read the user's keys, nor ask for their passphrases.
        let identities = if identity { self.folder.join("master.txt") } else { PathBuf::new() };
        let process = Process::new(&self.program)
            .folder(&folder)
            .args(words)
            .env("FLEET_IDENTITY", identities)
            .env("HOME", &self.folder)
            .env("XDG_STATE_HOME", self.folder.join("state"))
            .env(NO_GIT_ABOVE, &self.folder)
            .env("EDITOR", self.folder.join("editor"))
            .env("VISUAL", self.folder.join("editor"));
        self.finish(&format!("fleet {shown}"), process)
    }

    fn shell(&mut self, line: &str) -> Result<(), Reports> {
        self.context.console.answer(format!("\n$ {line}\n"));
        let process = Process::new("sh").args(["-c", line]).folder(&self.fleet_folder());
        let process = process.env(NO_GIT_ABOVE, &self.folder);
        self.finish(line, process)
    }

    fn finish(&mut self, shown: &str, process: Process) -> Result<(), Reports> {
        match process.interactive() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Report::error(format!("the step `{shown}` failed"))
                .hint("if you changed nothing, this is a bug of fleet: please report it with this output")
                .into()),
            Err(error) => Err(Report::from(error).into()),
        }
    }

    /// Shows a shell line and does what it says by other means.
    fn shell_words(
        &mut self,
        line: &str,
        act: impl FnOnce(&mut Self) -> Result<(), Reports>,
    ) -> Result<(), Reports> {
        self.context.console.answer(format!("\n$ {}\n", line.replace("$FLEET", "fleet")));
        act(self)
    }

    fn shown(&mut self, line: &str) -> Result<(), Reports> {
        self.shell(line)
    }

    fn append(&mut self, file: &str, text: &str) -> Result<(), Reports> {
        self.context.console.answer(format!("\n$ cat >> {file} <<'END'{text}END\n"));
        let path = self.folder.join("fleet").join(file);
        let old = files::read_text(&path).map_err(Report::from)?;
        files::write(&path, format!("{old}{text}").as_bytes(), 0o644).map_err(Report::from)?;
        Ok(())
    }

    fn commit(&mut self, title: &str) -> Result<(), Reports> {
        if !self.git {
            return Ok(());
        }
        // An identity of the demo's own: a fresh machine has none, and git would refuse.
        self.shell(&format!(
            "git add --all && git -c user.name=demo -c user.email=demo@example.net commit --quiet -m '{title}'"
        ))
    }

    fn keep(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), Reports> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            files::create_folder(folder).map_err(Report::from)?;
        }
        files::write(&path, bytes, mode).map_err(Report::from)?;
        Ok(())
    }

    /// A machine's own key, as its first boot makes it.
    fn host(&mut self, name: &str) -> Result<(), Reports> {
        let key = pair::ssh(&format!("root@{name}")).map_err(Report::from)?;
        let file = format!("hosts/{name}/ssh_host_ed25519_key");
        let write = |demo: &Self, name: &str, text: &Sensitive, mode| demo.keep(name, text.expose(), mode);
        write(self, &file, &key.private, 0o600)?;
        self.keep(&format!("{file}.pub"), format!("{} root@{name}\n", key.public.line()).as_bytes(), 0o644)
    }
}
