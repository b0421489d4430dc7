//! Everything that can be wrong with a fleet.toml, and what to do about each.

use super::values::ValueError;
use crate::format::NameError;
use crate::report::Diagnose;

/// What is wrong with a fleet.toml.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// It is no TOML.
    #[error("{message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Git left both sides of a merge in the file.
    #[error("a merge is not finished: git's conflict markers are still in the file")]
    MergeConflict,
    /// More text than any fleet needs.
    #[error("the file is too large: {megabytes} MiB")]
    TooLarge {
        /// How large it is.
        megabytes: usize,
    },
    /// One key or table twice.
    #[error("{name} is given twice")]
    Duplicate {
        /// The key, or the header of the table.
        name: String,
        /// It is a `[table]`, whose halves can be joined.
        table: bool,
    },
    /// A key that means nothing here.
    #[error("unknown key `{key}` {place}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands: `in a machine`.
        place: &'static str,
        /// What was meant, or what is known here.
        hint: String,
    },
    /// A key that must be there.
    #[error("{what} has no `{}`", header(.key))]
    Missing {
        /// The thing it is missing from, with its name.
        what: String,
        /// What kind of thing that is: `a service`.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// What to write.
        hint: &'static str,
    },
    /// A value of another type.
    #[error("`{path}` is {found}, not {expected}")]
    Type {
        /// The key with everything above it.
        path: String,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: String,
        /// What to write.
        hint: Option<String>,
    },
    /// A number that is too small or too large.
    #[error("`{path}` is {found}: it must be a number from {low} to {high}")]
    Range {
        /// The key with everything above it.
        path: String,
        /// What stands there.
        found: String,
        /// The smallest allowed.
        low: u64,
        /// The largest allowed.
        high: u64,
    },
    /// A word where only certain words are known.
    #[error("`{path}` can't be `{word}`")]
    Word {
        /// The key with everything above it.
        path: String,
        /// What stands there.
        word: String,
        /// What was meant, or what is known here.
        hint: String,
    },
    /// A name breaks its rules.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The value of a secret, where only its declaration belongs. The value itself is not in here.
    #[error("the value of the secret `{secret}` stands in fleet.toml, for everybody to read")]
    SecretValue {
        /// The secret.
        secret: String,
    },
    /// A value breaks its syntax.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The same thing twice in one list.
    #[error("`{name}` stands twice in one list")]
    Repeated {
        /// The thing.
        name: String,
    },
    /// A name that nothing has.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// `machine`, `tag`, `channel` or `mesh`.
        kind: &'static str,
        /// The name.
        name: String,
        /// What was meant, or what to do.
        hint: String,
    },
    /// A machine's name that means something where machines are named.
    #[error("`{name}` can't be a machine name: `build_on = \"{name}\"` means {meaning}")]
    ReservedMachine {
        /// `local` or `remote`.
        name: String,
        /// What it means.
        meaning: &'static str,
    },
    /// A machine and an external member share a name.
    #[error("`{name}` is both a machine and an external member of mesh `{mesh}`")]
    MachineAndExternal {
        /// The name.
        name: String,
        /// The mesh.
        mesh: String,
    },
    /// Two names that are one file where case is ignored.
    #[error("`{first}` and `{second}` differ only in upper and lower case")]
    OnlyCase {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// `[service.system]`.
    #[error("`system` is no service: it stands for the machine itself")]
    ServiceSystem,
    /// A service that a mesh implies.
    #[error("the service `{service}` is there already: mesh `{mesh}` implies it")]
    ImpliedService {
        /// The service.
        service: String,
        /// The mesh.
        mesh: String,
    },
    /// A service named with `.service`.
    #[error("the service `{name}` is named with its unit's ending")]
    ServiceSuffix {
        /// The name as it was given.
        name: String,
    },
    /// A service's secret that names readers of its own.
    #[error("a service's secret can't name machines")]
    SecretMachines {
        /// The service.
        service: String,
    },
    /// A secret for users that no system secret is.
    #[error("only secrets of `[system]` can be needed for users")]
    UsersNeedSystem {
        /// The secret.
        secret: String,
    },
    /// A secret opened before accounts exist can't belong to one.
    #[error("the secret `{secret}` is needed for users, so its {key} must be root, not `{found}`")]
    UsersNeedRoot {
        /// The secret.
        secret: String,
        /// `owner` or `group`.
        key: &'static str,
        /// What stands there.
        found: String,
    },
    /// A key of `generate` that its kind does not have.
    #[error("`{key}` means nothing to a secret of kind `{kind}`")]
    GenerateKey {
        /// The key.
        key: &'static str,
        /// The kind.
        kind: &'static str,
        /// Which keys the kind has.
        hint: &'static str,
    },
    /// More pre-shared keys than anyone wants.
    #[error("mesh `{mesh}` would need {pairs} pre-shared keys, one for each pair of its members")]
    TooManyPairs {
        /// The mesh.
        mesh: String,
        /// How many.
        pairs: usize,
    },
}

