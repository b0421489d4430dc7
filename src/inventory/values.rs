//! The small syntaxes inside fleet.toml's strings: subnets, endpoints, host names, users, modes, units.

use super::cursor::shorten as shortened;
use super::model::{Endpoint, EndpointHost};
use crate::report::{Diagnose, nearest};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why a text is not what its key asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ValueError {
    /// No address and prefix length.
    #[error("`{text}` is no network")]
    Network {
        /// What was given.
        text: String,
        /// What is right.
        hint: String,
    },
    /// An address inside a network, where the network itself belongs.
    #[error("`{text}` is an address inside the network `{network}`")]
    HostBits {
        /// What was given.
        text: String,
        /// The network it lies in.
        network: String,
    },
    /// A network that can't be a mesh's subnet.
    #[error("`{text}` can't be the subnet of a mesh: {reason}")]
    Subnet {
        /// What was given.
        text: String,
        /// Why not.
        reason: &'static str,
    },
    /// No host and port.
    #[error("`{text}` is no endpoint: {reason}")]
    Endpoint {
        /// What was given.
        text: String,
        /// Why not.
        reason: String,
    },
    /// Neither an address nor a host name.
    #[error("`{text}` is neither an address nor a host name")]
    Host {
        /// What was given.
        text: String,
        /// What is right.
        hint: &'static str,
    },
    /// No name of a user or group.
    #[error("`{text}` is no name of a {kind}")]
    Account {
        /// What was given.
        text: String,
        /// `user` or `group`.
        kind: &'static str,
    },
    /// No permission bits.
    #[error("`{text}` is no file mode")]
    Mode {
        /// What was given.
        text: String,
    },
    /// Permission bits that make a secret worthless.
    #[error("the mode `{text}` lets every user of the machine write the secret")]
    OpenMode {
        /// What was given.
        text: String,
    },
    /// No unit of systemd.
    #[error("`{text}` is no systemd unit")]
    Unit {
        /// What was given.
        text: String,
        /// What is right.
        hint: String,
    },
    /// Neither http nor https.
    #[error("`{text}` is no URL that can be asked")]
    Url {
        /// What was given.
        text: String,
    },
    /// No system of Nix that runs NixOS.
    #[error("`{text}` is no system that NixOS knows")]
    System {
        /// What was given.
        text: String,
        /// The one that was meant, perhaps.
        nearest: Option<&'static str>,
    },
    /// No flake input.
    #[error("`{text}` is no name of a flake input")]
    Input {
        /// What was given.
        text: String,
    },
    /// Nothing, or control characters, where a command or an alphabet belongs.
    #[error("`{text}` is no {what}: {reason}")]
    Text {
        /// What was given.
        text: String,
        /// What was expected.
        what: &'static str,
        /// Why not.
        reason: &'static str,
    },
}

impl Diagnose for ValueError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            ValueError::Network { hint, .. } | ValueError::Unit { hint, .. } => hint.clone(),
            ValueError::HostBits { network, .. } => format!("write `{network}`"),
            ValueError::Subnet { text, .. } if text.contains(':') => {
                "take a private network (RFC 4193) that is used nowhere else, such as fd5e:91c0:88a2::/64"
                    .into()
            }
            ValueError::Subnet { .. } => {
                "take a private network that is used nowhere else, such as 10.88.127.0/24".into()
            }
            ValueError::Endpoint { .. } => {
                "write host and port: `vpn.example.net:51820`, `192.0.2.1:51820` or `[2001:db8::1]:51820`"
                    .into()
            }
            ValueError::Host { hint, .. } => (*hint).into(),
            ValueError::Account { .. } => {
                "begin with a letter or `_`, go on with letters, digits, `-`, `_` and `.`: at most 32".into()
            }
            ValueError::Mode { .. } => "write octal permission bits in quotes, such as \"0400\"".into(),
            ValueError::OpenMode { .. } => "leave out the last digit's 2, as in \"0440\"".into(),
            ValueError::Url { .. } => "begin with `http://` or `https://`, without spaces".into(),
            ValueError::System { nearest: Some(system), .. } => format!("did you mean `{system}`?"),
            ValueError::System { .. } => "most machines are `x86_64-linux` or `aarch64-linux`".into(),
            ValueError::Input { .. } => {
                "write the input as flake.nix calls it, such as `nixpkgs_stable`".into()
            }
            ValueError::Text { .. } => return Vec::new(),
        };
        vec![hint]
    }
}

/// A text for a message: something stands there even when it is empty.
fn shown(text: &str) -> String {
    if text.is_empty() { "\"\"".into() } else { shortened(text) }
}

