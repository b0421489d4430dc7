//! What a flake offers, without building any of it: its outputs by the names that have a meaning to Nix.
//!
//! An output that fails stands in its place with its error, and the others are looked at all the same.

use crate::nix::attrs;
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::value::{Tag, Word};

/// One output, or a row of them.
#[derive(Debug)]
pub enum Outline {
    /// Outputs below a name, sorted.
    Row(Vec<(String, Outline)>),
    /// Something that can be built.
    Derivation {
        /// What it is called.
        name: String,
        /// One line for people.
        description: Option<String>,
        /// What it is for: `package`, `development environment`, `derivation`.
        role: &'static str,
    },
    /// A program.
    App {
        /// One line for people.
        description: Option<String>,
    },
    /// The beginning of a flake.
    Template {
        /// One line for people.
        description: String,
    },
    /// Anything else: as `--json` calls it, and for people.
    Other(&'static str, &'static str),
    /// It was not looked at; the option that does.
    Omitted(&'static str),
    /// It should be a derivation and is none.
    NoDerivation,
    /// It could not be evaluated.
    Failed(Error),
}

/// What is looked at beside the usual.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Systems other than this one.
    pub all_systems: bool,
    /// What is below `legacyPackages`.
    pub legacy: bool,
}

/// What an output's place says that it is.
enum Role {
    /// A name with outputs below it.
    Row,
    /// A derivation for a system.
    Derivation,
    /// A derivation, or a row of jobs.
    Job,
    /// Something of a package set.
    Legacy,
    App,
    Template,
    Other(&'static str, &'static str),
}

/// An outline's place: names from the outputs down.
fn role(place: &[&str]) -> Role {
    match place {
        []
        | ["defaultPackage" | "devShell" | "formatter" | "defaultApp" | "templates"]
        | ["nixosConfigurations" | "nixosModules" | "overlays"]
        | ["checks" | "packages" | "devShells" | "apps"]
        | ["checks" | "packages" | "devShells" | "apps", _] => Role::Row,
        ["defaultPackage" | "devShell" | "formatter", _] | ["checks" | "packages" | "devShells", _, _] => {
            Role::Derivation
        }
        ["hydraJobs", ..] => Role::Job,
        ["legacyPackages"] => Role::Row,
        ["legacyPackages", ..] => Role::Legacy,
        ["defaultApp", _] | ["apps", _, _] => Role::App,
        ["defaultTemplate"] | ["templates", _] => Role::Template,
        ["overlay"] | ["overlays", _] => Role::Other("nixpkgs-overlay", "Nixpkgs overlay"),
        ["nixosConfigurations", _] => Role::Other("nixos-configuration", "NixOS configuration"),
        ["nixosModule"] | ["nixosModules", _] => Role::Other("nixos-module", "NixOS module"),
        _ => Role::Other("unknown", "unknown"),
    }
}

/// Rows that say nothing when they are empty: frameworks make one for everything that there might be.
fn may_be_left_out(place: &[&str]) -> bool {
    matches!(
        place,
        ["apps" | "checks" | "devShells" | "legacyPackages" | "packages"]
            | ["apps" | "checks" | "devShells" | "legacyPackages" | "packages", _]
            | ["formatter" | "nixosConfigurations" | "nixosModules" | "overlays"]
    )
}

impl Evaluator {
    /// What the outputs of a flake are.
    pub fn outline(&mut self, outputs: Word, system: &str, scope: Scope) -> Outline {
        Outliner { evaluator: self, system, scope }.outline(outputs, &[])
    }
}

struct Outliner<'a> {
    evaluator: &'a mut Evaluator,
    system: &'a str,
    scope: Scope,
}

