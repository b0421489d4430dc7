//! Flake references: the short ways in which people write an [`Input`], with a folder inside of it.

use super::url::{Authority, Url, decode_query, path_parts};
use super::{Attribute, Attributes, BadInput, Input};

/// What a flake reference names: an input, and the folder of it where `flake.nix` lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakeRef {
    /// Where the tree comes from.
    pub input: Input,
    /// The folder inside of the tree; empty for the tree itself.
    pub folder: String,
}

impl FlakeRef {
    /// Reads a reference that stands for itself: relative paths are refused, since nothing says from where.
    ///
    /// # Errors
    /// When it is none, or has a fragment.
    pub fn parse(text: &str) -> Result<Self, BadInput> {
        if text.starts_with('.') {
            return Err(BadInput(format!("flake reference '{text}' is not an absolute path")));
        }
        Self::parse_inside(text)
    }

    /// Reads a reference that stands in a flake, where a relative path begins.
    ///
    /// # Errors
    /// When it is none, or has a fragment.
    pub fn parse_inside(text: &str) -> Result<Self, BadInput> {
        let (found, fragment) = Self::parse_with_fragment(text)?;
        if !fragment.is_empty() {
            return Err(BadInput(format!("unexpected fragment '{fragment}' in flake reference '{text}'")));
        }
        Ok(found)
    }

    /// Reads a reference and what stands after its `#`, with percent signs decoded; the path may be relative.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse_with_fragment(text: &str) -> Result<(Self, String), BadInput> {
        let (url, fragment) = match short(text) {
            Some(found) => found,
            None => match Url::parse_leniently(text) {
                Ok(mut url) => {
                    let fragment = std::mem::take(&mut url.fragment);
                    (url, fragment)
                }
                Err(_) => of_path(text)?,
            },
        };
        Ok((Self::of_url(url)?, fragment))
    }

    fn of_url(mut url: Url) -> Result<Self, BadInput> {
        let folder = url.query.remove("dir").unwrap_or_default();
        Ok(FlakeRef { input: Input::from_url(&url)?, folder })
    }

    /// Reads a reference from attributes, `dir` among them.
    ///
    /// # Errors
    /// When they make no input.
    pub fn from_attributes(mut attributes: Attributes) -> Result<Self, BadInput> {
        let folder = match attributes.remove("dir") {
            None => String::new(),
            Some(Attribute::Text(folder)) => folder,
            Some(_) => return Err(BadInput("input attribute 'dir' is not a string".into())),
        };
        Ok(FlakeRef { input: Input::from_attributes(attributes)?, folder })
    }

    /// The attributes of the input, with `dir`.
    pub fn attributes(&self) -> Attributes {
        let mut attributes = self.input.attributes.clone();
        if !self.folder.is_empty() {
            attributes.entry("dir".into()).or_insert_with(|| Attribute::Text(self.folder.clone()));
        }
        attributes
    }

    /// The reference as an address.
    ///
    /// # Errors
    /// When the input is of a kind that has no address.
    pub fn print(&self) -> Result<String, BadInput> {
        let mut url = self.input.url()?;
        if !self.folder.is_empty() {
            url.query.entry("dir".into()).or_insert_with(|| self.folder.clone());
        }
        Ok(url.to_string())
    }
}

/// `nixpkgs`, `nixpkgs/branch`, `nixpkgs/branch/commit`, each with a fragment.
fn short(text: &str) -> Option<(Url, String)> {
    let (reference, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (id, rest) = match reference.split_once('/') {
        Some((id, rest)) => (id, Some(rest)),
        None => (reference, None),
    };
    if !super::scheme::is_flake_id(id) {
        return None;
    }
    if let Some(rest) = rest {
        let first = rest.bytes().next()?;
        let legal = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./@+-".contains(&byte));
        if !legal || !(first.is_ascii_alphanumeric() || first == b'@') {
            return None;
        }
    }
    let path = reference.split('/').map(str::to_owned).collect();
    Some((Url::of("flake", None, path), fragment.to_owned()))
}

fn of_path(text: &str) -> Result<(Url, String), BadInput> {
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.starts_with(['/', '.']) {
        return Err(BadInput(format!("flake reference '{text}' is not an absolute path")));
    }
    let authority = path.starts_with('/').then(Authority::default);
    let mut url = Url::of("path", authority, path_parts(path));
    url.query = decode_query(query)?;
    Ok((url, super::url::decode(fragment)?))
}

impl std::fmt::Display for FlakeRef {
    /// The address, or its attributes where its kind has none.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.print() {
            Ok(text) => f.write_str(&text),
            Err(_) => super::json(&self.attributes()).fmt(f),
        }
    }
}
