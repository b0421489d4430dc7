//! Readers with ssh keys: how a file key is wrapped for an ssh-ed25519 key, and unwrapped with one or an ssh-rsa key.
//!
//! An ed25519 key is a point of the curve that X25519 works on, written in another way. So a file key is wrapped as for
//! an `age1…` key, with one more factor, the tweak, that depends on the public key (age's `ssh-ed25519` stanza):
//!
//! ```text
//! share  = X25519(ephemeral, base point)
//! secret = X25519(tweak, X25519(ephemeral, public))      tweak = HKDF(salt = ssh key, info = label)
//! key    = HKDF(salt = share || public, ikm = secret, info = label), and body = ChaCha20-Poly1305(key, file key)
//! ```
//!
//! Both multiplications are one here, as half of it is the same for every file: that is what makes a rekey of a
//! thousand secrets quick. The crate `age` judges the outcome in both directions.

use super::error::SealError;
use crate::format::{SshAlgorithm, SshPublicKey};
use age::{DecryptError, EncryptError};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::primitives::{aead_decrypt, aead_encrypt, hkdf};
use age_core::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use curve25519_dalek::traits::IsIdentity as _;
use rand_core::{OsRng, RngCore as _};
use rsa::Oaep;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::HashSet;
use zeroize::{Zeroize as _, Zeroizing};

const ED25519_LABEL: &[u8] = b"age-encryption.org/v1/ssh-ed25519";
const RSA_LABEL: &str = "age-encryption.org/v1/ssh-rsa";

/// An ssh-ed25519 public key, prepared for wrapping many file keys.
pub(super) struct Ed25519Recipient {
    tag: String,
    /// The public key as X25519 writes it.
    public: MontgomeryPoint,
    /// The public key times the tweak.
    tweaked: EdwardsPoint,
}

impl Ed25519Recipient {
    pub(super) fn new(key: &SshPublicKey) -> Result<Self, SealError> {
        let failed =
            |reason: &str| SealError::Recipient { reader: key.fingerprint(), reason: reason.to_owned() };
        let point = point_of(key).ok_or_else(|| failed("it is no point of the curve"))?;
        // A file key wrapped for such a key opens for everybody.
        if point.is_small_order() {
            return Err(failed("it is a weak key, made to be opened by everybody"));
        }
        let tweaked = point.mul_clamped(tweak(key));
        Ok(Ed25519Recipient {
            tag: STANDARD_NO_PAD.encode(key.tag()),
            public: point.to_montgomery(),
            tweaked,
        })
    }
}

impl age::Recipient for Ed25519Recipient {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let mut ephemeral = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(&mut *ephemeral);
        let share = EdwardsPoint::mul_base_clamped(*ephemeral).to_montgomery();
        let secret = Zeroizing::new(self.tweaked.mul_clamped(*ephemeral).to_montgomery().to_bytes());
        let key = wrapping_key(&share, &self.public, &secret);
        let stanza = Stanza {
            tag: SshAlgorithm::Ed25519.as_str().to_owned(),
            args: vec![self.tag.clone(), STANDARD_NO_PAD.encode(share.as_bytes())],
            body: aead_encrypt(&key, file_key.expose_secret()),
        };
        Ok((vec![stanza], HashSet::new()))
    }
}

/// An ssh-ed25519 private key. Wiped when it is dropped.
pub(super) struct Ed25519Identity {
    tag: [u8; 4],
    public: MontgomeryPoint,
    /// The private scalar's eighth, times the tweak.
    scalar: Zeroizing<Scalar>,
}

impl Ed25519Identity {
    /// From the seed of an ed25519 key (RFC 8032, section 5.1.5) and its public half; `None` when they do not belong
    /// together.
    pub(super) fn new(seed: &[u8; 32], key: &SshPublicKey) -> Option<Self> {
        let mut hash = Sha512::digest(seed);
        let mut private = Zeroizing::new([0; 32]);
        private.copy_from_slice(&hash[..32]);
        hash.as_mut_slice().zeroize();
        let point = EdwardsPoint::mul_base_clamped(*private);
        if point_of(key)? != point {
            return None;
        }
        // A clamped scalar is a multiple of 8. That factor is applied to the share by itself, which takes the share
        // into the group of prime order; there the rest may be reduced modulo that order, and be one scalar.
        let mut eighth = Zeroizing::new(clamp_integer(*private));
        for index in 0..32 {
            let above = eighth.get(index + 1).copied().unwrap_or(0);
            eighth[index] = eighth[index] >> 3 | above << 5;
        }
        let eighth = Zeroizing::new(Scalar::from_bytes_mod_order(*eighth));
        let tweak = Scalar::from_bytes_mod_order(clamp_integer(tweak(key)));
        Some(Ed25519Identity {
            tag: key.tag(),
            public: point.to_montgomery(),
            scalar: Zeroizing::new(*eighth * tweak),
        })
    }
}

