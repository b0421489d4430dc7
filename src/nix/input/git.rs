//! Git repositories as inputs: their addresses, and what may be a branch or a tag.

use super::url::{Authority, BadUrl, Url, split_scheme};
use super::{Attribute, Attributes, BadInput, Input, git_rev};

/// Attributes of an input of this kind.
pub(super) const ATTRIBUTES: &[&str] = &[
    "url",
    "ref",
    "rev",
    "shallow",
    "submodules",
    "lfs",
    "exportIgnore",
    "lastModified",
    "revCount",
    "narHash",
    "allRefs",
    "name",
    "dirtyRev",
    "dirtyShortRev",
    "verifyCommit",
    "keytype",
    "publicKey",
    "publicKeys",
];

const TEXTS: [&str; 5] = ["rev", "ref", "keytype", "publicKey", "publicKeys"];
const SWITCHES: [&str; 6] = ["shallow", "submodules", "lfs", "exportIgnore", "allRefs", "verifyCommit"];

/// A repository's address of what people write: an address, a path, or `user@host:path` as ssh has it.
///
/// # Errors
/// When it is none of them.
pub fn git_url(text: &str) -> Result<Url, BadUrl> {
    let mut text = text.to_owned();
    if !text.starts_with('/')
        && let Some((user, rest)) = text.rsplit_once('@').filter(|(user, _)| !user.contains('/'))
        && let Some((host, path)) = rest.rsplit_once(':')
    {
        text = format!("ssh://{user}@{host}/{path}");
    }
    if !text.starts_with("file:") && !text.starts_with("git+file:") && !text.contains("://") {
        let path: Vec<String> = text.split('/').map(str::to_owned).collect();
        if path[0].contains(':') {
            return Err(BadUrl(format!(
                "SCP-like URL '{text}' is not supported; use SSH URL syntax instead (ssh://...)"
            )));
        }
        let authority = text.starts_with('/').then(Authority::default);
        return Ok(Url::of("file", authority, path));
    }
    let mut url = Url::parse(&text)?;
    if let (Some("git"), transport) = split_scheme(&url.scheme) {
        url.scheme = transport.to_owned();
    }
    Ok(url)
}

/// Whether git can make sense of a name as a branch, a tag or a whole reference (git-check-ref-format(1)).
pub fn is_legal_ref(name: &str) -> bool {
    let parts_are_legal =
        name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    let bytes_are_legal =
        name.bytes().all(|byte| byte > b' ' && byte != 0x7f && !b"~^:?*[\\".contains(&byte));
    parts_are_legal
        && bytes_are_legal
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name != "@"
        && (!name.starts_with('-') || name.contains('/'))
}

pub(super) fn read_url(url: &Url) -> Option<Attributes> {
    if url.scheme != "git" && split_scheme(&url.scheme).0 != Some("git") {
        return None;
    }
    let mut attributes = Attributes::from([("type".to_owned(), Attribute::from("git"))]);
    let mut left = url.clone();
    left.query.clear();
    for (name, value) in &url.query {
        if TEXTS.contains(&name.as_str()) {
            attributes.insert(name.clone(), Attribute::Text(value.clone()));
        } else if SWITCHES.contains(&name.as_str()) {
            attributes.insert(name.clone(), Attribute::Bool(value == "1"));
        } else {
            left.query.insert(name.clone(), value.clone());
        }
    }
    attributes.insert("url".into(), Attribute::Text(left.to_string()));
    Some(attributes)
}

pub(super) fn check(input: &mut Input) -> Result<(), BadInput> {
    if let Some(name) = ["verifyCommit", "keytype", "publicKey", "publicKeys"]
        .into_iter()
        .find(|name| input.attributes.contains_key(*name))
    {
        return Err(BadInput(format!(
            "input attribute '{name}' belongs to Nix's experimental feature 'verified-fetches', which is not supported"
        )));
    }
    if let Some(name) = input.text("ref")?
        && !is_legal_ref(name)
    {
        return Err(BadInput(format!("invalid Git branch/tag name '{name}'")));
    }
    let url = git_url(input.wanted_text("url")?)?.to_string();
    input.set("url", url);
    for name in ["shallow", "submodules", "allRefs"] {
        input.switch(name)?;
    }
    Ok(())
}

pub(super) fn print_url(input: &Input) -> Result<Url, BadInput> {
    let mut url = Url::parse(input.wanted_text("url")?)?;
    if url.scheme != "git" {
        url.scheme = format!("git+{}", url.scheme);
    }
    if let Some(rev) = input.rev()? {
        url.set("rev", git_rev(&rev));
    }
    if let Some(name) = input.text("ref")? {
        url.set("ref", name);
    }
    for name in ["shallow", "lfs", "submodules", "exportIgnore"] {
        if input.switch(name)? {
            url.set(name, "1");
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_git_judges_them() {
        for name in ["main", "refs/heads/main", "HEAD", "v1.0", "feature/x", "a@b", "é"] {
            assert!(is_legal_ref(name), "{name}");
        }
        for name in [
            "", "@", "a..b", "a b", "/a", "a/", "a//b", "a.lock", ".a", "a.", "a@{b", "a~1", "-a", "a:b",
            "x\\y",
        ] {
            assert!(!is_legal_ref(name), "{name}");
        }
    }
}
