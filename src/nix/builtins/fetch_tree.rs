//! Inputs that are brought as trees: the arguments become an [`Input`], and what is known of its tree becomes a set.

use super::Builtin;
use super::fetch::{bad, loose_text_of, text_of};
use crate::nix::attrs;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::eval::{Evaluator, import_world_error as world_error};
use crate::nix::input::{self, Attribute, Attributes, Input, Scheme, url::Url};
use crate::nix::names;
use crate::nix::value::{Tag, Word};
use crate::nix::world::{Fetch, Fetched};
use crate::store::Form;

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "fetchGit",
        arity: 1,
        lazy: 0,
        run: |evaluator, arguments, _| fetch_tree(evaluator, arguments[0], true),
        help: (
            &["args"],
            "A git repository's tree: an address, or `{ url, name?, rev?, ref?, submodules?, … }`.",
        ),
    },
    Builtin {
        name: "fetchTree",
        arity: 1,
        lazy: 0,
        run: |evaluator, arguments, _| fetch_tree(evaluator, arguments[0], false),
        help: (&["input"], "The tree or file of an input: a flake reference, or `{ type, … }`."),
    },
    Builtin {
        name: "fetchMercurial",
        arity: 1,
        lazy: 0,
        run: fetch_mercurial,
        help: (&["args"], "A Mercurial repository's tree: an address, or `{ url, name?, rev? }`."),
    },
];

/// `fetchTree` and `fetchGit`.
fn fetch_tree(evaluator: &mut Evaluator, argument: Word, is_git: bool) -> Result<Word> {
    let who = if is_git { "fetchGit" } else { "fetchTree" };
    let input = if argument.tag() == Tag::Attrs {
        let mut attributes = attributes_of(evaluator, argument, who, is_git)?;
        if is_git && attributes.insert("type".into(), "git".into()).is_some() {
            return Err(Error::other("unexpected argument 'type'"));
        }
        let Some(kind) = attributes.get("type").cloned() else {
            return Err(Error::other(format!("argument 'type' is missing in call to '{who}'")));
        };
        if is_git && attributes.get("submodules") != Some(&Attribute::Bool(true)) {
            attributes.entry("exportIgnore".into()).or_insert(true.into());
        }
        if !is_git && kind == "git".into() {
            attributes.entry("shallow".into()).or_insert(true.into());
        }
        if !is_git && attributes.contains_key("name") {
            return Err(Error::other(format!("argument 'name' isn’t supported in call to '{who}'")));
        }
        Input::from_attributes(attributes).map_err(bad)?
    } else {
        let url = loose_text_of(evaluator, argument)?;
        if is_git {
            let url = input::git_url(&url).map_err(|error| bad(error.into()))?.to_string();
            let attributes =
                [("type", "git".into()), ("url", Attribute::Text(url)), ("exportIgnore", true.into())];
            Input::from_attributes(attributes.map(|(name, value)| (name.to_owned(), value)).into())
                .map_err(bad)?
        } else {
            let url = Url::parse(&url).map_err(|error| bad(error.into()))?;
            Input::from_url(&url).map_err(bad)?
        }
    };
    if input.attributes.contains_key("__final") {
        return Err(Error::other(format!("input '{input}' is not allowed to use the '__final' attribute")));
    }
    if evaluator.options.pure && !input.is_locked().map_err(bad)? {
        if input.nar_hash().map_err(bad)?.is_none() {
            let message = format!("in pure evaluation mode, '{who}' doesn't fetch unlocked input '{input}'");
            return Err(Error::new(Kind::Restricted, message));
        }
        evaluator.world.say(&format!(
            "warning: Input '{input}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. This is not \
             reproducible and will break after garbage collection or when shared."
        ));
    }
    let fetched = fetch_input(evaluator, &input)?;
    tree_set(evaluator, &fetched, is_git)
}

