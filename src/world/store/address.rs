//! A store's address: what `--store` and `NIX_REMOTE` name, and the way from it to a daemon.

use super::ssh::{Ssh, words};
use crate::daemon::{Connection, DaemonError};
use crate::nix::paths;
use crate::os::Process;
use crate::report::Report;
use crate::store::StoreDir;
use std::path::{Path, PathBuf};

/// Where a store is, and how its daemon is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The folder that its paths are named after.
    pub dir: StoreDir,
    /// The folder that they lie in on this machine; none for a store on another one.
    pub real: Option<PathBuf>,
    way: Way,
    /// Nobody named it: it is where a daemon would be.
    assumed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Socket(PathBuf),
    /// A program whose standard streams lead to a daemon, and its arguments.
    Command(Vec<String>),
    Ssh(Ssh),
    /// There is no store, only names.
    Nowhere,
}

impl Default for Address {
    /// The store of this machine, if it has one.
    fn default() -> Self {
        let mut address = Address::of(Way::Socket(default_socket()), StoreDir::default());
        address.assumed = true;
        address
    }
}

impl Address {
    /// The store that `--store` names, else NIX_REMOTE, else the one of this machine. NIX_STORE_DIR says what its paths
    /// are named after, where the name itself does not.
    ///
    /// # Errors
    /// When it names none.
    pub fn find(option: Option<&str>) -> Result<Self, Report> {
        let variable = |name| std::env::var(name).ok();
        let dir = match variable("NIX_STORE_DIR").or_else(|| variable("NIX_STORE")) {
            Some(dir) if dir.starts_with('/') => StoreDir::parse(&paths::tidy(&dir)),
            Some(dir) => StoreDir::parse(&dir),
            None => Ok(StoreDir::default()),
        };
        let dir = dir.map_err(|error| {
            Report::usage(error.to_string()).hint("NIX_STORE_DIR says what store paths begin with")
        })?;
        let remote = variable("NIX_REMOTE");
        Address::parse_in(option.or(remote.as_deref()).unwrap_or_default(), dir)
    }

    /// Reads an address as Nix does: `daemon`, `unix://SOCKET`, `ssh-ng://HOST`, `local`, or a folder with a store of its
    /// own below it; `dummy://` is none at all, for evaluating alone; `command:WORDS` is ours, for any program that ends
    /// in `nix-daemon --stdio`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, Report> {
        Address::parse_in(text, StoreDir::default())
    }

    fn parse_in(text: &str, dir: StoreDir) -> Result<Self, Report> {
        if let Some(words) = text.strip_prefix("command:") {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            if words.is_empty() {
                return Err(Report::usage("`command:` names no program")
                    .hint("say for example `command:nix-daemon --stdio`"));
            }
            return Ok(Address::of(Way::Command(words), dir));
        }
        let (place, settings) = text.split_once('?').unwrap_or((text, ""));
        let way = match place {
            "" | "auto" | "daemon" => Way::Socket(default_socket()),
            // The daemon's program opens such a store itself, without a daemon.
            "local" => Way::Command(direct(text)),
            _ if place.starts_with('/') => Way::Command(direct(text)),
            _ => match place.split_once("://") {
                Some(("unix", "")) => Way::Socket(default_socket()),
                Some(("unix", socket)) => Way::Socket(socket.into()),
                Some(("local", "")) => Way::Command(direct(text)),
                Some(("dummy", "")) => Way::Nowhere,
                Some(("ssh-ng", host)) => Way::Ssh(Ssh::new(host).ok_or_else(|| unknown(text))?),
                _ => return Err(unknown(text)),
            },
        };
        let mut address = Address::of(way, dir);
        address.assumed = place.is_empty() || place == "auto";
        address.set(place.starts_with('/').then(|| place.into()), settings)?;
        Ok(address)
    }

    fn of(way: Way, dir: StoreDir) -> Self {
        let real = Some(PathBuf::from(dir.as_str()));
        Address { dir, real, way, assumed: false }
    }

    /// What stands behind the `?`: `name=value`, with `&` between them. A store may lie in a folder with a root of its own.
    fn set(&mut self, mut root: Option<PathBuf>, settings: &str) -> Result<(), Report> {
        let mut real = None;
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
            let value = unescaped(value);
            match (name, &mut self.way) {
                ("root", _) => root = Some(value.into()),
                ("real", _) => real = Some(value.into()),
                ("store", _) => {
                    self.dir = StoreDir::parse(&value).map_err(|error| Report::usage(error.to_string()))?;
                    self.real = Some(PathBuf::from(self.dir.as_str()));
                }
                ("remote-program", Way::Ssh(ssh)) => ssh.program = words(&value),
                ("remote-store", Way::Ssh(ssh)) => ssh.store = value,
                ("ssh-key", Way::Ssh(ssh)) => ssh.key = value,
                ("compress", Way::Ssh(ssh)) => ssh.compress = value == "true",
                // The others say how Nix itself would use the connection.
                _ => {}
            }
        }
        if let Some(root) = root {
            self.real = Some(root.join(self.dir.as_str().trim_start_matches('/')));
        }
        self.real = match self.way {
            Way::Ssh(_) => None,
            _ => real.or(self.real.take()),
        };
        Ok(())
    }

    /// Whether it is worth asking: somebody named it, or there is a socket where one would be.
    pub fn is_likely(&self) -> bool {
        match &self.way {
            Way::Socket(socket) => !self.assumed || socket.exists(),
            Way::Command(_) | Way::Ssh(_) => true,
            Way::Nowhere => false,
        }
    }

    /// Connects to the daemon.
    ///
    /// # Errors
    /// When there is none.
    pub fn connect(&self) -> Result<Connection, DaemonError> {
        match &self.way {
            Way::Socket(socket) => Connection::open(socket, self.dir.clone()),
            Way::Command(words) => self.run(words),
            Way::Ssh(ssh) => self.run(&ssh.command(std::env::var("NIX_SSHOPTS").ok().as_deref())),
            Way::Nowhere => Err(DaemonError::NoStore),
        }
    }

    fn run(&self, words: &[String]) -> Result<Connection, DaemonError> {
        let command = Process::new(&words[0]).args(&words[1..]);
        // What NIX_REMOTE names is where this program leads to, not where it shall go on to.
        Connection::run(command.env("NIX_REMOTE", ""), b"", self.dir.clone())
    }
}

