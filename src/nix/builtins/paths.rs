//! Files and folders, the search path, and what is copied to the store.

use super::Builtin;
use crate::nix::attrs;
use crate::nix::context::Element;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::{Coercion, Evaluator, import_world_error as world_error};
use crate::nix::names;
use crate::nix::paths;
use crate::nix::value::{Tag, Word};
use crate::nix::world::FileType;
use crate::store::{Algorithm, Form, Hash, Hasher, Method, placeholder};

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "pathExists",
        arity: 1,
        lazy: 0,
        run: path_exists,
        help: (&["path"], "Whether there is something at a path."),
    },
    Builtin {
        name: "readFile",
        arity: 1,
        lazy: 0,
        run: read_file,
        help: (&["path"], "The bytes of a file as a string."),
    },
    Builtin {
        name: "readDir",
        arity: 1,
        lazy: 0,
        run: read_dir,
        help: (
            &["path"],
            "What is in a folder: each name with `regular`, `directory`, `symlink` or `unknown`.",
        ),
    },
    Builtin {
        name: "readFileType",
        arity: 1,
        lazy: 0,
        run: read_file_type,
        help: (&["p"], "What is at a path: `regular`, `directory`, `symlink` or `unknown`."),
    },
    Builtin {
        name: "hashFile",
        arity: 2,
        lazy: 0,
        run: hash_file,
        help: (&["type", "p"], "The hash of a file in base 16: `md5`, `sha1`, `sha256` or `sha512`."),
    },
    Builtin {
        name: "findFile",
        arity: 2,
        lazy: 0,
        run: find_file,
        help: (&["search-path", "lookup-path"], "Where `<lookup-path>` is found."),
    },
    Builtin {
        name: "getEnv",
        arity: 1,
        lazy: 0,
        run: get_env,
        help: (&["s"], "A variable of the environment; empty if there is none, and in pure evaluation."),
    },
    Builtin {
        name: "toFile",
        arity: 2,
        lazy: 0,
        run: to_file,
        help: (&["name", "s"], "The store path of a file with a text."),
    },
    Builtin {
        name: "path",
        arity: 1,
        lazy: 0,
        run: path,
        help: (&["args"], "The store path of a copied path, with a name, a filter or a hash."),
    },
    Builtin {
        name: "filterSource",
        arity: 2,
        lazy: 0,
        run: filter_source,
        help: (&["f", "path"], "The store path of those parts of a path for which `f path type` is true."),
    },
    Builtin {
        name: "storePath",
        arity: 1,
        lazy: 0,
        run: store_path,
        help: (&["path"], "A path that is in the store already, as something to depend on."),
    },
    Builtin {
        name: "placeholder",
        arity: 1,
        lazy: 0,
        run: the_placeholder,
        help: (&["output"], "What stands for an output's path inside its own derivation."),
    },
];

fn path_exists(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let path = evaluator.readable_path(arguments[0])?;
    let folder_wanted = arguments[0].tag() == Tag::String && (path.ends_with('/') || path.ends_with("/."));
    let path = paths::tidy(&path);
    let found = if folder_wanted {
        match evaluator.world.real_path(&path) {
            Ok(real) => evaluator.world.file_type(&real),
            Err(error) => Err(error),
        }
    } else {
        evaluator.world.file_type(&path)
    };
    Ok(Word::bool(match found {
        Ok(Some(FileType::Directory)) => true,
        Ok(Some(_)) => !folder_wanted,
        Ok(None) | Err(crate::nix::world::WorldError::NotFound(_)) => false,
        Err(error) => return Err(world_error(error)),
    }))
}