const NETWORK_HINT: &str = "write an address and a prefix length, such as 10.88.127.0/24";
const NETWORK6_HINT: &str = "write an address and a prefix length, such as fd00:88:127::/64";

/// A network without host bits: `10.88.128.0/24`, `fd00::/64`.
pub(super) fn network(text: &str) -> Result<IpNet, ValueError> {
    let wrong = |hint: String| ValueError::Network { text: shown(text), hint };
    // Not IpNet's own parser: it takes `010.0.0.0/8`, which others read as octal.
    let parsed = text.split_once('/').and_then(|(address, length)| {
        let plain = length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
        IpNet::new(address.parse().ok()?, length.parse().ok().filter(|_| plain)?).ok()
    });
    let network = parsed.ok_or_else(|| {
        wrong(match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) if address.octets()[3] == 0 => {
                format!("write the prefix length too: `{address}/24`, or another one")
            }
            Ok(IpAddr::V4(address)) => format!("write `{address}/32` for the one address"),
            Ok(IpAddr::V6(address)) => format!("write `{address}/128` for the one address"),
            Err(_) if text.contains(':') => NETWORK6_HINT.into(),
            Err(_) => NETWORK_HINT.into(),
        })
    })?;
    if network.addr() != network.network() {
        return Err(ValueError::HostBits { text: shown(text), network: network.trunc().to_string() });
    }
    Ok(network)
}

/// The IPv4 subnet of a mesh: room for two members at least, and no addresses with a meaning of their own.
pub(super) fn subnet(text: &str) -> Result<Ipv4Net, ValueError> {
    let refuse = |reason| Err(ValueError::Subnet { text: shown(text), reason });
    let net = match network(text)? {
        IpNet::V4(net) => net,
        IpNet::V6(_) => {
            let hint = "put the IPv6 network in `subnet6`, and an IPv4 network here".to_owned();
            return Err(ValueError::Network { text: shown(text), hint });
        }
    };
    match (net.prefix_len(), net.network()) {
        (0, _) => refuse("it is the whole internet"),
        // Two addresses are enough for two members: RFC 3021.
        (32, _) => refuse("it is one address, and a mesh has two members at least; a /31 has room for two"),
        (_, address) if address.is_loopback() => refuse("its addresses never leave a machine"),
        (_, address) if address >= Ipv4Addr::new(224, 0, 0, 0) => refuse("it has no addresses for machines"),
        (_, address) if address.octets()[0] == 0 => refuse("it has no addresses for machines"),
        _ => Ok(net),
    }
}

/// The IPv6 subnet of a mesh.
pub(super) fn subnet6(text: &str) -> Result<Ipv6Net, ValueError> {
    let refuse = |reason| Err(ValueError::Subnet { text: shown(text), reason });
    let net = match network(text) {
        Ok(IpNet::V6(net)) => net,
        Ok(IpNet::V4(_)) => {
            let hint = "put the IPv4 network in `subnet`, and an IPv6 network here".to_owned();
            return Err(ValueError::Network { text: shown(text), hint });
        }
        Err(ValueError::Network { text, .. }) => {
            return Err(ValueError::Network { text, hint: NETWORK6_HINT.into() });
        }
        Err(error) => return Err(error),
    };
    let address: Ipv6Addr = net.network();
    match net.prefix_len() {
        // Two addresses are enough for two members: RFC 6164.
        128 => refuse("it is one address, and a mesh has two members at least; a /127 has room for two"),
        _ if address.is_unicast_link_local() => refuse("its addresses belong to single links"),
        _ if address.is_multicast() || address.segments()[0] == 0 => {
            refuse("it has no addresses for machines")
        }
        _ => Ok(net),
    }
}

impl Endpoint {
    /// Parses `host:port`; an IPv6 address stands in brackets.
    ///
    /// # Errors
    /// Says what is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        endpoint(text)
    }
}

/// A host and a UDP port; an IPv6 address stands in brackets.
pub(super) fn endpoint(text: &str) -> Result<Endpoint, ValueError> {
    let wrong = |reason: &str| ValueError::Endpoint { text: shown(text), reason: reason.to_owned() };
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(wrong("an IPv6 address stands in brackets, and a port follows"));
    }
    let (host, port) = text.rsplit_once(':').ok_or_else(|| wrong("the port is missing"))?;
    let port = match port.parse::<u16>() {
        // `+51820` is a number for Rust and none for wg.
        Ok(port) if port > 0 && port.to_string() == *text[host.len() + 1..].trim_start_matches('0') => port,
        _ => return Err(wrong("the port is a number from 1 to 65535")),
    };
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr =
            address.parse().map_err(|_| wrong("no IPv6 address stands in the brackets"))?;
        return Ok(Endpoint { host: EndpointHost::Address(address.into()), port });
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        if address.is_ipv6() {
            return Err(wrong("an IPv6 address stands in brackets"));
        }
        return Ok(Endpoint { host: EndpointHost::Address(address), port });
    }
    if host.is_empty() {
        return Err(wrong("the host is missing"));
    }
    host_name(host).map_err(|_| wrong("its host is neither an address nor a host name"))?;
    Ok(Endpoint { host: EndpointHost::Name(host.to_owned()), port })
}

