//! Keys whose private half is public: they protect nothing, and a fleet that uses one is open to everybody.
//!
//! The list holds public halves only, each with where its private half can be read.

use super::recipient::Recipient;
use crate::format::SshPublicKey;
use crate::report::Report;

/// Where the private half of a key can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPublic {
    /// In words, such as `fleet's demo master`.
    pub source: &'static str,
}

impl KnownPublic {
    /// The report that refuses such a key; `whose` is in words, such as ``master `ann` ``.
    pub fn report(self, whose: &str) -> Report {
        Report::error(format!("the {whose} protects nothing: its private half is public"))
            .because(format!("it is in {}", self.source))
            .hint("make a new key instead; `[fleet] public_keys_ok = true` is for fleets to learn with")
    }
}

/// Says where the private half of this key can be read, when it is known to be public.
pub fn is_known_public(key: &Recipient) -> Option<KnownPublic> {
    known(&key.fingerprint())
}

/// The same for an ssh key, such as a host's.
pub fn is_known_public_ssh(key: &SshPublicKey) -> Option<KnownPublic> {
    known(&key.fingerprint())
}

fn known(fingerprint: &str) -> Option<KnownPublic> {
    KEYS.iter().find(|(known, _)| *known == fingerprint).map(|(_, source)| KnownPublic { source })
}

/// The demo master of the reference fleet at the root of fleet's repository.
pub const DEMO_MASTER: &str = "age1qw3f57p0jn2rwuy07yylfc3mpxuaytnw8xgtj6nw0x8uw8wxld6savj8xs";

/// Fingerprint, and where the private half can be read. Each was computed from that private half, with `ssh-keygen -l`
/// or `age-keygen -y`.
const KEYS: &[(&str, &str)] = &[
    (DEMO_MASTER, "tests/keys/demo-master.age-identity in the repository of fleet"),
    (
        "SHA256:AqiYOj7mthT86f8rYyFAtDk6oF8xveHkpC+gpsr0HHo",
        "tests/keys/remote-worker.PUBLIC-ssh-host-key in the repository of fleet",
    ),
    // What people copy from while they set up a fleet of NixOS machines.
    ("SHA256:V3XmEKMdnyfwkBMqLxmqvB+sxNXcFr31f50KlIhRqxk", "example_keys/user1 of agenix"),
    ("SHA256:KLPP80PUyKSWMqbh9a+fZt6/2PCXUBwBuBdg5fJd0kc", "example_keys/system1 of agenix"),
    ("SHA256:dvIRknqyjjIuB+lGouUaT4x+VncAYZFI15UvWXtIYIc", "nixos/tests/ssh-keys.nix of nixpkgs"),
    ("SHA256:MV6uRX8zYMMqHjVqfcr+yczwXUujYhbLbKZ1d8V+brY", "nixos/tests/ssh-keys.nix of an older nixpkgs"),
    ("SHA256:Na4VNhJQwiTr6kYtY9aUBVP1MIB1b9ju2XYQnMkXduo", "the test assets of sops-nix"),
    // The insecure keys that Vagrant's base boxes accept.
    ("SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA", "keys/vagrant of vagrant"),
    ("SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI", "keys/vagrant.key.ed25519 of vagrant"),
    // The tests and the documentation of age and of the crates used here.
    ("SHA256:cp09gX/q55xtd9YsGvw//QeRN6gr1pdoRpmHXaFubAk", "the tests of age"),
    ("age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdrwsvlul66mv4q47ryef", "the tests of age"),
    ("age17wnc03eahggjwzry6edaxv4ndhxc3ylwdl5924chkxeh09a3nyfsavr6gu", "the tests of age"),
    ("age1f3ygt5e2d2h7d6dae2tnwgy4y6f0kwhvpa64cre0k2gprv2r8qnst4j00y", "the test vectors of age"),
    ("age1uc8zlurjyjpenrslc2thyl28u7ylz6x8c2g9yphvjha6xm8ppf3slq0l25", "the tests of the crate age"),
    ("age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa", "the tests of the crate age"),
    ("SHA256:jH4CHm2hFu7eduLrU2NqOn1Uk1zva6DohXCLFfCw734", "the tests of the crate age"),
    ("SHA256:PYX4o9UfGwCwG76hFcLAEkmMS0PtIBtV9MNmVgW16Oc", "the tests of the crate age"),
    ("SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ", "the examples of the crate ssh-key"),
    ("SHA256:Fmxts/GcV77PakFnf1Ueki5mpU4ZjUQWGRjZGAo3n/I", "the examples of the crate ssh-key"),
    ("SHA256:FKAyeywtQNZLl1YTzIzCV/ThadBlnWMaD7jHQYDseEY", "the examples of the crate ssh-key"),
];

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

    #[test]
    fn an_ssh_key_is_known_whatever_its_comment_says() {
        // Vagrant's insecure key, from its keys/vagrant.pub.ed25519.
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y me@home";
        let known = is_known_public(&Recipient::parse(line).unwrap()).unwrap();
        assert!(known.source.contains("vagrant"));
    }
}
