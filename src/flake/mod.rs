//! Flakes of this machine: which one words on a command line mean, and the lock that is written beside it.
//!
//! What flakes are, and how they are locked and called, is [`nix::flake`](crate::nix::flake)'s affair.

mod local;

pub use local::Named;
