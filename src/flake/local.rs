//! A flake as people name it: `.`, `./hosts#web1`, `github:NixOS/nixpkgs`, `nixpkgs#hello`.
//!
//! A folder is looked for upward, as git does it: the nearest with a `flake.nix`. In a git work tree the flake is what git
//! tracks there; elsewhere it is the folder as it is.

use crate::nix::flake::Resolved;
use crate::nix::input::url::{decode, decode_query};
use crate::nix::input::{Attribute, Attributes, BadInput, FlakeRef};
use crate::nix::paths;
use crate::os::{files, git};
use crate::report::Report;
use std::path::{Path, PathBuf};

/// A flake that was named, and what in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The flake.
    pub reference: FlakeRef,
    /// What stands after `#`, percent signs decoded.
    pub fragment: String,
    /// The folder where its `flake.lock` can be written; none for one that lies elsewhere or is a commit.
    pub folder: Option<PathBuf>,
}

fn bad(text: &str) -> impl Fn(BadInput) -> Report {
    move |bad| {
        Report::usage(format!("`{text}` names no flake: {bad}"))
            .hint("write a folder (`.`, `./hosts`), or where it lies (`github:NixOS/nixpkgs`, `git+https://…`, `path:/…`)")
    }
}

impl Named {
    /// Reads a name; `here` is the absolute folder in which it was typed.
    ///
    /// # Errors
    /// When it names nothing, or a folder where no flake is.
    pub fn parse(text: &str, here: &str) -> Result<Self, Report> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (path, query) = before.split_once('?').unwrap_or((before, ""));
        let is_path = path.is_empty() || path.starts_with(['.', '/']);
        let relative = path.strip_prefix("path:").filter(|rest| !rest.starts_with('/'));
        if is_path || relative.is_some() {
            let fragment = decode(fragment).map_err(|error| bad(text)(error.into()))?;
            let query = decode_query(query).map_err(|error| bad(text)(error.into()))?;
            let given = paths::absolute(here, relative.unwrap_or(path));
            let mut dir = query.get("dir").cloned().unwrap_or_default();
            if relative.is_some() {
                return Self::folder(&given, dir, fragment).map_err(bad(text));
            }
            let folder = nearest(&given, &dir)?;
            return match repository(&folder) {
                None => Self::folder(&folder, dir, fragment).map_err(bad(text)),
                Some(top) => {
                    if let Some(below) = folder.strip_prefix(&top).filter(|below| !below.is_empty()) {
                        dir = paths::absolute(below, &format!("./{dir}"));
                    }
                    let dir = dir.trim_matches('/').to_owned();
                    Self::work_tree(&top, dir, fragment).map_err(bad(text))
                }
            };
        }
        let (reference, fragment) = FlakeRef::parse_with_fragment(text).map_err(bad(text))?;
        let folder = writable_folder(&reference);
        Ok(Named { reference, fragment, folder })
    }

    fn folder(path: &str, dir: String, fragment: String) -> Result<Self, BadInput> {
        Self::of([("type", "path"), ("path", path)], dir, fragment, path)
    }

    fn work_tree(top: &str, dir: String, fragment: String) -> Result<Self, BadInput> {
        let url = crate::nix::input::git_url(top).map_err(BadInput::from)?.to_string();
        Self::of([("type", "git"), ("url", &url)], dir, fragment, top)
    }

    fn of(attributes: [(&str, &str); 2], dir: String, fragment: String, top: &str) -> Result<Self, BadInput> {
        let attributes: Attributes =
            attributes.map(|(name, value)| (name.to_owned(), Attribute::from(value))).into();
        let input = crate::nix::input::Input::from_attributes(attributes)?;
        let folder = Some(Path::new(top).join(&dir));
        Ok(Named { reference: FlakeRef { input, folder: dir }, fragment, folder })
    }

    /// Writes the lock beside the flake; new to git, it is marked, so that the flake sees it.
    ///
    /// # Errors
    /// When the flake lies elsewhere, an input is not locked, or the file can't be written.
    pub fn write_lock(&self, resolved: &Resolved) -> Result<PathBuf, Report> {
        let Some(folder) = &self.folder else {
            return Err(Report::error(format!(
                "the lock of `{}` would change, and it can't be written there",
                self.reference
            ))
            .hint("lock it where it lies, or go on without with `--no-write-lock-file`"));
        };
        if let Some(unlocked) = resolved.lock.unlocked().map_err(|error| Report::error(error.message()))? {
            return Err(Report::error(format!(
                "the lock of `{}` is not written: its input `{unlocked}` is not locked",
                self.reference
            ))
            .hint("commit the changes in that input's work tree, or name a commit"));
        }
        let file = folder.join("flake.lock");
        files::write(&file, resolved.lock.print().as_bytes(), 0o644).map_err(Report::from)?;
        if git::is_work_tree(folder) && !git::is_ignored(folder) {
            git::intend_to_add(folder, &["flake.lock"]).map_err(Report::from)?;
        }
        Ok(file)
    }
}