/// The name that the machines' names stand under.
pub(super) fn domain(text: &str) -> Result<String, ValueError> {
    host_name(text).map_err(|_| ValueError::Text {
        text: shown(text),
        what: "domain",
        reason: "a domain has letters, digits and `-` between its dots, as `example.net` has",
    })
}

/// An address or a host name.
pub(super) fn host(text: &str) -> Result<String, ValueError> {
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => host_name(text),
    }
}

/// A host name of RFC 1123; `_` is let through, since people have such names in their /etc/hosts.
pub(super) fn host_name(text: &str) -> Result<String, ValueError> {
    let wrong = |hint| ValueError::Host { text: shown(text), hint };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    if text.contains("://") || text.contains('/') {
        return Err(wrong("write the host alone, without scheme and path"));
    }
    if text.starts_with('[') || text.matches(':').count() == 1 {
        return Err(wrong("write the host alone, without brackets and port"));
    }
    if !text.is_ascii() {
        return Err(wrong("write a name with other letters in its ASCII form, which begins with `xn--`"));
    }
    let last_is_number = name.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
    if name.len() > 253 || !name.split('.').all(label) || last_is_number {
        return Err(wrong("write a name such as `web1.example.net`, or an address"));
    }
    Ok(text.to_owned())
}

/// The name of a user or group, as systemd and shadow accept it.
pub(super) fn account(text: &str, kind: &'static str) -> Result<String, ValueError> {
    let mut letters = text.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let rest = letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if first && rest && text.len() <= 32 {
        Ok(text.to_owned())
    } else {
        Err(ValueError::Account { text: shown(text), kind })
    }
}

/// Permission bits in octal: `0400`, `440`.
pub(super) fn mode(text: &str) -> Result<u32, ValueError> {
    let wrong = || ValueError::Mode { text: shown(text) };
    if !(3..=4).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode & 0o002 != 0 => Err(ValueError::OpenMode { text: shown(text) }),
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err(wrong()),
    }
}

const UNIT_KINDS: [&str; 11] = [
    "service",
    "socket",
    "target",
    "timer",
    "path",
    "mount",
    "automount",
    "swap",
    "slice",
    "scope",
    "device",
];

/// The full name of a systemd unit.
pub(super) fn unit(text: &str) -> Result<String, ValueError> {
    let known =
        text.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && UNIT_KINDS.contains(&kind));
    let clean = |text: &str| {
        // A leading `-` would be an option to whoever runs systemctl.
        !text.is_empty()
            && !text.starts_with('-')
            && text.len() <= 255
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_.\\@".contains(&b))
    };
    match (clean(text), known) {
        (true, true) => Ok(text.to_owned()),
        (true, false) => {
            let hint = format!("write the unit with its kind: `{text}.service`");
            Err(ValueError::Unit { text: shown(text), hint })
        }
        (false, _) => {
            let hint = "write one unit, such as `nginx.service`".to_owned();
            Err(ValueError::Unit { text: shown(text), hint })
        }
    }
}

/// A URL that a health check asks.
pub(super) fn url(text: &str) -> Result<String, ValueError> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let clean = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    match rest {
        Some(rest) if clean && !rest.is_empty() && !rest.starts_with('/') => Ok(text.to_owned()),
        _ => Err(ValueError::Url { text: shown(text) }),
    }
}

/// A command line that a health check runs.
pub(super) fn command(text: &str) -> Result<String, ValueError> {
    let wrong = |reason| Err(ValueError::Text { text: shown(text), what: "command", reason });
    if text.trim().is_empty() {
        wrong("it is empty")
    } else if text.contains('\0') {
        wrong("no command can hold a NUL")
    } else {
        Ok(text.to_owned())
    }
}

/// The characters of a generated password.
pub(super) fn alphabet(text: &str) -> Result<String, ValueError> {
    let wrong = |reason| Err(ValueError::Text { text: shown(text), what: "alphabet", reason });
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    if letters.len() < 2 {
        return wrong("it has fewer than two characters");
    }
    if letters.windows(2).any(|pair| pair[0] == pair[1]) {
        return wrong("a character that stands twice would come twice as often");
    }
    if letters.iter().any(|c| c.is_control()) {
        return wrong("it has a control character");
    }
    Ok(text.to_owned())
}

