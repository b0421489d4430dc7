//! String context: which store paths a text was made from.
//!
//! A derivation that mentions a text depends on what its context names, so every operation on strings says what becomes of
//! it. Elements and whole contexts are numbered; most strings have none, which is number 0, and most others share a few.

use crate::store::{OutputName, StorePath};
use std::collections::HashMap;

/// A context: a set of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Context(pub u32);

impl Context {
    /// Nothing.
    pub const NONE: Context = Context(0);
}

/// One store path that a text depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// A path that is there, such as a copied source: `/nix/store/…`.
    Path(StorePath),
    /// A derivation with all that is needed to build it: `=/nix/store/….drv`, what `drvPath` carries.
    Closure(StorePath),
    /// An output of a derivation: `!out!/nix/store/….drv`.
    Output {
        /// The derivation's path.
        derivation: StorePath,
        /// The output's name.
        output: OutputName,
    },
}

/// All contexts of an evaluation.
pub struct Contexts {
    elements: Vec<Element>,
    element_numbers: HashMap<Element, u32>,
    /// Each sorted by element number.
    sets: Vec<Box<[u32]>>,
    set_numbers: HashMap<Box<[u32]>, u32>,
    unions: HashMap<(u32, u32), u32>,
}

impl Default for Contexts {
    fn default() -> Self {
        let none: Box<[u32]> = Box::new([]);
        Contexts {
            elements: Vec::new(),
            element_numbers: HashMap::new(),
            sets: vec![none.clone()],
            set_numbers: HashMap::from([(none, 0)]),
            unions: HashMap::new(),
        }
    }
}

impl Contexts {
    /// The context of one element.
    pub fn of(&mut self, element: Element) -> Context {
        let number = match self.element_numbers.get(&element) {
            Some(number) => *number,
            None => {
                let number = self.elements.len() as u32;
                self.elements.push(element.clone());
                self.element_numbers.insert(element, number);
                number
            }
        };
        self.set(&[number])
    }

    /// Both together.
    #[inline]
    pub fn union(&mut self, a: Context, b: Context) -> Context {
        if a == b || b == Context::NONE {
            return a;
        }
        if a == Context::NONE {
            return b;
        }
        self.union_slowly(a.0.min(b.0), a.0.max(b.0))
    }

    fn union_slowly(&mut self, a: u32, b: u32) -> Context {
        if let Some(known) = self.unions.get(&(a, b)) {
            return Context(*known);
        }
        let mut all = [&self.sets[a as usize][..], &self.sets[b as usize]].concat();
        all.sort_unstable();
        all.dedup();
        let union = self.set(&all);
        self.unions.insert((a, b), union.0);
        union
    }

    fn set(&mut self, sorted: &[u32]) -> Context {
        if let Some(known) = self.set_numbers.get(sorted) {
            return Context(*known);
        }
        let number = self.sets.len() as u32;
        self.sets.push(sorted.into());
        self.set_numbers.insert(sorted.into(), number);
        Context(number)
    }

    /// The elements, in no order that may show.
    pub fn elements(&self, context: Context) -> impl ExactSizeIterator<Item = &Element> {
        self.sets[context.0 as usize].iter().map(|number| &self.elements[*number as usize])
    }
}

impl std::fmt::Display for Element {
    /// As Nix writes it inside of itself and in messages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Element::Path(path) => f.write_str(path.as_str()),
            Element::Closure(path) => write!(f, "={}", path.as_str()),
            Element::Output { derivation, output } => write!(f, "!{output}!{}", derivation.as_str()),
        }
    }
}
