//! Calls: of functions written in Nix, of builtins, of what has too few arguments, of sets with `__functor`.

use super::Evaluator;
use crate::nix::builtins;
use crate::nix::code::{Lambda, NONE, NodeId, Row};
use crate::nix::error::{Error, Kind, Result};
use crate::nix::names;
use crate::nix::value::{Tag, Word};
use crate::nix::{attrs, symbols::Symbol};

/// What a call comes to.
pub(super) enum Next {
    /// A value.
    Value(Word),
    /// Going on with a function's body, in its frame, which nobody else knows of.
    Body(NodeId, u32),
}

/// The most arguments a builtin takes.
const MOST_ARGUMENTS: usize = 3;

impl Evaluator {
    /// A call as it is written: the arguments are nodes, made into thunks, or evaluated where a builtin wants them so.
    #[inline]
    pub(super) fn apply(&mut self, function: Word, row: Row, frame: u32, id: NodeId) -> Result<Next> {
        let mut function = function;
        let mut next = 0;
        let mut functors = 0;
        loop {
            let left = row.len - next;
            if left == 0 {
                return Ok(Next::Value(function));
            }
            match function.tag() {
                Tag::Lambda => {
                    let lambda = self.code.lambdas[function.aux() as usize];
                    if left < lambda.arity {
                        return Ok(Next::Value(self.partial(function, row, next, frame)));
                    }
                    let inner = self.new_frame(function.at(), lambda.slots);
                    if lambda.takes_set {
                        let argument = self.eval(self.code.id(row, next), frame)?;
                        self.match_formals(&lambda, inner, argument, id)?;
                    } else {
                        for slot in 0..lambda.arity {
                            let id = self.code.id(row, next + slot);
                            let word = if lambda.passes_on {
                                self.delay_outside(id, frame)
                            } else {
                                self.delay(id, frame)
                            };
                            self.heap.set(inner + 1 + slot, word);
                        }
                    }
                    next += lambda.arity;
                    self.enter_call(id)?;
                    if next == row.len {
                        return Ok(Next::Body(lambda.body, inner));
                    }
                    function =
                        self.eval(lambda.body, inner).map_err(|error| self.in_call(error, &lambda, id))?;
                    self.done_with(inner);
                }
                Tag::Builtin => {
                    let builtin = self.builtins[function.aux() as usize];
                    let arity = builtin.arity as u32;
                    if left < arity {
                        return Ok(Next::Value(self.partial(function, row, next, frame)));
                    }
                    let place = self.code.places[id as usize];
                    if let Some(value) = self.fused(function.aux(), self.code.id(row, next), frame, place) {
                        next += 1;
                        function = value?;
                        continue;
                    }
                    let mut arguments = [Word::NULL; MOST_ARGUMENTS];
                    for at in 0..arity {
                        let node = self.code.id(row, next + at);
                        arguments[at as usize] = if builtin.lazy >> at & 1 == 0 {
                            self.eval(node, frame)?
                        } else {
                            self.delay_outside(node, frame)
                        };
                    }
                    next += arity;
                    function = self.call_builtin(builtin, &arguments[..arity as usize], place)?;
                }
                Tag::Attrs => {
                    self.again(&mut functors, id)?;
                    let functor = self.functor(function, id)?;
                    function = self.call(functor, &[function], self.code.places[id as usize])?;
                }
                Tag::Partial => {
                    let arguments: Vec<Word> =
                        (next..row.len).map(|at| self.delay_outside(self.code.id(row, at), frame)).collect();
                    let place = self.code.places[id as usize];
                    return Ok(Next::Value(self.call(function, &arguments, place)?));
                }
                _ => return Err(self.on(self.not_a_function(function), id)),
            }
        }
    }

