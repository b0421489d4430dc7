//! A sealed file: an age file (age-encryption.org/v1) that each of its readers opens with their own key.
//!
//! ```text
//! armour          -----BEGIN AGE ENCRYPTED FILE-----, base64 in lines of 64, so that git shows text
//!   header        one stanza per reader: the file key, wrapped for that reader's public key
//!     MAC         keyed with the file key: nobody adds or drops a reader unnoticed
//!   payload       a nonce, then the plaintext in chunks of 64 KiB (ChaCha20-Poly1305)
//! ```
//!
//! The crate `age` wraps and unwraps the file key for ssh-rsa keys and plugins; for `age1…` and ssh-ed25519 keys it is
//! done here, three times as fast. The frame around it is written and read here too, because a host's or an operator's
//! run needs of it what the crate does not give: [`header()`] without any key and in time linear in the number of readers,
//! plaintext that never lies in freed memory, and errors that tell a damaged file from one that is not ours. Tests let
//! the crate, Debian's `age` and the crate's test vectors judge it.

mod armor;
mod error;
mod header;
mod payload;
mod reader;
mod wrap;

pub use error::SealError;
pub use header::{Header, Stanza};
pub use reader::{Identity, Recipient};

use super::Sensitive;
use age_core::format::{FILE_KEY_BYTES, FileKey};
use age_core::primitives::hkdf;
use age_core::secrecy::ExposeSecret as _;
use hmac::{Hmac, Mac as _};
use rand_core::{OsRng, RngCore as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The largest plaintext that is sealed or opened: 16 MiB.
pub const LIMIT: usize = 16 << 20;

/// The largest header: some 15,000 readers with ssh-ed25519 keys, or 2,600 with RSA keys of 4096 bits.
pub const HEADER_LIMIT: usize = 2 << 20;

/// The largest sealed file: a plaintext of [`LIMIT`] with a header of [`HEADER_LIMIT`], armoured with CRLF line ends.
pub const SEALED_LIMIT: usize =
    armor::encoded_len(HEADER_LIMIT + NONCE + payload::sealed_len(LIMIT), 2) + armor::SLACK;

/// The payload's nonce.
const NONCE: usize = 16;

/// Reads who may open a sealed file, armoured or not, without any key.
///
/// The whole armour and the payload's length are looked at too, so a file that was cut or damaged in its armour is
/// found here. Whether the content is what was sealed, only [`open`] can tell.
///
/// # Errors
/// When it is no age file, or a damaged one.
pub fn header(bytes: &[u8]) -> Result<Header, SealError> {
    let binary = armor::decode(bytes)?;
    let parsed = header::parse(&binary.bytes)?;
    parsed.sealed_payload(&binary.bytes)?;
    Ok(parsed.public(binary.armored))
}

/// Seals a plaintext for these readers, with a fresh file key, as an ASCII-armoured age file.
///
/// # Errors
/// When there is no reader or no plaintext, the plaintext is larger than [`LIMIT`], or a reader's plugin fails.
pub fn seal<'a>(
    plaintext: &Sensitive,
    recipients: impl IntoIterator<Item = &'a Recipient>,
) -> Result<Vec<u8>, SealError> {
    if plaintext.is_empty() {
        return Err(SealError::EmptyPlaintext);
    }
    if plaintext.len() > LIMIT {
        return Err(SealError::TooLarge { limit: LIMIT });
    }
    let file_key = FileKey::init_with_mut(|key| OsRng.fill_bytes(key));
    let stanzas = reader::wrap(&file_key, recipients)?;
    let mut binary = Vec::with_capacity(1024 + payload::sealed_len(plaintext.len()));
    header::write(&stanzas, &mut binary);
    let mac = mac(&file_key, &binary).finalize().into_bytes();
    header::write_mac(&mac, &mut binary);
    if binary.len() > HEADER_LIMIT {
        return Err(SealError::TooManyReaders);
    }
    let mut nonce = [0; NONCE];
    OsRng.fill_bytes(&mut nonce);
    binary.extend_from_slice(&nonce);
    payload::seal(&payload_key(&file_key, &nonce), plaintext.expose(), &mut binary);
    Ok(armor::encode(&binary))
}

/// Opens a sealed file, armoured or not, with the first of these identities that can.
///
/// An identity whose tag matches and that fails nevertheless is passed over: a tag is 32 bits, a hint and no proof.
///
/// # Errors
/// Tells apart: no age file, damaged armour or header, cut off, no identity opens it, changed header, changed content,
/// larger than [`LIMIT`].
pub fn open<'a>(
    bytes: &[u8],
    identities: impl IntoIterator<Item = &'a Identity>,
) -> Result<Sensitive, SealError> {
    let binary = armor::decode(bytes)?;
    let parsed = header::parse(&binary.bytes)?;
    if parsed.is_passphrase() {
        return Err(SealError::Passphrase);
    }
    let sealed = parsed.sealed_payload(&binary.bytes)?;
    let stanzas = parsed.stanzas();
    let mut failure = None;
    for identity in identities {
        let file_key = match identity.unwrap(&stanzas) {
            Ok(Some(file_key)) => file_key,
            Ok(None) => continue,
            Err(error) => {
                failure.get_or_insert(error);
                continue;
            }
        };
        if mac(&file_key, parsed.authenticated(&binary.bytes)).verify_slice(&parsed.mac).is_err() {
            // A file key that does not fit the header: another identity may still hold the right one.
            failure = Some(SealError::Mac);
            continue;
        }
        let (nonce, chunks) = sealed.split_at(NONCE);
        return Ok(Sensitive::from(payload::open(&payload_key(&file_key, nonce), chunks)?));
    }
    Err(failure.unwrap_or(SealError::NoMatch))
}

/// The MAC over the header up to and including its three dashes.
fn mac(file_key: &FileKey, header: &[u8]) -> Hmac<Sha256> {
    let key = Zeroizing::new(hkdf(&[], b"header", exposed(file_key)));
    let mut mac = Hmac::<Sha256>::new_from_slice(&*key).expect("HMAC takes keys of any length");
    mac.update(header);
    mac
}

fn payload_key(file_key: &FileKey, nonce: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hkdf(nonce, b"payload", exposed(file_key)))
}

fn exposed(file_key: &FileKey) -> &[u8; FILE_KEY_BYTES] {
    file_key.expose_secret()
}

#[cfg(test)]
mod tests;
