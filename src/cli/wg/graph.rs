//! `fleet wg graph`: a picture of the meshes.

use crate::cli::Context;
use crate::format::MeshName;
use crate::ops::{Fleet, mesh_keys::mesh};
use crate::peers::{self, Network, graph};
use crate::report::Reports;
use clap::{Args, ValueEnum};

/// Draw the meshes: who talks to whom, and what lies behind them
///
/// The picture goes to stdout: `fleet wg graph > meshes.svg`.
#[derive(Args)]
pub struct Arguments {
    /// Draw this mesh alone
    mesh: Option<MeshName>,
    /// The picture's format
    #[arg(long, value_enum, default_value = "svg")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A finished picture
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

impl Arguments {
    /// Prints the picture.
    ///
    /// # Errors
    /// When the fleet can't be read, or has no such mesh.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        if let Some(name) = &self.mesh {
            mesh(&fleet, name)?;
        }
        let meshes = peers::derive(&fleet.inventory, &fleet.keys);
        let wanted = |network: &&Network| self.mesh.as_ref().is_none_or(|name| network.name == *name);
        let networks: Vec<&Network> = meshes.networks.values().filter(wanted).collect();
        context.console.answer(match self.format {
            Format::Svg => graph::svg(&networks),
            Format::Dot => graph::dot(&networks),
            Format::Mermaid => graph::mermaid(&networks),
        });
        Ok(())
    }
}