/// The only table that must be there is called by its header.
fn header(key: &str) -> &str {
    if key == "fleet" { "[fleet]" } else { key }
}

impl Error {
    /// The same without the one thing it is about: what several problems have in common when they are one mistake.
    pub(super) fn general(&self) -> Error {
        let mut general = self.clone();
        match &mut general {
            Error::Type { path, .. } | Error::Range { path, .. } | Error::Word { path, .. } => {
                if let Some(dot) = path.rfind('.') {
                    path.drain(..=dot);
                }
            }
            Error::Missing { what, kind, .. } => *what = (*kind).to_owned(),
            _ => {}
        }
        general
    }
}

impl Diagnose for Error {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Error::Syntax { hint, .. } | Error::Type { hint, .. } => return hint.iter().cloned().collect(),
            Error::Name(error) => return error.hints(),
            Error::Value(error) => return error.hints(),
            Error::MergeConflict => {
                "choose one side, or join both, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"
                    .into()
            }
            Error::TooLarge { .. } => "this is probably another file".into(),
            Error::Duplicate { table: true, .. } => "join both into one, or rename one".into(),
            Error::Duplicate { .. } => "remove one of them".into(),
            Error::Missing { hint, .. } | Error::GenerateKey { hint, .. } => (*hint).into(),
            Error::UnknownKey { hint, .. } | Error::Word { hint, .. } | Error::Unknown { hint, .. } => {
                hint.clone()
            }
            Error::Range { .. } => return Vec::new(),
            Error::Repeated { .. } => "remove one of them".into(),
            Error::ReservedMachine { .. } => "give the machine another name".into(),
            Error::MachineAndExternal { name, mesh } => format!(
                "if it is a machine of this fleet, write `mesh.{mesh} = {{ postfix = … }}` in `[machine.{name}]`; \
                 else give the external member another name"
            ),
            Error::OnlyCase { .. } => {
                "rename one: both would be one file on disks that ignore case, as those of macOS do".into()
            }
            Error::ServiceSystem => {
                "write `[system]`, with `secrets.<name> = { machines = [\"@all\"] }`".into()
            }
            Error::ImpliedService { mesh, .. } => {
                format!("remove this table; the mesh's secrets follow from `[mesh.{mesh}]`")
            }
            Error::ServiceSuffix { name } => {
                format!("write `{}`", name.strip_suffix(".service").unwrap_or(name))
            }
            Error::SecretValue { secret } => {
                return vec![
                    format!("write `secrets.{secret} = {{}}`, and give the value to `fleet secret set`"),
                    "take a new value if this one was committed: git keeps it".into(),
                ];
            }
            Error::SecretMachines { service } => format!(
                "it is read where the service runs: see `machines` in `[service.{service}]`; for other readers \
                 declare a service of its own, or put it in `[system]`"
            ),
            Error::UsersNeedSystem { secret } => format!(
                "declare it as `secrets.{secret}` in `[system]`: a service's secrets live as long as its unit, \
                 and that starts after accounts are made"
            ),
            Error::UsersNeedRoot { key, .. } => {
                format!("remove `{key}`: the secret is opened before any other account exists")
            }
            Error::TooManyPairs { .. } => {
                "name `hubs`, so that only hub and member share a key, or remove `preshared`".into()
            }
        };
        vec![hint]
    }
}
