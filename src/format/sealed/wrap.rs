//! Wrapping: how a file key is sealed for an `age1…` or an ssh-ed25519 key, and opened again with its private half.
//!
//! Both are points of Curve25519, so age's two stanzas differ by a label and by the tweak, a factor that depends on the
//! ssh key and is 1 for an `age1…` key:
//!
//! ```text
//! share  = X25519(ephemeral, base point)
//! secret = X25519(ephemeral, X25519(tweak, public)) = X25519(tweak, X25519(private, share))
//! key    = HKDF(salt = share || public, ikm = secret, info = label)
//! body   = ChaCha20-Poly1305(key, file key)                 tweak = HKDF(salt = ssh key, info = label)
//! ```
//!
//! The crate `age` does the same, and spends two thirds of a rekey's time on it: it works out for each file what depends
//! on the key alone, and multiplies on the Montgomery curve, for which the curve's crate has no vector code. Here a key
//! is prepared once, and each file costs one multiplication on the Edwards form of the same curve (RFC 7748, section
//! 4.1), in a third of the time. Tests hold it to the crates' own X25519 and to `age` in both directions; ssh-rsa keys
//! and plugins stay with the crate.

use crate::format::{SshAlgorithm, SshPublicKey};
use age::{DecryptError, EncryptError};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::primitives::{aead_decrypt, aead_encrypt, bech32_decode, hkdf};
use age_core::secrecy::ExposeSecret as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use rand_core::{OsRng, RngCore as _};
use sha2::{Digest as _, Sha512};
use std::collections::HashSet;
use zeroize::{Zeroize as _, Zeroizing};

const X25519: &str = "X25519";
const X25519_LABEL: &[u8] = b"age-encryption.org/v1/X25519";
const SSH_LABEL: &[u8] = b"age-encryption.org/v1/ssh-ed25519";

/// A public key, prepared for wrapping many file keys.
pub(super) struct Wrapping {
    reader: Reader,
    /// The public key times the tweak.
    tweaked: Point,
}

/// A private key, prepared for unwrapping many file keys. Wiped when it is dropped.
pub(super) struct Unwrapping {
    reader: Reader,
    private: Private,
}

/// What both halves of a key know, and what shows in the stanza.
struct Reader {
    /// The public key as X25519 writes it.
    public: MontgomeryPoint,
    /// An ssh key's tag in base64; none for an `age1…` key.
    tag: Option<String>,
}

impl Wrapping {
    /// For an `age1…` key.
    pub(super) fn x25519(text: &str) -> Result<Self, &'static str> {
        let recipient: age::x25519::Recipient = text.parse()?;
        let public = MontgomeryPoint(*bytes_of(&recipient.to_string()).ok_or("it is no key")?);
        let tweaked = Point::new(public);
        tweaked.refuse_small_order()?;
        Ok(Wrapping { reader: Reader { public, tag: None }, tweaked })
    }

    /// For an ssh-ed25519 key.
    pub(super) fn ssh(key: &SshPublicKey) -> Result<Self, &'static str> {
        let point = point_of(key).ok_or("it is no point of the curve")?;
        Point::Curve(point).refuse_small_order()?;
        let tweaked = Point::Curve(point.mul_clamped(tweak(key)));
        Ok(Wrapping { reader: Reader::ssh(key, &point), tweaked })
    }
}

impl age::Recipient for Wrapping {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let mut ephemeral = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(&mut *ephemeral);
        let share = EdwardsPoint::mul_base_clamped(*ephemeral).to_montgomery();
        let secret = self.tweaked.times(&ephemeral);
        let key = self.reader.wrapping_key(&share, &secret);
        let share = STANDARD_NO_PAD.encode(share.as_bytes());
        let stanza = Stanza {
            tag: self.reader.kind().to_owned(),
            args: self.reader.tag.iter().cloned().chain([share]).collect(),
            body: aead_encrypt(&key, file_key.expose_secret()),
        };
        Ok((vec![stanza], HashSet::new()))
    }
}

