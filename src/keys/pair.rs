//! New key pairs, from the system's random source.
//!
//! The private half is text that ends in a newline, as the format's own tool writes it, and never leaves [`Sensitive`].

use super::recipient::Recipient;
use crate::format::{KeyError, Sensitive, SshPublicKey, WgPublicKey};
use age::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::{OsRng, RngCore as _};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize as _, Zeroizing};

/// A key pair: the private half as text, the public half as a type.
pub struct Pair<P> {
    /// The private key's text.
    pub private: Sensitive,
    /// The public key.
    pub public: P,
}

/// An ssh-ed25519 pair: an OpenSSH private key file without a passphrase, and its public key.
///
/// # Errors
/// When the comment can't stand in a key file: it has a line end.
pub fn ssh(comment: &str) -> Result<Pair<SshPublicKey>, KeyError> {
    let damaged = |_| KeyError::Damaged { kind: "ssh-ed25519" };
    if comment.chars().any(char::is_control) {
        return Err(KeyError::Damaged { kind: "ssh-ed25519" });
    }
    let mut key = ssh_key::PrivateKey::random(&mut OsRng, ssh_key::Algorithm::Ed25519).map_err(damaged)?;
    key.set_comment(comment);
    let text = key.to_openssh(ssh_key::LineEnding::LF).map_err(damaged)?;
    let public = SshPublicKey::parse(&key.public_key().to_openssh().map_err(damaged)?)?;
    Ok(Pair { private: copy(text.as_bytes()), public })
}

/// A WireGuard pair, as `wg genkey` and `wg pubkey` make it.
pub fn wireguard() -> Pair<WgPublicKey> {
    let mut bytes = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *bytes);
    // RFC 7748, section 5. x25519 does this too; `wg genkey` writes the key so, and tools compare the text.
    bytes[0] &= 248;
    bytes[31] = (bytes[31] & 127) | 64;
    let secret = StaticSecret::from(*bytes);
    let public = WgPublicKey(PublicKey::from(&secret).to_bytes());
    Pair { private: wireguard_text(&bytes), public }
}

/// A WireGuard pre-shared key, as `wg genpsk` makes it.
pub fn wireguard_preshared() -> Sensitive {
    let mut bytes = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *bytes);
    wireguard_text(&bytes)
}

/// The public half of a WireGuard private key, as `wg pubkey` prints it.
///
/// # Errors
/// When the text is no WireGuard key.
pub fn wireguard_public(private: &Sensitive) -> Result<WgPublicKey, KeyError> {
    let damaged = || KeyError::Damaged { kind: "WireGuard" };
    let text = private.expose_str().ok_or_else(damaged)?.trim();
    // Room for one byte more than a key has: 44 characters may hold 33.
    let mut bytes = Zeroizing::new([0; 33]);
    match STANDARD.decode_slice(text, &mut *bytes) {
        Ok(32) if text.len() == 44 => {}
        _ => return Err(damaged()),
    }
    let mut key = [0; 32];
    key.copy_from_slice(&bytes[..32]);
    let secret = StaticSecret::from(key);
    key.zeroize();
    Ok(WgPublicKey(PublicKey::from(&secret).to_bytes()))
}

/// An X25519 pair: an age identity, and its `age1…` recipient.
pub fn age() -> Pair<Recipient> {
    let identity = age::x25519::Identity::generate();
    let text = identity.to_string();
    let mut private = Zeroizing::new(Vec::with_capacity(text.expose_secret().len() + 1));
    private.extend_from_slice(text.expose_secret().as_bytes());
    private.push(b'\n');
    Pair { private: private.into(), public: Recipient::X25519(identity.to_public().to_string()) }
}

fn wireguard_text(bytes: &[u8; 32]) -> Sensitive {
    let mut text = Zeroizing::new(vec![0; 45]);
    STANDARD.encode_slice(bytes, &mut text).expect("32 bytes are 44 characters");
    text[44] = b'\n';
    text.into()
}

fn copy(bytes: &[u8]) -> Sensitive {
    Sensitive::new(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::identity::SshPrivateKey;

    #[test]
    fn halves_belong_together_and_no_two_pairs_are_alike() {
        let pair = ssh("web1").unwrap();
        let parsed = SshPrivateKey::parse(&pair.private).unwrap();
        assert!(parsed.public().same_key(&pair.public) && pair.public.comment() == "web1");
        assert!(ssh("two\nlines").is_err());

        let (one, two) = (wireguard(), wireguard());
        assert_eq!(wireguard_public(&one.private).unwrap(), one.public);
        assert!(one.public != two.public);

        let age = age();
        let identity: age::x25519::Identity = age.private.expose_str().unwrap().trim().parse().unwrap();
        assert_eq!(age.public.line(), identity.to_public().to_string());
    }

    #[test]
    fn what_is_no_wireguard_key_is_refused() {
        let key = wireguard_preshared();
        let text = key.expose_str().unwrap().trim().to_owned();
        for bad in ["", "x", &text[..43], &format!("{text}A"), &text.replace('=', "A")] {
            assert!(wireguard_public(&Sensitive::new(bad.as_bytes().to_vec())).is_err(), "{bad}");
        }
    }
}
