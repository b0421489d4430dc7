//! Plaintext and private keys while they are in memory: no `Debug`, no `Display`, wiped on drop.

use zeroize::Zeroizing;

/// Bytes that must not be printed, logged or left behind in memory.
///
/// There is one way to read them, and it can be searched for: [`Sensitive::expose`].
pub struct Sensitive(Zeroizing<Vec<u8>>);

impl Sensitive {
    /// Takes the bytes over; the caller keeps no copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        Sensitive(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, when they are UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without any byte.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Sensitive::new(text.into_bytes())
    }
}

impl From<Zeroizing<Vec<u8>>> for Sensitive {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Sensitive(bytes)
    }
}
