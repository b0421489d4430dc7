//! Everybody to everybody: as a table, or in numbers where a table would be wider than any screen.
//!
//! A thousand members have a million ways. What is kept of each is two bytes; the walk itself is forgotten.

use super::walk::Walk;
use super::world::World;
use std::collections::HashMap;
use std::fmt;

/// More members make no table: its lines would be longer than a screen is wide.
const TABLE: usize = 64;
/// Reasons that the numbers tell, the most frequent first.
const TOLD: usize = 20;
/// More different reasons are not told apart.
const MOST_REASONS: usize = 10_000;

/// What became of every way between two hosts of a mesh.
pub struct Matrix {
    /// The mesh.
    pub mesh: String,
    /// The hosts in order.
    pub names: Vec<String>,
    /// By row and column.
    cells: Vec<Cell>,
    /// Why ways are closed, as a cell counts them.
    reasons: Vec<String>,
}

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// From a host to itself.
    Itself,
    /// Open, through so many tunnels.
    Open(u8),
    /// Closed for the reason of this number.
    Closed(u16),
    /// Closed, one reason too many.
    Other,
}

/// What one thread found: its rows, and its own count of reasons.
#[derive(Default)]
struct Rows {
    cells: Vec<Cell>,
    reasons: Vec<String>,
    known: HashMap<String, u16>,
}

impl World<'_> {
    /// Walks from every host of a mesh to every other, inside that mesh.
    pub fn matrix(&self, mesh: &str) -> Matrix {
        let members: Vec<usize> = self.members(mesh).collect();
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let parts: Vec<Rows> = std::thread::scope(|scope| {
            let parts = members.chunks(members.len().div_ceil(threads).max(1)).map(|rows| {
                let members = &members;
                scope.spawn(move || {
                    let mut part = Rows::default();
                    for &from in rows {
                        members.iter().for_each(|&to| part.add(self.between(from, to, mesh)));
                    }
                    part
                })
            });
            let parts: Vec<_> = parts.collect();
            let join = |part: std::thread::ScopedJoinHandle<'_, Rows>| match part.join() {
                Ok(rows) => rows,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            parts.into_iter().map(join).collect()
        });
        let mut all = Rows::default();
        for part in parts {
            for cell in part.cells {
                let cell = match cell {
                    Cell::Closed(number) => all.closed(part.reasons[usize::from(number)].clone()),
                    cell => cell,
                };
                all.cells.push(cell);
            }
        }
        let names = members.iter().map(|at| self.hosts[*at].name.clone()).collect();
        Matrix { mesh: mesh.to_owned(), names, cells: all.cells, reasons: all.reasons }
    }

    /// Every walk of a mesh, one after another.
    pub fn walks<'w>(&'w self, mesh: &'w str) -> impl Iterator<Item = Walk> + 'w {
        let members: Vec<usize> = self.members(mesh).collect();
        let pairs = members
            .clone()
            .into_iter()
            .flat_map(move |from| members.clone().into_iter().map(move |to| (from, to)));
        pairs.filter_map(move |(from, to)| self.between(from, to, mesh))
    }
}

impl Rows {
    fn add(&mut self, walk: Option<Walk>) {
        let cell = match walk {
            None => Cell::Itself,
            Some(Walk { lost: None, there, .. }) => Cell::Open(u8::try_from(there.len()).unwrap_or(u8::MAX)),
            Some(Walk { lost: Some(lost), reply_lost, .. }) => {
                self.closed(format!("{}{lost}", if reply_lost { "reply: " } else { "" }))
            }
        };
        self.cells.push(cell);
    }

    fn closed(&mut self, reason: String) -> Cell {
        if let Some(number) = self.known.get(&reason) {
            return Cell::Closed(*number);
        }
        match u16::try_from(self.reasons.len()) {
            Ok(number) if self.reasons.len() < MOST_REASONS => {
                self.reasons.push(reason.clone());
                self.known.insert(reason, number);
                Cell::Closed(number)
            }
            _ => Cell::Other,
        }
    }
}

impl Matrix {
    /// True when every way is open.
    pub fn is_open(&self) -> bool {
        self.cells.iter().all(|cell| matches!(cell, Cell::Itself | Cell::Open(_)))
    }

    /// True when it is told in numbers, because a table would be too wide.
    pub fn is_large(&self) -> bool {
        self.names.len() > TABLE
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let digits = self.names.len().to_string().len();
        write!(f, "{:width$} {:digits$} ", "", "")?;
        for column in 1..=self.names.len() {
            write!(f, " {column:>digits$}")?;
        }
        writeln!(f)?;
        for (index, (name, row)) in self.names.iter().zip(self.cells.chunks(self.names.len())).enumerate() {
            write!(f, "{name:width$} {:>digits$} ", index + 1)?;
            for cell in row {
                let cell = match cell {
                    Cell::Itself => ".".to_owned(),
                    Cell::Open(tunnels) => tunnels.to_string(),
                    Cell::Closed(number) => letters(usize::from(*number)),
                    Cell::Other => "?".to_owned(),
                };
                write!(f, " {cell:>digits$}")?;
            }
            writeln!(f)?;
        }
        for (number, reason) in self.reasons.iter().enumerate() {
            writeln!(f, "  {}: {reason}", letters(number))?;
        }
        Ok(())
    }