fn read_file(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let path = evaluator.readable_path(arguments[0])?;
    let path = paths::tidy(&path);
    let text = evaluator.world.read(&path).map_err(world_error)?;
    if text.contains(&0) {
        return Err(Error::other(format!(
            "the contents of the file '{path}' cannot be represented as a Nix string"
        )));
    }
    // A file of the store may name other store paths: what is read from there depends on what it refers to.
    let mut context = crate::nix::context::Context::NONE;
    if let Ok((store_path, _)) = evaluator.world.store_dir().split(&path) {
        let references = match evaluator.derivations.references.get(&store_path) {
            Some(known) => known.clone(),
            None => evaluator.world.references(&store_path).unwrap_or_default(),
        };
        for reference in references {
            if contains(&text, reference.hash_part().as_bytes()) {
                let one = evaluator.contexts.of(Element::Path(reference));
                context = evaluator.contexts.union(context, one);
            }
        }
    }
    Ok(evaluator.string_in(&text, context))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn read_dir(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let path = evaluator.readable_path(arguments[0])?;
    let entries = evaluator.world.read_dir(&paths::tidy(&path)).map_err(world_error)?;
    let mut new = Vec::with_capacity(entries.len());
    for (name, kind) in entries {
        let name = evaluator.symbols.intern(&name);
        let kind = evaluator.symbols.intern(kind.name().as_bytes());
        new.push((name, 0, evaluator.symbol_string(kind)));
    }
    Ok(evaluator.set_of(new))
}

fn read_file_type(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let path = paths::tidy(&evaluator.readable_path(arguments[0])?);
    match evaluator.world.file_type(&path).map_err(world_error)? {
        Some(kind) => Ok(evaluator.string(kind.name().as_bytes())),
        None => Err(world_error(evaluator.world.missing(&path))),
    }
}

fn hash_file(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let algorithm = Algorithm::parse(evaluator.wanted_string(arguments[0])?).map_err(other)?;
    let path = paths::tidy(&evaluator.readable_path(arguments[1])?);
    let (_, mut contents) = evaluator.world.open(&path).map_err(world_error)?;
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match contents.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) => return Err(Error::new(Kind::World, format!("reading '{path}': {error}"))),
        }
    }
    Ok(evaluator.string(hasher.finish().print(Form::Base16).as_bytes()))
}

fn other(error: impl std::fmt::Display) -> Error {
    Error::other(error.to_string())
}

/// The places of a search path, each with the prefix of what is looked up there. All of them are evaluated, whichever it is
/// that has what is looked for.
pub(super) fn search_path(evaluator: &mut Evaluator, list: Word) -> Result<Vec<(String, String)>> {
    let list = evaluator.wanted_list(list)?;
    let mut places = Vec::with_capacity(list.aux() as usize);
    for at in 0..list.aux() {
        let entry = evaluator.force_slot(list.at() + at)?;
        let entry = evaluator.wanted_set(entry)?;
        let prefix = match evaluator.select_if_there(entry, names::PREFIX)? {
            Some(prefix) => String::from_utf8_lossy(evaluator.wanted_plain_string(prefix)?).into_owned(),
            None => String::new(),
        };
        let Some(path) = evaluator.select_if_there(entry, names::PATH)? else {
            return Err(evaluator.missing(entry, names::PATH));
        };
        let text = evaluator.coerced(path, Coercion::PLAIN)?;
        let mut folder = String::from_utf8_lossy(&text.bytes).into_owned();
        for (placeholder, built) in evaluator.realise(text.context)? {
            folder = folder.replace(&placeholder, &built);
        }
        places.push((prefix, folder));
    }
    Ok(places)
}

fn find_file(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let places = search_path(evaluator, arguments[0])?;
    let name = evaluator.wanted_plain_string(arguments[1])?;
    let name = String::from_utf8_lossy(name).into_owned();
    for (prefix, folder) in places {
        let rest = if prefix.is_empty() {
            name.as_str()
        } else if name == prefix {
            ""
        } else if let Some(rest) = name.strip_prefix(&prefix).and_then(|rest| rest.strip_prefix('/')) {
            rest
        } else {
            continue;
        };
        // What lies elsewhere is fetched when a name is first looked up there.
        let Some(folder) = super::fetch::search_path_folder(evaluator, folder)? else { continue };
        let candidate = paths::tidy(&format!("{folder}/{rest}"));
        if evaluator.world.file_type(&candidate).map_err(world_error)?.is_some() {
            return Ok(evaluator.path(&candidate));
        }
    }
    if name == "nix/fetchurl.nix" {
        return Ok(evaluator.path(crate::nix::eval::FETCHURL_PATH));
    }
    Err(Error::new(
        Kind::Throw,
        format!("file '{name}' was not found in the Nix search path (add it using $NIX_PATH or -I)"),
    ))
}

fn get_env(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = String::from_utf8_lossy(evaluator.wanted_string(arguments[0])?).into_owned();
    let value = evaluator.world.environment(&name).unwrap_or_default();
    Ok(evaluator.string(value.as_bytes()))
}

