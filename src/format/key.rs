//! Public keys as people write them: one line of text, parsed once into what may be sealed to or connected with.

use super::small_order;
use crate::report::Diagnose;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Why a line is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing but space and comments.
    #[error("there is no key in it")]
    Empty,
    /// A private key stands where a public one belongs.
    #[error("this is a private key: it must never stand in a fleet's repository")]
    Private,
    /// More than one key where one belongs.
    #[error("it holds {0} keys where one belongs")]
    Several(usize),
    /// A kind of key that age can't seal to, or that is too weak.
    #[error("a key of type `{kind}` is not supported: {reason}")]
    Unsupported {
        /// The algorithm's name.
        kind: String,
        /// Why not.
        reason: &'static str,
    },
    /// It looks like a key of this kind and is damaged.
    #[error("it is no valid {kind} key")]
    Damaged {
        /// What it looked like.
        kind: &'static str,
    },
    /// What is sealed to it, everybody can open.
    #[error("it is a point of small order: whatever is sealed to it, everybody can open")]
    SmallOrder,
    /// Looks like nothing we know.
    #[error("it is no key that fleet knows")]
    Unknown,
}

impl Diagnose for KeyError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            KeyError::Private => "remove it, make a new pair, and put the `.pub` half here".into(),
            KeyError::Unsupported { .. } => "use an ssh-ed25519 key: `ssh-keygen -t ed25519`".into(),
            KeyError::Damaged { kind: "WireGuard" } => {
                "a WireGuard key is 44 characters of base64, as `wg pubkey` prints it".into()
            }
            KeyError::SmallOrder => {
                "no program makes such a key: find out who put it there, and take the owner's own key".into()
            }
            _ => "write one line: `ssh-ed25519 AAAA…`, `ssh-rsa AAAA…`, or `age1…`".into(),
        }]
    }
}

/// An OpenSSH public key that age can seal to: ssh-ed25519, or ssh-rsa of at least 2048 bits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SshPublicKey {
    algorithm: SshAlgorithm,
    wire: Vec<u8>,
    comment: String,
}

/// The two algorithms age has stanzas for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SshAlgorithm {
    /// RFC 8709.
    Ed25519,
    /// RFC 4253, section 6.6.
    Rsa,
}

impl SshAlgorithm {
    /// The name in key lines, which is also the type of age's stanza.
    pub fn as_str(self) -> &'static str {
        match self {
            SshAlgorithm::Ed25519 => "ssh-ed25519",
            SshAlgorithm::Rsa => "ssh-rsa",
        }
    }
}

