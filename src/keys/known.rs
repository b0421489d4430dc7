//! Keys whose private half is public: they protect nothing, and a fleet that uses one is open to everybody.
//!
//! The list holds public halves only, each with where its private half can be read.

use super::recipient::Recipient;

/// Where the private half of a key can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPublic {
    /// In words, such as `fleet's demo master`.
    pub source: &'static str,
}

/// Says where the private half of this key can be read, when it is known to be public.
pub fn is_known_public(key: &Recipient) -> Option<KnownPublic> {
    let line = key.line();
    KEYS.iter().find(|(known, _)| *known == line).map(|(_, source)| KnownPublic { source })
}

/// The demo master of the reference fleet at the root of fleet's repository.
pub const DEMO_MASTER: &str = "age1qw3f57p0jn2rwuy07yylfc3mpxuaytnw8xgtj6nw0x8uw8wxld6savj8xs";

/// Lines without comment, and where the private half can be read.
const KEYS: &[(&str, &str)] =
    &[(DEMO_MASTER, "tests/keys/demo-master.age-identity in the repository of fleet")];

#[cfg(test)]
mod tests {
    use super::*;

    /// The file's path, read when the tests run: the package without tests/ still compiles.
    const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/demo-master.age-identity");

    #[test]
    fn the_demo_master_is_known_and_says_in_its_first_line_that_it_is_public() {
        let text = std::fs::read_to_string(DEMO).unwrap();
        assert!(text.starts_with("# PUBLIC"), "{text}");
        let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
        let identity: age::x25519::Identity = line.parse().unwrap();
        assert_eq!(identity.to_public().to_string(), DEMO_MASTER);
        assert!(is_known_public(&Recipient::parse(DEMO_MASTER).unwrap()).is_some());
        assert!(is_known_public(&crate::keys::pair::age().public).is_none());
    }
}
