//! Mermaid, which code forges draw inside Markdown.

use super::{details, edges};
use crate::peers::{KeyState, Network};
use std::fmt::Write as _;

/// A flowchart with a subgraph per mesh.
pub fn mermaid(networks: &[&Network]) -> String {
    let mut out = String::from("flowchart LR\n");
    for (at, network) in networks.iter().enumerate() {
        let subnets: Vec<String> = network.subnets().map(|subnet| subnet.to_string()).collect();
        let _ = writeln!(out, "  subgraph m{at}[\"{} {}\"]", network.name, subnets.join(", "));
        let id = |name: &str| {
            let index = network.nodes.iter().position(|node| node.name.as_str() == name).unwrap_or(0);
            format!("m{at}n{index}")
        };
        for node in &network.nodes {
            let class = if node.key == KeyState::Pending {
                ":::pending"
            } else if node.hub {
                ":::hub"
            } else if node.external {
                ":::external"
            } else {
                ""
            };
            let lines: Vec<String> =
                details(node).iter().map(|line| format!("<br/>{}", safe(line))).collect();
            let name = node.name.as_str();
            let _ = writeln!(out, "    {}[\"<b>{}</b>{}\"]{class}", id(name), safe(name), lines.concat());
        }
        for edge in edges(network) {
            let allowed: Vec<String> = edge.allowed.iter().map(ToString::to_string).collect();
            let (from, to) = (id(edge.from.name.as_str()), id(edge.to.name.as_str()));
            let _ = writeln!(out, "    {from} ---|\"{}\"| {to}", allowed.join("<br/>"));
        }
        out.push_str("  end\n");
    }
    out.push_str("  classDef hub fill:#dbeafe,stroke:#1e40af,stroke-width:2px\n");
    out.push_str("  classDef external stroke-dasharray:5 4\n");
    out.push_str("  classDef pending fill:#f3f4f6,stroke:#9ca3af,color:#6b7280\n");
    out
}

fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