impl Outliner<'_> {
    fn outline(&mut self, value: Word, place: &[&str]) -> Outline {
        match self.try_outline(value, place) {
            Ok(outline) => outline,
            // Half of a package set fails somewhere.
            Err(_) if place.first() == Some(&"legacyPackages") => Outline::Row(Vec::new()),
            Err(error) => Outline::Failed(error),
        }
    }

    fn try_outline(&mut self, value: Word, place: &[&str]) -> Result<Outline> {
        let is_other_system =
            !self.scope.all_systems && place.get(1).is_some_and(|name| *name != self.system);
        match role(place) {
            Role::Row => self.row(value, place),
            Role::Derivation if is_other_system => Ok(Outline::Omitted("--all-systems")),
            Role::Derivation => {
                let value = self.evaluator.force(value)?;
                match self.is_derivation(value)? {
                    true => self.derivation(value, place),
                    false => Ok(Outline::NoDerivation),
                }
            }
            Role::Job => {
                let value = self.evaluator.force(value)?;
                match self.is_derivation(value)? {
                    true => self.derivation(value, place),
                    false => self.row(value, place),
                }
            }
            Role::Legacy if !self.scope.legacy => Ok(Outline::Omitted("--legacy")),
            Role::Legacy if is_other_system => Ok(Outline::Omitted("--all-systems")),
            Role::Legacy => {
                let value = self.evaluator.force(value)?;
                match self.is_derivation(value)? {
                    true => self.derivation(value, place),
                    false if place.len() == 2 => self.row(value, place),
                    false => Ok(Outline::Row(Vec::new())),
                }
            }
            Role::App => {
                let value = self.evaluator.force(value)?;
                if self.text(value, "type")?.as_deref() != Some("app") {
                    return Err(Error::other("not an app definition"));
                }
                Ok(Outline::App { description: self.description(value)? })
            }
            Role::Template => {
                let value = self.evaluator.force(value)?;
                let description = self.text(value, "description")?;
                let description =
                    description.ok_or_else(|| Error::other("attribute 'description' missing"))?;
                Ok(Outline::Template { description })
            }
            Role::Other(name, label) => Ok(Outline::Other(name, label)),
        }
    }

    fn row(&mut self, value: Word, place: &[&str]) -> Result<Outline> {
        self.evaluator.check_stack()?;
        let mut row = Vec::new();
        for (name, slot) in self.entries(value)? {
            let place: Vec<&str> = place.iter().copied().chain([name.as_str()]).collect();
            let below = Word::reference(slot);
            if may_be_left_out(&place) && !self.has_content(below, &place) {
                continue;
            }
            let outline = self.outline(below, &place);
            row.push((name, outline));
        }
        Ok(Outline::Row(row))
    }

    /// Whether a row has anything in it; what fails may have.
    fn has_content(&mut self, value: Word, place: &[&str]) -> bool {
        let Ok(entries) = self.entries(value) else { return true };
        entries.iter().any(|(name, slot)| {
            let place: Vec<&str> = place.iter().copied().chain([name.as_str()]).collect();
            !may_be_left_out(&place) || self.has_content(Word::reference(*slot), &place)
        })
    }

    fn entries(&mut self, value: Word) -> Result<Vec<(String, u32)>> {
        let set = self.evaluator.force(value)?;
        let set = self.evaluator.wanted_set(set)?;
        let entries = attrs::by_text(self.evaluator.heap, &self.evaluator.symbols, set);
        Ok(entries.map(|entry| (self.evaluator.name(entry.name), entry.slot)).collect())
    }

    fn is_derivation(&mut self, value: Word) -> Result<bool> {
        Ok(value.tag() == Tag::Attrs && self.evaluator.is_derivation(value)?)
    }

    fn derivation(&mut self, value: Word, place: &[&str]) -> Result<Outline> {
        let name = self.text(value, "name")?.ok_or_else(|| Error::other("attribute 'name' missing"))?;
        let role = match place {
            ["devShell" | "devShells", ..] => "development environment",
            ["checks" | "hydraJobs", ..] => "derivation",
            _ => "package",
        };
        Ok(Outline::Derivation { name, description: self.description(value)?, role })
    }

    fn description(&mut self, value: Word) -> Result<Option<String>> {
        match self.attribute(value, "meta")? {
            Some(meta) if meta.tag() == Tag::Attrs => self.text(meta, "description"),
            _ => Ok(None),
        }
    }

    fn attribute(&mut self, set: Word, name: &str) -> Result<Option<Word>> {
        let set = self.evaluator.wanted_set(set)?;
        let name = self.evaluator.symbol(name.as_bytes());
        match attrs::find(self.evaluator.heap, set, name) {
            Some(found) => self.evaluator.force_slot(found.slot).map(Some),
            None => Ok(None),
        }
    }

    fn text(&mut self, set: Word, name: &str) -> Result<Option<String>> {
        let Some(value) = self.attribute(set, name)? else { return Ok(None) };
        let bytes = self.evaluator.wanted_string(value)?;
        Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
    }
}
