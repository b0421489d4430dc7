#![doc = include_str!("README.md")]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests lay out their own files"))]

pub mod activate;
pub mod cli;
pub mod format;
pub mod os;
pub mod report;

#[cfg(feature = "operator")]
pub mod daemon;
#[cfg(feature = "operator")]
pub mod flake;
#[cfg(feature = "operator")]
pub mod inventory;
#[cfg(feature = "operator")]
pub mod keys;
#[cfg(feature = "operator")]
pub mod nix;
#[cfg(feature = "operator")]
pub mod ops;
#[cfg(feature = "operator")]
pub mod peers;
#[cfg(feature = "operator")]
pub mod secrets;
#[cfg(feature = "operator")]
pub mod store;
#[cfg(feature = "operator")]
pub mod world;
