//! A fleet, evaluated: what its flake makes of its machines.
//!
//! A machine is `nixosConfigurations.<name>`. What is asked of it is a question: a function in Nix, from the machine to a
//! set, each of whose attributes is an answer of its own. So what fails of one machine leaves its other answers, and
//! the other machines, as they are.

pub mod channels;
mod choice;
mod circle;
pub mod compare;
pub mod judge;
pub mod option;
pub mod side_by_side;

pub use choice::choose;

use super::fleet::{FLEET_JSON, FLEET_TOML};
use super::resolved::{VERSION, source_hash};
use crate::nix::Evaluator;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::flake::Resolved;
use crate::nix::value::Word;
use crate::nix::world::FileType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A flake's outputs, and the inventory that lies beside it.
pub struct FleetFlake {
    outputs: Word,
    /// `fleet.json`; none for a flake without one.
    pub inventory: Option<Value>,
    /// Its machines, sorted.
    pub machines: Vec<String>,
    /// Where its tree begins, in the store: what messages may leave out.
    pub top: String,
}

/// What one machine answers: a value for each attribute of the question, or why there is none.
pub type Answers = BTreeMap<String, std::result::Result<Value, Failure>>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In one line or a few.
    pub message: String,
    /// With the place, the way there, and what to do.
    pub told: String,
}

/// How an error is told to people: only the evaluator that it comes from knows the places in it.
pub type Tell<'a> = &'a dyn Fn(&Evaluator, &Error) -> String;

impl FleetFlake {
    /// Evaluates a flake's outputs as far as the names of its machines. All of its inputs will be needed, so those that
    /// are missing are fetched together.
    ///
    /// # Errors
    /// When they can't be evaluated, or fleet.json is not of this fleet.toml.
    pub fn open(evaluator: &mut Evaluator, resolved: &Resolved) -> Result<Self> {
        let top = evaluator.tree_path(&resolved.flake.tree, "");
        let inventory = inventory(evaluator, resolved)?;
        evaluator.prefetch_inputs(resolved)?;
        let flake = evaluator.call_flake(resolved)?;
        let outputs = evaluator.find_along("outputs", &[], flake)?;
        let path = ["nixosConfigurations".to_owned()];
        let found = evaluator.find_first(&path, outputs)?;
        let Some((_, configurations)) = found else {
            return Err(Error::other(format!(
                "the flake '{}' has no 'nixosConfigurations'",
                resolved.flake.locked
            ))
            .hint("a fleet's machines are the flake's `nixosConfigurations.<machine>`"));
        };
        let machines = evaluator.fields(configurations)?.into_iter().map(|(name, _)| name).collect();
        Ok(FleetFlake { outputs, inventory, machines, top })
    }

    /// Asks a machine something: `question` is Nix that sees `machine` and `name`. What it asks for fails alone; when the
    /// question itself can't be evaluated, that is the answer under the name `machine`.
    pub fn ask(&self, evaluator: &mut Evaluator, name: &str, question: &str, tell: Tell<'_>) -> Answers {
        let failure = |evaluator: &Evaluator, error: Error| {
            let error = circle::told(self, error);
            Failure { message: error.message().to_owned(), told: tell(evaluator, &error) }
        };
        let fields = evaluator.enter(|evaluator| {
            let value = self.asked(evaluator, name, question, &[])?;
            evaluator.fields(value)
        });
        let fields = match fields {
            Ok(fields) => fields,
            Err(error) => return Answers::from([("machine".into(), Err(failure(evaluator, error)))]),
        };
        let mut answers = Answers::new();
        for (field, value) in fields {
            let answer = evaluator.enter(|evaluator| {
                let value = evaluator.value_of(value)?;
                json_of(evaluator, value)
            });
            answers.insert(field, answer.map_err(|error| failure(evaluator, error)));
        }
        answers
    }

