//! The payload: the plaintext in chunks of 64 KiB, each sealed with ChaCha20-Poly1305 under a nonce that counts the
//! chunks and marks the last (the STREAM construction). So chunks can't be dropped, swapped, or cut off unnoticed.
//!
//! Sealing encrypts in the output buffer and opening decrypts in the answer's: no other copy of the plaintext exists.

use super::error::SealError;
use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce, Tag};
use zeroize::Zeroizing;

const CHUNK: usize = 64 << 10;
const TAG: usize = 16;
const SEALED_CHUNK: usize = CHUNK + TAG;

/// How long a plaintext of this length is when sealed.
pub(super) const fn sealed_len(plaintext: usize) -> usize {
    let chunks = plaintext.div_ceil(CHUNK);
    plaintext + if chunks == 0 { 1 } else { chunks } * TAG
}

/// The plaintext's length, told by the sealed length alone; `None` when no plaintext is sealed to such a length.
pub(super) fn plaintext_len(sealed: usize) -> Option<usize> {
    let chunks = sealed.div_ceil(SEALED_CHUNK);
    let plaintext = sealed.checked_sub(chunks * TAG)?;
    (chunks > 0 && sealed_len(plaintext) == sealed).then_some(plaintext)
}

/// Appends the sealed plaintext to `out`, whose room must suffice: a buffer that grew would leave plaintext behind.
pub(super) fn seal(key: &[u8; 32], plaintext: &[u8], out: &mut Vec<u8>) {
    out.reserve_exact(sealed_len(plaintext.len()));
    let cipher = ChaCha20Poly1305::new(key.into());
    let mut chunks = plaintext.chunks(CHUNK).peekable();
    let mut index = 0;
    while let Some(chunk) = chunks.next() {
        let start = out.len();
        out.extend_from_slice(chunk);
        let nonce = nonce(index, chunks.peek().is_none());
        let tag = cipher
            .encrypt_in_place_detached(&nonce, &[], &mut out[start..])
            .expect("a chunk is shorter than what ChaCha20 can encrypt");
        out.extend_from_slice(&tag);
        index += 1;
    }
}

/// Opens the chunks that follow the nonce.
pub(super) fn open(key: &[u8; 32], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let length = plaintext_len(sealed.len()).ok_or(SealError::Truncated)?;
    if length > super::LIMIT {
        return Err(SealError::TooLarge { limit: super::LIMIT });
    }
    let cipher = ChaCha20Poly1305::new(key.into());
    let mut plaintext = Zeroizing::new(Vec::with_capacity(length));
    let mut chunks = sealed.chunks(SEALED_CHUNK).peekable();
    let mut index = 0;
    while let Some(chunk) = chunks.next() {
        let last = chunks.peek().is_none();
        let (content, tag) = chunk.split_at(chunk.len() - TAG);
        let mut open = |last| {
            let start = plaintext.len();
            plaintext.extend_from_slice(content);
            let (nonce, tag) = (nonce(index, last), Tag::from_slice(tag));
            let opened = cipher.decrypt_in_place_detached(&nonce, &[], &mut plaintext[start..], tag);
            if opened.is_err() {
                plaintext.truncate(start);
            }
            opened.is_ok()
        };
        if !open(last) {
            // The last chunk that is there was not the last that was sealed: the file was cut between two chunks.
            return Err(if last && open(false) { SealError::Truncated } else { SealError::Payload });
        }
        index += 1;
    }
    Ok(plaintext)
}

/// Eleven bytes that count the chunks, and one that marks the last.
fn nonce(index: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&index.to_be_bytes());
    nonce[11] = last.into();
    nonce.into()
}