fn to_file(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = evaluator.wanted_string(arguments[0])?;
    evaluator.without_context(arguments[0])?;
    let name = String::from_utf8_lossy(name).into_owned();
    let text = evaluator.wanted_string(arguments[1])?;
    let mut references = Vec::new();
    for element in evaluator.contexts.elements(evaluator.context(arguments[1])) {
        match element {
            Element::Path(path) => references.push(path.clone()),
            _ => {
                return Err(Error::other(format!(
                    "files created by builtins.toFile may not reference derivations, but {name} references {element}"
                )));
            }
        }
    }
    references.sort();
    let path = evaluator.world.store_dir().text_path(&name, text, &references).map_err(other)?;
    evaluator.world.add_lasting_text(&path, text, &references).map_err(world_error)?;
    evaluator.derivations.references.insert(path.clone(), references);
    Ok(evaluator.store_string(&path))
}

fn path(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    let set = evaluator.wanted_set(arguments[0])?;
    let (mut path, mut name, mut filter, mut method, mut hash) = (None, None, None, Method::Nar, None);
    for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, set) {
        let value = evaluator.force_slot(entry.slot)?;
        match entry.name {
            names::PATH => path = Some(evaluator.readable_path(value)?),
            names::NAME => name = Some(String::from_utf8_lossy(evaluator.wanted_string(value)?).into_owned()),
            names::FILTER => filter = Some(value),
            names::RECURSIVE => match value {
                Word::TRUE => method = Method::Nar,
                Word::FALSE => method = Method::Flat,
                value => return Err(evaluator.expected("a Boolean", value)),
            },
            names::SHA256 => {
                let text = evaluator.wanted_string(value)?;
                hash = Some(Hash::parse(text, Some(Algorithm::Sha256)).map_err(other)?);
            }
            unknown => {
                let unknown = evaluator.name(unknown);
                return Err(Error::other(format!("unsupported argument '{unknown}' to 'builtins.path'")));
            }
        }
    }
    let Some(path) = path else {
        return Err(Error::other(
            "missing required 'path' attribute in the first argument to 'builtins.path'",
        ));
    };
    let path = paths::tidy(&path);
    // No name and an empty one are the same to Nix.
    let name = name.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
    add_filtered(evaluator, &name, &path, filter, method, hash, place)
}

fn filter_source(evaluator: &mut Evaluator, arguments: &[Word], place: u32) -> Result<Word> {
    let path = paths::tidy(&evaluator.readable_path(arguments[1])?);
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    if !matches!(arguments[0].tag(), Tag::Lambda | Tag::Builtin | Tag::Partial | Tag::Attrs) {
        return Err(evaluator.expected("a function", arguments[0]));
    }
    add_filtered(evaluator, &name, &path, Some(arguments[0]), Method::Nar, None, place)
}

fn add_filtered(
    evaluator: &mut Evaluator,
    name: &str,
    path: &str,
    filter: Option<Word>,
    method: Method,
    hash: Option<Hash>,
    place: u32,
) -> Result<Word> {
    let kept = match filter {
        Some(filter) => Some(evaluator.filtered(filter, path, place)?),
        None => None,
    };
    // A part of something in the store refers to whatever the whole does, whether it is found in the part or not.
    let references = match evaluator.world.store_dir().split(path) {
        Ok((whole, _)) => evaluator.references_of(&whole).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let made = evaluator.add_source(name, path, kept.as_ref(), method, hash, &references)?;
    Ok(evaluator.store_string(&made))
}

fn store_path(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    if evaluator.options.pure {
        return Err(Error::new(
            Kind::Restricted,
            "'builtins.storePath' is not allowed in pure evaluation mode",
        ));
    }
    let (path, context) = evaluator.coerced_path(arguments[0])?;
    let mut path = paths::tidy(&path);
    if !evaluator.world.store_dir().contains(&path) {
        path = evaluator.world.real_path(&path).map_err(world_error)?;
    }
    let (found, _) = evaluator
        .world
        .store_dir()
        .split(&path)
        .map_err(|_| Error::other(format!("path '{path}' is not in the Nix store")))?;
    if !evaluator.world.is_valid(&found).map_err(world_error)? {
        return Err(Error::new(Kind::World, format!("path '{path}' is not valid")));
    }
    let own = evaluator.contexts.of(Element::Path(found));
    let context = evaluator.contexts.union(context, own);
    Ok(evaluator.string_in(path.as_bytes(), context))
}

fn the_placeholder(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let name = evaluator.wanted_string(arguments[0])?;
    evaluator.without_context(arguments[0])?;
    Ok(evaluator.string(placeholder(name).as_bytes()))
}