impl Unwrapping {
    /// With an age identity (`AGE-SECRET-KEY-1…`).
    pub(super) fn x25519(text: &str) -> Result<Self, &'static str> {
        text.parse::<age::x25519::Identity>()?;
        let private = bytes_of(text).ok_or("it is no identity")?;
        let public = MontgomeryPoint::mul_base_clamped(*private);
        Ok(Unwrapping { reader: Reader { public, tag: None }, private: Private::new([private]) })
    }

    /// With the seed of an ed25519 key (RFC 8032, section 5.1.5); `None` when its public half is another.
    pub(super) fn ssh(seed: &[u8; 32], key: &SshPublicKey) -> Option<Self> {
        let mut hash = Sha512::digest(seed);
        let mut private = Zeroizing::new([0; 32]);
        private.copy_from_slice(&hash[..32]);
        hash.as_mut_slice().zeroize();
        let point = EdwardsPoint::mul_base_clamped(*private);
        if point_of(key)? != point {
            return None;
        }
        let private = Private::new([private, Zeroizing::new(tweak(key))]);
        Some(Unwrapping { reader: Reader::ssh(key, &point), private })
    }
}

impl age::Identity for Unwrapping {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != self.reader.kind() {
            return None;
        }
        let share = match (&self.reader.tag, &stanza.args[..]) {
            (None, [share]) => share,
            (Some(own), [tag, share]) if tag == own => share,
            (Some(own), [tag, ..]) if tag != own => return None,
            _ => return Some(Err(DecryptError::InvalidHeader)),
        };
        let mut bytes = [0; 32];
        if STANDARD_NO_PAD.decode_slice(share, &mut bytes) != Ok(32) {
            return Some(Err(DecryptError::InvalidHeader));
        }
        let share = MontgomeryPoint(bytes);
        let secret = self.private.times(share);
        // A share of small order: made by nobody who wants that only the reader opens the file (RFC 7748, section 6.1).
        if *secret == [0; 32] {
            return Some(Err(DecryptError::InvalidHeader));
        }
        let key = self.reader.wrapping_key(&share, &secret);
        match aead_decrypt(&key, FILE_KEY_BYTES, &stanza.body) {
            Ok(opened) => Some(file_key(opened)),
            // Nothing tells whose a stanza without a tag is.
            Err(_) if self.reader.tag.is_none() => None,
            Err(_) => Some(Err(DecryptError::DecryptionFailed)),
        }
    }
}

impl Reader {
    fn ssh(key: &SshPublicKey, point: &EdwardsPoint) -> Self {
        Reader { public: point.to_montgomery(), tag: Some(STANDARD_NO_PAD.encode(key.tag())) }
    }

    /// The stanza's type.
    fn kind(&self) -> &'static str {
        if self.tag.is_some() { SshAlgorithm::Ed25519.as_str() } else { X25519 }
    }

    fn wrapping_key(&self, share: &MontgomeryPoint, secret: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        let mut salt = [0; 64];
        salt[..32].copy_from_slice(share.as_bytes());
        salt[32..].copy_from_slice(self.public.as_bytes());
        let label = if self.tag.is_some() { SSH_LABEL } else { X25519_LABEL };
        Zeroizing::new(hkdf(&salt, label, secret))
    }
}

/// A number that X25519 multiplies: half of all numbers are points of the curve, the others of its twist.
enum Point {
    Curve(EdwardsPoint),
    /// No key of anybody's, but X25519 takes it, so we do.
    Twist(MontgomeryPoint),
}

impl Point {
    fn new(number: MontgomeryPoint) -> Self {
        // Of a point and its negative, which share this number, either will do: so do their multiples.
        number.to_edwards(0).map_or(Point::Twist(number), Point::Curve)
    }

    /// X25519 of RFC 7748, section 5.
    fn times(&self, scalar: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match self {
            Point::Curve(point) => point.mul_clamped(*scalar).to_montgomery().to_bytes(),
            Point::Twist(number) => number.mul_clamped(*scalar).to_bytes(),
        })
    }

    /// A file key that is wrapped for such a key opens for everybody: each multiple is zero.
    fn refuse_small_order(&self) -> Result<(), &'static str> {
        let weak = match self {
            Point::Curve(point) => point.is_small_order(),
            Point::Twist(_) => *self.times(&[0; 32]) == [0; 32],
        };
        if weak { Err("it is a weak key, made to be opened by everybody") } else { Ok(()) }
    }
}

/// Factors that a share is multiplied with, one after the other.
struct Private {
    factors: Vec<Zeroizing<[u8; 32]>>,
    /// All of them in one: their product, divided by 8 and reduced modulo the order of the curve's base point.
    eighth: Zeroizing<Scalar>,
}

