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

/// The arguments of one call: hardly ever many, so those have no memory of their own.
enum Arguments {
    Few(usize, [Word; 6]),
    Many(Vec<Word>),
}

impl Arguments {
    #[inline]
    fn new(len: u32, argument: impl Fn(u32) -> Word) -> Arguments {
        let mut few = [Word::NULL; 6];
        if len as usize > few.len() {
            return Arguments::Many((0..len).map(argument).collect());
        }
        for (to, at) in few.iter_mut().zip(0..len) {
            *to = argument(at);
        }
        Arguments::Few(len as usize, few)
    }

    fn words(&self) -> &[Word] {
        match self {
            Arguments::Few(len, words) => &words[..*len],
            Arguments::Many(words) => words,
        }
    }
}

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
                    let Lambda { arity, slots, takes_set, passes_on, body, .. } =
                        self.code.lambdas[function.aux() as usize];
                    if left < arity {
                        return Ok(Next::Value(self.partial(function, row, next, frame)));
                    }
                    let inner = self.new_frame(function.at(), slots);
                    if takes_set {
                        let argument = self.eval(self.code.id(row, next), frame)?;
                        self.match_formals(function.aux(), inner, argument, id)?;
                    } else {
                        for slot in 0..arity {
                            let id = self.code.id(row, next + slot);
                            let word =
                                if passes_on { self.delay_outside(id, frame) } else { self.delay(id, frame) };
                            self.heap.set(inner + 1 + slot, word);
                        }
                    }
                    next += arity;
                    self.enter_call(id)?;
                    if next == row.len {
                        return Ok(Next::Body(body, inner));
                    }
                    function =
                        self.eval(body, inner).map_err(|error| self.in_call(error, function.aux(), id))?;
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
                            self.eval(node, frame).map_err(|error| {
                                self.blamed(builtin, at as usize, error, |evaluator, other| {
                                    let node = evaluator.code.id(row, next + other as u32);
                                    evaluator.eval(node, frame)
                                })
                            })?
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
                    let arguments =
                        Arguments::new(left, |at| self.delay_outside(self.code.id(row, next + at), frame));
                    let place = self.code.places[id as usize];
                    return Ok(Next::Value(self.call(function, arguments.words(), place)?));
                }
                _ => return Err(self.on(self.not_a_function(function), id)),
            }
        }
    }

    /// A call with arguments that are values or references, made by a builtin or later than it was written.
    #[inline]
    pub(in crate::nix) fn call(&mut self, function: Word, arguments: &[Word], place: u32) -> Result<Word> {
        // What builtins call a thousand times takes just the arguments it is given.
        if function.tag() == Tag::Lambda {
            let Lambda { arity, slots, takes_set, body, .. } = self.code.lambdas[function.aux() as usize];
            if arity as usize == arguments.len() && !takes_set {
                let inner = self.new_frame(function.at(), slots);
                for (slot, argument) in (inner + 1..).zip(arguments) {
                    self.heap.set(slot, *argument);
                }
                return self.finish_call(function, body, inner, place);
            }
        }
        self.call_any(function, arguments, place)
    }

    /// Runs the body of a function in the frame that has its arguments.
    fn finish_call(&mut self, function: Word, body: NodeId, inner: u32, place: u32) -> Result<Word> {
        let calls = self.calls;
        self.enter_call(NONE)?;
        let value = self.eval_node(body, inner);
        self.calls = calls;
        let value = value.map_err(|error| self.in_call_at(error, function.aux(), place))?;
        self.done_with(inner);
        Ok(value)
    }

    fn call_any(&mut self, function: Word, arguments: &[Word], place: u32) -> Result<Word> {
        let mut function = function;
        let mut rest = arguments;
        let mut functors = 0;
        while !rest.is_empty() {
            match function.tag() {
                Tag::Lambda => {
                    let Lambda { arity, slots, takes_set, body, .. } =
                        self.code.lambdas[function.aux() as usize];
                    let arity = arity as usize;
                    if rest.len() < arity {
                        return Ok(self.partial_of(function, rest));
                    }
                    let inner = self.new_frame(function.at(), slots);
                    if takes_set {
                        let argument = self.force(rest[0])?;
                        self.match_formals(function.aux(), inner, argument, NONE)?;
                    } else {
                        for (slot, argument) in (inner + 1..).zip(&rest[..arity]) {
                            self.heap.set(slot, *argument);
                        }
                    }
                    rest = &rest[arity..];
                    function = self.finish_call(function, body, inner, place)?;
                }
                Tag::Builtin => {
                    let builtin = self.builtins[function.aux() as usize];
                    let arity = builtin.arity as usize;
                    if rest.len() < arity {
                        return Ok(self.partial_of(function, rest));
                    }
                    let mut ready = [Word::NULL; MOST_ARGUMENTS];
                    for at in 0..arity {
                        ready[at] = if builtin.lazy >> at & 1 == 0 {
                            self.force(rest[at]).map_err(|error| {
                                self.blamed(builtin, at, error, |evaluator, other| {
                                    evaluator.force(rest[other])
                                })
                            })?
                        } else {
                            rest[at]
                        };
                    }
                    rest = &rest[arity..];
                    function = self.call_builtin(builtin, &ready[..arity], place)?;
                }
                Tag::Partial => {
                    self.check_stack()?;
                    let (at, had) = (function.at() + 1, function.aux());
                    let all = Arguments::new(had + rest.len() as u32, |index| {
                        if index < had { self.heap.get(at + index) } else { rest[(index - had) as usize] }
                    });
                    return self.call(self.heap.get(function.at()), all.words(), place);
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
    #[inline(never)]
    fn in_call(&self, error: Error, lambda: u32, id: NodeId) -> Error {
        self.in_call_at(error, lambda, self.code.places[id as usize])
    }

    #[cold]
    #[inline(never)]
    fn in_call_at(&self, error: Error, lambda: u32, place: u32) -> Error {
        let lambda = self.code.lambdas[lambda as usize];
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
    fn match_formals(&mut self, lambda: u32, frame: u32, argument: Word, id: NodeId) -> Result<()> {
        let Lambda { named, formals, first_formal, ellipsis, .. } = self.code.lambdas[lambda as usize];
        if argument.tag() != Tag::Attrs {
            let error = self.expected("a set", argument).at(self.code.lambdas[lambda as usize].place);
            return Err(if id == NONE { error } else { self.in_call(error, lambda, id) });
        }
        if named {
            self.heap.set(frame + 1, argument);
        }
        let mut used = 0;
        for at in 0..formals.len {
            let formal = self.code.formals[(formals.start + at) as usize];
            let slot = frame + 1 + first_formal + at;
            let cache = &mut self.code.caches[formal.cache as usize];
            match attrs::find_again(self.heap, argument, formal.name, cache) {
                Some(found) => {
                    used += 1;
                    self.heap.set(slot, self.share(found));
                }
                None if formal.default == NONE => {
                    return Err(self.missing_argument(lambda, formal.name, id));
                }
                None => {
                    let word = self.delay_inside(formal.default, frame);
                    self.heap.set(slot, word);
                }
            }
        }
        if !ellipsis && attrs::entries(self.heap, argument).len() != used {
            return Err(self.unexpected_argument(lambda, argument, id));
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn missing_argument(&self, lambda: u32, name: Symbol, id: NodeId) -> Error {
        let (function, name) = (self.function_name(lambda), self.name(name));
        let message = format!("function '{function}' called without required argument '{name}'");
        let error = Error::type_error(message).at(self.code.lambdas[lambda as usize].place);
        if id == NONE { error } else { self.in_call(error, lambda, id) }
    }

    #[cold]
    #[inline(never)]
    fn unexpected_argument(&mut self, number: u32, argument: Word, id: NodeId) -> Error {
        let lambda = self.code.lambdas[number as usize];
        let range = lambda.formals.start as usize..(lambda.formals.start + lambda.formals.len) as usize;
        let known: Vec<Symbol> = self.code.formals[range].iter().map(|formal| formal.name).collect();
        let extra = attrs::by_text(self.heap, &self.symbols, argument)
            .find(|entry| !known.contains(&entry.name))
            .expect("there are more attributes than formals were found");
        let name = self.name(extra.name);
        let function = self.function_name(number);
        let mut error =
            Error::type_error(format!("function '{function}' called with unexpected argument '{name}'"))
                .at(lambda.place);
        let known: Vec<String> = known.iter().map(|name| self.name(*name)).collect();
        if let Some(hint) = crate::report::did_you_mean(&name, known.iter().map(String::as_str)) {
            error = error.hint(hint);
        }
        if id == NONE { error } else { self.in_call(error, number, id) }
    }

    fn function_name(&self, lambda: u32) -> String {
        let lambda = self.code.lambdas[lambda as usize];
        if lambda.name == Symbol(0) { "anonymous lambda".into() } else { self.name(lambda.name) }
    }
}
