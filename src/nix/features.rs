//! Experimental features: what Nix knows and refuses unless it is asked for by name.
//!
//! Only those that change what an expression means are here. Flakes and what belongs to them need no asking.

use super::error::{Error, Kind};

/// Which features are on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `|>` and `<|`
    pub pipe_operators: bool,
    /// `fromTOML` reads dates and times.
    pub toml_timestamps: bool,
    /// `__contentAddressed = true` in a derivation.
    pub ca_derivations: bool,
    /// `__impure = true` in a derivation.
    pub impure_derivations: bool,
    /// `outputHashMode = "text"` in a derivation.
    pub dynamic_derivations: bool,
    /// `outputHashMode = "git"` in a derivation.
    pub git_hashing: bool,
}

impl Features {
    /// Turns on what a list in the manner of `--extra-experimental-features` names; other features change nothing here.
    pub fn enable(&mut self, list: &str) {
        for word in list.split_ascii_whitespace() {
            match word {
                "pipe-operators" => self.pipe_operators = true,
                "parse-toml-timestamps" => self.toml_timestamps = true,
                "ca-derivations" => self.ca_derivations = true,
                "impure-derivations" => self.impure_derivations = true,
                "dynamic-derivations" => self.dynamic_derivations = true,
                "git-hashing" => self.git_hashing = true,
                _ => {}
            }
        }
    }
}

/// That a feature is needed, in Nix's words; `why` is empty or ` (…)`.
pub(super) fn disabled(feature: &str, why: &str) -> Error {
    Error::new(
        Kind::Other,
        format!(
            "experimental Nix feature '{feature}' is disabled{why}; \
             add '--extra-experimental-features {feature}' to enable it"
        ),
    )
}
