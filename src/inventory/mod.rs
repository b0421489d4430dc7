//! The inventory: who the machines are, which services and secrets run on them, and the meshes between them.
//!
//! `fleet.toml` is written by people; [`Inventory`] is what it means, with defaults and tags resolved. That happens
//! here and nowhere else. Pure: text in, types out.

mod model;

pub use model::{
    Addresses, BuildOn, Channel, Encoding, Endpoint, EndpointHost, Generate, Health, Inventory, Machine,
    Member, Mesh, Per, Places, SYSTEM, Secret, SecretDeclaration, Service,
};
