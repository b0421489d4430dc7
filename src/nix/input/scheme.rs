//! The kinds of inputs: which attributes each has, and its addresses.

use super::url::{BadUrl, Url, split_scheme};
use super::{Attribute, Attributes, BadInput, Input, forge, git, git_rev};
use crate::store::Form;

/// A kind of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// One file.
    File,
    /// A git repository.
    Git,
    /// github.com, or an instance of its software.
    GitHub,
    /// gitlab.com, or an instance of its software.
    GitLab,
    /// A Mercurial repository.
    Mercurial,
    /// A name that a registry knows.
    Indirect,
    /// A folder here.
    Path,
    /// git.sr.ht, or an instance of its software.
    SourceHut,
    /// An archive.
    Tarball,
}

/// Whether a text is a commit of git or Mercurial, written out.
pub fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text may be the name of a flake in a registry.
pub fn is_flake_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

const DOWNLOADED: &[&str] = &["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"];
const ENDINGS: &[&str] = &[".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"];

impl Scheme {
    /// All kinds; an address is asked for in this order.
    pub const ALL: [Scheme; 9] = [
        Scheme::File,
        Scheme::Git,
        Scheme::GitHub,
        Scheme::GitLab,
        Scheme::Mercurial,
        Scheme::Indirect,
        Scheme::Path,
        Scheme::SourceHut,
        Scheme::Tarball,
    ];

    /// As `type` names it.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::File => "file",
            Scheme::Git => "git",
            Scheme::GitHub => "github",
            Scheme::GitLab => "gitlab",
            Scheme::Mercurial => "hg",
            Scheme::Indirect => "indirect",
            Scheme::Path => "path",
            Scheme::SourceHut => "sourcehut",
            Scheme::Tarball => "tarball",
        }
    }

    /// The kind that `type` names.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    pub(super) fn attributes(self) -> &'static [&'static str] {
        match self {
            Scheme::File | Scheme::Tarball => DOWNLOADED,
            Scheme::Git => git::ATTRIBUTES,
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => forge::ATTRIBUTES,
            Scheme::Mercurial => &["url", "ref", "rev", "revCount", "narHash", "name"],
            Scheme::Indirect => &["id", "ref", "rev", "narHash"],
            Scheme::Path => &["path", "rev", "revCount", "lastModified", "narHash"],
        }
    }

    pub(super) fn check(self, input: &mut Input) -> Result<(), BadInput> {
        match self {
            Scheme::File | Scheme::Tarball => Ok(()),
            Scheme::Git => git::check(input),
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => forge::check(input),
            Scheme::Path => input.wanted_text("path").map(|_| ()),
            Scheme::Mercurial => {
                Url::parse(input.wanted_text("url")?)?;
                let legal = |name: &str| {
                    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@')
                        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./@+-".contains(&byte))
                };
                match input.text("ref")? {
                    Some(name) if !legal(name) => {
                        Err(BadInput(format!("invalid Mercurial branch/tag name '{name}'")))
                    }
                    _ => Ok(()),
                }
            }
            Scheme::Indirect => {
                let id = input.wanted_text("id")?;
                match is_flake_id(id) {
                    true => Ok(()),
                    false => Err(BadInput(format!("'{id}' is not a valid flake ID"))),
                }
            }
        }
    }

    /// The attributes that an address of this kind stands for; none for another kind's address.
    pub(super) fn read_url(self, url: &Url) -> Result<Option<Attributes>, BadInput> {
        match self {
            Scheme::Git => Ok(git::read_url(url)),
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => forge::read_url(self.name(), url),
            Scheme::File | Scheme::Tarball => Ok(self.read_download(url)),
            Scheme::Path => read_path(url),
            Scheme::Indirect => read_indirect(url),
            Scheme::Mercurial => Ok(read_mercurial(url)),
        }
    }

    fn read_download(self, url: &Url) -> Option<Attributes> {
        let (application, transport) = split_scheme(&url.scheme);
        let mine = match application {
            Some(application) => application == self.name(),
            // What is wanted is a tree, so that an address alone is always an archive's.
            None => self == Scheme::Tarball,
        };
        if !mine || !["file", "http", "https"].contains(&transport) {
            return None;
        }
        let mut attributes = Attributes::from([("type".to_owned(), Attribute::from(self.name()))]);
        for name in ["narHash", "rev"] {
            if let Some(value) = url.query.get(name) {
                attributes.insert(name.into(), Attribute::Text(value.clone()));
            }
        }
        for name in ["revCount", "lastModified"] {
            if let Some(number) = url.query.get(name).and_then(|value| value.parse().ok()) {
                attributes.insert(name.into(), Attribute::Number(number));
            }
        }
        let mut left = url.clone();
        left.scheme = transport.to_owned();
        left.query.retain(|name, _| !DOWNLOADED.contains(&name.as_str()));
        attributes.insert("url".into(), Attribute::Text(left.to_string()));
        Some(attributes)
    }

    pub(super) fn print_url(self, input: &Input) -> Result<Url, BadInput> {
        match self {
            Scheme::Git => git::print_url(input),
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => forge::print_url(self.name(), input),
            Scheme::File | Scheme::Tarball => {
                let mut url = Url::parse(input.wanted_text("url")?)?;
                if let Some(hash) = input.nar_hash()? {
                    url.set("narHash", hash.print(Form::Sri));
                }
                Ok(url)
            }
            Scheme::Path => print_path(input),
            Scheme::Indirect => {
                let mut path = vec![input.wanted_text("id")?.to_owned()];
                path.extend(input.text("ref")?.map(str::to_owned));
                path.extend(input.rev()?.map(|rev| git_rev(&rev)));
                Ok(Url::of("flake", None, path))
            }
            Scheme::Mercurial => {
                let mut url = Url::parse(input.wanted_text("url")?)?;
                url.scheme = format!("hg+{}", url.scheme);
                if let Some(rev) = input.rev()? {
                    url.set("rev", git_rev(&rev));
                }
                if let Some(name) = input.text("ref")? {
                    url.set("ref", name);
                }
                Ok(url)
            }
        }
    }
}

