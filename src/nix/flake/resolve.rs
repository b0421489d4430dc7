//! Resolving: from what flakes declare, and what was locked before, to a lock of everything.
//!
//! What is locked and still declared alike stays, without being fetched. An input's own inputs come from its own lock. What
//! a flake says of its inputs' inputs (`inputs.a.inputs.b`) holds over what those say, and what a flake nearer to the root
//! says holds over all.

use super::declared::{Declared, Inputs};
use super::lock::{DEEPEST, Lock, Locked, MOST, NodeId, Step, Way, is_relative};
use super::{Flake, Tree};
use crate::nix::error::{Error, Result};
use crate::nix::eval::Evaluator;
use crate::nix::input::url::Url;
use crate::nix::input::{Attribute, Attributes, FlakeRef, Input};
use std::collections::{BTreeMap, BTreeSet};

/// How a flake is to be resolved.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The ways to inputs that are looked up anew.
    pub updates: BTreeSet<Way>,
    /// References in place of those that flakes declare.
    pub overrides: Vec<(Way, FlakeRef)>,
    /// Everything is looked up anew.
    pub recreate: bool,
    /// What names no tree for ever is refused.
    pub locked_only: bool,
}

/// A flake with the lock of everything it wants.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The flake.
    pub flake: Flake,
    /// The lock that lies beside it.
    pub old: Lock,
    /// The lock that belongs to it now.
    pub lock: Lock,
    /// Trees that were fetched on the way, the flake's own among them.
    pub(super) trees: Vec<(NodeId, Tree)>,
}

impl Resolved {
    /// Whether the lock is no longer the one that lies beside the flake.
    pub fn is_changed(&self) -> bool {
        self.lock.json().0 != self.old.json().0
    }
}

/// What a flake says of an input of one of its inputs.
struct Override {
    input: Declared,
    /// The flake that says it, where a relative path begins; none for the command line.
    by: Option<Way>,
    tree: Tree,
}

struct Resolver<'a> {
    wish: &'a Wish,
    overrides: BTreeMap<Way, Override>,
    used: BTreeSet<Way>,
    lock: Lock,
    trees: Vec<(NodeId, Tree)>,
    /// The references of the flakes on the way here: one that comes again is a circle.
    parents: Vec<FlakeRef>,
}

/// A flake whose inputs are being resolved.
struct Place<'a> {
    /// Its node in the new lock.
    node: NodeId,
    /// The way to it.
    way: &'a [String],
    /// Its node in a lock from before.
    old: Option<(&'a Lock, NodeId)>,
    /// Where the ways of that lock begin.
    old_root: &'a [String],
    /// Where it lies; for what was not fetched, the nearest flake above that was.
    tree: &'a Tree,
    /// Its inputs are those of the lock from before, and were compared.
    is_trusted: bool,
}

impl Evaluator {
    /// Fetches a flake and what of its inputs is not locked yet.
    ///
    /// # Errors
    /// When something can't be fetched, or declares what can't be.
    pub fn resolve_flake(&mut self, reference: &FlakeRef, wish: &Wish) -> Result<Resolved> {
        let flake = self.fetch_flake(reference, &[])?;
        self.resolve_inputs(flake, wish)
            .map_err(|error| error.while_(0, format!("while updating the lock file of flake '{reference}'")))
    }

    fn resolve_inputs(&mut self, flake: Flake, wish: &Wish) -> Result<Resolved> {
        let old = self.read_lock(&flake.tree)?;
        let overrides = wish.overrides.iter().map(|(way, reference)| {
            let input = Declared::of(reference.clone());
            (way.clone(), Override { input, by: None, tree: flake.tree.clone() })
        });
        let mut resolver = Resolver {
            wish,
            overrides: overrides.collect(),
            used: BTreeSet::new(),
            lock: Lock::default(),
            trees: vec![(0, flake.tree.clone())],
            parents: Vec::new(),
        };
        let place = Place {
            node: 0,
            way: &[],
            old: (!wish.recreate).then_some((&old, 0)),
            old_root: &[],
            tree: &flake.tree,
            is_trusted: false,
        };
        resolver.resolve(self, &flake.inputs, &place)?;
        let given = wish.overrides.iter().map(|(way, _)| way).chain(&wish.updates);
        for way in given.filter(|way| !resolver.used.contains(*way)) {
            self.world.say(&format!("warning: '{}' does not match any input of this flake", way.join("/")));
        }
        resolver.lock.check()?;
        let Resolver { lock, trees, .. } = resolver;
        Ok(Resolved { flake, old, lock, trees })
    }
}

