//! `concatLists (map f list)`, written so, makes no list of lists: nobody could ever see it.
//!
//! nixpkgs' `concatMap` is this, and its module system asks every module for every option through it: in one NixOS system
//! a million elements that nearly all come to `[ ]`. What is evaluated, in which order, and what errors say is the same.

use super::Evaluator;
use crate::nix::builtins;
use crate::nix::code::{Node, NodeId};
use crate::nix::error::Result;
use crate::nix::value::{Tag, Word};

/// The two builtins, by number.
pub(super) struct Fused {
    concat_lists: u32,
    map: Word,
}

impl Default for Fused {
    fn default() -> Self {
        let number = |name: &str| {
            let found = builtins::all().iter().position(|builtin| builtin.name == name);
            found.expect("the table has it") as u32
        };
        Fused { concat_lists: number("concatLists"), map: Word::new(Tag::Builtin, number("map"), 0) }
    }
}

impl Evaluator {
    /// The value of a builtin whose argument is a node, if it is this pair of them.
    #[inline]
    pub(super) fn fused(
        &mut self,
        builtin: u32,
        argument: NodeId,
        frame: u32,
        place: u32,
    ) -> Option<Result<Word>> {
        if builtin != self.fused.concat_lists {
            return None;
        }
        let Node::Apply(function, row) = self.code.node(argument) else { return None };
        let is_map = matches!(self.code.node(function), Node::Constant(word) if word == self.fused.map);
        if !is_map || row.len != 2 {
            return None;
        }
        let (function, list) = (self.code.id(row, 0), self.code.id(row, 1));
        Some(self.concat_mapped(function, list, frame, self.code.places[argument as usize], place))
    }

    fn concat_mapped(
        &mut self,
        function: NodeId,
        list: NodeId,
        frame: u32,
        map_place: u32,
        place: u32,
    ) -> Result<Word> {
        let in_map = |error: crate::nix::Error| {
            error.at(map_place).while_(map_place, "while calling the 'map' builtin")
        };
        let in_concat = |error: crate::nix::Error| {
            error.at(place).while_(place, "while calling the 'concatLists' builtin")
        };
        let list = self.eval(list, frame)?;
        self.counts.builtin_calls += 2;
        self.wanted_list(list).map_err(in_map)?;
        if list.aux() == 0 {
            return Ok(list);
        }
        let function = self.eval(function, frame).map_err(in_map)?;
        self.wanted_function(function).map_err(in_map)?;
        // Most come to one list or none, which needs no memory.
        let mut first = Word::EMPTY_LIST;
        let mut filled = Vec::new();
        for slot in list.at()..list.at() + list.aux() {
            let item = self.share(slot);
            let value = self.call(function, &[item], 0).map_err(in_concat)?;
            if self.wanted_list(value).map_err(in_concat)?.aux() > 0 {
                if first == Word::EMPTY_LIST {
                    first = value;
                    continue;
                }
                if filled.is_empty() {
                    filled.push(first);
                }
                filled.push(value);
            }
        }
        if filled.is_empty() { Ok(first) } else { self.concat(&filled).map_err(in_concat) }
    }
}
