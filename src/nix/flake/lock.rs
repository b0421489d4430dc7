//! flake.lock: a graph of inputs, each with the reference that was asked for and the one that names the same tree for ever.
//!
//! Versions 5 to 7 are read, 7 is written, byte for byte as Nix writes it. An input is a node of its own, or follows a way
//! that begins at the root.

use crate::nix::error::{Error, Result};
use crate::nix::input::{Attribute, Attributes, FlakeRef, json as attributes_json};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The names of inputs from a flake to one of its inputs' inputs.
pub type Way = Vec<String>;

/// A node's place in its lock; the root's is 0.
pub type NodeId = usize;

/// How deep inputs of inputs may be nested, and how many of them there may be: more is a circle, or made to hurt.
pub(super) const DEEPEST: usize = 100;
pub(super) const MOST: usize = 100_000;

/// What an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A node of its own.
    Node(NodeId),
    /// The same as what lies at the end of a way from the root.
    Follows(Way),
}

/// A flake, or a tree that is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Where it comes from; none for the root.
    pub locked: Option<Locked>,
    /// Its inputs by name.
    pub inputs: BTreeMap<String, Step>,
}

/// Where a node comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// What was asked for.
    pub original: FlakeRef,
    /// The tree that this was.
    pub locked: FlakeRef,
    /// Whether it has a `flake.nix` that counts.
    pub is_flake: bool,
    /// The way to the node in whose tree a relative path begins.
    pub parent: Option<Way>,
}

/// A whole lock.
#[derive(Debug, Clone)]
pub struct Lock {
    /// The nodes; the first is the root.
    pub nodes: Vec<Node>,
}

impl Default for Lock {
    fn default() -> Self {
        Lock { nodes: vec![Node::default()] }
    }
}

