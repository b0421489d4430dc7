//! Rekeying: the same value, sealed anew with a fresh file key for the readers of now.
//!
//! Everything is opened, sealed and verified in memory before a byte is written. It revokes nothing: whoever could
//! read the value knows it, so each reader that is dropped is told, for the value to be rotated.

use super::check::in_threads;
use super::readers::{Comparison, Extra, Reader, Readers};
use super::seal::{self, Sealed};
use super::store;
use crate::format::SecretName;
use crate::format::sealed::{self, Header};
use crate::inventory::Secret;
use crate::keys::{Identities, PublicKeys, Sealer};
use crate::os::Root;
use crate::report::{Report, Reports};

/// A secret that was sealed anew, in memory.
pub struct Rekeyed {
    /// The new file.
    pub sealed: Sealed,
    /// How the old file's readers differed.
    pub was: Comparison,
}

/// What rekeying came to.
#[derive(Default)]
pub struct Rekeying {
    /// Ready to be written, in the order of names.
    pub ready: Vec<Rekeyed>,
    /// One report for each secret that could not be sealed anew.
    pub failed: Reports,
    /// How many had the right readers, and were left alone.
    pub unchanged: usize,
}

/// Opening and sealing are worth a thread far sooner than reading a header is.
const WORTH_A_THREAD: usize = 8;

/// Seals these secrets anew: those whose readers differ, and those whose header is `also` reason enough. Secrets without
/// a file are passed over.
///
/// One that is damaged or can't be opened is reported, and the others go on: whether anything is written after that
/// is the caller's decision.
pub fn rekey(
    root: &Root,
    secrets: &[Secret<'_>],
    readers: &Readers<'_>,
    also: &(dyn Fn(&Header) -> bool + Sync),
    sealer: &Sealer,
    identities: &Identities,
) -> Rekeying {
    let results =
        in_threads(secrets, WORTH_A_THREAD, |secret| one(root, secret, readers, also, sealer, identities));
    let mut rekeying = Rekeying::default();
    let mut failed = Vec::new();
    for result in results {
        match result {
            Ok(Outcome::Absent) => {}
            Ok(Outcome::Unchanged) => rekeying.unchanged += 1,
            Ok(Outcome::Rekeyed(rekeyed)) => rekeying.ready.push(rekeyed),
            Err(report) => failed.push(*report),
        }
    }
    rekeying.failed = grouped(failed);
    rekeying.ready.sort_by(|a, b| a.sealed.name.cmp(&b.sealed.name));
    rekeying
}

enum Outcome {
    Absent,
    Unchanged,
    Rekeyed(Rekeyed),
}

fn one(
    root: &Root,
    secret: &Secret<'_>,
    readers: &Readers<'_>,
    also: &(dyn Fn(&Header) -> bool + Sync),
    sealer: &Sealer,
    identities: &Identities,
) -> Result<Outcome, Box<(SecretName, Report)>> {
    let name = &secret.name;
    let at = |report: Report| Box::new((name.clone(), report.at(name.file())));
    let Some(bytes) = store::read(root, name).map_err(|error| at(error.into()))? else {
        return Ok(Outcome::Absent);
    };
    let header = sealed::header(&bytes).map_err(|error| at(cannot_open(name, error, readers, None)))?;
    let was = readers.compare(secret, &header);
    if was.same() && !also(&header) {
        return Ok(Outcome::Unchanged);
    }
    let value =
        identities.open(&bytes).map_err(|error| at(cannot_open(name, error, readers, Some(&header))))?;
    let sealed =
        seal::seal(secret, &value, readers, sealer, Some(identities)).map_err(|error| at(error.into()))?;
    Ok(Outcome::Rekeyed(Rekeyed { sealed, was }))
}

/// Why a secret can't be opened, and who can.
pub fn cannot_open(
    name: &SecretName,
    error: impl Into<Report>,
    readers: &Readers<'_>,
    header: Option<&Header>,
) -> Report {
    let why: Report = error.into();
    let mut report = Report::error(format!("secret `{name}` can't be opened")).because(&why.message);
    report.causes.extend(why.causes);
    report.hints = why.hints.into_iter().map(|hint| hint.replace("<file>", &name.file())).collect();
    if let Some(header) = header {
        let who = readers.present(header);
        if !who.is_empty() {
            report = report.hint(format!("it is sealed for {}", who.join(", ")));
        }
    }
    report
}

/// Who no longer reads a secret since it was sealed anew, in words for `[rotate]`; `None` when nobody was dropped.
/// `before` and `after` are the keys of the fleet before and after the change.
pub fn dropped(was: &Comparison, before: &Readers<'_>, after: &PublicKeys) -> Option<String> {
    let stays = |reader: &Reader| match reader {
        Reader::Machine(machine) => after.hosts.contains_key(machine),
        Reader::Master(master) => after.masters.contains_key(master),
    };
    let words: Vec<String> = was
        .extra
        .iter()
        .map(|extra| match extra {
            Extra::Known(reader) => format!("{reader} no longer reads it"),
            Extra::Double(reader) => format!("another key with the tag of {reader} could read it"),
            Extra::Unknown(tag) => match before.named(*tag) {
                [reader, ..] if stays(reader) => format!("{reader} had another key"),
                [reader, ..] => format!("{reader} left"),
                [] => format!("a key that left could read it ({tag})"),
            },
            Extra::Anonymous(_) => "an age or plugin key that left could read it".to_owned(),
            Extra::Passphrase => "a passphrase opened it".to_owned(),
        })
        .map(|words| words.replace('`', ""))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A thousand secrets that fail for one reason are one report.
fn grouped(failed: Vec<(SecretName, Report)>) -> Reports {
    let mut groups: Vec<(Vec<SecretName>, Report)> = Vec::new();
    for (name, report) in failed {
        match groups.iter_mut().find(|(_, first)| first.causes == report.causes && !first.causes.is_empty()) {
            Some((names, first)) => {
                // Who can open it differs from one to the other.
                first.hints.retain(|hint| report.hints.contains(hint));
                names.push(name);
            }
            None => groups.push((vec![name], report)),
        }
    }
    let mut reports = Reports::default();
    for (names, mut report) in groups {
        if names.len() > 1 {
            let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            report.message = format!("{} secrets can't be opened: {}", names.len(), list.join(", "));
            report.places.clear();
        }
        reports.push(report);
    }
    reports
}
