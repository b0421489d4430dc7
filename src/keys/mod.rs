//! Keys: the public ones a fleet keeps in `keys/`, and the private ones its operator opens secrets with.
//!
//! [`PublicKeys`] are read from the repository. A [`Sealer`] seals for them, [`Identities`] open. New pairs are made in
//! [`pair`], and what `ssh-keyscan` says of a host is read in [`scan`]. A private half lives in
//! [`Sensitive`](crate::format::Sensitive) or in a type without `Debug`, and never under the fleet's folder.

mod identities;
mod known;
mod load;
pub mod pair;
mod plugin;
mod prompt;
mod recipient;
pub mod scan;
mod sealer;

pub use identities::{Identities, IdentityError, IdentityOptions};
pub use known::{DEMO_MASTER, KnownPublic, is_known_public, is_known_public_ssh};
pub use load::PublicKeys;
pub use prompt::{NoPrompt, Prompt};
pub use recipient::Recipient;
pub use sealer::Sealer;