    /// The value that a question has for a machine; `more` are names that it sees.
    ///
    /// # Errors
    /// When it can't be evaluated.
    pub fn asked(
        &self,
        evaluator: &mut Evaluator,
        name: &str,
        question: &str,
        more: &[(&str, Word)],
    ) -> Result<Word> {
        let named = evaluator.new_string(name.as_bytes());
        let mut names =
            vec![(evaluator.symbol(b"outputs"), self.outputs), (evaluator.symbol(b"name"), named)];
        names.extend(more.iter().map(|(name, value)| (evaluator.symbol(name.as_bytes()), *value)));
        let text = format!("let machine = outputs.nixosConfigurations.${{name}}; in {question}");
        evaluator.eval_text(text.as_bytes(), "«fleet»", "/", &names)
    }

    /// What the inventory says of a machine.
    pub fn facts(&self, name: &str) -> Option<&Value> {
        self.inventory.as_ref()?.get("machines")?.get(name)
    }

    /// Where a machine may be reached, in the order in which that is tried: in its meshes, its own network, from anywhere.
    pub fn addresses(&self, name: &str) -> Vec<String> {
        let (Some(inventory), Some(facts)) = (&self.inventory, self.facts(name)) else { return Vec::new() };
        let meshes = facts["postfixes"].as_object().into_iter().flat_map(|meshes| meshes.keys());
        let mut found: Vec<&Value> =
            meshes.map(|mesh| &inventory["meshes"][mesh]["members"][name]["address"]).collect();
        found.extend([&facts["address"]["lan"], &facts["address"]["public"]]);
        found.into_iter().filter_map(|address| address.as_str().map(str::to_owned)).collect()
    }

    /// The machines that a tag of the inventory names.
    pub fn tagged(&self, tag: &str) -> Vec<&str> {
        let has = |name: &&String| {
            let tags = self.facts(name).and_then(|facts| facts["tags"].as_array());
            tag == "all" || tags.is_some_and(|tags| tags.iter().any(|one| one == tag))
        };
        self.machines.iter().filter(has).map(String::as_str).collect()
    }

    /// A place in a file, as people read it: within the flake without the store path around it.
    pub fn shown(&self, file: &str) -> String {
        self.inside(file).unwrap_or(file).to_owned()
    }

    /// The file that a module is, of which the module system may know the folder alone.
    pub(super) fn file_of(evaluator: &Evaluator, module: &str) -> String {
        match evaluator.world().file_type(module) {
            Ok(Some(FileType::Directory)) => format!("{module}/default.nix"),
            _ => module.to_owned(),
        }
    }

    /// A file's path within the flake; none for one that lies elsewhere.
    pub fn inside<'f>(&self, file: &'f str) -> Option<&'f str> {
        file.strip_prefix(&self.top)?.strip_prefix('/')
    }
}

#[cfg(test)]
impl FleetFlake {
    /// An inventory alone, for what only compares.
    fn of_inventory(inventory: Value) -> Self {
        FleetFlake {
            outputs: Word::EMPTY,
            inventory: Some(inventory),
            machines: Vec::new(),
            top: String::new(),
        }
    }
}

/// A value as it is read by a script.
fn json_of(evaluator: &mut Evaluator, value: Word) -> Result<Value> {
    let text = evaluator.json(value)?;
    serde_json::from_slice(&text).map_err(|error| Error::other(format!("the answer is no JSON: {error}")))
}

/// The fleet.json of a flake, if it has one that is of now.
fn inventory(evaluator: &mut Evaluator, resolved: &Resolved) -> Result<Option<Value>> {
    let Some(text) = evaluator.tree_file(&resolved.flake.tree, FLEET_JSON)? else { return Ok(None) };
    let json: Value = serde_json::from_slice(&text)
        .map_err(|error| Error::other(format!("'{FLEET_JSON}' of '{}': {error}", resolved.flake.locked)))?;
    let stale = |why: String| {
        Err(Error::new(Kind::World, why)
            .hint("`fleet wg render` writes it, then it is to be committed with the rest"))
    };
    if json["version"] != VERSION {
        return stale(format!(
            "'{FLEET_JSON}' has version {}, and this fleet reads version {VERSION}",
            json["version"]
        ));
    }
    if let Some(source) = evaluator.tree_file(&resolved.flake.tree, FLEET_TOML)?
        && json["source"]["hash"] != source_hash(&String::from_utf8_lossy(&source))
    {
        return stale(format!("'{FLEET_JSON}' is not of this {FLEET_TOML}: that was changed by hand since"));
    }
    Ok(Some(json))
}
