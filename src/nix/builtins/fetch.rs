//! Files, archives and store paths that are brought from elsewhere: the arguments are read here, [`World::fetch`](crate::nix::World::fetch) brings it.

use super::Builtin;
use crate::nix::attrs;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::{Coercion, Evaluator, import_world_error as world_error};
use crate::nix::input::{self, BadInput, FlakeRef};
use crate::nix::names;
use crate::nix::value::{Tag, Word};
use crate::nix::world::Fetch;
use crate::store::{Algorithm, Form, Hash, check_name};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "fetchurl",
        arity: 1,
        lazy: 0,
        run: |evaluator, arguments, _| download(evaluator, arguments[0], "fetchurl", false),
        help: (&["arg"], "The store path of the file at an address: a string, or `{ url, name?, sha256? }`."),
    },
    Builtin {
        name: "fetchTarball",
        arity: 1,
        lazy: 0,
        run: |evaluator, arguments, _| download(evaluator, arguments[0], "fetchTarball", true),
        help: (&["args"], "The store path of an unpacked archive: an address, or `{ url, name?, sha256? }`."),
    },
    Builtin {
        name: "fetchClosure",
        arity: 1,
        lazy: 0,
        run: fetch_closure,
        help: (&["args"], "A store path out of a binary cache: `{ fromStore, fromPath, inputAddressed? }`."),
    },
];

pub(super) fn bad(error: BadInput) -> Error {
    Error::other(error.0)
}

/// A string without context.
pub(in crate::nix) fn text_of(evaluator: &mut Evaluator, value: Word) -> Result<String> {
    let bytes = evaluator.wanted_string(value)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Error::other("an address must be UTF-8"))?.to_owned();
    evaluator.without_context(value)?;
    Ok(text)
}

/// A string or a path as text; it is read here and now, so what it depends on is built.
pub(super) fn loose_text_of(evaluator: &mut Evaluator, value: Word) -> Result<String> {
    let text = evaluator.coerced(value, Coercion::PLAIN)?;
    evaluator.realise(text.context)?;
    String::from_utf8(text.bytes).map_err(|_| Error::other("an address must be UTF-8"))
}

/// `fetchurl` and `fetchTarball`.
fn download(evaluator: &mut Evaluator, argument: Word, who: &str, unpack: bool) -> Result<Word> {
    let (mut url, mut hash, mut name) = (None, None, None);
    let is_set = argument.tag() == Tag::Attrs;
    if is_set {
        for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, argument) {
            let value = evaluator.force_slot(entry.slot)?;
            match entry.name {
                names::URL => url = Some(text_of(evaluator, value)?),
                names::NAME => name = Some(text_of(evaluator, value)?),
                names::SHA256 => hash = Some(text_of(evaluator, value)?),
                other => {
                    let other = evaluator.name(other);
                    return Err(Error::other(format!("unsupported argument '{other}' to '{who}'")));
                }
            }
        }
    } else {
        url = Some(text_of(evaluator, argument)?);
    }
    let Some(mut url) = url else { return Err(Error::other("'url' argument required")) };
    let hash = match hash {
        Some(text) if text.is_empty() => Some(Hash::zero(Algorithm::Sha256)),
        Some(text) => Some(
            Hash::parse(text.as_bytes(), Some(Algorithm::Sha256))
                .map_err(|error| Error::other(error.to_string()))?,
        ),
        None => None,
    };
    if unpack {
        url = input::channel_url(&url);
    }
    let was_named = name.is_some();
    let name = match name {
        Some(name) if !name.is_empty() => name,
        None if unpack => "source".to_owned(),
        _ => url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned(),
    };
    if let Err(error) = check_name(name.as_bytes()) {
        let advice = match (was_named, is_set) {
            (true, _) => format!(
                "Please change the value for the 'name' attribute passed to '{who}', so that it can create a valid store path."
            ),
            (_, true) => format!(
                "Please add a valid 'name' attribute to the argument for '{who}', so that it can create a valid store path."
            ),
            _ => format!(
                "Please pass an attribute set with 'url' and 'name' attributes to '{who}', so that it can create a valid store path."
            ),
        };
        return Err(Error::other(format!(
            "invalid store path name when fetching URL '{url}': {error}. {advice}"
        )));
    }
    if evaluator.options.pure && hash.is_none() {
        let message = format!("in pure evaluation mode, '{who}' requires a 'sha256' argument");
        return Err(Error::new(Kind::Restricted, message));
    }
    let wanted = match unpack {
        true => Fetch::Archive { url: &url, name: &name, hash },
        false => Fetch::File { url: &url, name: &name, hash },
    };
    let fetched = evaluator.world.fetch(&wanted).map_err(world_error)?;
    if let Some(hash) = hash
        && hash != fetched.hash
    {
        return Err(Error::new(
            Kind::World,
            format!(
                "hash mismatch in file downloaded from '{url}':\n  specified: {}\n  got:       {}",
                hash.print_prefixed(Form::Nix32),
                fetched.hash.print_prefixed(Form::Nix32)
            ),
        ));
    }
    Ok(evaluator.store_string(&fetched.path))
}

