//! Pictures of the meshes: Graphviz, Mermaid, and an SVG with a layout of our own.

mod dot;
mod mermaid;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;

use super::derive::{KeyState, Network, Node};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// Two members that talk directly, and what is sent from the first to the second.
struct Edge<'a> {
    from: &'a Node,
    to: &'a Node,
    allowed: Vec<IpNet>,
}

/// The pairs of a mesh, a hub before its spokes. Pending members have none.
fn edges(network: &Network) -> Vec<Edge<'_>> {
    let mut pairs: BTreeMap<(&str, &str), Edge<'_>> = BTreeMap::new();
    let present = network.nodes.iter().filter(|node| node.key != KeyState::Pending);
    for from in present {
        for peer in network.peers(from) {
            let (a, b) = (from.name.as_str(), peer.node.name.as_str());
            // What a hub sends to a spoke says more than that a spoke sends everything to the hub.
            let better = from.hub && !peer.node.hub;
            let pair = (a.min(b), a.max(b));
            if better || !pairs.contains_key(&pair) {
                pairs.insert(pair, Edge { from, to: peer.node, allowed: peer.allowed_ips.into_owned() });
            }
        }
    }
    pairs.into_values().collect()
}

/// What stands in a member's box, below its name.
fn details(node: &Node) -> Vec<String> {
    let mut lines: Vec<String> = node.addresses.iter().map(|net| net.addr().to_string()).collect();
    lines.extend(node.endpoint.as_ref().map(|endpoint| format!("at {endpoint}")));
    lines.extend(node.routes.iter().map(|net| format!("behind: {net}")));
    if node.key == KeyState::Pending {
        lines.push("pending".into());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::derive;
    use crate::peers::fixture::{Fleet, member};

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
        fleet.add(member("a", 2).route("10.2.0.0/16"));
        fleet.external(member("phone", 210));
        fleet.pending(member("planned", 100));
        fleet
    }

    #[test]
    fn an_edge_tells_what_the_hub_sends() {
        let fleet = fleet();
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let network = meshes.get("wireg0").unwrap();
        let shown: Vec<String> = edges(network)
            .iter()
            .map(|edge| format!("{} {} {:?}", edge.from.name, edge.to.name, edge.allowed))
            .collect();
        assert_eq!(shown, ["hub a [10.88.127.2/32, 10.2.0.0/16]", "hub phone [10.88.127.210/32]"]);
    }

    #[test]
    fn graphviz_and_mermaid() {
        let fleet = fleet();
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let networks: Vec<&Network> = meshes.networks.values().collect();
        assert_eq!(
            dot(&networks),
            "graph meshes {\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=9];\n  \
             subgraph \"cluster_wireg0\" {\n    label=\"wireg0  10.88.127.0/24\";\n    \
             \"wireg0/a\" [label=\"a\\n10.88.127.2\\nbehind: 10.2.0.0/16\"];\n    \
             \"wireg0/hub\" [label=\"hub\\n10.88.127.1\\nat hub.example.net:2108\\nbehind: 10.88.128.0/24\", style=\"filled,bold\", fillcolor=\"#dbeafe\"];\n    \
             \"wireg0/phone\" [label=\"phone\\n10.88.127.210\", style=dashed];\n    \
             \"wireg0/planned\" [label=\"planned\\n10.88.127.100\\npending\", color=gray, fontcolor=gray];\n    \
             \"wireg0/hub\" -- \"wireg0/a\" [label=\"10.88.127.2/32\\n10.2.0.0/16\"];\n    \
             \"wireg0/hub\" -- \"wireg0/phone\" [label=\"10.88.127.210/32\"];\n  }\n}\n"
        );
        let text = mermaid(&networks);
        assert!(text.contains("    m0n1[\"<b>hub</b><br/>10.88.127.1<br/>at hub.example.net:2108<br/>behind: 10.88.128.0/24\"]:::hub\n"), "{text}");
        assert!(text.contains("    m0n1 ---|\"10.88.127.2/32<br/>10.2.0.0/16\"| m0n0\n"), "{text}");
    }

    #[test]
    fn an_svg_shows_every_member_and_no_box_covers_another() {
        let mut fleet = fleet();
        for postfix in 3..40 {
            fleet.add(member(&format!("machine-with-a-name-{postfix}"), postfix));
        }
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let networks: Vec<&Network> = meshes.networks.values().collect();
        let text = svg(&networks);
        for node in &networks[0].nodes {
            assert!(text.contains(&format!(">{}</text>", node.name)), "{}", node.name);
        }
        assert!(text.contains("stroke-dasharray") && text.contains("class=\"pending\""));
        let number = |line: &str, key: &str| -> f64 {
            line.split(&format!("{key}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        let boxes: Vec<[f64; 4]> = text
            .lines()
            .filter(|line| line.starts_with("<rect class=\"") && !line.contains("legend"))
            .map(|line| ["x", "y", "width", "height"].map(|key| number(line, &format!(" {key}"))))
            .collect();
        assert_eq!(boxes.len(), networks[0].nodes.len());
        for (index, [x, y, w, h]) in boxes.iter().enumerate() {
            for [x2, y2, w2, h2] in &boxes[index + 1..] {
                assert!(
                    x + w <= *x2 || x2 + w2 <= *x || y + h <= *y2 || y2 + h2 <= *y,
                    "{x} {y} and {x2} {y2}"
                );
            }
        }
    }
}