/// Whether a reference is a path that begins at the flake that names it.
pub fn is_relative(reference: &FlakeRef) -> bool {
    let text = |name| match reference.input.attributes.get(name) {
        Some(Attribute::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    text("type") == Some("path") && text("path").is_some_and(|path| !path.starts_with('/'))
}

impl Lock {
    /// Reads the text of a lock, which messages call `file`; what is doubtful is told to `warn`.
    ///
    /// # Errors
    /// When it is no lock, of another version, or names an input by what may change.
    pub fn parse(text: &[u8], file: &str, warn: &dyn Fn(&str)) -> Result<Self> {
        let top: Value = serde_json::from_slice(text)
            .map_err(|error| Error::other(format!("Could not parse '{file}': {error}")))?;
        let version = top.get("version").and_then(Value::as_u64).unwrap_or(0);
        if !(5..=7).contains(&version) {
            return Err(Error::other(format!("lock file '{file}' has unsupported version {version}"))
                .hint("it is made anew by `nix flake lock` of a newer Nix after the file was removed"));
        }
        let bad = |what: &str| Error::other(format!("lock file '{file}': {what}"));
        let root = top.get("root").and_then(Value::as_str).ok_or_else(|| bad("'root' is missing"))?;
        let nodes = top.get("nodes").and_then(Value::as_object).ok_or_else(|| bad("'nodes' are missing"))?;
        let mut reader = Reader { nodes, bad: &bad, warn, keys: HashMap::new(), lock: Lock::default() };
        reader.keys.insert(root.to_owned(), 0);
        reader.read_inputs(0, reader.node(root)?, 0)?;
        Ok(reader.lock)
    }

    /// The lock as JSON, and the key that each node has there.
    pub fn json(&self) -> (Value, HashMap<NodeId, String>) {
        let mut writer =
            Writer { lock: self, keys: HashMap::new(), taken: HashSet::new(), nodes: Map::new() };
        let root = writer.write("root", 0);
        let mut top = Map::new();
        top.insert("nodes".into(), Value::Object(writer.nodes));
        top.insert("root".into(), root.into());
        top.insert("version".into(), 7.into());
        (Value::Object(top), writer.keys)
    }

    /// The text of the file.
    pub fn print(&self) -> String {
        format!("{:#}\n", self.json().0)
    }

    /// The node at the end of a way from the root.
    ///
    /// # Errors
    /// When inputs follow each other in a circle.
    pub fn find(&self, way: &[String]) -> Result<Option<NodeId>> {
        self.find_on(way, &mut Vec::new())
    }

    fn find_on(&self, way: &[String], visited: &mut Vec<Way>) -> Result<Option<NodeId>> {
        if let Some(at) = visited.iter().position(|other| other == way) {
            let mut circle: Vec<String> = visited[at..].iter().map(|way| way.join("/")).collect();
            circle.push(way.join("/"));
            return Err(Error::other(format!("follow cycle detected: [{}]", circle.join(" -> "))));
        }
        visited.push(way.to_vec());
        let mut at = 0;
        for name in way {
            at = match self.nodes[at].inputs.get(name) {
                None => return Ok(None),
                Some(Step::Node(node)) => *node,
                Some(Step::Follows(other)) => match self.find_on(other, visited)? {
                    None => return Ok(None),
                    Some(node) => node,
                },
            };
        }
        Ok(Some(at))
    }

    /// Every node with the way to it that its lock's print takes first, the root's first.
    pub fn ways(&self) -> Vec<(Way, NodeId)> {
        let mut found = Vec::new();
        self.ways_below(&mut Vec::new(), 0, &mut HashSet::new(), &mut found);
        found
    }

    fn ways_below(
        &self,
        way: &mut Way,
        node: NodeId,
        seen: &mut HashSet<NodeId>,
        found: &mut Vec<(Way, NodeId)>,
    ) {
        if !seen.insert(node) {
            return;
        }
        found.push((way.clone(), node));
        for (name, step) in &self.nodes[node].inputs {
            if let Step::Node(child) = step {
                way.push(name.clone());
                self.ways_below(way, *child, seen, found);
                way.pop();
            }
        }
    }

    /// Every input by its way, as people read it: the reference that names its tree, or whom it follows.
    pub fn listed(&self) -> BTreeMap<String, String> {
        let mut listed = BTreeMap::new();
        for (way, node) in self.ways() {
            for (name, step) in &self.nodes[node].inputs {
                let text = match step {
                    Step::Follows(target) => format!("follows {}", target.join("/")),
                    Step::Node(child) => match &self.nodes[*child].locked {
                        Some(locked) => locked.locked.to_string(),
                        None => continue,
                    },
                };
                let mut way = way.clone();
                way.push(name.clone());
                listed.insert(way.join("/"), text);
            }
        }
        listed
    }

    /// Makes sure that every input that follows another leads somewhere.
    ///
    /// # Errors
    /// When one leads nowhere, or in a circle.
    pub fn check(&self) -> Result<()> {
        for (way, node) in self.ways() {
            for (name, step) in &self.nodes[node].inputs {
                let Step::Follows(target) = step else { continue };
                if self.find(target)?.is_none() {
                    let mut way = way.clone();
                    way.push(name.clone());
                    return Err(Error::other(format!(
                        "input '{}' follows a non-existent input '{}'",
                        way.join("/"),
                        target.join("/")
                    )));
                }
            }
        }
        Ok(())
    }

    /// An input whose tree could be another tomorrow.
    ///
    /// # Errors
    /// When one has attributes that can't be read.
    pub fn unlocked(&self) -> Result<Option<&FlakeRef>> {
        for (_, node) in self.ways() {
            let Some(locked) = &self.nodes[node].locked else { continue };
            let is_locked = locked.locked.input.is_locked().map_err(|bad| Error::other(bad.0))?;
            if !is_locked && !is_relative(&locked.locked) {
                return Ok(Some(&locked.locked));
            }
        }
        Ok(None)
    }
}

struct Reader<'a> {
    nodes: &'a Map<String, Value>,
    bad: &'a dyn Fn(&str) -> Error,
    warn: &'a dyn Fn(&str),
    keys: HashMap<String, NodeId>,
    lock: Lock,
}

impl<'a> Reader<'a> {
    fn node(&self, key: &str) -> Result<&'a Value> {
        self.nodes.get(key).ok_or_else(|| (self.bad)(&format!("references missing node '{key}'")))
    }

    fn read_inputs(&mut self, node: NodeId, json: &'a Value, depth: usize) -> Result<()> {
        let Some(inputs) = json.get("inputs") else { return Ok(()) };
        if depth >= DEEPEST || self.lock.nodes.len() > MOST {
            return Err((self.bad)(&format!(
                "its inputs are nested more than {DEEPEST} deep, or are more than {MOST}"
            )));
        }
        let inputs = inputs.as_object().ok_or_else(|| (self.bad)("'inputs' is no object"))?;
        for (name, value) in inputs {
            let step = match value {
                Value::String(key) => Step::Node(self.child(key, depth + 1)?),
                other => Step::Follows(self.way(other)?),
            };
            self.lock.nodes[node].inputs.insert(name.clone(), step);
        }
        Ok(())
    }

    fn child(&mut self, key: &str, depth: usize) -> Result<NodeId> {
        if let Some(node) = self.keys.get(key) {
            return match node {
                0 => Err((self.bad)("contains cycle to root node")),
                node => Ok(*node),
            };
        }
        let json = self.node(key)?;
        let locked = self.locked(json)?;
        let node = self.lock.nodes.len();
        self.lock.nodes.push(Node { locked: Some(locked), inputs: BTreeMap::new() });
        self.keys.insert(key.to_owned(), node);
        self.read_inputs(node, json, depth)?;
        Ok(node)
    }

    fn way(&self, json: &Value) -> Result<Way> {
        let words = json.as_array().ok_or_else(|| (self.bad)("an input is neither a node nor a way"))?;
        let word = |word: &Value| word.as_str().map(str::to_owned);
        words
            .iter()
            .map(word)
            .collect::<Option<Way>>()
            .ok_or_else(|| (self.bad)("a way has a part that is no name"))
    }

    fn locked(&self, json: &Value) -> Result<Locked> {
        let mut locked = self.attributes(json, "locked")?;
        // Version 5 told when a tree was changed apart from where it comes from.
        if json.get("info").is_some() {
            locked.extend(self.attributes(json, "info")?);
        }
        let reference = |attributes| FlakeRef::from_attributes(attributes).map_err(|bad| (self.bad)(&bad.0));
        let locked = Locked {
            original: reference(self.attributes(json, "original")?)?,
            locked: reference(locked)?,
            is_flake: json.get("flake").and_then(Value::as_bool).unwrap_or(true),
            parent: json.get("parent").map(|parent| self.way(parent)).transpose()?,
        };
        let input = &locked.locked.input;
        if !input.is_locked().map_err(|bad| (self.bad)(&bad.0))? && !is_relative(&locked.locked) {
            if input.nar_hash().map_err(|bad| (self.bad)(&bad.0))?.is_none() {
                return Err((self.bad)(&format!(
                    "contains unlocked input '{}'",
                    attributes_json(&input.attributes)
                ))
                .hint("lock it anew, from a commit and not from a work tree with changes"));
            }
            (self.warn)(&format!(
                "warning: Lock file entry '{input}' is unlocked (e.g. lacks a Git revision) but is checked by NAR hash. \
                 This is not reproducible and will break after garbage collection or when shared."
            ));
        }
        Ok(locked)
    }

    fn attributes(&self, json: &Value, name: &str) -> Result<Attributes> {
        let missing = || (self.bad)(&format!("attribute '{name}' missing"));
        let object = json.get(name).and_then(Value::as_object).ok_or_else(missing)?;
        let attribute = |(name, value): (&String, &Value)| {
            let value = match value {
                Value::String(text) => Attribute::Text(text.clone()),
                Value::Bool(value) => Attribute::Bool(*value),
                Value::Number(number) if number.is_u64() => Attribute::Number(number.as_u64()?),
                _ => return None,
            };
            Some((name.clone(), value))
        };
        let all: Option<Attributes> = object.iter().map(attribute).collect();
        all.ok_or_else(|| (self.bad)(&format!("'{name}' holds what is no string, number or switch")))
    }
}