impl age::Identity for Ed25519Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != SshAlgorithm::Ed25519.as_str() || !has_tag(stanza, self.tag) {
            return None;
        }
        let [_, share] = &stanza.args[..] else { return Some(Err(DecryptError::InvalidHeader)) };
        let mut bytes = [0; 32];
        if STANDARD_NO_PAD.decode_slice(share, &mut bytes) != Ok(32) {
            return Some(Err(DecryptError::InvalidHeader));
        }
        let share = MontgomeryPoint(bytes);
        // A share outside the curve, or of small order, was made by nobody who wants the file to be opened.
        let point = share.to_edwards(0).map(|point| point.mul_by_cofactor()).filter(|p| !p.is_identity());
        let Some(point) = point else { return Some(Err(DecryptError::InvalidHeader)) };
        let secret = Zeroizing::new((point * *self.scalar).to_montgomery().to_bytes());
        let key = wrapping_key(&share, &self.public, &secret);
        let opened = aead_decrypt(&key, FILE_KEY_BYTES, &stanza.body);
        Some(opened.map_err(|_| DecryptError::DecryptionFailed).and_then(file_key))
    }
}

/// An ssh-rsa private key. The crate `rsa` wipes it when it is dropped.
pub(super) struct RsaIdentity {
    tag: [u8; 4],
    key: rsa::RsaPrivateKey,
}

impl RsaIdentity {
    /// `None` when the numbers make no key.
    pub(super) fn new(pair: &ssh_key::private::RsaKeypair, public: &SshPublicKey) -> Option<Self> {
        // Not by `RsaPrivateKey::try_from(pair)`: ssh-key 0.6.7 hands it one of the two primes twice.
        let number = |number: &ssh_key::Mpint| number.as_positive_bytes().map(rsa::BigUint::from_bytes_be);
        let primes = vec![number(&pair.private.p)?, number(&pair.private.q)?];
        let key = rsa::RsaPrivateKey::from_components(
            number(&pair.public.n)?,
            number(&pair.public.e)?,
            number(&pair.private.d)?,
            primes,
        );
        Some(RsaIdentity { tag: public.tag(), key: key.ok()? })
    }
}

impl age::Identity for RsaIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != SshAlgorithm::Rsa.as_str() || !has_tag(stanza, self.tag) {
            return None;
        }
        let padding = Oaep::new_with_label::<Sha256, _>(RSA_LABEL);
        let opened = self.key.decrypt_blinded(&mut OsRng, padding, &stanza.body);
        Some(opened.map_err(|_| DecryptError::DecryptionFailed).and_then(file_key))
    }
}

/// The point of an ed25519 key: its wire format is two strings, the algorithm and 32 bytes (RFC 8709, section 4).
fn point_of(key: &SshPublicKey) -> Option<EdwardsPoint> {
    let bytes: [u8; 32] = key.wire().last_chunk().copied()?;
    if key.algorithm() != SshAlgorithm::Ed25519 {
        return None;
    }
    CompressedEdwardsY(bytes).decompress()
}

fn tweak(key: &SshPublicKey) -> [u8; 32] {
    hkdf(key.wire(), ED25519_LABEL, &[])
}

fn wrapping_key(share: &MontgomeryPoint, public: &MontgomeryPoint, secret: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let salt = [share.to_bytes(), public.to_bytes()].concat();
    Zeroizing::new(hkdf(&salt, ED25519_LABEL, secret))
}

fn has_tag(stanza: &Stanza, tag: [u8; 4]) -> bool {
    stanza.args.first().is_some_and(|text| *text == STANDARD_NO_PAD.encode(tag))
}

/// Takes the bytes over and wipes them.
fn file_key(bytes: Vec<u8>) -> Result<FileKey, DecryptError> {
    let bytes = Zeroizing::new(bytes);
    FileKey::try_init_with_mut(|key| {
        if bytes.len() != key.len() {
            return Err(DecryptError::DecryptionFailed);
        }
        key.copy_from_slice(&bytes);
        Ok(())
    })
}
