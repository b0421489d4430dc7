//! A secret gets a value: given, generated, or none any more.

use super::change::{Change, Outcome};
use super::fleet::{Fleet, Guard};
use crate::format::{SecretName, Sensitive, sealed};
use crate::inventory::{Generate, Secret, edit};
use crate::keys::{Identities, Sealer};
use crate::report::{Report, Reports};
use crate::secrets::{Readers, generate, seal, select, store};

/// What a command changes secrets with.
pub struct Means<'a> {
    /// Seals for public keys.
    pub sealer: &'a Sealer,
    /// Opens with private keys, where there are any.
    pub identities: &'a Identities,
    /// Mark new files in git.
    pub mark: bool,
}

/// What became of a value that was set.
pub enum Set {
    /// It was sealed. True when an identity opened the new file again before it was written.
    Written {
        /// The files, and what else there is to tell.
        outcome: Box<Outcome>,
        /// There was no value before.
        created: bool,
        /// How it was verified.
        opened: bool,
        /// What became of its line in `[rotate]`.
        listed: Listed,
    },
    /// It was the value already, and sealed for the right readers.
    Unchanged {
        /// It is to be rotated still.
        listed: bool,
    },
}

/// What a value that was set means for the list of those to be rotated. Who sets a value states that it is another one;
/// where the old one can be opened without asking anybody, that is compared, and an equal value stays on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// It was not on the list.
    Not,
    /// It is off the list: the value is another one.
    Changed,
    /// It is off the list, because a value was set; nobody compared it with the old one.
    Stated,
    /// It stays on the list: the value is the old one.
    Still,
}

/// The secret of this name, which fleet.toml must declare.
///
/// # Errors
/// When it does not, with the lines that would.
pub fn declared<'a>(fleet: &'a Fleet, name: &SecretName) -> Result<Secret<'a>, Reports> {
    match fleet.inventory.secret(name) {
        Some(secret) => Ok(secret),
        None => Err(select::undeclared(&fleet.inventory, name.clone()).into()),
    }
}

/// Gives a secret this value. No private key is needed; with one at hand that asks nobody, the new file is opened
/// again before it is written, and a value that is the old one changes nothing, [`Listed`] included.
///
/// # Errors
/// When fleet.toml does not declare it, the value is empty or too large, or a file can't be written: nothing was
/// changed then.
pub fn set(
    guard: &Guard,
    fleet: &Fleet,
    name: &SecretName,
    value: &Sensitive,
    means: &Means<'_>,
) -> Result<Set, Reports> {
    let secret = declared(fleet, name)?;
    let readers = Readers::new(&fleet.keys);
    let old = store::read(&fleet.root, name).map_err(Report::from)?;
    let known = old.as_deref().and_then(|bytes| means.identities.open_silently(bytes).ok().flatten());
    let same = known.as_ref().map(|known| known.expose() == value.expose());
    let listed = match (fleet.inventory.rotate.contains_key(name), same) {
        (false, _) => Listed::Not,
        (true, Some(true)) => Listed::Still,
        (true, Some(false)) => Listed::Changed,
        (true, None) => Listed::Stated,
    };
    let same = same == Some(true);
    if same && old.as_deref().is_some_and(|bytes| is_current(&secret, &readers, bytes)) {
        return Ok(Set::Unchanged { listed: listed == Listed::Still });
    }
    let sealed =
        seal::seal(&secret, value, &readers, means.sealer, Some(means.identities)).map_err(Report::from)?;
    let opened = sealed.opened;
    let mut change = Change::new(guard, fleet, fleet.clone())?;
    if same {
        change.same_value(sealed)
    } else {
        change.new_value(sealed, value)?
    }
    let outcome = Box::new(change.commit(means.mark)?);
    Ok(Set::Written { outcome, created: old.is_none(), opened, listed })
}

/// True when the file is sealed for whom it should be.
fn is_current(secret: &Secret<'_>, readers: &Readers<'_>, bytes: &[u8]) -> bool {
    sealed::header(bytes).is_ok_and(|header| readers.compare(secret, &header).same())
}

/// A value that was made, with what may be shown of it.
pub struct Generated {
    /// The secret.
    pub name: SecretName,
    /// The public half of a key pair.
    pub public: Option<String>,
}

/// Which values are made, and how.
pub struct Generating<'a> {
    /// The secrets.
    pub names: &'a [SecretName],
    /// In this way; else as fleet.toml says.
    pub how: Option<&'a Generate>,
    /// Also those that have a value, which is replaced.
    pub replace: bool,
}

/// Makes values for secrets, all in one change.
///
/// # Errors
/// When fleet.toml does not declare one or does not say how it is made, or a file can't be written: nothing was
/// changed then.
pub fn generate(
    guard: &Guard,
    fleet: &Fleet,
    what: &Generating<'_>,
    means: &Means<'_>,
) -> Result<(Vec<Generated>, Outcome), Reports> {
    let readers = Readers::new(&fleet.keys);
    let mut change = Change::new(guard, fleet, fleet.clone())?;
    let mut made = Vec::new();
    for name in what.names {
        let secret = declared(fleet, name)?;
        if change.is_sealed(name) && !what.replace {
            continue;
        }
        let Some(how) = what.how.or(secret.declaration.generate.as_ref()) else {
            let path = crate::secrets::check::declaration_path(name);
            return Err(Report::error(format!("fleet.toml does not say how `{name}` is made"))
                .at(fleet.inventory.places.at(&path))
                .hint("say `--kind password`, or write `generate = \"password\"` there")
                .into());
        };
        let value = generate::value(how, name).map_err(Report::from)?;
        let sealed = seal::seal(&secret, &value.private, &readers, means.sealer, Some(means.identities))
            .map_err(Report::from)?;
        change.new_value(sealed, &value.private)?;
        made.push(Generated { name: name.clone(), public: value.public });
    }
    let outcome = if made.is_empty() { change.outcome } else { change.commit(means.mark)? };
    Ok((made, outcome))
}

/// Removes the files of these secrets, and with `declaration` what declares them too.
///
/// # Errors
/// When there is nothing to remove, a mesh implies one, or a file can't be removed.
pub fn remove(
    guard: &Guard,
    fleet: &Fleet,
    names: &[SecretName],
    declaration: bool,
    mark: bool,
) -> Result<Outcome, Reports> {
    let mut change = Change::new(guard, fleet, fleet.clone())?;
    for name in names {
        let has_line = declaration && fleet.inventory.secret(name).is_some();
        if !change.is_sealed(name) && !has_line {
            return Err(Report::error(format!("secret `{name}` has no value to remove"))
                .at(name.file())
                .hint("`--declaration` takes it out of fleet.toml")
                .into());
        }
        change.remove_secret(name)?;
        let still = change.after.inventory.services.get(&name.service);
        if declaration && still.is_some_and(|service| service.secrets.contains_key(&name.name)) {
            change.edit_inventory(|source| edit::remove_secret(source, &name.service, &name.name))?;
        }
    }
    change.commit(mark)
}