    /// A call with arguments that are values or references, made by a builtin or later than it was written.
    pub(in crate::nix) fn call(&mut self, function: Word, arguments: &[Word], place: u32) -> Result<Word> {
        let mut function = function;
        let mut rest = arguments;
        let mut functors = 0;
        while !rest.is_empty() {
            match function.tag() {
                Tag::Lambda => {
                    let lambda = self.code.lambdas[function.aux() as usize];
                    let arity = lambda.arity as usize;
                    if rest.len() < arity {
                        return Ok(self.partial_of(function, rest));
                    }
                    let inner = self.new_frame(function.at(), lambda.slots);
                    if lambda.takes_set {
                        let argument = self.force(rest[0])?;
                        self.match_formals(&lambda, inner, argument, NONE)?;
                    } else {
                        for (slot, argument) in (inner + 1..).zip(&rest[..arity]) {
                            self.heap.set(slot, *argument);
                        }
                    }
                    rest = &rest[arity..];
                    let calls = self.calls;
                    self.enter_call(NONE)?;
                    let value = self.eval_deeper(lambda.body, inner);
                    self.calls = calls;
                    function = value.map_err(|error| self.in_call_at(error, &lambda, place))?;
                    self.done_with(inner);
                }
                Tag::Builtin => {
                    let builtin = self.builtins[function.aux() as usize];
                    let arity = builtin.arity as usize;
                    if rest.len() < arity {
                        return Ok(self.partial_of(function, rest));
                    }
                    let mut ready = [Word::NULL; MOST_ARGUMENTS];
                    for at in 0..arity {
                        ready[at] =
                            if builtin.lazy >> at & 1 == 0 { self.force(rest[at])? } else { rest[at] };
                    }
                    rest = &rest[arity..];
                    function = self.call_builtin(builtin, &ready[..arity], place)?;
                }
                Tag::Partial => {
                    let row = self.heap.row(function.at(), function.aux() as usize + 1);
                    let all: Vec<Word> =
                        row[1..].iter().map(|word| Word(word.get())).chain(rest.iter().copied()).collect();
                    self.check_stack()?;
                    return self.call(Word(row[0].get()), &all, place);
                }
                Tag::Attrs => {
                    self.check_stack()?;
                    self.again(&mut functors, NONE)?;
                    let functor = self.functor(function, NONE).map_err(|error| error.at(place))?;
                    function = self.call(functor, &[function], place)?;
                }
                _ => return Err(self.not_a_function(function).at(place)),
            }
        }
        Ok(function)
    }

    fn call_builtin(&mut self, builtin: &builtins::Builtin, arguments: &[Word], place: u32) -> Result<Word> {
        self.counts.builtin_calls += 1;
        (builtin.run)(self, arguments, place).map_err(|error| {
            error.at(place).while_(place, format!("while calling the '{}' builtin", builtin.name))
        })
    }

    #[inline]
    fn enter_call(&mut self, id: NodeId) -> Result<()> {
        self.counts.calls += 1;
        self.calls += 1;
        if self.calls > self.options.max_call_depth { Err(self.too_many_calls(id)) } else { Ok(()) }
    }

    /// Counts the sets with `__functor` that one call goes through: one whose functor gives it back would be called for ever.
    fn again(&self, functors: &mut u32, id: NodeId) -> Result<()> {
        *functors += 1;
        if self.calls + *functors > self.options.max_call_depth {
            Err(self.too_many_calls(id))
        } else {
            Ok(())
        }
    }

    /// Counts one more level of nesting against the limit of calls.
    pub(in crate::nix) fn deeper(&mut self) -> Result<()> {
        self.calls += 1;
        if self.calls > self.options.max_call_depth { Err(self.too_many_calls(NONE)) } else { Ok(()) }
    }

