//! What a derivation needs of another one: some of its outputs, and outputs of derivations that these will be.

use super::OutputName;

/// Outputs of one derivation. Both lists are sorted and without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// Outputs that are needed themselves.
    pub outputs: Vec<OutputName>,
    /// Outputs that are derivations, and what is needed of each: dynamic derivations.
    pub dynamic: Vec<(OutputName, Input)>,
}

impl Input {
    /// Some outputs, in any order.
    pub fn of(outputs: impl IntoIterator<Item = OutputName>) -> Self {
        let mut input = Input { outputs: outputs.into_iter().collect(), dynamic: Vec::new() };
        input.normalize();
        input
    }

    /// Adds an output that is needed itself.
    pub fn add(&mut self, output: OutputName) {
        if let Err(at) = self.outputs.binary_search(&output) {
            self.outputs.insert(at, output);
        }
    }

    /// What is needed of the derivation that an output will be.
    pub fn dynamic_mut(&mut self, output: OutputName) -> &mut Input {
        let at = match self.dynamic.binary_search_by(|(other, _)| other.cmp(&output)) {
            Ok(at) => at,
            Err(at) => {
                self.dynamic.insert(at, (output, Input::default()));
                at
            }
        };
        &mut self.dynamic[at].1
    }

    pub(super) fn merge(&mut self, other: Input) {
        self.outputs.extend(other.outputs);
        for (output, input) in other.dynamic {
            self.dynamic_mut(output).merge(input);
        }
    }

    pub(super) fn normalize(&mut self) {
        if !self.outputs.is_sorted_by(|a, b| a < b) {
            self.outputs.sort_unstable();
            self.outputs.dedup();
        }
        if self.dynamic.is_empty() {
            return;
        }
        for (output, mut input) in std::mem::take(&mut self.dynamic) {
            input.normalize();
            self.dynamic_mut(output).merge(input);
        }
    }
}
