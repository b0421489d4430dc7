//! Addresses, as Nix reads and writes them: RFC 3986 in parts that are already decoded, so that printing one again may
//! write it differently, but never to mean something else.

use std::collections::BTreeMap;
use std::fmt;

/// An address in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// `https`, or with what it is used for: `git+https`.
    pub scheme: String,
    /// What stands between `//` and the path, as it was written; none where there is no `//`.
    pub authority: Option<Authority>,
    /// What stands between the slashes of the path, decoded; absolute paths begin with an empty part.
    pub path: Vec<String>,
    /// Parameters by name, decoded.
    pub query: BTreeMap<String, String>,
    /// What stands after `#`, decoded.
    pub fragment: String,
}

/// Whom an address asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authority {
    /// The user, decoded.
    pub user: Option<String>,
    /// The password, decoded.
    pub password: Option<String>,
    /// The host, decoded; one in brackets keeps them.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadUrl(pub String);

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const SUB_DELIMS: &str = "!$&'()*+,;=";

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Writes a text with `%` in place of what is neither unreserved nor in `keep`.
pub fn encode(text: &str, keep: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if unreserved(byte) || keep.as_bytes().contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Reads a text with `%` in it.
///
/// # Errors
/// When two hexadecimal digits are missing after a `%`, or it is not UTF-8.
pub fn decode(text: &str) -> Result<String, BadUrl> {
    let bad = || BadUrl(format!("invalid URI parameter '{text}'"));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digit = |at: usize| {
                bytes.get(at).and_then(|byte| (*byte as char).to_digit(16)).map(|digit| digit as u8)
            };
            decoded.push(digit(at + 1).ok_or_else(bad)? << 4 | digit(at + 2).ok_or_else(bad)?);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).map_err(|_| bad())
}

/// Splits `git+https` into what it is used for and how it is reached.
pub fn split_scheme(scheme: &str) -> (Option<&str>, &str) {
    match scheme.split_once('+') {
        Some((application, transport)) => (Some(application), transport),
        None => (None, scheme),
    }
}

/// Reads the parameters behind a `?`. Those without `=` are left out; of two alike the first counts.
///
/// # Errors
/// When a `%` is not followed by two digits.
pub fn decode_query(query: &str) -> Result<BTreeMap<String, String>, BadUrl> {
    let mut parameters = BTreeMap::new();
    for parameter in query.split('&') {
        if let Some((name, value)) = parameter.split_once('=') {
            parameters.entry(decode(name)?).or_insert(decode(value)?);
        }
    }
    Ok(parameters)
}

impl Url {
    /// An address with a path and nothing else.
    pub fn of(scheme: &str, authority: Option<Authority>, path: Vec<String>) -> Self {
        Url { scheme: scheme.to_owned(), authority, path, query: BTreeMap::new(), fragment: String::new() }
    }

    /// Reads an address.
    ///
    /// # Errors
    /// When it has no scheme, or a character that has to be encoded.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        Self::read(text, false)
    }

    /// Reads an address as flake references are written: a blank and `"` may stand in its parameters, and `^` in its
    /// fragment, too.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn parse_leniently(text: &str) -> Result<Self, BadUrl> {
        Self::read(text, true)
    }

    fn read(text: &str, lenient: bool) -> Result<Self, BadUrl> {
        let bad = || BadUrl(format!("'{text}' is not a valid URL"));
        let (rest, fragment) = match text.split_once('#') {
            Some((rest, fragment)) => (rest, fragment),
            None => (text, ""),
        };
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, query),
            None => (rest, ""),
        };
        let scheme_end = rest.find([':', '/']).filter(|at| rest.as_bytes()[*at] == b':');
        let (scheme, rest) = match scheme_end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => return Err(BadUrl(format!("'{text}' doesn't have a scheme"))),
        };
        let legal = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        if !legal || !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(bad());
        }
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(Authority::parse(&rest[..end])?), &rest[end..])
            }
            None => (None, rest),
        };
        allowed(path, ":@/", "").then_some(()).ok_or_else(bad)?;
        allowed(query, ":@/?[]", if lenient { " \"" } else { "" }).then_some(()).ok_or_else(bad)?;
        allowed(fragment, ":@/?#", if lenient { " \"^" } else { "" }).then_some(()).ok_or_else(bad)?;
        let is_file = split_scheme(scheme).1 == "file";
        if let Some(authority) = &authority
            && is_file
            && !authority.host.is_empty()
        {
            return Err(BadUrl(format!("file:// URL '{text}' has unexpected authority '{authority}'")));
        }
        let path = if is_file && path.is_empty() { "/" } else { path };
        Ok(Url {
            scheme: scheme.to_owned(),
            authority,
            path: path.split('/').map(decode).collect::<Result<_, _>>()?,
            query: decode_query(query)?,
            fragment: decode(fragment)?,
        })
    }

    /// The parts of the path that are not empty.
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).filter(|part| !part.is_empty()).collect()
    }

    /// The path as a file system has it.
    ///
    /// # Errors
    /// When a part holds a slash or a zero byte.
    pub fn file_path(&self) -> Result<String, BadUrl> {
        for part in &self.path {
            if part.contains(['/', '\0']) {
                return Err(BadUrl(format!(
                    "URL path component '{part}' contains '/', which is not allowed in file names"
                )));
            }
        }
        let mut path = String::new();
        for (at, part) in self.path.iter().enumerate() {
            if at > 0 && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(part);
        }
        if path.is_empty() && self.path.len() == 1 {
            path.push('/');
        }
        Ok(path)
    }

    /// A parameter that is given and its value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.query.insert(name.to_owned(), value.into());
    }
}

