//! A store path names what lies in the store: 32 characters of hash, a dash, and a name for people.
//!
//! Its text is made once and shared by all who hold it; it sorts as text, and so as the set of its digits does.

mod content;
mod error;
mod make;
mod placeholder;

pub use content::{ContentAddress, Method};
pub use error::{NameError, PathError};
pub use make::References;
pub(in crate::store) use make::output_name;
pub use placeholder::{Upstream, placeholder};

use super::hash::base32;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// How many characters of a store path are its hash.
pub const HASH_LENGTH: usize = 32;

/// How long a name may be, in bytes.
pub const NAME_LENGTH: usize = 211;

/// A store path without its folder: `<hash>-<name>`. Cloning one copies no text.
#[derive(Clone, PartialEq, Eq)]
pub struct StorePath(Arc<str>);

impl StorePath {
    /// Reads `<hash>-<name>`.
    ///
    /// # Errors
    /// When the hash or the name is none.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, PathError> {
        let text = text.as_ref();
        if text.len() < HASH_LENGTH + 1 {
            return Err(PathError::TooShort { path: lossy(text) });
        }
        let (hash, name) = (&text[..HASH_LENGTH], &text[HASH_LENGTH + 1..]);
        if text[HASH_LENGTH] != b'-' {
            return Err(PathError::NoDash { path: lossy(text) });
        }
        if let Some(byte) = hash.iter().copied().find(|byte| !base32::is_digit(*byte)) {
            return Err(PathError::HashCharacter { path: lossy(text), byte });
        }
        check_name(name).map_err(|error| PathError::BadName { path: lossy(text), error })?;
        let text = str::from_utf8(text).expect("digits and the characters of a name are ASCII");
        Ok(StorePath(text.into()))
    }

    /// The path of a hash and a name.
    ///
    /// # Errors
    /// When the name is none.
    pub fn new(hash: &[u8; 20], name: &str) -> Result<Self, PathError> {
        let mut text = String::with_capacity(HASH_LENGTH + 1 + name.len());
        base32::push(&mut text, hash);
        text.push('-');
        text.push_str(name);
        match check_name(name.as_bytes()) {
            Ok(()) => Ok(StorePath(text.into())),
            Err(error) => Err(PathError::BadName { path: text, error }),
        }
    }

    /// `<hash>-<name>`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 32 characters before the dash.
    pub fn hash_part(&self) -> &str {
        &self.0[..HASH_LENGTH]
    }

    /// What stands behind the dash.
    pub fn name(&self) -> &str {
        &self.0[HASH_LENGTH + 1..]
    }

    /// True when the name ends in `.drv`.
    pub fn is_derivation(&self) -> bool {
        self.name().ends_with(".drv")
    }

    /// The name of the derivation that lies here: the path's without `.drv`.
    ///
    /// # Errors
    /// When it does not end in `.drv`.
    pub fn derivation_name(&self) -> Result<&str, PathError> {
        self.name().strip_suffix(".drv").ok_or_else(|| PathError::NoDerivation { path: self.to_string() })
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StorePath {
    /// The first characters as a number: 80 bits of a hash tell nearly any two paths apart.
    fn first(&self) -> u128 {
        let first = self.0.as_bytes().first_chunk().expect("a store path has 32 characters of hash");
        u128::from_be_bytes(*first)
    }
}

impl Ord for StorePath {
    fn cmp(&self, other: &Self) -> Ordering {
        // Lists of paths are sorted and compared all the time; a number is compared without a call.
        self.first().cmp(&other.first()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for StorePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for StorePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.first());
    }
}

impl AsRef<str> for StorePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The folder that a store's paths lie in, `/nix/store` nearly everywhere. It is part of what is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoreDir(Arc<str>);

impl Default for StoreDir {
    fn default() -> Self {
        StoreDir("/nix/store".into())
    }
}

impl StoreDir {
    /// The folder of this name: absolute, without `.`, `..`, doubled slashes or one at the end.
    ///
    /// # Errors
    /// When it is not of this kind.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let canonical = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        match text.strip_prefix('/') {
            Some(rest) if rest.split('/').all(canonical) => Ok(StoreDir(text.into())),
            _ => Err(PathError::BadStoreDir { dir: text.into() }),
        }
    }

    /// The folder's path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole text of a path: `/nix/store/<hash>-<name>`.
    pub fn print(&self, path: &StorePath) -> String {
        let mut text = String::with_capacity(self.0.len() + 1 + path.0.len());
        text.push_str(&self.0);
        text.push('/');
        text.push_str(&path.0);
        text
    }

    /// Reads the whole text of a path that lies directly in the store. Slashes must be as [`StoreDir::print`] sets
    /// them.
    ///
    /// # Errors
    /// When it does not lie there, or is no store path.
    pub fn parse_path(&self, text: impl AsRef<[u8]>) -> Result<StorePath, PathError> {
        let text = text.as_ref();
        match self.inside(text) {
            Some(base) if !base.contains(&b'/') => StorePath::parse(base),
            _ => Err(PathError::NotInStore { path: lossy(text) }),
        }
    }

    /// Splits a path inside the store: the store path, and what follows it, empty or beginning with a slash.
    ///
    /// # Errors
    /// When it does not lie in the store.
    pub fn split<'t>(
        &self,
        text: &'t (impl AsRef<[u8]> + ?Sized),
    ) -> Result<(StorePath, &'t [u8]), PathError> {
        let text = text.as_ref();
        let inside = self.inside(text).ok_or_else(|| PathError::NotInStore { path: lossy(text) })?;
        let end = inside.iter().position(|byte| *byte == b'/').unwrap_or(inside.len());
        Ok((StorePath::parse(&inside[..end])?, &inside[end..]))
    }

    /// True for a path below the store's folder.
    pub fn contains(&self, text: impl AsRef<[u8]>) -> bool {
        self.inside(text.as_ref()).is_some_and(|inside| !inside.is_empty())
    }

    fn inside<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        text.strip_prefix(self.0.as_bytes())?.strip_prefix(b"/")
    }
}