impl Private {
    fn new(factors: impl Into<Vec<Zeroizing<[u8; 32]>>>) -> Self {
        let factors = factors.into();
        let mut eighth = Zeroizing::new(Scalar::ONE);
        for (index, factor) in factors.iter().enumerate() {
            let mut clamped = Zeroizing::new(clamp_integer(**factor));
            if index == 0 {
                for at in 0..32 {
                    let above = clamped.get(at + 1).copied().unwrap_or(0);
                    clamped[at] = clamped[at] >> 3 | above << 5;
                }
            }
            *eighth *= Scalar::from_bytes_mod_order(*clamped);
        }
        Private { factors, eighth }
    }

    /// X25519 with each factor in turn.
    fn times(&self, share: MontgomeryPoint) -> Zeroizing<[u8; 32]> {
        match Point::new(share) {
            // A clamped factor is a multiple of 8. Eight times a point is in the group of the base point's order, where
            // factors may be multiplied with each other modulo that order: one multiplication takes the place of two.
            Point::Curve(point) => {
                Zeroizing::new((point.mul_by_cofactor() * *self.eighth).to_montgomery().to_bytes())
            }
            Point::Twist(number) => {
                let step = |number: MontgomeryPoint, factor: &Zeroizing<_>| number.mul_clamped(**factor);
                Zeroizing::new(self.factors.iter().fold(number, step).to_bytes())
            }
        }
    }
}

/// The point of an ed25519 key: its wire format is two strings, the algorithm and 32 bytes (RFC 8709, section 4).
fn point_of(key: &SshPublicKey) -> Option<EdwardsPoint> {
    if key.algorithm() != SshAlgorithm::Ed25519 {
        return None;
    }
    CompressedEdwardsY(*key.wire().last_chunk()?).decompress()
}

fn tweak(key: &SshPublicKey) -> [u8; 32] {
    hkdf(key.wire(), SSH_LABEL, &[])
}