/// The Linux systems of nixpkgs (`lib.systems.doubles.linux`).
const SYSTEMS: [&str; 22] = [
    "x86_64-linux",
    "aarch64-linux",
    "armv5tel-linux",
    "armv6l-linux",
    "armv7a-linux",
    "armv7l-linux",
    "i686-linux",
    "loongarch64-linux",
    "m68k-linux",
    "microblaze-linux",
    "microblazeel-linux",
    "mips-linux",
    "mips64-linux",
    "mips64el-linux",
    "mipsel-linux",
    "powerpc64-linux",
    "powerpc64le-linux",
    "riscv32-linux",
    "riscv64-linux",
    "s390-linux",
    "s390x-linux",
    "ppc64-linux",
];

/// A system of Nix, such as `x86_64-linux`.
pub(super) fn system(text: &str) -> Result<String, ValueError> {
    if SYSTEMS.contains(&text) {
        return Ok(text.to_owned());
    }
    let guess = match text.strip_suffix("-linux").unwrap_or(text) {
        "amd64" | "x86_64" | "x64" | "x86-64" => Some("x86_64-linux"),
        "arm64" | "aarch64" => Some("aarch64-linux"),
        _ => nearest(text, SYSTEMS),
    };
    Err(ValueError::System { text: shown(text), nearest: guess })
}

/// The name of a flake input.
pub(super) fn input(text: &str) -> Result<String, ValueError> {
    let mut letters = text.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\'')) {
        Ok(text.to_owned())
    } else {
        Err(ValueError::Input { text: shown(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_prints_as_it_was_read() {
        for text in ["vpn.example.net:2108", "192.0.2.1:51820", "[2001:db8::1]:51820", "a_b:1"] {
            assert_eq!(endpoint(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            ":",
            "a",
            "a:",
            "a:0",
            "a:65536",
            "a:+1",
            ":1",
            "2001:db8::1",
            "2001:db8::1:51820",
            "[::1]",
            "[a]:1",
            "a b:1",
            "http://a:1",
            "1.2.3:4",
            "a:1:2",
            "ä:1",
            "-a:1",
            "[1.2.3.4]:1",
        ] {
            assert!(endpoint(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_has_no_host_bits() {
        assert_eq!(network("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("0.0.0.0/0").unwrap().to_string(), "0.0.0.0/0");
        assert_eq!(network("fd00::/64").unwrap().to_string(), "fd00::/64");
        assert_eq!(network("10.0.0.1/8").unwrap_err().hints(), ["write `10.0.0.0/8`"]);
        assert_eq!(network("10.0.0.1").unwrap_err().hints(), ["write `10.0.0.1/32` for the one address"]);
        for text in ["", "/", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "fd00::/129", "010.0.0.0/8"] {
            assert!(matches!(network(text), Err(ValueError::Network { .. })), "{text}");
        }
    }

    #[test]
    fn a_mesh_has_room_and_ordinary_addresses() {
        assert!(subnet("10.88.127.0/30").is_ok() && subnet("10.88.127.0/31").is_ok());
        assert!(subnet6("fd00:88:127::/64").is_ok() && subnet6("fd00::/127").is_ok());
        let one = subnet("10.0.0.1/32").unwrap_err().to_string();
        assert_eq!(
            one,
            "`10.0.0.1/32` can't be the subnet of a mesh: it is one address, and a mesh has two members at least; a /31 has room for two"
        );
        for text in ["0.0.0.0/0", "10.0.0.1/32", "127.0.0.0/8", "224.0.0.0/4", "fd00::/64"] {
            assert!(subnet(text).is_err(), "{text}");
        }
        for text in ["::/0", "fd00::/128", "fe80::/64", "ff00::/8", "10.0.0.0/8", "fd00::1/64"] {
            assert!(subnet6(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_mode_is_octal_and_keeps_others_from_writing() {
        assert_eq!(mode("0400"), Ok(0o400));
        assert_eq!(mode("440"), Ok(0o440));
        for text in ["", "4", "0x400", "04000", "4400", "0402", "999", "+400"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_unit_has_its_kind() {
        assert!(unit("getty@tty1.service").is_ok());
        assert_eq!(unit("nginx").unwrap_err().hints(), ["write the unit with its kind: `nginx.service`"]);
        for text in ["", ".service", "a b.service", "a/b.service", "nginx.serv", "-\n.service"] {
            assert!(unit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn systems_are_guessed_kindly() {
        assert_eq!(system("arm64-linux").unwrap_err().hints(), ["did you mean `aarch64-linux`?"]);
        assert_eq!(system("x86-64-linux").unwrap_err().hints(), ["did you mean `x86_64-linux`?"]);
    }
}
