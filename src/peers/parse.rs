//! Reading back what `wg`, `wg-quick` and we write: the inverse of [`super::print()`].
//!
//! A file that somebody else wrote is read as `wg-quick` would read it: keys and sections in any case, several
//! lines of one list, `DNS`, hooks and the like passed over. An error shows its line, but never a private key.

use super::config::{Config, KeySource, PeerConfig};
use crate::format::{Sensitive, WgPublicKey};
use crate::inventory::{Endpoint, EndpointHost};
use crate::report::{Diagnose, Place, did_you_mean};
use ipnet::IpNet;
use std::net::IpAddr;

/// Why a text is no WireGuard configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ParseError {
    what: What,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum What {
    #[error("there is no `[Interface]` section in it")]
    NoInterface,
    #[error("`[{0}]` is no section of a WireGuard configuration")]
    Section(String),
    #[error("there is a second `[Interface]` section")]
    SecondInterface,
    #[error("a setting stands before the first section")]
    NoSection,
    #[error("this line is no setting")]
    NoSetting,
    #[error("`{key}` is no setting of `[{section}]`")]
    Unknown { key: String, section: &'static str },
    #[error("the value of `{key}` is no {expected}")]
    Value { key: &'static str, expected: &'static str },
    #[error("this peer has no `PublicKey`")]
    NoKey,
}

impl Diagnose for ParseError {
    fn places(&self) -> Vec<Place> {
        vec![self.place.clone()]
    }

    fn hints(&self) -> Vec<String> {
        match &self.what {
            What::Section(_) | What::NoSection | What::NoInterface => {
                vec!["the sections are `[Interface]`, once, and `[Peer]`, once per peer".into()]
            }
            What::NoSetting => vec!["write `Key = value`, or begin a comment with `#`".into()],
            What::Unknown { key, section } => {
                let known = if *section == "Peer" { PEER } else { INTERFACE };
                did_you_mean(key, known.iter().copied()).into_iter().collect()
            }
            What::NoKey => vec!["every `[Peer]` section needs one `PublicKey`".into()],
            _ => Vec::new(),
        }
    }
}

const INTERFACE: &[&str] = &[
    "PrivateKey",
    "ListenPort",
    "FwMark",
    "Address",
    "DNS",
    "MTU",
    "Table",
    "PreUp",
    "PostUp",
    "PreDown",
    "PostDown",
    "SaveConfig",
];
const PEER: &[&str] = &["PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"];

enum Section {
    None,
    Interface,
    Peer(Box<Draft>),
}

/// A peer whose lines are still being read.
struct Draft {
    line: usize,
    key: Option<WgPublicKey>,
    peer: PeerConfig,
}

/// Reads a configuration; `file` is what errors call it.
///
/// # Errors
/// At the first line that is not understood, with its place.
pub fn parse(text: &str, file: &str) -> Result<Config, ParseError> {
    let mut reader = Reader {
        file,
        text,
        config: Config {
            name: None,
            public_key: None,
            private_key: KeySource::None,
            addresses: Vec::new(),
            listen_port: None,
            mtu: None,
            endpoint: None,
            forwards: false,
            behind: Vec::new(),
            at_home: Vec::new(),
            routed: true,
            peers: Vec::new(),
        },
        seen_interface: false,
        preshared_files: Vec::new(),
    };
    let mut section = Section::None;
    for (number, line) in text.lines().enumerate() {
        reader.line(number, line.trim(), &mut section)?;
    }
    reader.close(section)?;
    if !reader.seen_interface {
        return Err(ParseError { what: What::NoInterface, place: Place::file(file) });
    }
    let Reader { mut config, preshared_files, .. } = reader;
    for (key, path) in preshared_files {
        let unset = |peer: &&mut PeerConfig| peer.public_key == key && peer.preshared_key == KeySource::None;
        for peer in config.peers.iter_mut().filter(unset) {
            peer.preshared_key = KeySource::File(path.clone());
        }
    }
    Ok(config)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    config: Config,
    seen_interface: bool,
    /// What `PostUp` commands of ours load.
    preshared_files: Vec<(WgPublicKey, String)>,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str, section: &mut Section) -> Result<(), ParseError> {
        if let Some(comment) = line.strip_prefix("# ") {
            self.comment(comment, section);
            return Ok(());
        }
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            return Ok(());
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            self.close(std::mem::replace(section, Section::None))?;
            *section = if name.trim().eq_ignore_ascii_case("interface") {
                if std::mem::replace(&mut self.seen_interface, true) {
                    return Err(self.error(number, What::SecondInterface));
                }
                Section::Interface
            } else if name.trim().eq_ignore_ascii_case("peer") {
                Section::Peer(Box::new(Draft::new(number)))
            } else {
                return Err(self.error(number, What::Section(name.chars().take(40).collect())));
            };
            return Ok(());
        }
        let Some((key, value)) = line.split_once('=') else {
            return Err(self.hidden(number, "…", What::NoSetting));
        };
        let (key, value) = (key.trim(), value.trim());
        let (known, section_name) = match section {
            Section::None => return Err(self.hidden(number, key, What::NoSection)),
            Section::Interface => (INTERFACE, "Interface"),
            Section::Peer(_) => (PEER, "Peer"),
        };
        let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(key)) else {
            let shown = key.chars().take(40).collect();
            return Err(self.hidden(number, key, What::Unknown { key: shown, section: section_name }));
        };
        match section {
            Section::Peer(draft) => draft.set(known, value),
            _ => self.set(known, value),
        }
        .map_err(|what| match *known {
            "PrivateKey" | "PresharedKey" => self.hidden(number, known, what),
            _ => self.error(number, what),
        })
    }

    /// A setting of the interface.
    fn set(&mut self, key: &'static str, value: &str) -> Result<(), What> {
        let config = &mut self.config;
        match key {
            "PrivateKey" => config.private_key = key_source(key, value)?,
            "ListenPort" => {
                config.listen_port = Some(value.parse().map_err(|_| What::Value { key, expected: "port" })?);
            }
            "MTU" => {
                let expected = "number of bytes up to 65535";
                config.mtu = Some(value.parse().map_err(|_| What::Value { key, expected })?);
            }
            "Address" => {
                for text in value.split(',') {
                    config.addresses.push(network(key, text)?);
                }
            }
            "Table" => config.routed = !value.eq_ignore_ascii_case("off"),
            "PostUp" => match value.split_whitespace().collect::<Vec<_>>()[..] {
                ["wg", "set", "%i", "private-key", path] => {
                    config.private_key = KeySource::File(path.to_owned());
                }
                ["wg", "set", "%i", "peer", peer, "preshared-key", path] => {
                    if let Ok(peer) = WgPublicKey::parse(peer) {
                        self.preshared_files.push((peer, path.to_owned()));
                    }
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// What we say of an interface or a peer beyond what WireGuard's tools know. Other comments are passed over.
    fn comment(&mut self, comment: &str, section: &mut Section) {
        let Some((key, value)) = comment.split_once(": ") else { return };
        let value = value.trim();
        // What a comment says must fit into a line of its own: there a `#` ends a value, and a space a file's path.
        let source = |value: &str| match value.strip_prefix('<').and_then(|value| value.strip_suffix('>')) {
            _ if value.contains('#') => KeySource::None,
            Some(what) => KeySource::Missing(what.to_owned()),
            None if value.contains(char::is_whitespace) => KeySource::None,
            None => KeySource::File(value.to_owned()),
        };
        match section {
            Section::None => {}
            Section::Peer(draft) => match key {
                "name" => draft.peer.name = Some(value.to_owned()),
                "preshared key" => draft.peer.preshared_key = source(value),
                _ => {}
            },
            Section::Interface => {
                let config = &mut self.config;
                let networks = || value.split(',').filter_map(|text| network("", text).ok());
                match key {
                    "name" => config.name = Some(value.to_owned()),
                    "public key" => config.public_key = WgPublicKey::parse(value).ok(),
                    "called at" => config.endpoint = endpoint(value),
                    "forwards" => config.forwards = value == "yes",
                    "behind" => config.behind.extend(networks().map(|net| net.trunc())),
                    "at home in" => config.at_home.extend(networks().map(|net| net.trunc())),
                    "private key" => config.private_key = source(value),
                    "address" => config.addresses.extend(networks()),
                    "mtu" => config.mtu = value.parse().ok(),
                    "table" => config.routed = value != "off",
                    _ => {}
                }
            }
        }
    }

    fn close(&mut self, section: Section) -> Result<(), ParseError> {
        if let Section::Peer(draft) = section {
            let key = draft.key.ok_or_else(|| self.error(draft.line, What::NoKey))?;
            self.config.peers.push(PeerConfig { public_key: key, ..draft.peer });
        }
        Ok(())
    }

    fn error(&self, number: usize, what: What) -> ParseError {
        let start: usize = self.text.split_inclusive('\n').take(number).map(str::len).sum();
        let length = self.text[start..].lines().next().map_or(0, str::len);
        ParseError { what, place: Place::in_source(self.file, self.text, start..start + length) }
    }

    /// An error whose line may hold a private key: the value is not shown.
    fn hidden(&self, number: usize, key: &str, what: What) -> ParseError {
        let mut error = self.error(number, what);
        if let Some(spot) = &mut error.place.spot {
            spot.text = format!("{} = …", key.chars().take(40).collect::<String>());
            spot.column = 1;
            spot.length = spot.text.chars().count();
        }
        error
    }
}

impl Draft {
    fn new(line: usize) -> Self {
        let peer = PeerConfig {
            name: None,
            public_key: WgPublicKey([0; 32]),
            preshared_key: KeySource::None,
            allowed_ips: Vec::new(),
            endpoint: None,
            keepalive: None,
        };
        Draft { line, key: None, peer }
    }

    fn set(&mut self, key: &'static str, value: &str) -> Result<(), What> {
        match key {
            "PublicKey" => {
                let expected = "WireGuard key: 44 characters of base64";
                self.key = Some(WgPublicKey::parse(value).map_err(|_| What::Value { key, expected })?);
            }
            "PresharedKey" => self.peer.preshared_key = key_source(key, value)?,
            "AllowedIPs" if value.is_empty() => {}
            "AllowedIPs" => {
                for text in value.split(',') {
                    self.peer.allowed_ips.push(network(key, text)?.trunc());
                }
            }
            "Endpoint" => {
                let wrong = What::Value { key, expected: "host and port, such as 198.51.100.1:51820" };
                self.peer.endpoint = Some(endpoint(value).ok_or(wrong)?);
            }
            "PersistentKeepalive" if value.eq_ignore_ascii_case("off") => self.peer.keepalive = None,
            "PersistentKeepalive" => {
                let wrong = What::Value { key, expected: "number of seconds up to 65535, or `off`" };
                let seconds: u16 = value.parse().map_err(|_| wrong)?;
                self.peer.keepalive = (seconds > 0).then_some(seconds);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A private or pre-shared key in a file, or the words that hold its place.
fn key_source(key: &'static str, value: &str) -> Result<KeySource, What> {
    if let Some(what) = value.strip_prefix('<').and_then(|value| value.strip_suffix('>')) {
        return Ok(KeySource::Missing(what.to_owned()));
    }
    // Private, public and pre-shared keys are written alike.
    match WgPublicKey::parse(value) {
        Ok(_) => Ok(KeySource::Given(Sensitive::from(value.to_owned()))),
        Err(_) => Err(What::Value { key, expected: "WireGuard key: 44 characters of base64" }),
    }
}

/// An address with a prefix length, or alone.
fn network(key: &'static str, text: &str) -> Result<IpNet, What> {
    let text = text.trim();
    let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse()
        .ok()
        .or_else(alone)
        .ok_or(What::Value { key, expected: "list of networks, such as 10.88.127.0/24, fd00::/64" })
}

/// `host:port`, an IPv6 address in brackets.
fn endpoint(text: &str) -> Option<Endpoint> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return Some(Endpoint { host: EndpointHost::Address(IpAddr::V6(address.parse().ok()?)), port });
    }
    if host.is_empty() || host.contains([':', '[', ']']) || host.contains(char::is_whitespace) {
        return None;
    }
    let host = match host.parse() {
        Ok(address) => EndpointHost::Address(address),
        Err(_) => EndpointHost::Name(host.to_owned()),
    };
    Some(Endpoint { host, port })
}

#[cfg(test)]
mod tests {
    use super::super::{Style, print};
    use super::*;
    use crate::report::Report;
    use proptest::prelude::*;

    fn network() -> impl Strategy<Value = IpNet> {
        prop_oneof![
            (any::<u32>(), 0..=32u8)
                .prop_map(|(address, length)| { IpNet::new(IpAddr::V4(address.into()), length).unwrap() }),
            (any::<u128>(), 0..=128u8)
                .prop_map(|(address, length)| { IpNet::new(IpAddr::V6(address.into()), length).unwrap() }),
        ]
    }

    fn networks() -> impl Strategy<Value = Vec<IpNet>> {
        prop::collection::vec(network().prop_map(|net| net.trunc()), 0..4)
    }

    fn an_endpoint() -> impl Strategy<Value = Endpoint> {
        let host = prop_oneof![
            any::<IpAddr>().prop_map(EndpointHost::Address),
            "[a-z][a-z0-9-]{0,8}(\\.[a-z]{2,5})?".prop_map(EndpointHost::Name),
        ];
        (host, any::<u16>()).prop_map(|(host, port)| Endpoint { host, port })
    }

    fn public_key() -> impl Strategy<Value = WgPublicKey> {
        any::<[u8; 32]>().prop_map(WgPublicKey)
    }

    fn source() -> impl Strategy<Value = KeySource> {
        prop_oneof![
            Just(KeySource::None),
            "/run/[a-z.]{1,9}/[a-z.]{1,9}".prop_map(KeySource::File),
            "[a-z/.]{1,9}( [a-z]{1,5})?".prop_map(KeySource::Missing),
            public_key().prop_map(|key| KeySource::Given(key.to_string().into())),
        ]
    }

    prop_compose! {
        fn peer()(
            name in prop::option::of("[a-z][a-z0-9-]{0,8}"),
            public_key in public_key(),
            preshared_key in source(),
            allowed_ips in networks(),
            endpoint in prop::option::of(an_endpoint()),
            keepalive in prop::option::of(1..=u16::MAX),
        ) -> PeerConfig {
            PeerConfig { name, public_key, preshared_key, allowed_ips, endpoint, keepalive }
        }
    }

    prop_compose! {
        fn config()(
            (name, public_key, private_key) in
                (prop::option::of("[a-z][a-z0-9-]{0,8}"), prop::option::of(public_key()), source()),
            addresses in prop::collection::vec(network(), 0..3),
            listen_port in any::<Option<u16>>(),
            mtu in any::<Option<u16>>(),
            endpoint in prop::option::of(an_endpoint()),
            forwards in any::<bool>(),
            routed in any::<bool>(),
            (behind, at_home) in (networks(), networks()),
            peers in prop::collection::vec(peer(), 0..4),
        ) -> Config {
            Config {
                name, public_key, private_key, addresses, listen_port, mtu, endpoint, forwards, routed, behind, at_home,
                peers,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(config in config()) {
            for style in [Style::WgQuick, Style::Setconf] {
                let text = print(&config, style);
                prop_assert_eq!(&parse(&text, "x").unwrap(), &config, "{:?}:\n{}", style, text);
            }
            // What is committed has everything but keys that stood in a file.
            let mut public = config;
            if matches!(public.private_key, KeySource::Given(_)) {
                public.private_key = KeySource::None;
            }
            for peer in &mut public.peers {
                if matches!(peer.preshared_key, KeySource::Given(_)) {
                    peer.preshared_key = KeySource::None;
                }
            }
            prop_assert_eq!(parse(&print(&public, Style::Committed), "x").unwrap(), public);
        }

        #[test]
        fn no_text_panics(text in "(\\[(Interface|Peer|\\PC)\\]|[A-Za-z# ]{0,12}[=:] ?[\\PC,/:]{0,12}|\\PC{0,9}|\r|\n){0,20}") {
            if let Err(error) = parse(&text, "x") {
                let _ = Report::from(error).render(false);
            }
        }
    }

    #[test]
    fn a_file_of_somebody_else_is_read_as_wg_quick_reads_it() {
        let config = parse(
            "[interface]\naddress=10.0.0.2/24, fd00::2/64 # home\nAddress = 10.0.1.2\nDNS = 1.1.1.1\nTable=OFF\n\
             PostUp = iptables -A FORWARD -i %i -j ACCEPT; x=y\nListenPort=51820\n# Address = 10.9.9.9/24\n\
             [PEER]\nPublicKey=xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nAllowedIPs = 10.0.0.7/24\n\
             AllowedIPs =\nallowedips=::/0\nEndpoint=[2001:db8::1]:51820\nPersistentKeepalive=off\n",
            "x",
        )
        .unwrap();
        let shown: Vec<String> = config.addresses.iter().map(IpNet::to_string).collect();
        assert_eq!(shown, ["10.0.0.2/24", "fd00::2/64", "10.0.1.2/32"]);
        assert!(!config.routed);
        let [peer] = &config.peers[..] else { panic!() };
        assert_eq!(peer.allowed_ips, ["10.0.0.0/24".parse().unwrap(), "::/0".parse().unwrap()]);
        assert_eq!(peer.endpoint.as_ref().unwrap().to_string(), "[2001:db8::1]:51820");
        assert_eq!(peer.keepalive, None);
    }

    #[test]
    fn a_path_in_a_comment_that_no_line_could_hold_is_passed_over() {
        // Found by fuzzing: printed as a value, the path ended at its `#`.
        for path in ["/run/a# b", "/run/a b", "<a # b>"] {
            let config = parse(&format!("[Interface]\n# private key: {path}\n"), "x.conf").unwrap();
            assert!(matches!(config.private_key, KeySource::None), "{path}");
        }
    }

    #[test]
    fn an_error_shows_its_line_and_no_private_key() {
        let report = |text: &str| Report::from(parse(text, "wg.conf").unwrap_err()).render(false);
        assert_eq!(
            report("[Interface]\nListenPort = many\n"),
            "error: the value of `ListenPort` is no port\n --> wg.conf:2:1\n  |\n2 | ListenPort = many\n  | ^^^^^^^^^^^^^^^^^\n"
                .replace(" -->", "  -->")
        );
        assert!(report("[Interface]\n[Peer]\nAllowedIPs = 10.0.0.0/8\n").contains("has no `PublicKey`"));
        assert!(report("[Peer]\nPubicKey = x\n").contains("did you mean `PublicKey`?"));
        for text in [
            "[Interface]\nPrivateKey = hunter2\n",
            "[Interface]\nPrivateKy = hunter2\n",
            "[Interface]\nPrivateKey hunter2\n",
            "PrivateKey = hunter2\n",
            "[Interface]\n[Peer]\nPresharedKey = hunter2\n",
        ] {
            assert!(!report(text).contains("hunter2"), "{text}");
        }
    }
}
