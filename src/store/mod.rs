//! What lies in a Nix store, and how it is named: hashes, store paths, archives and derivations, bit for bit as Nix has them.
//!
//! Nothing here touches a disk or talks to a daemon. From bytes to names and back is all it does, so it is the same for
//! an evaluator that never writes a store, a client that talks to one, and a test.
//!
//! ```
//! use fleet::store::{Form, Hash, StoreDir, nar};
//!
//! let dir = StoreDir::default();
//! let path = dir.text_path("greeting", b"hello\n", &[])?;
//! assert_eq!(dir.print(&path), "/nix/store/ybf7by4xvcgjhwilsg87rqz9di79bify-greeting");
//!
//! // What `./greeting` in an expression becomes: the same bytes, as an archive.
//! let (hash, _) = nar::hash_file(false, b"hello\n");
//! assert_eq!(hash.print(Form::Sri), "sha256-HDfQGvQL4ugGkd48w99EN3ppmvuxfGjwgJZLL9Bx/BM=");
//! assert_eq!(dir.source_path("greeting", &hash)?.as_str(), "5nfjhql2p2cvh7d7sz3cxy0wzgr2k6nf-greeting");
//!
//! // Any form Nix reads.
//! let empty = Hash::parse(b"sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", None)?;
//! assert_eq!(empty.to_string(), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod derivation;
mod float;
pub mod hash;
pub mod nar;
pub mod path;

pub use derivation::{
    Cache, Derivation, DerivationError, Input, Instantiated, Modulo, Output, OutputKind, OutputName,
    print_json,
};
pub use float::json_float;
pub use hash::{Algorithm, Form, Hash, HashError, Hasher, compress_hash, nix32};
pub use path::{
    ContentAddress, Method, NameError, PathError, References, StoreDir, StorePath, Upstream, check_name,
    placeholder,
};
