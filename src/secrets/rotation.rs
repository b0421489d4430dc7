//! Rotation: values that somebody knows who should not any more, remembered in fleet.toml until they were changed.
//!
//! A sealed file does not show whether its value is an old one, so the list is written by the command that takes a
//! reader away, and struck out by the one that changes the value. It lies in fleet.toml: colleagues see it in review,
//! and a fresh clone has it.

use super::history::{Exposed, History, HistoryError, Incomplete, Leaver};
use super::store::Store;
use crate::format::SecretName;
use crate::inventory::{Inventory, Rotate};
use crate::os::Root;
use crate::report::{Report, Reports};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a key that leaves could read.
#[derive(Debug, Default)]
pub struct Leaving {
    /// Secrets to be rotated, those already listed left out.
    pub rotate: BTreeMap<SecretName, Rotate>,
    /// Secrets that the fleet has no more; where their values are still accepted, they should be revoked.
    pub gone: Vec<SecretName>,
    /// Why it may not be all.
    pub incomplete: Option<Incomplete>,
}

/// Looks up what these keys could ever read; `who` says in words whose they were, as in `web1 left`.
///
/// `after` is the fleet without them: what it does not declare is gone.
///
/// # Errors
/// When git fails, or a folder can't be listed.
pub fn leaving(
    root: &Root,
    after: &Inventory,
    leavers: &[Leaver],
    who: &str,
) -> Result<Leaving, HistoryError> {
    let history = History::read(root)?;
    let mut leaving = Leaving { incomplete: history.incomplete, ..Leaving::default() };
    let since = today();
    for (name, exposed) in history.readable_by(leavers) {
        if after.secret(&name).is_none() {
            leaving.gone.push(name);
            continue;
        }
        if after.rotate.contains_key(&name) {
            continue;
        }
        let because = match exposed {
            Exposed::Now => who.to_owned(),
            Exposed::Until(day) => format!("{who}; it could read it until {day}"),
        };
        leaving.rotate.insert(name, Rotate { because, since: since.clone() });
    }
    Ok(leaving)
}

/// What is still to be rotated: a warning for each reason, naming every secret.
pub fn reports(inventory: &Inventory, store: &Store) -> Reports {
    let mut reports = Reports::default();
    let mut groups: BTreeMap<&Rotate, Vec<&SecretName>> = BTreeMap::new();
    for (name, rotate) in &inventory.rotate {
        if inventory.secret(name).is_none() && !store.has(name) {
            let message = format!("`{name}` stands in `[rotate]`, and there is no such secret any more");
            reports.push(Report::note(message).at(place(inventory, name)).hint("take the line out"));
        } else {
            groups.entry(rotate).or_default().push(name);
        }
    }
    for (rotate, names) in groups {
        let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let since = if rotate.since.is_empty() { String::new() } else { format!(", {}", rotate.since) };
        let word = if names.len() == 1 { "secret is" } else { "secrets are" };
        reports.push(
            Report::warning(format!(
                "{} {word} to be rotated ({}{since}): {}",
                names.len(),
                rotate.because,
                list.join(", ")
            ))
            .at(place(inventory, names[0]))
            .hint("give each a new value with `fleet secret edit`, `set` or `generate --replace`; that takes it off the list"),
        );
    }
    reports
}

fn place(inventory: &Inventory, name: &SecretName) -> crate::report::Place {
    inventory.places.at(&format!("rotate.{name}"))
}

/// Today's date in UTC (ISO 8601).
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian calendar).
fn civil(days: u64) -> (u64, u64, u64) {
    // Counted from the first of March of the year 0, a leap day is the last day of its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        // From `date -u -d @$((n * 86400)) +%F`.
        for (days, date) in [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_453, (2025, 12, 31)),
            (20_779, (2026, 11, 22)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(civil(days), date, "{days}");
        }
        assert!(today().as_str() > "2026-01-01");
    }

    #[test]
    fn what_is_to_be_rotated_is_named_under_its_reason() {
        let text = r#"
[fleet]
name = "test"
[machine.web1]
system = "x86_64-linux"
[service.nginx]
machines = ["web1"]
secrets = { a = {}, b = {}, c = {} }
[rotate]
"nginx/a" = { because = "db1 left", since = "2026-11-22" }
"nginx/b" = { because = "anna left", since = "2026-11-23" }
"nginx/c" = { because = "db1 left", since = "2026-11-22" }
"nginx/gone" = { because = "db1 left", since = "2026-11-22" }
"#;
        let (inventory, errors) = Inventory::parse("fleet.toml", text);
        let inventory = inventory.unwrap_or_else(|| panic!("{errors:?}"));
        let reports = reports(&inventory, &Store::default());
        let said: Vec<&str> = reports.0.iter().map(|report| report.message.as_str()).collect();
        assert_eq!(
            said,
            [
                "`nginx/gone` stands in `[rotate]`, and there is no such secret any more",
                "1 secret is to be rotated (anna left, 2026-11-23): `nginx/b`",
                "2 secrets are to be rotated (db1 left, 2026-11-22): `nginx/a`, `nginx/c`",
            ]
        );
        assert!(!reports.has_errors());
    }
}