/// The attributes of a set that names an input.
fn attributes_of(evaluator: &mut Evaluator, set: Word, who: &str, is_git: bool) -> Result<Attributes> {
    let mut attributes = Attributes::new();
    for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, set) {
        let value = evaluator.force_slot(entry.slot)?;
        let name = evaluator.name(entry.name);
        let attribute = match value.tag() {
            Tag::String | Tag::Path if name == "type" => Attribute::Text(text_of(evaluator, value)?),
            Tag::String | Tag::Path => {
                let text = loose_text_of(evaluator, value)?;
                match is_git && name == "url" {
                    true => {
                        let url = input::git_url(&text).map_err(|error| bad(error.into()))?;
                        Attribute::Text(url.to_string())
                    }
                    false => Attribute::Text(text),
                }
            }
            Tag::Int | Tag::BigInt => {
                let number = evaluator.as_int(value).unwrap_or_default();
                Attribute::Number(u64::try_from(number).map_err(|_| {
                    Error::other(format!("negative value given for '{who}' argument '{name}': {number}"))
                })?)
            }
            _ if value == Word::TRUE || value == Word::FALSE => Attribute::Bool(value == Word::TRUE),
            _ => {
                let shown = evaluator.describe(value);
                return Err(Error::type_error(format!(
                    "argument '{name}' to '{who}' is {shown} while a string, Boolean or integer is expected"
                )));
            }
        };
        attributes.insert(name, attribute);
    }
    Ok(attributes)
}

/// Brings an input's tree, and makes sure that it is the one that was asked for.
pub(in crate::nix) fn fetch_input(evaluator: &mut Evaluator, wanted: &Input) -> Result<Fetched> {
    let mut fetched = evaluator
        .world
        .fetch(&Fetch::Input(wanted))
        .map_err(|error| world_error(error).while_(0, format!("while fetching the input '{wanted}'")))?;
    let mismatch = |message: String| Err(Error::new(Kind::World, message));
    if let Some(hash) = wanted.nar_hash().map_err(bad)?
        && hash != fetched.hash
    {
        return mismatch(format!(
            "NAR hash mismatch in input '{wanted}', expected '{}' but got '{}'",
            hash.print(Form::Sri),
            fetched.hash.print(Form::Sri)
        ));
    }
    fetched.attributes.insert("narHash".into(), fetched.hash.print(Form::Sri).into());
    let got = Input { attributes: fetched.attributes.clone(), scheme: wanted.scheme };
    let (then, now) = (wanted.number("lastModified").map_err(bad)?, got.number("lastModified").map_err(bad)?);
    if let Some(then) = then
        && now != Some(then)
    {
        let now = now.map_or("-1".to_owned(), |now| now.to_string());
        return mismatch(format!(
            "'lastModified' attribute mismatch in input '{got}', expected {then}, got {now}"
        ));
    }
    if let Some(rev) = wanted.rev().map_err(bad)?
        && got.rev().map_err(bad)? != Some(rev)
    {
        let rev = input::git_rev(&rev);
        return mismatch(format!("'rev' attribute mismatch in input '{got}', expected {rev}"));
    }
    if let Some(count) = wanted.number("revCount").map_err(bad)?
        && got.number("revCount").map_err(bad)? != Some(count)
    {
        return mismatch(format!("'revCount' attribute mismatch in input '{got}', expected {count}"));
    }
    Ok(fetched)
}

/// What `fetchTree` and `fetchGit` give: the store path, and what is known of the tree.
pub(in crate::nix) fn tree_set(evaluator: &mut Evaluator, fetched: &Fetched, is_git: bool) -> Result<Word> {
    let input = Input { attributes: fetched.attributes.clone(), scheme: None };
    let mut new = Vec::new();
    let mut put = |evaluator: &mut Evaluator, name: &str, value: Word| {
        let name = evaluator.symbols.intern(name.as_bytes());
        new.push((name, 0, value));
    };
    let path = evaluator.store_string(&fetched.path);
    put(evaluator, "outPath", path);
    if let Some(hash) = input.text("narHash").map_err(bad)? {
        let hash = evaluator.string(hash.as_bytes());
        put(evaluator, "narHash", hash);
    }
    if input.text("type").map_err(bad)? == Some(Scheme::Git.name()) {
        put(evaluator, "submodules", Word::bool(input.switch("submodules").map_err(bad)?));
    }
    let rev = match input.rev().map_err(bad)? {
        Some(rev) => Some(input::git_rev(&rev)),
        // A work tree with changes has no commit; fetchGit always gave it this one.
        None => is_git.then(|| "0".repeat(40)),
    };
    if let Some(rev) = rev {
        let (whole, short) = (evaluator.string(rev.as_bytes()), evaluator.string(&rev.as_bytes()[..7]));
        put(evaluator, "rev", whole);
        put(evaluator, "shortRev", short);
    }
    if let Some(count) = input.number("revCount").map_err(bad)?.or(is_git.then_some(0)) {
        let count = evaluator.int(count as i64);
        put(evaluator, "revCount", count);
    }
    for name in ["dirtyRev", "dirtyShortRev"] {
        if let Some(text) = input.text(name).map_err(bad)? {
            let text = evaluator.string(text.as_bytes());
            put(evaluator, name, text);
        }
    }
    if let Some(time) = input.number("lastModified").map_err(bad)? {
        let (number, date) = (evaluator.int(time as i64), evaluator.string(date(time).as_bytes()));
        put(evaluator, "lastModified", number);
        put(evaluator, "lastModifiedDate", date);
    }
    Ok(evaluator.set_of(new))
}