    fn numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tunnels = [0_usize; 256];
        // How many, and the first of them.
        let mut closed: Vec<(usize, usize)> = vec![(0, 0); self.reasons.len()];
        let mut other = 0;
        for (at, cell) in self.cells.iter().enumerate() {
            match cell {
                Cell::Itself => {}
                Cell::Open(count) => tunnels[usize::from(*count)] += 1,
                Cell::Closed(number) => {
                    let (count, first) = &mut closed[usize::from(*number)];
                    *first = if *count == 0 { at } else { *first };
                    *count += 1;
                }
                Cell::Other => other += 1,
            }
        }
        for (count, ways) in tunnels.iter().enumerate().filter(|(_, ways)| **ways > 0) {
            let word = if count == 1 { "tunnel" } else { "tunnels" };
            writeln!(f, "  {ways} through {count} {word}")?;
        }
        let mut order: Vec<usize> = (0..closed.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse(closed[*number].0));
        for number in order.iter().take(TOLD) {
            let (count, first) = closed[*number];
            let (from, to) = (&self.names[first / self.names.len()], &self.names[first % self.names.len()]);
            writeln!(f, "  {count} closed, such as {from} to {to}: {}", self.reasons[*number])?;
        }
        let more: usize = order.iter().skip(TOLD).map(|number| closed[*number].0).sum();
        if more + other > 0 {
            writeln!(f, "  {} closed for other reasons", more + other)?;
        }
        Ok(())
    }
}

impl fmt::Display for Matrix {
    /// Rows send, columns receive: the number of tunnels on the way, or a letter that the list below explains. Of many
    /// members how often each occurs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.cells.iter().filter(|cell| matches!(cell, Cell::Open(_))).count();
        let ways = self.cells.iter().filter(|cell| **cell != Cell::Itself).count();
        writeln!(f, "mesh {}: {open} of {ways} ways are open", self.mesh)?;
        if self.is_large() { self.numbers(f) } else { self.table(f) }
    }
}

/// a, b, …, z, aa, ab, …
fn letters(mut number: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.insert(0, b'a' + u8::try_from(number % 26).unwrap_or(0));
        match (number / 26).checked_sub(1) {
            Some(rest) => number = rest,
            None => return out.into_iter().map(char::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::derive;
    use crate::peers::fixture::{Fleet, member};

    /// A hub and so many spokes.
    fn told(spokes: u32, without: Option<&str>) -> String {
        let mut fleet = Fleet::new("wireg0", "10.0.0.0/16");
        fleet.hub(member("hub", 1).endpoint("192.0.2.1:2108"));
        (2..spokes + 2).for_each(|number| fleet.add(member(&format!("m{number}"), number)));
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let mut world = World::derived(&meshes);
        without.into_iter().for_each(|name| world.without(name).unwrap());
        let matrix = world.matrix("wireg0");
        assert_eq!(matrix.is_open(), without.is_none());
        let walks: Vec<Walk> = world.walks("wireg0").collect();
        assert_eq!(walks.len(), matrix.cells.iter().filter(|cell| **cell != Cell::Itself).count());
        assert_eq!(walks.iter().all(Walk::arrived), matrix.is_open());
        matrix.to_string()
    }

    #[test]
    fn of_many_members_the_numbers_are_told() {
        assert_eq!(
            told(100, None),
            "mesh wireg0: 10100 of 10100 ways are open\n  200 through 1 tunnel\n  9900 through 2 tunnels\n"
        );
        let without_hub = told(100, Some("hub"));
        assert!(without_hub.starts_with("mesh wireg0: 0 of "), "{without_hub}");
        assert!(without_hub.contains(" closed, such as "), "{without_hub}");
        assert!(
            without_hub.ends_with(" closed for other reasons\n") && without_hub.lines().count() == TOLD + 2
        );
    }

    #[test]
    fn of_few_members_a_table_is_told() {
        assert_eq!(
            told(2, None),
            "mesh wireg0: 6 of 6 ways are open\n        1 2 3\nhub 1  . 1 1\nm2  2  1 . 2\nm3  3  1 2 .\n"
                .replace("\n        1", "\n       1")
        );
        assert!(told(63, None).lines().count() == 66 && told(64, None).lines().count() == 3);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27, 702].map(letters), ["a", "z", "aa", "ab", "aaa"]);
    }
}
