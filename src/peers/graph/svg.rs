//! SVG without a layout program: hubs in the middle, everybody else on an ellipse around them, wide enough that no
//! box covers another and that the text along each line can be read.

use super::{Edge, details, edges};
use crate::peers::{KeyState, Network, Node};
use std::collections::HashMap;
use std::f64::consts::TAU;
use std::fmt::Write as _;

const MARGIN: f64 = 24.0;
const TITLE: f64 = 44.0;
const LEGEND: f64 = 40.0;
const LINE: f64 = 15.0;
/// More lines than this say nothing to the eye.
const MOST_LINES: usize = 400;
/// More members than this leave no room for text along the lines of a full mesh.
const MOST_LABELLED: usize = 6;

const STYLE: &str = "<style>
text { font-family: 'DejaVu Sans', Verdana, sans-serif; font-size: 11px; fill: #374151 }
.name { font-size: 13px; font-weight: bold; fill: #111827 }
.title { font-size: 18px; font-weight: bold; fill: #111827 }
rect { fill: #ffffff; stroke: #2563eb; stroke-width: 1.5 }
rect.hub { fill: #dbeafe; stroke: #1e40af; stroke-width: 2.5 }
rect.external { stroke: #7c3aed; stroke-dasharray: 6 4 }
rect.hub-external { fill: #ede9fe; stroke: #7c3aed; stroke-width: 2.5; stroke-dasharray: 6 4 }
rect.pending { fill: #f3f4f6; stroke: #9ca3af }
text.pending { fill: #6b7280 }
line { stroke: #93c5fd; stroke-width: 1.5 }
line.external { stroke: #c4b5fd; stroke-dasharray: 6 4 }
.along { font-size: 10px; fill: #4b5563; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; text-anchor: middle }
</style>
";

/// A member's box.
struct Place<'a> {
    node: &'a Node,
    lines: Vec<String>,
    width: f64,
    height: f64,
    x: f64,
    y: f64,
}

/// The meshes under each other in one picture.
pub fn svg(networks: &[&Network]) -> String {
    let mut body = String::new();
    let (mut width, mut top) = (640.0_f64, MARGIN);
    for network in networks {
        let (drawn, wide, high) = mesh(network, top);
        body.push_str(&drawn);
        width = width.max(wide);
        top += high + MARGIN;
    }
    legend(&mut body, top);
    let height = top + LEGEND;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\">\n{STYLE}<path d=\"M0 0H{width:.0}V{height:.0}H0Z\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

/// One mesh, drawn from `top` downward; its width and height.
fn mesh(network: &Network, top: f64) -> (String, f64, f64) {
    let mut inner: Vec<Place<'_>> = network.nodes.iter().filter(|node| node.hub).map(Place::new).collect();
    let mut outer: Vec<Place<'_>> = network.nodes.iter().filter(|node| !node.hub).map(Place::new).collect();
    // By number, as the owner thinks of them.
    outer.sort_by_key(|place| place.node.postfix);
    let most =
        |places: &[Place<'_>], size: fn(&Place<'_>) -> f64| places.iter().map(size).fold(0.0, f64::max);
    let (wide, high) = (most(&outer, |place| place.width), most(&outer, |place| place.height));
    let inner_width: f64 = inner.iter().map(|place| place.width + 60.0).sum();
    let inner_height = most(&inner, |place| place.height);

    let (rx, ry) = radii(&outer, wide, high, inner_width, inner_height);
    let (cx, cy) = (0.0, 0.0);
    let mut x = cx - inner_width / 2.0 + 30.0;
    for place in &mut inner {
        place.x = x;
        place.y = cy - place.height / 2.0;
        x += place.width + 60.0;
    }
    let count = outer.len();
    for (place, angle) in outer.iter_mut().zip(angles(count)) {
        place.x = cx + rx * angle.cos() - place.width / 2.0;
        place.y = cy + ry * angle.sin() - place.height / 2.0;
    }
    // The boxes begin at the left and below the title, wherever the ellipse would have had more room.
    let all = || inner.iter().chain(&outer);
    let least = |edge: fn(&Place<'_>) -> f64| all().map(edge).fold(f64::INFINITY, f64::min);
    let (left, up) = (least(|place| place.x), least(|place| place.y));
    let (dx, dy) = if all().next().is_some() { (MARGIN - left, top + TITLE - up) } else { (0.0, 0.0) };
    for place in inner.iter_mut().chain(&mut outer) {
        place.x += dx;
        place.y += dy;
    }
    let (cx, cy) = (cx + dx, cy + dy);

    let mut out = String::new();
    let subnets: Vec<String> = network.subnets().map(|subnet| subnet.to_string()).collect();
    let title = format!("{}  {}", network.name, subnets.join(", "));
    let _ =
        writeln!(out, "<text class=\"title\" x=\"{MARGIN}\" y=\"{:.1}\">{}</text>", top + 18.0, safe(&title));
    let places: HashMap<&str, &Place<'_>> =
        inner.iter().chain(&outer).map(|place| (place.node.name.as_str(), place)).collect();
    let edges = edges(network);
    if edges.len() > MOST_LINES && inner.is_empty() {
        let note = format!("every member talks to every other: {} lines are left out", edges.len());
        let _ = writeln!(out, "<text x=\"{cx:.1}\" y=\"{cy:.1}\" text-anchor=\"middle\">{note}</text>");
    } else {
        let labelled = network.has_hubs() || network.nodes.len() <= MOST_LABELLED;
        lines(&mut out, &edges, &places, labelled);
    }
    for place in inner.iter().chain(&outer) {
        place.draw(&mut out);
    }
    let all = || inner.iter().chain(&outer);
    let right = all().map(|place| place.x + place.width).fold(0.0, f64::max);
    let bottom = all().map(|place| place.y + place.height).fold(top + TITLE, f64::max);
    (out, right + MARGIN, bottom - top)
}

/// The radii at which neighbours on the ellipse do not touch and the boxes in the middle have room.
fn radii(outer: &[Place<'_>], wide: f64, high: f64, inner_width: f64, inner_height: f64) -> (f64, f64) {
    if outer.is_empty() {
        return (inner_width / 2.0, inner_height / 2.0);
    }
    let room = 120.0;
    let mut rx = (inner_width + wide) / 2.0 + room;
    let mut ry = (inner_height + high) / 2.0 + room;
    // Wider in steps: each step is checked with the boxes themselves.
    loop {
        let spots: Vec<(f64, f64)> =
            angles(outer.len()).map(|angle| (rx * angle.cos(), ry * angle.sin())).collect();
        let mut pairs = (0..spots.len()).map(|at| (spots[at], spots[(at + 1) % spots.len()]));
        let apart = |((ax, ay), (bx, by)): ((f64, f64), (f64, f64))| {
            (ax - bx).abs() >= wide + 12.0 || (ay - by).abs() >= high + 8.0
        };
        if outer.len() < 2 || pairs.all(apart) || rx > 1e6 {
            return (rx, ry);
        }
        rx *= 1.05;
        ry *= 1.03;
    }
}

/// Equal steps around an ellipse, from the top clockwise. On a wide ellipse they bring boxes closer at the sides than
/// at the top, and boxes are wider than high.
fn angles(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |at| TAU * (at as f64 / count as f64 - 0.25))
}

fn lines(out: &mut String, edges: &[Edge<'_>], places: &HashMap<&str, &Place<'_>>, labelled: bool) {
    let mut labels = String::new();
    for edge in edges {
        let (Some(a), Some(b)) = (places.get(edge.from.name.as_str()), places.get(edge.to.name.as_str()))
        else {
            continue;
        };
        let ((x1, y1), (x2, y2)) = (a.centre(), b.centre());
        let class = if edge.from.external || edge.to.external { " class=\"external\"" } else { "" };
        let _ = writeln!(out, "<line{class} x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
        if !labelled {
            continue;
        }
        let allowed: Vec<String> = edge.allowed.iter().map(ToString::to_string).collect();
        // In the middle of the part that no box covers.
        let (from, to) = (a.leaves(x2 - x1, y2 - y1), 1.0 - b.leaves(x2 - x1, y2 - y1));
        let at = from + (to - from) * 0.6;
        let (x, y) = (x1 + (x2 - x1) * at, y1 + (y2 - y1) * at);
        let text = allowed.join(", ");
        // Between two hubs, or behind a third, there is no room for it; the boxes say the same.
        let length = (x2 - x1).hypot(y2 - y1) * (to - from);
        let covered = places.values().any(|place| place.node.hub && place.covers(x, y));
        if covered || length < text.chars().count() as f64 * 6.2 {
            continue;
        }
        let mut turn = (y2 - y1).atan2(x2 - x1).to_degrees();
        if turn.abs() > 90.0 {
            turn -= 180.0 * turn.signum();
        }
        let _ = writeln!(
            labels,
            "<text class=\"along\" transform=\"translate({x:.1} {y:.1}) rotate({turn:.1})\" dy=\"-3\">{}</text>",
            safe(&text)
        );
    }
    out.push_str(&labels);
}

fn legend(out: &mut String, top: f64) {
    let mut x = MARGIN;
    for (class, word) in [("hub", "hub"), ("", "machine"), ("external", "external"), ("pending", "pending")] {
        let _ = writeln!(
            out,
            "<rect class=\"{class} legend\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"26\" height=\"14\" rx=\"3\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\">{word}</text>",
            x + 33.0,
            top + 11.0
        );
        x += 110.0;
    }
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\">along a line: the allowed IPs of the outer member</text>",
        top + 11.0
    );
}

impl<'a> Place<'a> {
    fn new(node: &'a Node) -> Self {
        let lines = details(node);
        // Bold letters of 13 px and plain ones of 11 px, measured generously.
        let name = node.name.as_str().chars().count() as f64 * 8.8;
        let text = lines.iter().map(|line| line.chars().count() as f64 * 6.9).fold(0.0, f64::max);
        let height = 10.0 + LINE * (1 + lines.len()) as f64;
        Place { node, width: name.max(text) + 18.0, height, lines, x: 0.0, y: 0.0 }
    }

    fn centre(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// True for a spot in the box, or so near that text there would touch it.
    fn covers(&self, x: f64, y: f64) -> bool {
        let near = 45.0;
        (self.x - near..self.x + self.width + near).contains(&x)
            && (self.y - 8.0..self.y + self.height + 8.0).contains(&y)
    }

    /// Where a line from the centre in this direction leaves the box, as a part of the line's length.
    fn leaves(&self, dx: f64, dy: f64) -> f64 {
        let across = if dx == 0.0 { f64::INFINITY } else { self.width / 2.0 / dx.abs() };
        let down = if dy == 0.0 { f64::INFINITY } else { self.height / 2.0 / dy.abs() };
        across.min(down).min(0.5)
    }

    fn draw(&self, out: &mut String) {
        let class = match (self.node.key == KeyState::Pending, self.node.hub, self.node.external) {
            (true, ..) => "pending",
            (_, true, true) => "hub-external",
            (_, true, false) => "hub",
            (_, false, true) => "external",
            (_, false, false) => "machine",
        };
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\"/>",
            self.x, self.y, self.width, self.height
        );
        let (x, _) = self.centre();
        let grey = if class == "pending" { " pending" } else { "" };
        let mut y = self.y + LINE + 2.0;
        let _ = writeln!(
            out,
            "<text class=\"name{grey}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
            safe(self.node.name.as_str())
        );
        for line in &self.lines {
            y += LINE;
            let _ = writeln!(
                out,
                "<text class=\"detail{grey}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{}</text>",
                safe(line)
            );
        }
    }
}

fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