/// Whether the end of an address says that it is an archive.
pub fn is_archive(url: &Url) -> bool {
    url.path.last().is_some_and(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

fn read_path(url: &Url) -> Result<Option<Attributes>, BadInput> {
    if url.scheme != "path" {
        return Ok(None);
    }
    if let Some(authority) = url.authority.as_ref().filter(|authority| !authority.host.is_empty()) {
        return Err(BadInput(format!("path URL '{url}' should not have an authority ('{authority}')")));
    }
    let mut attributes = Attributes::from([
        ("type".to_owned(), Attribute::from("path")),
        ("path".to_owned(), Attribute::Text(url.file_path()?)),
    ]);
    for (name, value) in &url.query {
        let value = match name.as_str() {
            "rev" | "narHash" => Attribute::Text(value.clone()),
            "revCount" | "lastModified" => match value.parse() {
                Ok(number) => Attribute::Number(number),
                Err(_) => {
                    return Err(BadInput(format!("path URL '{url}' has invalid parameter '{name}'")));
                }
            },
            _ => return Err(BadInput(format!("path URL '{url}' has unsupported parameter '{name}'"))),
        };
        attributes.insert(name.clone(), value);
    }
    Ok(Some(attributes))
}

fn print_path(input: &Input) -> Result<Url, BadInput> {
    let path = input.wanted_text("path")?.split('/').map(str::to_owned).collect();
    let mut url = Url::of("path", None, path);
    for (name, value) in &input.attributes {
        let value = match value {
            Attribute::Text(text) => text.clone(),
            Attribute::Number(number) => number.to_string(),
            Attribute::Bool(value) => u8::from(*value).to_string(),
        };
        if !["path", "type", "__final"].contains(&name.as_str()) {
            url.set(name, value);
        }
    }
    Ok(url)
}

fn read_indirect(url: &Url) -> Result<Option<Attributes>, BadInput> {
    if url.scheme != "flake" {
        return Ok(None);
    }
    let path = url.segments();
    let (mut branch, mut rev) = (None, None);
    let name_of = |word: &str| match super::is_legal_ref(word) {
        true => Ok(Some(word.to_owned())),
        false => Err(BadUrl(format!("in flake URL '{url}', '{word}' is not a branch/tag name"))),
    };
    match path[..] {
        [_] => {}
        [_, word] if is_commit(word) => rev = Some(word),
        [_, word] => branch = name_of(word)?,
        [_, word, commit] => {
            branch = name_of(word)?;
            if !is_commit(commit) {
                return Err(BadInput(format!("in flake URL '{url}', '{commit}' is not a commit hash")));
            }
            rev = Some(commit);
        }
        _ => return Err(BadInput(format!("flake URL '{url}' is invalid"))),
    }
    let mut attributes = Attributes::from([
        ("type".to_owned(), Attribute::from("indirect")),
        ("id".to_owned(), Attribute::from(path[0])),
    ]);
    if let Some(rev) = rev {
        attributes.insert("rev".into(), Attribute::Text(rev.to_ascii_lowercase()));
    }
    if let Some(branch) = branch {
        attributes.insert("ref".into(), Attribute::Text(branch));
    }
    Ok(Some(attributes))
}

fn read_mercurial(url: &Url) -> Option<Attributes> {
    let (Some("hg"), transport) = split_scheme(&url.scheme) else { return None };
    if !["http", "https", "ssh", "file"].contains(&transport) {
        return None;
    }
    let mut left = url.clone();
    left.scheme = transport.to_owned();
    left.query.clear();
    let mut attributes = Attributes::from([("type".to_owned(), Attribute::from("hg"))]);
    for (name, value) in &url.query {
        if name == "rev" || name == "ref" {
            attributes.insert(name.clone(), Attribute::Text(value.clone()));
        } else {
            left.query.insert(name.clone(), value.clone());
        }
    }
    attributes.insert("url".into(), Attribute::Text(left.to_string()));
    Some(attributes)
}