impl SshPublicKey {
    /// Parses the line of a `.pub` file: type, base64, and a comment perhaps.
    ///
    /// # Errors
    /// Says which types are supported, or that the base64 is damaged.
    pub fn parse(line: &str) -> Result<Self, KeyError> {
        let line = line.trim();
        let kind = line.split_whitespace().next().ok_or(KeyError::Empty)?;
        let unsupported = |reason| KeyError::Unsupported { kind: kind.chars().take(40).collect(), reason };
        if kind.starts_with("sk-") {
            return Err(unsupported("age can't open with a security key over ssh; use its age plugin"));
        }
        if kind.starts_with("ecdsa-") || kind == "ssh-dss" {
            return Err(unsupported("age knows ssh-ed25519 and ssh-rsa"));
        }
        let algorithm = match kind {
            "ssh-ed25519" => SshAlgorithm::Ed25519,
            "ssh-rsa" => SshAlgorithm::Rsa,
            _ => return Err(KeyError::Unknown),
        };
        let damaged = KeyError::Damaged { kind: algorithm.as_str() };
        let key = ssh_key::PublicKey::from_openssh(line).map_err(|_| damaged.clone())?;
        if key.key_data().ed25519().is_some_and(|key| small_order::ed25519(&key.0)) {
            return Err(KeyError::SmallOrder);
        }
        if let Some(rsa) = key.key_data().rsa() {
            let n = rsa.n.as_positive_bytes().unwrap_or_default();
            let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
            if bits < 2048 {
                return Err(unsupported("an RSA key needs at least 2048 bits"));
            }
            if bits > 4096 {
                return Err(unsupported("age seals to RSA keys of at most 4096 bits"));
            }
        }
        let wire = key.to_bytes().map_err(|_| damaged.clone())?;
        // The crate forgives a wrong length inside the key, OpenSSH does not, and a tag would be of another key.
        let written = line.split_whitespace().nth(1).and_then(|text| STANDARD.decode(text).ok());
        if written.as_deref() != Some(&wire) {
            return Err(damaged);
        }
        Ok(SshPublicKey { algorithm, wire, comment: key.comment().to_owned() })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> SshAlgorithm {
        self.algorithm
    }

    /// The key in RFC 4253's wire format.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// What follows the key in its line; usually `user@host`.
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Type and base64, without a comment: as known_hosts has it.
    pub fn line(&self) -> String {
        format!("{} {}", self.algorithm.as_str(), STANDARD.encode(&self.wire))
    }

    /// The first four bytes of SHA-256 over the wire format: what an age stanza says of its reader.
    /// A hint, not a proof.
    pub fn tag(&self) -> [u8; 4] {
        let hash = Sha256::digest(&self.wire);
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// As `ssh-keygen -l` shows it: `SHA256:…`.
    pub fn fingerprint(&self) -> String {
        let hash = Sha256::digest(&self.wire);
        format!("SHA256:{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(hash))
    }

    /// True when both are the same key, whatever their comments say.
    pub fn same_key(&self, other: &SshPublicKey) -> bool {
        self.wire == other.wire
    }
}

impl FromStr for SshPublicKey {
    type Err = KeyError;
    fn from_str(line: &str) -> Result<Self, KeyError> {
        SshPublicKey::parse(line)
    }
}

/// A WireGuard public key: a point of Curve25519.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WgPublicKey(pub [u8; 32]);

impl WgPublicKey {
    /// Parses 44 characters of base64, as `wg pubkey` prints them.
    ///
    /// # Errors
    /// When it is no base64 of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let damaged = || KeyError::Damaged { kind: "WireGuard" };
        let text = text.trim();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() != 44 {
            return Err(damaged());
        }
        let bytes = STANDARD.decode(text).map_err(|_| damaged())?;
        Ok(WgPublicKey(bytes.try_into().map_err(|_| damaged())?))
    }

    /// True for the few keys with which everybody agrees on the same secret; all zeros is one of them.
    pub fn is_small_order(&self) -> bool {
        small_order::x25519(&self.0)
    }
}

impl fmt::Display for WgPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_the_one_age_writes() {
        // Made for this test with ssh-keygen; `age -R` wrote the stanza `-> ssh-ed25519 <tag>`.
        let key = SshPublicKey::parse(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJNQHd9LFV9oxnPzQyLFCGzW8gHL7t1QvF7rkWh6lSKt a comment",
        )
        .unwrap();
        assert_eq!(key.comment(), "a comment");
        assert_eq!(key.tag().len(), 4);
        assert!(key.fingerprint().starts_with("SHA256:"));
    }

    #[test]
    fn keys_that_can_not_be_sealed_to_are_refused_with_a_reason() {
        for (line, word) in [
            ("ecdsa-sha2-nistp256 AAAA x", "not supported"),
            ("sk-ssh-ed25519@openssh.com AAAA", "not supported"),
            ("ssh-ed25519 AAAA", "no valid"),
            ("ssh-ed25519", "no valid"),
            ("hello", "no key"),
            ("", "no key"),
        ] {
            let error = SshPublicKey::parse(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
    }

    #[test]
    fn a_key_that_everybody_has_is_refused() {
        let line = |key: [u8; 32]| {
            let key = ssh_key::PublicKey::from(ssh_key::public::Ed25519PublicKey(key));
            SshPublicKey::parse(&key.to_openssh().unwrap())
        };
        let mut one = [0; 32];
        one[0] = 1;
        for key in [[0; 32], one] {
            assert_eq!(line(key), Err(KeyError::SmallOrder));
            assert!(WgPublicKey(key).is_small_order());
        }
        assert!(line([3; 32]).is_ok() && !WgPublicKey([3; 32]).is_small_order());
    }

    #[test]
    fn an_rsa_key_has_2048_to_4096_bits() {
        let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
        let key = |bits: usize| {
            let mut n = vec![0xff; bits.div_ceil(8)];
            n[0] = 0xff >> (n.len() * 8 - bits);
            // A number whose first bit is set has a zero before it (RFC 4251, section 5).
            if n[0] & 0x80 != 0 {
                n.insert(0, 0);
            }
            let wire = [string(b"ssh-rsa"), string(&[1, 0, 1]), string(&n)].concat();
            SshPublicKey::parse(&format!("ssh-rsa {}", STANDARD.encode(wire)))
        };
        for (bits, right) in
            [(1024, false), (2047, false), (2048, true), (3072, true), (4096, true), (4097, false)]
        {
            let parsed = key(bits);
            assert_eq!(parsed.is_ok(), right, "{bits}: {parsed:?}");
            assert!(right || parsed.unwrap_err().to_string().contains("bits"));
        }
    }

    #[test]
    fn a_key_whose_bytes_are_not_those_of_its_line_is_damaged() {
        // The length before the key's 32 bytes is 0x00020900 here; found by fuzzing.
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAIJAAUyGj2ejNF3lpGBqrtnzRM/oCueav+k5LjOT8KnHeJG";
        assert_eq!(SshPublicKey::parse(line), Err(KeyError::Damaged { kind: "ssh-ed25519" }));
    }

    #[test]
    fn a_wireguard_key_prints_as_it_was_read() {
        let text = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
        assert_eq!(WgPublicKey::parse(text).unwrap().to_string(), text);
        for bad in ["", "x", &text[..43], "!TIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="] {
            assert!(WgPublicKey::parse(bad).is_err(), "{bad}");
        }
    }
}
