//! The way over ssh: the program `ssh` is started, as the user and Nix have set it up, and at its other end a daemon.

/// A machine and the daemon on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ssh {
    /// With the user, if one was named.
    host: String,
    port: Option<u16>,
    /// `ssh-key`: a private key's file; none if it is empty.
    pub key: String,
    pub compress: bool,
    /// `remote-program`
    pub program: Vec<String>,
    /// `remote-store`: what that program is to open, if it is not its own; none if it is empty.
    pub store: String,
}

impl Ssh {
    /// The machine that `[USER@]HOST[:PORT]` names; an IPv6 address stands in brackets. None when that is no name, or one
    /// that ssh would take for an option.
    pub fn new(name: &str) -> Option<Self> {
        let (user, place) = match name.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, name),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (address, after) = rest.split_once(']')?;
                (address, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = port.map(|port| port.parse().ok()).map_or(Some(None), |port| port.map(Some))?;
        if [Some(host), user].into_iter().flatten().any(|part| part.is_empty() || part.starts_with('-')) {
            return None;
        }
        Some(Ssh {
            host: user.map_or(host.to_owned(), |user| format!("{user}@{host}")),
            port,
            key: String::new(),
            compress: false,
            program: vec!["nix-daemon".into()],
            store: String::new(),
        })
    }

    /// The command that leads there. `options` is NIX_SSHOPTS: words as a shell splits them.
    pub fn command(&self, options: Option<&str>) -> Vec<String> {
        let mut command = vec!["ssh".to_owned()];
        command.extend(words(options.unwrap_or_default()));
        if !self.key.is_empty() {
            command.extend(["-i".to_owned(), self.key.clone()]);
        }
        if self.compress {
            command.push("-C".into());
        }
        if let Some(port) = self.port {
            command.extend(["-p".to_owned(), port.to_string()]);
        }
        command.push(self.host.clone());
        command.extend(self.program.iter().cloned());
        command.push("--stdio".into());
        if !self.store.is_empty() {
            // A shell over there takes the words apart again.
            let store =
                shlex::try_quote(&self.store).map_or_else(|_| self.store.clone(), |quoted| quoted.into());
            command.extend(["--store".to_owned(), store]);
        }
        command
    }
}

/// Words as a shell splits them.
pub(super) fn words(text: &str) -> Vec<String> {
    shlex::split(text).unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_nix_come_first_and_keep_their_words() {
        let ssh = Ssh::new("me@host").unwrap();
        assert_eq!(
            ssh.command(Some("-p 22 -o 'ProxyCommand=nc %h 1'")),
            ["ssh", "-p", "22", "-o", "ProxyCommand=nc %h 1", "me@host", "nix-daemon", "--stdio"]
        );
    }

    #[test]
    fn names_that_ssh_would_misread_are_none() {
        for name in
            ["", "@host", "me@", "-x", "me@-x", "-x@host", "host:", "host:70000", "[::1", "[::1]22", ":22"]
        {
            assert_eq!(Ssh::new(name), None, "{name}");
        }
    }
}