/// The nearest folder upward that holds a flake.
fn nearest(given: &str, dir: &str) -> Result<String, Report> {
    let nothing = |what: String| {
        Err(Report::error(what).hint("a flake is a folder with a `flake.nix`; go there, or name it"))
    };
    let path = match given.strip_suffix("/flake.nix") {
        Some(folder) if Path::new(given).is_file() => folder,
        _ => given,
    };
    if !Path::new(path).is_dir() {
        return nothing(format!("`{path}` is no folder"));
    }
    let mut folder = path;
    loop {
        if Path::new(folder).join(dir).join("flake.nix").exists() {
            return Ok(folder.to_owned());
        }
        // Above a repository begins what belongs to something else.
        if folder == "/" || Path::new(folder).join(".git").exists() {
            return nothing(format!("there is no `flake.nix` in `{path}` or above it"));
        }
        folder = paths::parent(folder);
    }
}

/// The work tree that a folder lies in.
fn repository(folder: &str) -> Option<String> {
    let mut top = folder;
    loop {
        if Path::new(top).join(".git").exists() {
            return Some(top.to_owned());
        }
        if top == "/" {
            return None;
        }
        top = paths::parent(top);
    }
}

/// Where the lock of a flake lies that was named by an address.
fn writable_folder(reference: &FlakeRef) -> Option<PathBuf> {
    let text = |name| match reference.input.attributes.get(name) {
        Some(Attribute::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let top = match text("type")? {
        "path" => text("path")?.to_owned(),
        "git" if text("rev").is_none() && text("ref").is_none() => {
            text("url")?.strip_prefix("file://")?.to_owned()
        }
        _ => return None,
    };
    let folder = Path::new(&top).join(&reference.folder);
    folder.join("flake.nix").exists().then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_from_below_and_git_says_what_the_flake_is() {
        let top = std::env::temp_dir().join(format!("fleet-flake-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&top);
        for folder in ["repo/.git", "repo/sub/deep", "plain/below"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        for file in ["repo/flake.nix", "repo/sub/flake.nix", "plain/flake.nix"] {
            std::fs::write(top.join(file), "{ outputs = _: { }; }").unwrap();
        }
        let top = std::fs::canonicalize(&top).unwrap();
        let at = |folder: &str| top.join(folder).display().to_string();
        let named = |text: &str, here: &str| {
            let named = Named::parse(text, &at(here)).unwrap();
            (named.reference.to_string(), named.fragment, named.folder.unwrap().display().to_string())
        };
        let repo = format!("git+file://{}", at("repo"));
        assert_eq!(named(".#a.b", "repo"), (repo.clone(), "a.b".into(), at("repo") + "/"));
        assert_eq!(named("#a%20b", "repo"), (repo.clone(), "a b".into(), at("repo") + "/"));
        let sub = format!("{repo}?dir=sub");
        assert_eq!(Named::parse("deep", "/").unwrap().reference.to_string(), "flake:deep");
        assert_eq!(named("./deep", "repo/sub"), (sub.clone(), String::new(), at("repo/sub")));
        assert_eq!(named(".?dir=sub", "repo"), (sub, String::new(), at("repo/sub")));
        let plain = format!("path:{}", at("plain"));
        assert_eq!(named("..", "plain/below"), (plain.clone(), String::new(), at("plain") + "/"));
        assert_eq!(named("path:.", "plain"), (plain, String::new(), at("plain") + "/"));
        assert!(Named::parse(".", &at("")).unwrap_err().message.contains("no `flake.nix`"));
        assert!(Named::parse("./nothing", &at("repo")).is_err());
        std::fs::remove_dir_all(top).unwrap();
    }
}