/// The parts of a file system's path, as [`Url::path`] has them.
pub fn path_parts(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for (at, part) in path.split('/').enumerate() {
        // Doubled slashes are one; what is before the first slash and after the last counts.
        if !part.is_empty() || at == 0 || at == path.split('/').count() - 1 {
            parts.push(part.to_owned());
        }
    }
    parts
}

/// Whether a part of an address holds nothing but what it may: pchar of RFC 3986 and `more`.
fn allowed(text: &str, more: &str, lenient: &str) -> bool {
    text.bytes().all(|byte| {
        unreserved(byte)
            || byte == b'%'
            || [SUB_DELIMS, more, lenient].iter().any(|set| set.as_bytes().contains(&byte))
    })
}

impl Authority {
    fn parse(text: &str) -> Result<Self, BadUrl> {
        let bad = || BadUrl(format!("invalid URL authority: '{text}'"));
        let (user_info, rest) = match text.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, text),
        };
        let (user, password) = match user_info {
            None => (None, None),
            Some(text) => {
                allowed(text, ":", "").then_some(()).ok_or_else(bad)?;
                match text.split_once(':') {
                    Some((user, password)) => (Some(decode(user)?), Some(decode(password)?)),
                    None => (Some(decode(text)?), None),
                }
            }
        };
        let (host, port) = if rest.starts_with('[') {
            let end = rest.find(']').ok_or_else(bad)?;
            let port = &rest[end + 1..];
            let port = if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or_else(bad)?) };
            let inside = rest[1..end].bytes();
            if inside.len() == 0
                || !inside.into_iter().all(|byte| byte.is_ascii_hexdigit() || b":.%".contains(&byte))
            {
                return Err(bad());
            }
            (rest[..=end].to_owned(), port)
        } else {
            let (host, port) = match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            };
            allowed(host, "", "").then_some(()).ok_or_else(bad)?;
            (decode(host)?, port)
        };
        let port = match port {
            None | Some("") => None,
            Some(port) => {
                let digits = port.bytes().all(|byte| byte.is_ascii_digit());
                let number = port.parse().ok().filter(|_| digits);
                Some(number.ok_or_else(|| BadUrl(format!("port '{port}' is invalid")))?)
            }
        };
        Ok(Authority { user, password, host, port })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{}", encode(user, ""))?;
            if let Some(password) = &self.password {
                write!(f, ":{}", encode(password, ""))?;
            }
            f.write_str("@")?;
        }
        if self.host.starts_with('[') {
            f.write_str(&self.host)?
        } else {
            f.write_str(&encode(&self.host, ""))?
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        }
        let parts: Vec<String> = self.path.iter().map(|part| encode(part, ":@")).collect();
        f.write_str(&parts.join("/"))?;
        for (at, (name, value)) in self.query.iter().enumerate() {
            let before = if at == 0 { '?' } else { '&' };
            write!(f, "{before}{}={}", encode(name, ":@/?"), encode(value, ":@/?"))?;
        }
        if !self.fragment.is_empty() {
            write!(f, "#{}", encode(&self.fragment, ""))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_was_read() {
        for text in [
            "https://example.org/a/b.tar.gz?x=1&y=2#z",
            "file:///tmp/a%20b",
            "path:./a/b",
            "github:owner/repo/branch?dir=sub",
            "git+ssh://git@example.org:22/repo.git?ref=main",
            "http://[::1]:8080/x",
        ] {
            assert_eq!(Url::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "/a",
            "a",
            "a/b:c",
            "1a:b",
            "a:b c",
            "a:%4",
            "file://host/x",
            "http://h:x/",
            "http://[/",
            "a:^",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        assert!(Url::parse_leniently("a:b?x=c d#e^f").is_ok());
    }
}