/// The 32 bytes in a bech32 text that the crate has found to be right.
fn bytes_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let copy = |bytes: &mut dyn Iterator<Item = u8>| {
        let mut copy = Zeroizing::new([0; 32]);
        for place in copy.iter_mut() {
            *place = bytes.next()?;
        }
        Some(copy)
    };
    bech32_decode(text, |_| (), |_| Ok(()), |_, mut bytes| copy(&mut bytes).ok_or(())).ok()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::sealed::{Identity, Recipient};
    use age::{Identity as _, Recipient as _};
    use curve25519_dalek::constants::EIGHT_TORSION;
    use proptest::prelude::*;

    fn key_of(point: [u8; 32]) -> SshPublicKey {
        let key = ssh_key::PublicKey::from(ssh_key::public::Ed25519PublicKey(point));
        SshPublicKey::parse(&key.to_openssh().unwrap()).unwrap()
    }

    proptest! {
        /// On the curve and on the twist, and with what a point may carry of small order.
        #[test]
        fn a_product_is_the_one_of_x25519(number: [u8; 32], scalar: [u8; 32], second: [u8; 32], torsion in 0..8usize) {
            let odd = EdwardsPoint::mul_base_clamped(number) + EIGHT_TORSION[torsion];
            for number in [MontgomeryPoint(number), odd.to_montgomery(), EIGHT_TORSION[torsion].to_montgomery()] {
                let once = number.mul_clamped(scalar).to_bytes();
                prop_assert_eq!(*Point::new(number).times(&scalar), once);
                let twice = MontgomeryPoint(once).mul_clamped(second).to_bytes();
                prop_assert_eq!(*Private::new([Zeroizing::new(scalar)]).times(number), once);
                prop_assert_eq!(*Private::new([scalar, second].map(Zeroizing::new)).times(number), twice);
            }
        }

        #[test]
        fn a_pair_from_any_seed_agrees_with_the_crate_in_both_directions(seed: [u8; 32], file_key: [u8; 16]) {
            let pair = ssh_key::private::Ed25519Keypair::from_seed(&seed);
            let private = ssh_key::PrivateKey::from(pair).to_openssh(ssh_key::LineEnding::LF).unwrap();
            let theirs = age::ssh::Identity::from_buffer(private.as_bytes(), None).unwrap();
            let public = age::ssh::Recipient::try_from(theirs.clone()).unwrap();
            let key = SshPublicKey::parse(&public.to_string()).unwrap();
            let ours = Unwrapping::ssh(&seed, &key).unwrap();
            let file_key = FileKey::new(Box::new(file_key));
            for stanza in [Wrapping::ssh(&key).unwrap().wrap_file_key(&file_key), public.wrap_file_key(&file_key)] {
                let stanza = &stanza.unwrap().0[0];
                for opened in [ours.unwrap_stanza(stanza), theirs.unwrap_stanza(stanza)] {
                    let opened = opened.unwrap().unwrap();
                    prop_assert_eq!(opened.expose_secret(), file_key.expose_secret());
                }
            }
        }
    }

    #[test]
    fn an_age_pair_agrees_with_the_crate_in_both_directions() {
        let file_key = FileKey::new(Box::new([7; 16]));
        for _ in 0..40 {
            let theirs = age::x25519::Identity::generate();
            let public = theirs.to_public();
            let ours = Unwrapping::x25519(theirs.to_string().expose_secret()).unwrap();
            let wrapping = Wrapping::x25519(&public.to_string()).unwrap();
            for stanza in [wrapping.wrap_file_key(&file_key), public.wrap_file_key(&file_key)] {
                let stanza = &stanza.unwrap().0[0];
                for opened in [ours.unwrap_stanza(stanza), theirs.unwrap_stanza(stanza)] {
                    assert_eq!(opened.unwrap().unwrap().expose_secret(), file_key.expose_secret());
                }
            }
            let other = age::x25519::Identity::generate().to_public().wrap_file_key(&file_key).unwrap().0;
            assert!(ours.unwrap_stanza(&other[0]).is_none());
        }
    }

    #[test]
    fn a_key_that_everybody_can_open_or_that_is_none_is_refused() {
        for point in EIGHT_TORSION {
            // Such an ssh key is no key to begin with; `Point` refuses what comes another way.
            let key = ssh_key::PublicKey::from(ssh_key::public::Ed25519PublicKey(point.compress().0));
            let refused = SshPublicKey::parse(&key.to_openssh().unwrap());
            assert_eq!(refused, Err(crate::format::KeyError::SmallOrder));
            assert!(Point::Curve(point).refuse_small_order().is_err());
            assert!(Point::new(point.to_montgomery()).refuse_small_order().is_err());
        }
        // -1 is of small order on the twist.
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        assert!(Point::new(MontgomeryPoint(minus_one)).refuse_small_order().is_err());
        let mut outside = [0; 32];
        outside[0] = 2;
        assert!(Recipient::ssh(&key_of(outside)).err().unwrap().to_string().contains("no point"));
    }

    #[test]
    fn a_share_of_small_order_opens_nothing() {
        let seed = [9; 32];
        let key = key_of(ssh_key::private::Ed25519Keypair::from_seed(&seed).public.0);
        let age = age::x25519::Identity::generate();
        let file_key = FileKey::new(Box::new([7; 16]));
        for (wrapping, unwrapping) in [
            (Wrapping::ssh(&key).unwrap(), Unwrapping::ssh(&seed, &key).unwrap()),
            (
                Wrapping::x25519(&age.to_public().to_string()).unwrap(),
                Unwrapping::x25519(age.to_string().expose_secret()).unwrap(),
            ),
        ] {
            // What a forger would write, who knows that the secret will be zero.
            let mut stanza = wrapping.wrap_file_key(&file_key).unwrap().0.remove(0);
            for point in EIGHT_TORSION {
                let share = point.to_montgomery();
                let forged = wrapping.reader.wrapping_key(&share, &[0; 32]);
                stanza.body = aead_encrypt(&forged, file_key.expose_secret());
                *stanza.args.last_mut().unwrap() = STANDARD_NO_PAD.encode(share.as_bytes());
                let opened = unwrapping.unwrap_stanza(&stanza);
                assert!(matches!(opened, Some(Err(DecryptError::InvalidHeader))));
            }
        }
    }

    #[test]
    fn halves_that_do_not_belong_together_make_no_identity() {
        let other = key_of(ssh_key::private::Ed25519Keypair::from_seed(&[1; 32]).public.0);
        assert!(Unwrapping::ssh(&[2; 32], &other).is_none());
        assert!(Identity::x25519("AGE-SECRET-KEY-1QQQQ").is_err());
    }
}