struct Writer<'a> {
    lock: &'a Lock,
    keys: HashMap<NodeId, String>,
    taken: HashSet<String>,
    nodes: Map<String, Value>,
}

impl Writer<'_> {
    /// Writes a node and those below it; its key, which is the name of the input that led there, or that with a number.
    fn write(&mut self, name: &str, node: NodeId) -> String {
        if let Some(key) = self.keys.get(&node) {
            return key.clone();
        }
        let mut key = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(key.clone()) {
            key = format!("{name}_{number}");
            number += 1;
        }
        self.keys.insert(node, key.clone());
        let mut fields = Map::new();
        let of = &self.lock.nodes[node];
        if !of.inputs.is_empty() {
            let mut inputs = Map::new();
            for (name, step) in &of.inputs {
                let value = match step {
                    Step::Node(child) => Value::from(self.write(name, *child)),
                    Step::Follows(way) => Value::from(way.clone()),
                };
                inputs.insert(name.clone(), value);
            }
            fields.insert("inputs".into(), Value::Object(inputs));
        }
        if let Some(locked) = &of.locked {
            fields.insert("original".into(), attributes_json(&locked.original.attributes()));
            let mut attributes = locked.locked.attributes();
            attributes.remove("__final");
            fields.insert("locked".into(), attributes_json(&attributes));
            if !locked.is_flake {
                fields.insert("flake".into(), false.into());
            }
            if let Some(parent) = &locked.parent {
                fields.insert("parent".into(), parent.clone().into());
            }
        }
        self.nodes.insert(key.clone(), Value::Object(fields));
        key
    }
}
