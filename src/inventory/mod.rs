//! The inventory: who the machines are, which services and secrets run on them, and the meshes between them.
//!
//! `fleet.toml` is written by people; [`Inventory`] is what it means, with defaults and tags resolved. That happens
//! here and nowhere else. Pure: text in, types out.

mod cursor;
pub mod edit;
mod error;
mod implied;
mod model;
mod numbers;
mod places;
mod problem;
mod read;
mod syntax;
mod template;
mod values;

pub use error::Error;
pub use implied::{PRIVATE_KEY, preshared_key_name};
pub use model::{
    Addresses, BuildOn, Channel, Encoding, Endpoint, EndpointHost, Generate, Health, Inventory, Machine,
    Machines, Member, Mesh, Per, Rotate, SYSTEM, Secret, SecretDeclaration, SecretMachines, Service,
};
pub use numbers::NextPostfix;
pub use places::Places;
pub use template::template;
pub use values::ValueError;

use crate::report::Reports;

impl Inventory {
    /// Reads a fleet.toml; `file` is its name in reports.
    ///
    /// The inventory is there when nothing is wrong. Everything that is wrong is told in one run, in the order of
    /// the file, each with its place; only after errors in the TOML itself, what may merely follow from them is not.
    pub fn parse(file: &str, source: &str) -> (Option<Inventory>, Reports) {
        read::inventory(file, source)
    }
}
