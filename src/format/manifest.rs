//! The manifest tells a machine which secrets it opens, whom they belong to and who is told when they change.
//!
//! It lies at `/etc/fleet/secrets.json`, is written by the NixOS module (or by `fleet demo`), and is read by
//! `fleet activate` alone. It holds no secret. This page is its whole description.
//!
//! ```json
//! {
//!   "version": 1,
//!   "identity": "/etc/ssh/ssh_host_ed25519_key",
//!   "services": {
//!     "system": {
//!       "secrets": {
//!         "root-password": { "file": "/nix/store/…-root-password.age", "needed_for_users": true },
//!         "backup": { "file": "/nix/store/…-backup.age", "before": ["backup.service"] }
//!       }
//!     },
//!     "nginx": {
//!       "unit": "nginx.service",
//!       "secrets": {
//!         "session-key": {
//!           "file": "/nix/store/…-session-key.age",
//!           "owner": "nginx", "group": "nginx", "mode": "0400",
//!           "restart": ["nginx.service"]
//!         }
//!       }
//!     },
//!     "exporter": { "dynamic_user": true, "secrets": { "token": { "file": "/nix/store/…-token.age" } } }
//!   }
//! }
//! ```
//!
//! | field | value | when it is missing |
//! | --- | --- | --- |
//! | `version` | 1 | an error |
//! | `identity` | the file of the ssh host key that opens the secrets, absolute | `/etc/ssh/ssh_host_ed25519_key` |
//! | `services` | services by name; `system` stands for the machine itself | none |
//!
//! A service:
//!
//! | field | value | when it is missing |
//! | --- | --- | --- |
//! | `unit` | the unit that owns the secrets (secrix: `systemdService`); not for `system` | `<service>.service` |
//! | `keys_unit` | the unit that opens them (secrix: `secretsServiceName`) | `<service>-keys.service`, for `system` `fleet-secrets.service` |
//! | `directory` | where they appear, below `/run` (secrix: `secretsDirName`) | `<service>-keys` |
//! | `dynamic_user` | the unit has `DynamicUser=`: secrets reach it as credentials | `false` |
//! | `secrets` | secrets by name | none |
//!
//! A secret:
//!
//! | field | value | when it is missing |
//! | --- | --- | --- |
//! | `file` | the sealed file: absolute, or relative to the manifest's folder and inside it | an error |
//! | `name` | its file's name in the directory (secrix: `decrypted.name`) | the secret's name |
//! | `owner` | user name or number (secrix: `decrypted.user`) | `root` |
//! | `group` | group name or number | the owner's own group |
//! | `mode` | permission bits, octal, as text | `"0400"` |
//! | `restart` | units to restart, when active, after the plaintext changed | none |
//! | `reload` | units to reload, when active, after the plaintext changed | none |
//! | `before` | units that start only once the secret is open; for `system` alone, a service's own unit always waits | none |
//! | `needed_for_users` | opened before accounts are made; for `system` alone, and root owns it | `false` |
//!
//! The opened file's path is not a field, it follows: `/run/<directory>/<name>`, and
//! `/run/credentials/<unit>/<name>` for the unit with a dynamic user ([`Service::path`]).
//!
//! **Strict on purpose.** An unknown field, a field given twice and an unknown version are errors. A field that we do
//! not know may be one that narrows access, and to open a secret while ignoring it would be the wrong way to fail. Nothing is lost by
//! it: manifest and program reach a machine in one system generation, so they are of one release. A change
//! that gives old fields another meaning raises the version.

mod account;
mod parse;
mod rules;
mod unit;

pub use account::{Account, Mode};
pub use parse::ManifestError;
pub use unit::{FilePath, UnitName};

use super::{KeyName, ServiceName};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the format that this program reads and writes.
pub const VERSION: u64 = 1;

/// Where a machine has its manifest.
pub const PATH: &str = "/etc/fleet/secrets.json";

/// The identity of a manifest that names none.
pub const IDENTITY: &str = "/etc/ssh/ssh_host_ed25519_key";

/// The largest manifest that is read: a hundred times that of a machine with a thousand secrets.
pub const LIMIT: u64 = 32 << 20;

/// The unit that opens what is needed for users.
pub const USERS_UNIT: &str = "fleet-secrets-users.service";

