//! Everybody to everybody, as a table.

use super::walk::Walk;
use super::world::{Target, World, WorldError};
use std::collections::BTreeMap;
use std::fmt;

/// Every walk between two hosts of a mesh.
pub struct Matrix {
    /// The mesh.
    pub mesh: String,
    /// The hosts in order.
    pub names: Vec<String>,
    /// Walks by row and column; none from a host to itself.
    pub walks: Vec<Vec<Option<Walk>>>,
}

impl World<'_> {
    /// Walks from every host of a mesh to every other, inside that mesh.
    ///
    /// # Errors
    /// When the mesh has no host.
    pub fn matrix(&self, mesh: &str) -> Result<Matrix, WorldError> {
        let names: Vec<String> = self.members(mesh).map(|at| self.hosts[at].name.clone()).collect();
        let mut walks = Vec::with_capacity(names.len());
        for from in &names {
            let mut row = Vec::with_capacity(names.len());
            for to in &names {
                row.push(match from == to {
                    true => None,
                    false => Some(self.reach(from, &Target::Host(to.clone()), Some(mesh))?),
                });
            }
            walks.push(row);
        }
        Ok(Matrix { mesh: mesh.to_owned(), names, walks })
    }
}

impl Matrix {
    /// Every walk there is.
    pub fn all(&self) -> impl Iterator<Item = &Walk> {
        self.walks.iter().flatten().flatten()
    }
}

impl fmt::Display for Matrix {
    /// Rows send, columns receive: the number of tunnels on the way, or a letter that the list below explains.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let digits = self.names.len().to_string().len();
        let arrived = self.all().filter(|walk| walk.arrived()).count();
        writeln!(f, "mesh {}: {arrived} of {} ways are open", self.mesh, self.all().count())?;
        write!(f, "{:width$} {:digits$} ", "", "")?;
        for column in 1..=self.names.len() {
            write!(f, " {column:>digits$}")?;
        }
        writeln!(f)?;
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let mut listed: Vec<String> = Vec::new();
        for (index, (name, row)) in self.names.iter().zip(&self.walks).enumerate() {
            write!(f, "{name:width$} {:>digits$} ", index + 1)?;
            for walk in row {
                let cell = match walk {
                    None => ".".to_owned(),
                    Some(Walk { lost: None, there, .. }) => there.len().to_string(),
                    Some(Walk { lost: Some(lost), reply_lost, .. }) => {
                        let reason = format!("{}{lost}", if *reply_lost { "reply: " } else { "" });
                        let number = *reasons.entry(reason.clone()).or_insert_with(|| {
                            listed.push(reason);
                            listed.len() - 1
                        });
                        letters(number)
                    }
                };
                write!(f, " {cell:>digits$}")?;
            }
            writeln!(f)?;
        }
        for (number, reason) in listed.iter().enumerate() {
            writeln!(f, "  {}: {reason}", letters(number))?;
        }
        Ok(())
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
    use super::letters;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 27, 702].map(letters), ["a", "z", "aa", "ab", "aaa"]);
    }
}