fn direct(store: &str) -> Vec<String> {
    ["nix-daemon", "--stdio", "--store", store].map(str::to_owned).to_vec()
}

/// Where Nix has it, which an installation may have moved.
fn default_socket() -> PathBuf {
    if let Some(socket) = std::env::var_os("NIX_DAEMON_SOCKET_PATH") {
        return socket.into();
    }
    let state = std::env::var_os("NIX_STATE_DIR").unwrap_or_else(|| "/nix/var/nix".into());
    Path::new(&state).join("daemon-socket/socket")
}

/// `%2F` and its kin are bytes.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|two| str::from_utf8(two).ok());
        match digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn unknown(text: &str) -> Report {
    Report::usage(format!("`{text}` is no store that a Nix daemon leads to")).hint(
        "a store is named `daemon`, `unix:///path/to/socket`, `ssh-ng://host`, `local`, `/folder`, `dummy://` or \
         `command:program arguments`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn command(text: &str) -> String {
        match parsed(text).way {
            Way::Command(words) => words.join(" "),
            Way::Ssh(ssh) => ssh.command(None).join(" "),
            other => panic!("{text} is {other:?}"),
        }
    }

    #[test]
    fn a_socket_may_lead_to_a_store_in_another_folder() {
        let plain = parsed("unix:///run/socket");
        assert_eq!(plain.way, Way::Socket("/run/socket".into()));
        assert_eq!(plain.real.as_deref(), Some(Path::new("/nix/store")));
        let root = parsed("unix:///run/socket?root=/mnt%2fx&trusted=1");
        assert_eq!(root.real.as_deref(), Some(Path::new("/mnt/x/nix/store")));
        let own = parsed("unix:///run/socket?store=/gnu/store&real=/elsewhere");
        assert_eq!((own.dir.as_str(), own.real.as_deref()), ("/gnu/store", Some(Path::new("/elsewhere"))));
        assert!(parsed("daemon").is_likely() && parsed("unix:///nowhere").is_likely());
        let assumed = Address { assumed: true, ..parsed("unix:///nowhere") };
        assert!(!assumed.is_likely(), "nobody named it, and nothing is there");
    }

    #[test]
    fn other_stores_are_reached_through_programs() {
        assert_eq!(command("ssh-ng://me@host"), "ssh me@host nix-daemon --stdio");
        assert_eq!(
            command("ssh-ng://host?remote-program=sudo%20nix-daemon"),
            "ssh host sudo nix-daemon --stdio"
        );
        assert_eq!(parsed("ssh-ng://host").real, None);
        assert_eq!(
            command("ssh-ng://me@host:2222?ssh-key=/k&compress=true&remote-store=/a%20b"),
            "ssh -i /k -C -p 2222 me@host nix-daemon --stdio --store '/a b'"
        );
        assert_eq!(command("ssh-ng://[::1]:22"), "ssh -p 22 ::1 nix-daemon --stdio");
        assert_eq!(command("command:a b  c"), "a b c");
        assert_eq!(command("/tmp/s"), "nix-daemon --stdio --store /tmp/s");
        assert_eq!(parsed("/tmp/s").real.as_deref(), Some(Path::new("/tmp/s/nix/store")));
        assert_eq!(command("local?root=/tmp/s"), "nix-daemon --stdio --store local?root=/tmp/s");
        assert_eq!(parsed("local?root=/tmp/s").real.as_deref(), Some(Path::new("/tmp/s/nix/store")));
    }

    #[test]
    fn paths_may_be_named_after_another_folder() {
        let own = |text| Address::parse_in(text, StoreDir::parse("/gnu/store").unwrap()).unwrap();
        assert_eq!(
            (own("").dir.as_str(), own("").real.as_deref()),
            ("/gnu/store", Some(Path::new("/gnu/store")))
        );
        assert_eq!(own("/tmp/s").real.as_deref(), Some(Path::new("/tmp/s/gnu/store")));
        assert_eq!(own("daemon?store=/b").dir.as_str(), "/b");
        assert_eq!(own("/tmp/s?store=/b").real.as_deref(), Some(Path::new("/tmp/s/b")));
        assert!(!own("dummy://").is_likely() && own("dummy://").connect().is_err());
    }

    #[test]
    fn what_is_no_store_is_refused() {
        for text in [
            "https://cache.example.net",
            "ssh-ng://",
            "ssh-ng://-oProxyCommand=x",
            "ssh-ng://a@-b",
            "ssh-ng://h:x",
            "command: ",
            "x",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
