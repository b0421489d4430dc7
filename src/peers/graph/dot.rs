//! Graphviz: `fleet wg graph --format dot | neato -Tpdf`.

use super::{details, edges};
use crate::peers::{KeyState, Network};
use std::fmt::Write as _;

/// A graph with a cluster per mesh.
pub fn dot(networks: &[&Network]) -> String {
    let mut out = String::from(
        "graph meshes {\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    for network in networks {
        let mesh = network.name.as_str();
        let _ = writeln!(out, "  subgraph {} {{", quoted(&format!("cluster_{mesh}")));
        let subnets: Vec<String> = network.subnets().map(|subnet| subnet.to_string()).collect();
        let _ = writeln!(out, "    label={};", quoted(&format!("{mesh}  {}", subnets.join(", "))));
        let id = |name: &str| quoted(&format!("{mesh}/{name}"));
        for node in &network.nodes {
            let mut lines = vec![node.name.to_string()];
            lines.extend(details(node));
            let style = if node.key == KeyState::Pending {
                ", color=gray, fontcolor=gray"
            } else if node.hub {
                ", style=\"filled,bold\", fillcolor=\"#dbeafe\""
            } else if node.external {
                ", style=dashed"
            } else {
                ""
            };
            let _ =
                writeln!(out, "    {} [label={}{style}];", id(node.name.as_str()), quoted(&lines.join("\n")));
        }
        for edge in edges(network) {
            let allowed: Vec<String> = edge.allowed.iter().map(ToString::to_string).collect();
            let (from, to) = (id(edge.from.name.as_str()), id(edge.to.name.as_str()));
            let _ = writeln!(out, "    {from} -- {to} [label={}];", quoted(&allowed.join("\n")));
        }
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

/// A string of the DOT language, where `\n` breaks a line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
