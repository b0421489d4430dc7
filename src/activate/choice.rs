//! Which secrets one run opens: all of them, those of some services, or those that must be there before accounts are.

use super::layout::Layout;
use super::{ActivateError, generation};
use crate::format::manifest::{Manifest, SYSTEM};
use crate::format::{KeyName, ServiceName};
use crate::report::did_you_mean;
use std::collections::BTreeSet;

/// Which secrets to open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Choice {
    /// `system`, and every service whose secrets are open now: what is due after the manifest changed. Below a
    /// pretend root no unit runs, and this is everything.
    #[default]
    Present,
    /// Every service's, whether its unit runs or not.
    All,
    /// What is named.
    Named {
        /// The machine's own secrets.
        system: bool,
        /// Those of them that are needed for users.
        users: bool,
        /// These services'.
        services: BTreeSet<ServiceName>,
    },
}

/// A service and which of its secrets are to be opened.
pub(super) type Stage<'a> = (&'a ServiceName, Vec<&'a KeyName>);

impl Choice {
    /// True when what is not in the manifest is to go, too.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self, Choice::Named { .. })
    }

    /// The services and secrets that are chosen.
    pub(super) fn of<'a>(
        &self,
        manifest: &'a Manifest,
        layout: &Layout,
    ) -> Result<Vec<Stage<'a>>, ActivateError> {
        if let Choice::Named { services, .. } = self
            && let Some(unknown) = services.iter().find(|name| !manifest.services.contains_key(*name))
        {
            let known = manifest.services.keys().map(ServiceName::as_str);
            let hint = did_you_mean(unknown.as_str(), known);
            return Err(ActivateError::UnknownService { service: unknown.clone(), hint });
        }
        let there = generation::services_there(layout)?;
        let mut stages = Vec::new();
        for (name, service) in &manifest.services {
            let is_system = name.as_str() == SYSTEM;
            let all = match self {
                Choice::All => true,
                Choice::Present => is_system || !layout.is_machine() || there.contains(name),
                Choice::Named { system, services, .. } => services.contains(name) || (is_system && *system),
            };
            let users = is_system && matches!(self, Choice::Named { users: true, .. });
            if all || users {
                let chosen = service.secrets.iter().filter(|(_, secret)| all || secret.needed_for_users);
                stages.push((name, chosen.map(|(key, _)| key).collect()));
            }
        }
        Ok(stages)
    }
}