impl fmt::Display for StoreDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a name as Nix 2.34 does: letters, digits and `+-._?=`, at most 211 of them, and no `.` or `..` alone or
/// before a dash.
///
/// # Errors
/// When it is not such a name.
pub fn check_name(name: &[u8]) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > NAME_LENGTH {
        return Err(NameError::TooLong { name: lossy(name) });
    }
    for dots in [".", ".."] {
        match name.strip_prefix(dots.as_bytes()) {
            Some([]) => return Err(NameError::Dots { name: lossy(name) }),
            Some([b'-', ..]) => return Err(NameError::FirstPart { name: lossy(name), dots }),
            _ => {}
        }
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._?=".contains(byte);
    match name.iter().find(|byte| !allowed(byte)) {
        None => Ok(()),
        Some(byte) => Err(NameError::Character { name: lossy(name), byte: *byte }),
    }
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_nix_takes_for_one() {
        let longest = "x".repeat(NAME_LENGTH);
        for name in ["a", "...", ".a", "..a", "a-.", "Every+character-may._be?=1", &longest] {
            assert_eq!(check_name(name.as_bytes()), Ok(()), "{name}");
        }
        let said = |name: &str| check_name(name.as_bytes()).unwrap_err().to_string();
        // In Nix 2.34's words.
        assert_eq!(said(""), "name must not be empty");
        assert_eq!(said("."), "name '.' is not valid");
        assert_eq!(said(".."), "name '..' is not valid");
        assert_eq!(said(".-a"), "name '.-a' is not valid: first dash-separated component must not be '.'");
        assert_eq!(said("..-"), "name '..-' is not valid: first dash-separated component must not be '..'");
        assert_eq!(said("a b"), "name 'a b' contains illegal character ' '");
        assert_eq!(said("a/b"), "name 'a/b' contains illegal character '/'");
        let long = "x".repeat(NAME_LENGTH + 1);
        assert_eq!(said(&long), format!("name '{long}' must be no longer than 211 characters"));
    }

    #[test]
    fn a_path_is_parsed_once_and_known_by_its_parts() {
        let text = "w9vv4yrzz92xdbhbi94sn3d8g53brssx-simple.drv";
        let path = StorePath::parse(text).unwrap();
        assert_eq!(path.hash_part(), "w9vv4yrzz92xdbhbi94sn3d8g53brssx");
        assert_eq!(path.name(), "simple.drv");
        assert_eq!(path.derivation_name(), Ok("simple"));
        let dir = StoreDir::default();
        assert_eq!(dir.parse_path(format!("/nix/store/{text}")), Ok(path.clone()));
        assert_eq!(dir.split(&format!("/nix/store/{text}/bin/x")), Ok((path.clone(), &b"/bin/x"[..])));
        assert_eq!(dir.split(&format!("/nix/store/{text}")), Ok((path, &b""[..])));
        assert!(dir.contains("/nix/store/x") && !dir.contains("/nix/store/") && !dir.contains("/nix/storex"));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let said = |text: &str| StorePath::parse(text).unwrap_err().to_string();
        assert_eq!(said("x"), "'x' is too short to be a valid store path");
        assert_eq!(
            said("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa+x"),
            "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa+x' can't name a store path because the hash part is not followed by a '-'"
        );
        assert_eq!(
            said("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae-x"),
            "store path 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae-x' contains illegal base-32 character 'e'"
        );
        assert_eq!(
            said("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-.."),
            "path 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-..' is not a valid store path: name '..' is not valid"
        );
        let dir = StoreDir::default();
        for text in ["/nix/store", "/nix/store/", "/nix/storex/a", "relative", "/nix/store//a"] {
            assert!(dir.parse_path(text).is_err(), "{text}");
        }
        assert_eq!(
            dir.parse_path("/tmp/x").unwrap_err().to_string(),
            "path '/tmp/x' is not in the Nix store"
        );
    }

    #[test]
    fn a_store_may_lie_elsewhere_and_has_other_paths_there() {
        let (here, there) = (StoreDir::default(), StoreDir::parse("/opt/store").unwrap());
        assert_ne!(here.text_path("x", b"", &[]), there.text_path("x", b"", &[]));
        for dir in ["", "/", "nix/store", "/nix/store/", "/nix//store", "/nix/../store", "/nix/./store"] {
            assert!(StoreDir::parse(dir).is_err(), "{dir}");
        }
    }
}