/// Seconds since 1970 as `YYYYMMDDhhmmss`, in universal time.
fn date(time: u64) -> String {
    let (days, seconds) = (time / 86_400, time % 86_400);
    // Days are counted from 1 March of the year 0, so that a leap day is the last of its year.
    let day = days + 719_468;
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + later;
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn fetch_mercurial(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let mut attributes = Attributes::from([("type".to_owned(), "hg".into())]);
    let mut url = String::new();
    if arguments[0].tag() == Tag::Attrs {
        for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, arguments[0]) {
            let value = evaluator.force_slot(entry.slot)?;
            let name = evaluator.name(entry.name);
            match name.as_str() {
                "url" => url = loose_text_of(evaluator, value)?,
                "name" => {
                    attributes.insert(name, text_of(evaluator, value)?.into());
                }
                "rev" => {
                    // Unlike fetchGit's, this one may be a branch or a tag.
                    let text = text_of(evaluator, value)?;
                    let name = if input::scheme::is_commit(&text) { "rev" } else { "ref" };
                    attributes.insert(name.into(), text.into());
                }
                _ => return Err(Error::other(format!("unsupported argument '{name}' to 'fetchMercurial'"))),
            }
        }
        if url.is_empty() {
            return Err(Error::other("'url' argument required"));
        }
    } else {
        url = loose_text_of(evaluator, arguments[0])?;
    }
    if evaluator.options.pure && !attributes.contains_key("rev") {
        let message = "in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision";
        return Err(Error::new(Kind::Restricted, message));
    }
    let url = if url.contains("://") { url } else { format!("file://{url}") };
    attributes.insert("url".into(), url.into());
    let input = Input::from_attributes(attributes).map_err(bad)?;
    let fetched = fetch_input(evaluator, &input)?;
    let got = Input { attributes: fetched.attributes.clone(), scheme: None };
    let mut new = vec![(names::OUT_PATH, 0, evaluator.store_string(&fetched.path))];
    let mut put = |evaluator: &mut Evaluator, name: &str, value: Word| {
        new.push((evaluator.symbols.intern(name.as_bytes()), 0, value));
    };
    if let Some(branch) = got.text("ref").map_err(bad)? {
        let branch = evaluator.string(branch.as_bytes());
        put(evaluator, "branch", branch);
    }
    let rev = got.rev().map_err(bad)?.map_or("0".repeat(40), |rev| input::git_rev(&rev));
    let (whole, short) = (evaluator.string(rev.as_bytes()), evaluator.string(&rev.as_bytes()[..12]));
    put(evaluator, "rev", whole);
    put(evaluator, "shortRev", short);
    if let Some(count) = got.number("revCount").map_err(bad)? {
        let count = evaluator.int(count as i64);
        put(evaluator, "revCount", count);
    }
    Ok(evaluator.set_of(new))
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (time, wanted) in [
            (0, "19700101000000"),
            (951_782_400, "20000229000000"),
            (1_700_000_000, "20231114221320"),
            (4_107_542_399, "21000228235959"),
            (4_107_542_400, "21000301000000"),
        ] {
            assert_eq!(super::date(time), wanted);
        }
    }
}
