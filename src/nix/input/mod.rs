//! An input says where a tree comes from: a kind and attributes, such as `{ type = "git"; url = …; ref = …; }`.
//!
//! It can be written as attributes, as an address, or shorter as a [flake reference](FlakeRef). Nothing here fetches;
//! [`World::fetch`](super::World::fetch) does, and answers with more attributes, from which the same tree can be had again.

mod forge;
mod git;
mod reference;
pub mod scheme;
pub mod url;

pub use git::{git_url, is_legal_ref};
pub use reference::FlakeRef;
pub use scheme::Scheme;

use crate::store::{Algorithm, Form, Hash};
use std::collections::BTreeMap;
use std::fmt;
use url::{BadUrl, Url};

/// An attribute of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A string.
    Text(String),
    /// A number.
    Number(u64),
    /// A switch.
    Bool(bool),
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Attribute::Text(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Attribute::Text(text)
    }
}

impl From<u64> for Attribute {
    fn from(number: u64) -> Self {
        Attribute::Number(number)
    }
}

impl From<bool> for Attribute {
    fn from(value: bool) -> Self {
        Attribute::Bool(value)
    }
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// Why something is no input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadInput(pub String);

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<BadUrl> for BadInput {
    fn from(bad: BadUrl) -> Self {
        BadInput(bad.0)
    }
}

/// Where a tree comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What is known of it, `type` among it.
    pub attributes: Attributes,
    /// What kind it is; none for a `type` that nobody knows.
    pub scheme: Option<Scheme>,
}

impl Input {
    /// An input of attributes; `type` says which others there may be.
    ///
    /// # Errors
    /// When one is missing, of the wrong type, or of no use for its kind.
    pub fn from_attributes(attributes: Attributes) -> Result<Self, BadInput> {
        let kind = match attributes.get("type") {
            Some(Attribute::Text(kind)) => kind.clone(),
            Some(_) => return Err(BadInput("input attribute 'type' is not a string".into())),
            None => {
                return Err(BadInput(
                    "'type' attribute to specify input scheme is required but not provided".into(),
                ));
            }
        };
        let scheme = Scheme::named(&kind);
        let mut input = Input { attributes, scheme };
        if let Some(scheme) = scheme {
            let allowed = scheme.attributes();
            for name in input.attributes.keys() {
                if name != "type" && name != "__final" && !allowed.contains(&name.as_str()) {
                    return Err(BadInput(format!(
                        "input attribute '{name}' not supported by scheme '{kind}'"
                    )));
                }
            }
            scheme.check(&mut input)?;
        }
        // These are read by every kind.
        input.text("ref")?;
        input.number("revCount")?;
        input.number("lastModified")?;
        Ok(input)
    }

    /// An input of an address.
    ///
    /// # Errors
    /// When no kind of input has such addresses, or a parameter is wrong.
    pub fn from_url(url: &Url) -> Result<Self, BadInput> {
        for scheme in Scheme::ALL {
            if let Some(attributes) = scheme.read_url(url)? {
                return Self::from_attributes(attributes);
            }
        }
        if url.scheme == "file+git" {
            return Err(BadInput(format!(
                "input '{url}' is unsupported; did you mean 'git+file' instead of 'file+git'?"
            )));
        }
        Err(BadInput(format!("input '{url}' is unsupported")))
    }

    /// The address of the input.
    ///
    /// # Errors
    /// When its kind is unknown.
    pub fn url(&self) -> Result<Url, BadInput> {
        match self.scheme {
            Some(scheme) => scheme.print_url(self),
            None => Err(BadInput(format!("cannot show unsupported input '{}'", self.json()))),
        }
    }

    /// Whether it names one tree for ever.
    ///
    /// # Errors
    /// When its commit is no hash.
    pub fn is_locked(&self) -> Result<bool, BadInput> {
        Ok(match self.scheme {
            Some(Scheme::Git) => self.rev()?.is_some_and(|rev| rev.digest().iter().any(|byte| *byte != 0)),
            Some(Scheme::Mercurial | Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut) => {
                self.rev()?.is_some()
            }
            Some(Scheme::Path | Scheme::File | Scheme::Tarball) => self.nar_hash()?.is_some(),
            Some(Scheme::Indirect) | None => false,
        })
    }

