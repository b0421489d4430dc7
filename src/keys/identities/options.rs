//! Where identities are looked for.

use std::ffi::OsString;
use std::path::PathBuf;

/// Where identities are looked for, in this order: the files named on the command line, those in FLEET_IDENTITY
/// (paths with a colon between), `~/.ssh/id_ed25519`, `~/.ssh/id_rsa`, and `$XDG_CONFIG_HOME/fleet/identity`.
///
/// A later place is looked at too when an earlier one has identities; they are all tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityOptions {
    /// `--identity FILE`, as often as wanted.
    pub files: Vec<PathBuf>,
    /// The value of FLEET_IDENTITY.
    pub environment: Option<OsString>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`, usually `~/.config`.
    pub config: Option<PathBuf>,
}

impl IdentityOptions {
    /// These files first, and then what the environment says.
    pub fn from_environment(files: Vec<PathBuf>) -> Self {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
        IdentityOptions { files, environment: std::env::var_os("FLEET_IDENTITY"), home, config }
    }

    /// The files, each once, and whether somebody named it: a file that was named has to be there.
    pub(super) fn paths(&self) -> Vec<(PathBuf, bool)> {
        let named = self.files.iter().cloned();
        let environment = self.environment.iter().flat_map(std::env::split_paths);
        let named = named.chain(environment.filter(|path| !path.as_os_str().is_empty()));
        let ssh =
            self.home.iter().flat_map(|home| ["id_ed25519", "id_rsa"].map(|n| home.join(".ssh").join(n)));
        let config = self.config.iter().map(|config| config.join("fleet").join("identity"));
        let mut paths: Vec<(PathBuf, bool)> = Vec::new();
        for (path, named) in named.map(|path| (path, true)).chain(ssh.chain(config).map(|path| (path, false)))
        {
            if !paths.iter().any(|(other, _)| *other == path) {
                paths.push((path, named));
            }
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_files_come_first_and_none_comes_twice() {
        let options = IdentityOptions {
            files: vec!["b".into(), "/h/.ssh/id_rsa".into()],
            environment: Some("/e1::b:/e2".into()),
            home: Some("/h".into()),
            config: Some("/c".into()),
        };
        let expected = [
            ("b", true),
            ("/h/.ssh/id_rsa", true),
            ("/e1", true),
            ("/e2", true),
            ("/h/.ssh/id_ed25519", false),
            ("/c/fleet/identity", false),
        ];
        assert_eq!(options.paths(), expected.map(|(path, named)| (PathBuf::from(path), named)));
        assert!(IdentityOptions::default().paths().is_empty());
    }
}