/// The folder of an entry of the search path: a path as it is, an address fetched. What can't be fetched is passed over
/// with a warning.
pub(super) fn search_path_folder(evaluator: &mut Evaluator, entry: String) -> Result<Option<String>> {
    if entry.starts_with('/') {
        return Ok(Some(entry));
    }
    let fetched = if let Some(reference) = entry.strip_prefix("flake:") {
        let reference = FlakeRef::parse(reference).map_err(bad)?;
        let fetched = super::fetch_tree::fetch_input(evaluator, &reference.input)?;
        let folder =
            if reference.folder.is_empty() { String::new() } else { format!("/{}", reference.folder) };
        let path = evaluator.world.store_dir().print(&fetched.path);
        return Ok(Some(format!("{path}{folder}")));
    } else if entry.starts_with("channel:") || entry.contains("://") {
        evaluator.world.fetch(&Fetch::Archive {
            url: &input::channel_url(&entry),
            name: "source",
            hash: None,
        })
    } else {
        return Ok(None);
    };
    match fetched {
        Ok(fetched) => Ok(Some(evaluator.world.store_dir().print(&fetched.path))),
        Err(crate::nix::world::WorldError::Forbidden(message)) => Err(Error::new(Kind::Restricted, message)),
        Err(error) => {
            let message =
                format!("warning: Nix search path entry '{entry}' cannot be downloaded, ignoring: {error}");
            evaluator.world.say(&message);
            Ok(None)
        }
    }
}

fn fetch_closure(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let (mut store, mut path, mut to_path, mut input_addressed) = (None, None, false, false);
    for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, set) {
        let value = evaluator.force_slot(entry.slot)?;
        let name = evaluator.name(entry.name);
        match name.as_str() {
            "fromPath" => {
                let text = evaluator.coerced(value, Coercion::PLAIN)?;
                let parsed = evaluator.world.store_dir().parse_path(&text.bytes);
                path = Some(parsed.map_err(|error| Error::other(error.to_string()))?);
            }
            "fromStore" => store = Some(text_of(evaluator, value)?),
            "toPath" => to_path = true,
            "inputAddressed" if value == Word::TRUE || value == Word::FALSE => {
                input_addressed = value == Word::TRUE;
            }
            "inputAddressed" => return Err(evaluator.expected("a Boolean", value)),
            _ => {
                return Err(Error::other(format!(
                    "attribute '{name}' isn't supported in call to 'fetchClosure'"
                )));
            }
        }
    }
    let missing =
        |name: &str| Error::other(format!("attribute '{name}' is missing in call to 'fetchClosure'"));
    let path = path.ok_or_else(|| missing("fromPath"))?;
    if input_addressed && to_path {
        return Err(Error::other(
            "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove one of them",
        ));
    }
    let store = store.ok_or_else(|| missing("fromStore"))?;
    if to_path {
        return Err(Error::other(
            "'fetchClosure' can't rewrite a path to its content-addressed form here: give that form as 'fromPath', \
             or let Nix rewrite it once with `nix store make-content-addressed`",
        ));
    }
    let wanted = Fetch::Closure { from: &store, path: &path };
    let fetched = evaluator.world.fetch(&wanted).map_err(world_error)?;
    let shown = evaluator.world.store_dir().print(&path);
    match (fetched.content_addressed, input_addressed) {
        (false, false) => Err(Error::new(
            Kind::World,
            format!(
                "The 'fromPath' value '{shown}' is input-addressed, but 'inputAddressed' is set to 'false' (default).\n\n\
                 If you do intend to fetch an input-addressed store path, add\n\n    inputAddressed = true;\n\n\
                 to the 'fetchClosure' arguments."
            ),
        )),
        (true, true) => Err(Error::new(
            Kind::World,
            format!(
                "The store object referred to by 'fromPath' at '{shown}' is not input-addressed, but 'inputAddressed' \
                 is set to 'true'.\n\nRemove the 'inputAddressed' attribute (it defaults to 'false') to expect \
                 'fromPath' to be content-addressed"
            ),
        )),
        _ => Ok(evaluator.store_string(&path)),
    }
}