    /// A string among the attributes.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(&self, name: &str) -> Result<Option<&str>, BadInput> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Text(text)) => Ok(Some(text)),
            Some(_) => Err(BadInput(format!("input attribute '{name}' is not a string {}", self.json()))),
        }
    }

    /// A string that has to be there.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn wanted_text(&self, name: &str) -> Result<&str, BadInput> {
        self.text(name)?.ok_or_else(|| BadInput(format!("input attribute '{name}' is missing")))
    }

    /// A number among the attributes.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self, name: &str) -> Result<Option<u64>, BadInput> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(Attribute::Number(number)) => Ok(Some(*number)),
            Some(_) => Err(BadInput(format!("input attribute '{name}' is not an integer"))),
        }
    }

    /// A switch among the attributes, off where it is missing.
    ///
    /// # Errors
    /// When it is something else.
    pub fn switch(&self, name: &str) -> Result<bool, BadInput> {
        match self.attributes.get(name) {
            None => Ok(false),
            Some(Attribute::Bool(value)) => Ok(*value),
            Some(_) => Err(BadInput(format!("input attribute '{name}' is not a Boolean"))),
        }
    }

    /// The commit, if it is known.
    ///
    /// # Errors
    /// When it is no hash.
    pub fn rev(&self) -> Result<Option<Hash>, BadInput> {
        let Some(text) = self.text("rev")? else { return Ok(None) };
        let hash = Hash::parse_prefixed(text.as_bytes())
            .or_else(|_| Hash::parse(text.as_bytes(), Some(Algorithm::Sha1)))
            .map_err(|error| BadInput(error.to_string()))?;
        Ok(Some(hash))
    }

    /// The hash its tree must have, if it is known.
    ///
    /// # Errors
    /// When it is no sha256.
    pub fn nar_hash(&self) -> Result<Option<Hash>, BadInput> {
        let Some(text) = self.text("narHash")? else { return Ok(None) };
        if text.is_empty() {
            return Ok(Some(Hash::zero(Algorithm::Sha256)));
        }
        let hash = Hash::parse_sri(text.as_bytes()).map_err(|error| BadInput(error.to_string()))?;
        if hash.algorithm() != Algorithm::Sha256 {
            return Err(BadInput("narHash must use SHA-256".into()));
        }
        Ok(Some(hash))
    }

    /// What its store path is called.
    ///
    /// # Errors
    /// When its name is no string.
    pub fn name(&self) -> Result<&str, BadInput> {
        Ok(self.text("name")?.unwrap_or("source"))
    }

    /// The same with an attribute set.
    pub fn set(&mut self, name: &str, value: impl Into<Attribute>) {
        self.attributes.insert(name.to_owned(), value.into());
    }

    fn json(&self) -> serde_json::Value {
        json(&self.attributes)
    }
}

impl fmt::Display for Input {
    /// Its address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.url() {
            Ok(url) => url.fmt(f),
            Err(_) => self.json().fmt(f),
        }
    }
}

/// Attributes as JSON: in locks, and in messages.
pub fn json(attributes: &Attributes) -> serde_json::Value {
    let value = |value: &Attribute| match value {
        Attribute::Text(text) => serde_json::Value::from(text.as_str()),
        Attribute::Number(number) => serde_json::Value::from(*number),
        Attribute::Bool(value) => serde_json::Value::from(*value),
    };
    serde_json::Value::Object(attributes.iter().map(|(name, of)| (name.clone(), value(of))).collect())
}

/// A commit as git writes it.
pub fn git_rev(rev: &Hash) -> String {
    rev.print(Form::Base16)
}

/// `channel:NAME` stands for an address.
pub fn channel_url(url: &str) -> String {
    match url.strip_prefix("channel:") {
        Some(name) => format!("https://channels.nixos.org/{name}/nixexprs.tar.xz"),
        None => url.to_owned(),
    }
}
