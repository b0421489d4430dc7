//! Placeholders stand in a derivation for paths that are known only later; Nix replaces them before it builds.

use super::{StorePath, make::output_name};
use crate::store::hash::{Hash, compress_hash, nix32};

/// What stands for an output of the derivation itself: `builtins.placeholder "out"`.
pub fn placeholder(output: &[u8]) -> String {
    let hash = Hash::sha256(&[b"nix-output:", output].concat());
    format!("/{}", nix32(hash.digest()))
}

/// What stands for an output of another derivation whose paths are not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream(Hash);

impl Upstream {
    /// An output of a derivation that is known: one with floating content addresses.
    ///
    /// # Errors
    /// When the path's name does not end in `.drv`.
    pub fn output(derivation: &StorePath, output: &str) -> Result<Self, super::PathError> {
        let name = output_name(derivation.derivation_name()?, output);
        let text = format!("nix-upstream-output:{}:{name}", derivation.hash_part());
        Ok(Upstream(Hash::sha256(text.as_bytes())))
    }

    /// An output of the derivation that this one is going to be (dynamic derivations).
    pub fn dynamic(&self, output: &str) -> Self {
        let folded = nix32(&compress_hash(self.0.digest()));
        Upstream(Hash::sha256(format!("nix-computed-output:{folded}:{output}").as_bytes()))
    }

    /// The text that stands in the derivation.
    pub fn print(&self) -> String {
        format!("/{}", nix32(self.0.digest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_nix() {
        // builtins.placeholder of Nix 2.34.
        for (output, text) in [
            ("out", "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"),
            ("dev", "/02qcpld1y6xhs5gz9bchpxaw0xdhmsp5dv88lh25r2ss44kh8dxz"),
            ("", "/171rf4jhx57xqz3p7swniwkig249cif71pa08p80mgaf0mqz5bmr"),
            ("a b", "/1izdzsvidrzm38sdf385bijjqdkh15yc39hilydh6n0s6999lwfq"),
        ] {
            assert_eq!(placeholder(output.as_bytes()), text);
        }
    }
}
