//! Changes to the text of fleet.toml: only the bytes that have to change do, so comments, order and style stay.
//!
//! Text in, text out. The text must be a right fleet.toml, and so is every answer: what a change would break is an
//! error, and then nothing was changed.

mod error;
mod machine;
mod outline;
mod patch;
mod postfix;
mod rotate;
mod secret;

pub use error::EditError;
pub use machine::{NewMachine, NewMember, add_machine, remove_machine, rename_machine};
pub use postfix::keep_postfix;
pub use rotate::{add_rotations, remove_rotations};
pub use secret::{NewSecret, add_secret, remove_secret};

use super::model::Inventory;
use crate::report::{Report, Reports};
use outline::Outline;
use toml::de::DeTable;

/// The name of the file in reports.
const FILE: &str = "fleet.toml";

/// What the text means, and how it is laid out.
fn open(source: &str) -> Result<(Inventory, Outline), Reports> {
    let (inventory, reports) = Inventory::parse(FILE, source);
    let inventory = inventory.ok_or(reports)?;
    let outline = Outline::new(source).ok_or_else(|| {
        Report::error("this fleet.toml can be read but not changed").at(FILE).hint("please report this")
    })?;
    Ok((inventory, outline))
}

/// The text after a change that may leave nothing wrong behind.
fn checked(text: String) -> Result<String, Reports> {
    let (inventory, reports) = Inventory::parse(FILE, &text);
    match inventory {
        Some(_) => Ok(text),
        None => {
            let mut told = Reports::from(
                Report::error("the change would leave a fleet.toml with errors, so nothing was changed")
                    .hint("the places below are those of the changed file"),
            );
            told.0.extend(reports.0);
            Err(told)
        }
    }
}

/// The first of several ways to write an addition that makes a right file which holds what was wanted.
///
/// When there is none, either what was asked for is wrong, and reading it says what; or the style of the file has no
/// place for it, and `by_hand` is what the user may write.
fn first_right(
    ways: impl IntoIterator<Item = String>,
    wanted: impl Fn(&Inventory) -> bool,
    by_hand: &str,
) -> Result<String, Reports> {
    let mut refused = None;
    for text in ways {
        let (inventory, mut reports) = Inventory::parse(FILE, &text);
        if inventory.is_some_and(|inventory| wanted(&inventory)) {
            return Ok(text);
        }
        if refused.is_none() && reports.has_errors() && DeTable::parse(&text).is_ok() {
            // The places are those of a text that the user never sees.
            reports.0.iter_mut().for_each(|report| report.places.clear());
            refused = Some(reports);
        }
    }
    Err(refused.unwrap_or_else(|| EditError::NoPlace { text: by_hand.to_owned() }.into()))
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name as a TOML key: bare where that is allowed.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { name.to_owned() } else { quoted(name) }
}

fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}