/// The name of the service that stands for the machine itself.
pub const SYSTEM: &str = "system";

/// What one machine opens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The host key's file, when it is not [`IDENTITY`].
    pub identity: Option<FilePath>,
    /// Services by name, [`SYSTEM`] among them.
    pub services: BTreeMap<ServiceName, Service>,
}

/// A unit that owns secrets, or the machine itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The unit that owns them; `None` for `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitName>,
    /// The unit that opens them.
    pub keys_unit: UnitName,
    /// Where they appear, below `/run`.
    pub directory: KeyName,
    /// Secrets reach the unit as credentials.
    pub dynamic_user: bool,
    /// Secrets by name.
    pub secrets: BTreeMap<KeyName, Secret>,
}

/// One secret on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// The sealed file.
    pub file: FilePath,
    /// Its file's name in the service's directory.
    pub name: KeyName,
    /// The user that owns the opened file.
    pub owner: Account,
    /// The group of the opened file; `None` is the owner's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Account>,
    /// Permission bits of the opened file.
    pub mode: Mode,
    /// Units to restart after the plaintext changed.
    pub restart: BTreeSet<UnitName>,
    /// Units to reload after the plaintext changed.
    pub reload: BTreeSet<UnitName>,
    /// Units that start only once it is open.
    pub before: BTreeSet<UnitName>,
    /// Opened before accounts are made.
    pub needed_for_users: bool,
}

impl Manifest {
    /// Reads a manifest; `file` is its name in messages.
    ///
    /// # Errors
    /// With file, line and column where the text is wrong.
    ///
    /// ```
    /// use fleet::format::manifest::Manifest;
    /// let text = r#"{ "version": 1, "services": { "nginx": { "secrets": { "tls": { "file": "/s/tls.age" } } } } }"#;
    /// let manifest = Manifest::parse("secrets.json", text.as_bytes())?;
    /// assert_eq!(manifest.services["nginx"].path("tls").as_deref(), Some("/run/nginx-keys/tls"));
    /// assert_eq!(Manifest::parse("secrets.json", manifest.print().as_bytes())?, manifest);
    /// # Ok::<(), fleet::format::manifest::ManifestError>(())
    /// ```
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, ManifestError> {
        parse::parse(file, bytes)
    }

    /// The manifest as JSON, every field written out, in one fixed order.
    pub fn print(&self) -> String {
        #[derive(Serialize)]
        struct Printed<'a> {
            version: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            identity: &'a Option<FilePath>,
            services: &'a BTreeMap<ServiceName, Service>,
        }
        let printed = Printed { version: VERSION, identity: &self.identity, services: &self.services };
        let mut text = serde_json::to_string_pretty(&printed)
            .expect("names, numbers and lists of names are always JSON");
        text.push('\n');
        text
    }

    /// The rules that no single field can break, which [`Manifest::parse`] has checked: for manifests made in code.
    ///
    /// # Errors
    /// Names the first rule that is broken.
    pub fn validate(&self) -> Result<(), ManifestError> {
        rules::validate("the manifest", self)
    }
}

impl Service {
    /// A service with every default and no secrets yet.
    ///
    /// # Errors
    /// When the name makes no unit's or directory's name: too long, or with `@` at its end.
    pub fn new(name: &ServiceName) -> Result<Self, ManifestError> {
        parse::default_service(name)
    }

    /// Where one of its secrets is found by who asked for it: below `/run`, or the credential for a dynamic user.
    pub fn path(&self, secret: &str) -> Option<String> {
        let secret = self.secrets.get(secret)?;
        Some(match (&self.unit, self.dynamic_user) {
            (Some(unit), true) => format!("/run/credentials/{unit}/{}", secret.name),
            _ => format!("/run/{}/{}", self.directory, secret.name),
        })
    }
}

impl Secret {
    /// A secret with every default: root alone reads it, and nobody is told when it changes.
    pub fn new(name: &KeyName, file: FilePath) -> Self {
        Secret {
            file,
            name: name.clone(),
            owner: Account::root(),
            group: None,
            mode: Mode::default(),
            restart: BTreeSet::new(),
            reload: BTreeSet::new(),
            before: BTreeSet::new(),
            needed_for_users: false,
        }
    }
}
