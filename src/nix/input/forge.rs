//! Repositories on GitHub, GitLab and SourceHut, which hand out any commit as an archive.

use super::scheme::is_commit;
use super::url::Url;
use super::{Attribute, Attributes, BadInput, Input};
use crate::store::{Algorithm, Form, Hash};

/// Attributes of an input of this kind.
pub(super) const ATTRIBUTES: &[&str] =
    &["owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"];

pub(super) fn read_url(name: &str, url: &Url) -> Result<Option<Attributes>, BadInput> {
    if url.scheme != name {
        return Ok(None);
    }
    let path = url.segments();
    let (mut rev, mut branch) = (None, None);
    match path.len() {
        0 | 1 => return Err(BadInput(format!("URL '{url}' is invalid"))),
        2 => {}
        3 if is_commit(path[2]) => rev = Some(path[2].to_owned()),
        _ => branch = Some(path[2..].join("/")),
    }
    let mut attributes = Attributes::from([
        ("type".to_owned(), Attribute::from(name)),
        ("owner".to_owned(), Attribute::from(path[0])),
        ("repo".to_owned(), Attribute::from(path[1])),
    ]);
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" if rev.is_some() => {
                return Err(BadInput(format!("URL '{url}' contains multiple commit hashes")));
            }
            "rev" => rev = Some(value.clone()),
            "ref" if branch.is_some() => {
                return Err(BadInput(format!("URL '{url}' contains multiple branch/tag names")));
            }
            "ref" => branch = Some(value.clone()),
            "host" | "narHash" => {
                attributes.insert(name.clone(), Attribute::Text(value.clone()));
            }
            _ => {}
        }
    }
    if let Some(rev) = rev {
        attributes.insert("rev".into(), Attribute::Text(rev));
    }
    if let Some(branch) = branch {
        attributes.insert("ref".into(), Attribute::Text(branch));
    }
    Ok(Some(attributes))
}

pub(super) fn check(input: &Input) -> Result<(), BadInput> {
    input.wanted_text("owner")?;
    input.wanted_text("repo")?;
    let (branch, rev) = (input.text("ref")?, input.text("rev")?);
    let shown = super::json(&input.attributes);
    if let (Some(branch), Some(rev)) = (branch, rev) {
        return Err(BadInput(format!(
            "input {shown} contains both a commit hash ('{rev}') and a branch/tag name ('{branch}')"
        )));
    }
    if let Some(rev) = rev {
        Hash::parse(rev.as_bytes(), Some(Algorithm::Sha1)).map_err(|error| BadInput(error.to_string()))?;
    }
    if branch.is_some_and(|branch| !super::is_legal_ref(branch)) {
        return Err(BadInput(format!("input {shown} contains an invalid branch/tag name")));
    }
    let legal_host =
        |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    if input.text("host")?.is_some_and(|host| !legal_host(host)) {
        return Err(BadInput(format!("input {shown} contains an invalid instance host")));
    }
    Ok(())
}

pub(super) fn print_url(name: &str, input: &Input) -> Result<Url, BadInput> {
    let mut path = vec![input.wanted_text("owner")?.to_owned(), input.wanted_text("repo")?.to_owned()];
    path.extend(input.text("ref")?.map(str::to_owned));
    path.extend(input.rev()?.map(|rev| super::git_rev(&rev)));
    let mut url = Url::of(name, None, path);
    if let Some(hash) = input.nar_hash()? {
        url.set("narHash", hash.print(Form::Sri));
    }
    if let Some(host) = input.text("host")? {
        url.set("host", host);
    }
    Ok(url)
}
