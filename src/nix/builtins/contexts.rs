//! String contexts, made visible.

use super::Builtin;
use crate::nix::attrs;
use crate::nix::context::{Context, Element};
use crate::nix::error::{Error, Result};
use crate::nix::eval::{Coercion, Evaluator};
use crate::nix::names;
use crate::nix::value::{Tag, Word};
use crate::store::{OutputName, StorePath};
use std::collections::BTreeMap;

pub(super) const TABLE: &[Builtin] = &[
    Builtin {
        name: "hasContext",
        arity: 1,
        lazy: 0,
        run: has_context,
        help: (&["s"], "Whether a string depends on a store path."),
    },
    Builtin {
        name: "getContext",
        arity: 1,
        lazy: 0,
        run: get_context,
        help: (&["s"], "What a string depends on: each store path with `path`, `allOutputs` or `outputs`."),
    },
    Builtin {
        name: "appendContext",
        arity: 2,
        lazy: 0,
        run: append_context,
        help: (&["s", "context"], "The string with more to depend on, given as `getContext` gives it."),
    },
    Builtin {
        name: "unsafeDiscardStringContext",
        arity: 1,
        lazy: 0,
        run: discard,
        help: (&["s"], "The string without what it depends on."),
    },
    Builtin {
        name: "unsafeDiscardOutputDependency",
        arity: 1,
        lazy: 0,
        run: discard_output,
        help: (&["s"], "The string with whole derivations turned into mere paths of what it depends on."),
    },
    Builtin {
        name: "addDrvOutputDependencies",
        arity: 1,
        lazy: 0,
        run: add_outputs,
        help: (
            &["s"],
            "The string with a derivation's path turned into the whole derivation of what it depends on.",
        ),
    },
];

fn has_context(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    evaluator.wanted_string(arguments[0])?;
    Ok(Word::bool(evaluator.context(arguments[0]) != Context::NONE))
}

fn discard(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.coerced(arguments[0], Coercion::INTERPOLATED)?;
    Ok(evaluator.string(&text.bytes))
}

fn discard_output(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.coerced(arguments[0], Coercion::INTERPOLATED)?;
    let elements: Vec<Element> = evaluator.contexts.elements(text.context).cloned().collect();
    let mut context = Context::NONE;
    for element in elements {
        let element = match element {
            Element::Closure(path) => Element::Path(path),
            element => element,
        };
        let one = evaluator.contexts.of(element);
        context = evaluator.contexts.union(context, one);
    }
    Ok(evaluator.string_in(&text.bytes, context))
}

fn add_outputs(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.coerced(arguments[0], Coercion::INTERPOLATED)?;
    let elements: Vec<Element> = evaluator.contexts.elements(text.context).cloned().collect();
    let shown = String::from_utf8_lossy(&text.bytes).into_owned();
    let [element] = elements.as_slice() else {
        let count = elements.len();
        return Err(Error::other(format!(
            "context of string '{shown}' must have exactly one element, but has {count}"
        )));
    };
    let path = match element {
        Element::Path(path) if path.is_derivation() => path.clone(),
        Element::Path(path) => {
            let path = evaluator.world.store_dir().print(path);
            return Err(Error::other(format!("path '{path}' is not a derivation")));
        }
        Element::Output { output, .. } => {
            return Err(Error::other(format!(
                "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
            )));
        }
        Element::Closure(path) => path.clone(),
    };
    let context = evaluator.contexts.of(Element::Closure(path));
    Ok(evaluator.string_in(&text.bytes, context))
}

/// What a string depends on of one store path.
#[derive(Default)]
struct Dependency {
    path: bool,
    closure: bool,
    outputs: Vec<OutputName>,
}

fn get_context(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    evaluator.wanted_string(arguments[0])?;
    let mut all: BTreeMap<StorePath, Dependency> = BTreeMap::new();
    for element in evaluator.contexts.elements(evaluator.context(arguments[0])) {
        match element {
            Element::Path(path) => all.entry(path.clone()).or_default().path = true,
            Element::Closure(path) => all.entry(path.clone()).or_default().closure = true,
            Element::Output { derivation, output } => {
                all.entry(derivation.clone()).or_default().outputs.push(output.clone());
            }
        }
    }
    let mut new = Vec::with_capacity(all.len());
    for (path, mut dependency) in all {
        let mut facts = Vec::new();
        if dependency.path {
            facts.push((names::PATH, 0, Word::TRUE));
        }
        if dependency.closure {
            facts.push((names::ALL_OUTPUTS, 0, Word::TRUE));
        }
        if !dependency.outputs.is_empty() {
            dependency.outputs.sort();
            let outputs: Vec<Word> =
                dependency.outputs.iter().map(|name| evaluator.string(name.as_str().as_bytes())).collect();
            facts.push((names::OUTPUTS, 0, evaluator.list_of(&outputs)));
        }
        let facts = evaluator.set_of(facts);
        let name = evaluator.world.store_dir().print(&path);
        new.push((evaluator.symbols.intern(name.as_bytes()), 0, facts));
    }
    Ok(evaluator.set_of(new))
}

fn append_context(evaluator: &mut Evaluator, arguments: &[Word], _: u32) -> Result<Word> {
    let text = evaluator.wanted_string(arguments[0])?;
    let set = evaluator.wanted_set(arguments[1])?;
    let mut context = evaluator.context(arguments[0]);
    for entry in attrs::by_text(evaluator.heap, &evaluator.symbols, set) {
        let name = evaluator.name(entry.name);
        let path =
            evaluator.world.store_dir().parse_path(&name).map_err(|_| {
                Error::other(format!("context key '{name}' is not a store path")).at(entry.place)
            })?;
        let facts = evaluator.force_slot(entry.slot)?;
        let facts = evaluator.wanted_set(facts)?;
        let mut elements = Vec::new();
        for fact in attrs::entries(evaluator.heap, facts) {
            let value = evaluator.force_slot(fact.slot)?;
            match fact.name {
                names::PATH if value == Word::TRUE => elements.push(Element::Path(path.clone())),
                names::ALL_OUTPUTS if value == Word::TRUE => {
                    derivation_only(&path, &name, "specify all outputs of")?;
                    elements.push(Element::Closure(path.clone()));
                }
                names::PATH | names::ALL_OUTPUTS if value == Word::FALSE => {}
                names::PATH | names::ALL_OUTPUTS => return Err(evaluator.expected("a Boolean", value)),
                names::OUTPUTS => {
                    let list = evaluator.wanted_list(value)?;
                    if list.aux() > 0 {
                        derivation_only(&path, &name, "specify outputs of")?;
                    }
                    for at in 0..list.aux() {
                        let output = evaluator.force_slot(list.at() + at)?;
                        let output = OutputName::parse(evaluator.wanted_string(output)?)
                            .map_err(|error| Error::other(error.to_string()))?;
                        elements.push(Element::Output { derivation: path.clone(), output });
                    }
                }
                _ => {}
            }
        }
        for element in elements {
            let one = evaluator.contexts.of(element);
            context = evaluator.contexts.union(context, one);
        }
    }
    debug_assert_eq!(arguments[0].tag(), Tag::String);
    Ok(evaluator.string_in(text, context))
}

fn derivation_only(path: &StorePath, name: &str, what: &str) -> Result<()> {
    if path.is_derivation() {
        return Ok(());
    }
    Err(Error::other(format!(
        "tried to add derivation output dependency (to {what}) to '{name}', which is no derivation"
    )))
}