    /// Ends what [`Evaluator::deeper`] began.
    pub(in crate::nix) fn higher(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    #[cold]
    fn too_many_calls(&self, id: NodeId) -> Error {
        let error = Error::new(Kind::TooDeep, "stack overflow; max-call-depth exceeded");
        if id == NONE { error } else { self.on(error, id) }
    }

    #[cold]
    fn in_call(&self, error: Error, lambda: &Lambda, id: NodeId) -> Error {
        self.in_call_at(error, lambda, self.code.places[id as usize])
    }

    #[cold]
    fn in_call_at(&self, error: Error, lambda: &Lambda, place: u32) -> Error {
        let name = if lambda.name == Symbol(0) {
            "anonymous lambda".into()
        } else {
            format!("'{}'", self.name(lambda.name))
        };
        error.while_(if place == 0 { lambda.place } else { place }, format!("while calling {name}"))
    }

    #[cold]
    fn not_a_function(&self, value: Word) -> Error {
        let found = self.describe(value);
        let shown = self.show_short(value);
        Error::type_error(format!("attempt to call something which is not a function but {found}: {shown}"))
    }

    /// `set.__functor`
    fn functor(&mut self, set: Word, id: NodeId) -> Result<Word> {
        match attrs::find(self.heap, set, names::FUNCTOR) {
            Some(found) => self.force_slot(found.slot),
            None if id == NONE => Err(self.not_a_function(set)),
            None => Err(self.on(self.not_a_function(set), id)),
        }
    }

    fn partial(&mut self, function: Word, row: Row, next: u32, frame: u32) -> Word {
        let count = row.len - next;
        let at = self.heap.alloc(1 + count as usize);
        self.heap.set(at, function);
        for argument in 0..count {
            // Called twice, its arguments are used twice: a thunk needs a slot of its own.
            let word = self.delay(self.code.id(row, next + argument), frame);
            let word = if word.may_be_copied() { word } else { self.in_slot(word) };
            self.heap.set(at + 1 + argument, word);
        }
        Word::new(Tag::Partial, count, at)
    }

    fn partial_of(&mut self, function: Word, arguments: &[Word]) -> Word {
        let at = self.heap.alloc(1 + arguments.len());
        self.heap.set(at, function);
        for (slot, argument) in (at + 1..).zip(arguments) {
            self.heap.set(slot, *argument);
        }
        Word::new(Tag::Partial, arguments.len() as u32, at)
    }

    /// Takes a set apart into a function's frame.
    fn match_formals(&mut self, lambda: &Lambda, frame: u32, argument: Word, id: NodeId) -> Result<()> {
        if argument.tag() != Tag::Attrs {
            let error = self.expected("a set", argument).at(lambda.place);
            return Err(if id == NONE { error } else { self.in_call(error, lambda, id) });
        }
        if lambda.named {
            self.heap.set(frame + 1, argument);
        }
        let formals = lambda.formals;
        let mut used = 0;
        for at in 0..formals.len {
            let formal = self.code.formals[(formals.start + at) as usize];
            let slot = frame + 1 + lambda.first_formal + at;
            let cache = &mut self.code.caches[formal.cache as usize];
            match attrs::find_again(self.heap, argument, formal.name, cache) {
                Some(found) => {
                    used += 1;
                    self.heap.set(slot, self.share(found));
                }
                None if formal.default == NONE => {
                    let function = self.function_name(lambda);
                    let name = self.name(formal.name);
                    let message = format!("function '{function}' called without required argument '{name}'");
                    let error = Error::type_error(message).at(lambda.place);
                    return Err(if id == NONE { error } else { self.in_call(error, lambda, id) });
                }
                None => {
                    let word = self.delay_inside(formal.default, frame);
                    self.heap.set(slot, word);
                }
            }
        }
        if !lambda.ellipsis && attrs::entries(self.heap, argument).len() != used {
            return Err(self.unexpected_argument(lambda, argument, id));
        }
        Ok(())
    }

    #[cold]
    fn unexpected_argument(&mut self, lambda: &Lambda, argument: Word, id: NodeId) -> Error {
        let range = lambda.formals.start as usize..(lambda.formals.start + lambda.formals.len) as usize;
        let known: Vec<Symbol> = self.code.formals[range].iter().map(|formal| formal.name).collect();
        let extra = attrs::by_text(self.heap, &self.symbols, argument)
            .find(|entry| !known.contains(&entry.name))
            .expect("there are more attributes than formals were found");
        let name = self.name(extra.name);
        let function = self.function_name(lambda);
        let mut error =
            Error::type_error(format!("function '{function}' called with unexpected argument '{name}'"))
                .at(lambda.place);
        let known: Vec<String> = known.iter().map(|name| self.name(*name)).collect();
        if let Some(hint) = crate::report::did_you_mean(&name, known.iter().map(String::as_str)) {
            error = error.hint(hint);
        }
        if id == NONE { error } else { self.in_call(error, lambda, id) }
    }

    fn function_name(&self, lambda: &Lambda) -> String {
        if lambda.name == Symbol(0) { "anonymous lambda".into() } else { self.name(lambda.name) }
    }
}
