//! The fleet's public keys: those of the people who may open everything, of the machines, and of the mesh members.

use crate::format::{KeyName, MachineName, MeshName, SshPublicKey, WgPublicKey};
use std::collections::BTreeMap;

/// Every public key under `keys/`, parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PublicKeys {
    /// `keys/masters/<name>.pub`
    pub masters: BTreeMap<KeyName, Recipient>,
    /// `keys/hosts/<machine>.pub`
    pub hosts: BTreeMap<MachineName, SshPublicKey>,
    /// `keys/<mesh>/<member>.pub`
    pub mesh: BTreeMap<MeshName, BTreeMap<MachineName, WgPublicKey>>,
}

/// A key that may be sealed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// ssh-ed25519 or ssh-rsa.
    Ssh(SshPublicKey),
    /// `age1…`, a native X25519 key.
    X25519(String),
    /// `age1<plugin>1…`.
    Plugin {
        /// The plugin's name: `age-plugin-<name>` is started for it.
        plugin: String,
        /// The whole recipient.
        recipient: String,
    },
}
