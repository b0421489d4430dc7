//! Derivations.

/// What is known of derivations.
#[derive(Default)]
pub struct Known {}