impl Resolver<'_> {
    fn resolve(&mut self, evaluator: &mut Evaluator, inputs: &Inputs, place: &Place<'_>) -> Result<()> {
        if place.way.len() >= DEEPEST || self.lock.nodes.len() > MOST {
            return Err(Error::other(format!(
                "the inputs of the flake are nested more than {DEEPEST} deep, or are more than {MOST}: they may go in a circle"
            )));
        }
        for (name, input) in inputs {
            self.add_overrides(&input.overrides, &below(place.way, name), place);
        }
        let strange = self.overrides.keys().filter(|way| {
            way.split_last().is_some_and(|(name, above)| above == place.way && !inputs.contains_key(name))
        });
        for way in strange {
            evaluator.world.say(&format!(
                "warning: input '{}' has an override for a non-existent input '{}'",
                place.way.join("/"),
                way.last().map_or("", String::as_str)
            ));
        }
        let wanted = self.wanted(inputs, place);
        if wanted.len() > 1 {
            evaluator.world.prefetch(&wanted);
        }
        for (name, input) in inputs {
            let way = below(place.way, name);
            self.resolve_input(evaluator, name, input, &way, place).map_err(|error| {
                error.while_(0, format!("while updating the flake input '{}'", way.join("/")))
            })?;
        }
        Ok(())
    }

    fn add_overrides(&mut self, inputs: &Inputs, way: &[String], place: &Place<'_>) {
        for (name, input) in inputs {
            let way = below(way, name);
            if input.reference.is_some() || input.follows.is_some() {
                // One that stands already comes from nearer to the root.
                self.overrides.entry(way.clone()).or_insert_with(|| Override {
                    input: input.clone(),
                    by: Some(place.way.to_vec()),
                    tree: place.tree.clone(),
                });
            }
            self.add_overrides(&input.overrides, &way, place);
        }
    }

    /// The inputs of a flake that will be fetched because no lock has them: servers can be asked for them together.
    fn wanted(&self, inputs: &Inputs, place: &Place<'_>) -> Vec<Input> {
        let mut wanted = Vec::new();
        for (name, declared) in inputs {
            let way = below(place.way, name);
            let over = self.overrides.get(&way);
            let from_command_line = self.wish.overrides.iter().any(|(other, _)| *other == way);
            let input = over.map_or(declared, |over| &over.input);
            let Some(reference) = input.reference.as_ref().filter(|_| input.follows.is_none()) else {
                continue;
            };
            let is_kept = place.old.filter(|_| !self.wish.updates.contains(&way) && !from_command_line);
            let is_kept = is_kept.is_some_and(|(lock, node)| match lock.nodes[node].inputs.get(name) {
                Some(Step::Node(child)) => {
                    let old = lock.nodes[*child].locked.as_ref();
                    old.is_some_and(|old| canonical(&old.original) == canonical(reference))
                }
                _ => false,
            });
            if !is_kept && !self.wish.locked_only && !is_relative(reference) {
                wanted.push(reference.input.clone());
            }
        }
        wanted
    }

    fn resolve_input(
        &mut self,
        evaluator: &mut Evaluator,
        name: &str,
        declared: &Declared,
        way: &Way,
        place: &Place<'_>,
    ) -> Result<()> {
        self.used.insert(way.clone());
        let from_command_line = self.wish.overrides.iter().any(|(other, _)| other == way);
        let (input, base, by) = match self.overrides.get(way) {
            Some(of) => (of.input.clone(), of.tree.clone(), of.by.clone()),
            None => (declared.clone(), place.tree.clone(), Some(place.way.to_vec())),
        };
        if let Some(follows) = input.follows {
            self.lock.nodes[place.node].inputs.insert(name.to_owned(), Step::Follows(follows));
            return Ok(());
        }
        let reference = match input.reference {
            Some(reference) => reference,
            None => Declared::by_name(name)?,
        };
        let parent = if is_relative(&reference) { by } else { None };
        // A relative path is no address: it is looked up in the tree of the flake that says it.
        let inside = match reference.input.attributes.get("path") {
            Some(Attribute::Text(path)) if is_relative(&reference) => Some(base.join(path)),
            _ => None,
        };
        let old =
            place.old.filter(|_| !self.wish.updates.contains(way)).and_then(|(lock, node)| {
                match lock.nodes[node].inputs.get(name) {
                    Some(Step::Node(child)) => Some((lock, *child, lock.nodes[*child].locked.as_ref()?)),
                    _ => None,
                }
            });
        let same = |old: &Locked| {
            canonical(&old.original) == canonical(&reference) && old.parent == parent && !from_command_line
        };
        if let Some((lock, child, old)) = old.filter(|(_, _, old)| same(old)) {
            let node = self.add(place.node, name, old.clone());
            return self.keep(evaluator, lock, child, old, node, way, inside.as_ref(), place);
        }
        let is_locked = reference.input.is_locked().map_err(|bad| Error::other(bad.0))?;
        if self.wish.locked_only && !is_locked && inside.is_none() {
            return Err(Error::other(format!(
                "cannot update unlocked flake input '{}' in pure mode",
                way.join("/")
            )));
        }
        // What the flake declares stays as what was asked for, so that the next update does not undo the command line.
        let original = match &declared.reference {
            Some(own) if from_command_line => own.clone(),
            _ => reference.clone(),
        };
        let locked = |locked| Locked { original, locked, is_flake: !declared.is_tree, parent };
        if declared.is_tree {
            let (tree, found) = match inside {
                Some(tree) => (tree, reference),
                None => evaluator.fetch_reference(&reference)?,
            };
            let node = self.add(place.node, name, locked(found));
            self.trees.push((node, tree));
            return Ok(());
        }
        let flake = fetch(evaluator, &reference, inside, way)?;
        let node = self.add(place.node, name, locked(flake.locked.clone()));
        if self.parents.contains(&reference) {
            return Err(Error::other(format!("found circular import of flake '{reference}'")));
        }
        self.parents.push(reference);
        self.trees.push((node, flake.tree.clone()));
        let own = evaluator.read_lock(&flake.tree)?;
        let below =
            Place { node, way, old: Some((&own, 0)), old_root: way, tree: &flake.tree, is_trusted: false };
        self.resolve(evaluator, &flake.inputs, &below)?;
        self.parents.pop();
        Ok(())
    }

    /// Keeps an input as it was locked. Its own inputs come from the lock, without a look at its tree, unless one of them is
    /// to be updated, or followed what no flake says any more.
    #[allow(clippy::too_many_arguments, reason = "the two ends of one step in two locks")]
    fn keep(
        &mut self,
        evaluator: &mut Evaluator,
        lock: &Lock,
        child: NodeId,
        old: &Locked,
        node: NodeId,
        way: &Way,
        inside: Option<&Tree>,
        place: &Place<'_>,
    ) -> Result<()> {
        let mut look =
            self.wish.updates.iter().any(|other| other.len() > way.len() && other.starts_with(way));
        let mut inputs = Inputs::new();
        for (name, step) in &lock.nodes[child].inputs {
            let input = match step {
                Step::Node(node) => {
                    let Some(locked) = &lock.nodes[*node].locked else { continue };
                    Declared { is_tree: !locked.is_flake, ..Declared::of(locked.original.clone()) }
                }
                Step::Follows(target) => {
                    look |= !place.is_trusted && !self.overrides.contains_key(&below(way, name));
                    let target = place.old_root.iter().chain(target).cloned().collect();
                    Declared { follows: Some(target), ..Declared::default() }
                }
            };
            inputs.insert(name.clone(), input);
        }
        if !look {
            let below = Place { node, way, old: Some((lock, child)), is_trusted: true, ..*place };
            return self.resolve(evaluator, &inputs, &below);
        }
        let flake = fetch(evaluator, &old.locked, inside.cloned(), way)?;
        self.trees.push((node, flake.tree.clone()));
        let below =
            Place { node, way, old: Some((lock, child)), tree: &flake.tree, is_trusted: false, ..*place };
        self.resolve(evaluator, &flake.inputs, &below)
    }

    fn add(&mut self, parent: NodeId, name: &str, locked: Locked) -> NodeId {
        let node = self.lock.nodes.len();
        self.lock.nodes.push(super::lock::Node { locked: Some(locked), inputs: BTreeMap::new() });
        self.lock.nodes[parent].inputs.insert(name.to_owned(), Step::Node(node));
        node
    }
}

fn fetch(
    evaluator: &mut Evaluator,
    reference: &FlakeRef,
    inside: Option<Tree>,
    way: &[String],
) -> Result<Flake> {
    match inside {
        Some(tree) => Ok(evaluator.read_flake(tree, reference.clone(), way)?.0),
        None => evaluator.fetch_flake(reference, way),
    }
}

fn below(way: &[String], name: &str) -> Way {
    way.iter().cloned().chain([name.to_owned()]).collect()
}

/// The attributes of a reference, without the `dir` that older versions of Nix left in its address, too.
fn canonical(reference: &FlakeRef) -> Attributes {
    let mut attributes = reference.attributes();
    if let (Some(Attribute::Text(url)), Some(Attribute::Text(dir))) =
        (attributes.get("url"), attributes.get("dir"))
        && let Ok(mut parsed) = Url::parse(url)
        && parsed.query.get("dir") == Some(dir)
    {
        parsed.query.remove("dir");
        attributes.insert("url".into(), Attribute::Text(parsed.to_string()));
    }
    attributes
}
