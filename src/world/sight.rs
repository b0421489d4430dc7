//! What evaluation may see: everything, only what it was given, or in pure mode only what it made itself.

use super::RealWorld;
use crate::nix::input::url::Url;
use crate::nix::paths;
use crate::nix::world::{Answer, WorldError};
use std::fs;

/// What evaluation may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Every file and every address.
    Everything,
    /// The search path, the store, what evaluation gave a store path, and addresses that begin with one of these.
    Restricted {
        /// Prefixes of addresses, as `--allowed-uris` gives them.
        addresses: Vec<String>,
    },
    /// What evaluation gave a store path.
    Pure,
}

impl RealWorld {
    /// Refuses a path of a file system that evaluation may not see: the path itself, and where its links lead, the one
    /// at its end if `last`. The path is absolute and tidy.
    pub(super) fn check_path(&self, path: &str, last: bool) -> Answer<()> {
        let refused = |path: &str, reason| {
            WorldError::Forbidden(format!("access to absolute path '{path}' is forbidden {reason}"))
        };
        match &self.sight {
            Sight::Everything => Ok(()),
            Sight::Pure => Err(refused(path, "in pure evaluation mode (use '--impure' to override)")),
            Sight::Restricted { .. } => {
                let reason = "in restricted mode";
                if !self.is_granted(path) {
                    return Err(refused(path, reason));
                }
                let followed = if last { path } else { paths::parent(path) };
                // What is not there leads nowhere.
                let Ok(real) = fs::canonicalize(followed) else { return Ok(()) };
                let real = real.to_string_lossy();
                if self.is_granted(&real) { Ok(()) } else { Err(refused(&real, reason)) }
            }
        }
    }

    /// Whether the search path or the store grants a path; the folders above what is granted can be walked through.
    pub(super) fn is_granted(&self, path: &str) -> bool {
        let below = |path: &str, folder: &str| {
            folder == "/"
                || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.store.dir().contains(path)
            || self.search_path.iter().any(|(_, granted)| below(path, granted) || below(granted, path))
    }

    /// Refuses an address that evaluation may not ask.
    pub(super) fn check_address(&self, address: &str) -> Answer<()> {
        let Sight::Restricted { addresses } = &self.sight else { return Ok(()) };
        let is_searched = |entry: &str| crate::nix::input::channel_url(entry) == address;
        if addresses.iter().any(|prefix| is_within(address, prefix))
            || self.search_path.iter().any(|(_, entry)| is_searched(entry))
        {
            return Ok(());
        }
        if address.starts_with('/') {
            return self.check_path(&paths::tidy(address), true);
        }
        if let Ok(url) = Url::parse(address)
            && url.scheme == "file"
            && let Ok(path) = url.file_path()
        {
            return self.check_path(&paths::tidy(&path), true);
        }
        Err(WorldError::Forbidden(format!("access to URI '{address}' is forbidden in restricted mode")))
    }
}

/// Whether an address is a prefix or in a folder of it: `https://github.co` does not open `https://github.com`.
fn is_within(address: &str, prefix: &str) -> bool {
    let Some(rest) = address.strip_prefix(prefix) else { return false };
    let is_scheme = |prefix: &str| {
        prefix.strip_suffix(':').is_some_and(|scheme| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
    };
    rest.is_empty()
        || !prefix.is_empty() && (prefix.ends_with('/') || rest.starts_with('/') || is_scheme(prefix))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_prefix_opens_folders_and_schemes() {
        for (address, prefix) in [
            ("https://github.com/NixOS", "https://github.com"),
            ("https://github.com/NixOS", "https://github.com/"),
            ("https://a", "https://a"),
            ("github:a/b", "github:"),
        ] {
            assert!(is_within(address, prefix), "{address} {prefix}");
        }
        for (address, prefix) in [
            ("https://github.com/NixOS", "https://github.co"),
            ("https://a", ""),
            ("https://a", "https:/b"),
            ("github:a/b", "github"),
        ] {
            assert!(!is_within(address, prefix), "{address} {prefix}");
        }
    }
}
