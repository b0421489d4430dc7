//! The formats that the operator's side and the host's side both speak, and nothing else: names, key lines,
//! sealed files, the manifest. Pure: bytes in, types out.

pub mod identity;
pub mod key;
pub mod manifest;
pub mod name;
pub mod sealed;
pub mod sensitive;
pub mod small_order;

pub use key::{KeyError, SshAlgorithm, SshPublicKey, WgPublicKey};
pub use manifest::Manifest;
pub use name::{ChannelName, KeyName, MachineName, MeshName, NameError, SecretName, ServiceName, TagName};
pub use sensitive::Sensitive;
