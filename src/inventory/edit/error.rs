//! Why fleet.toml can't be changed as asked.

use super::super::cursor::list;
use crate::format::{MachineName, MeshName, ServiceName, TagName};
use crate::report::Diagnose;

/// Why a change of fleet.toml is refused; nothing was changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The name is that of a machine.
    #[error("there is a machine `{0}` already")]
    MachineExists(MachineName),
    /// The name is that of an external member.
    #[error("`{name}` is an external member of mesh `{mesh}`")]
    ExternalExists {
        /// The name.
        name: MachineName,
        /// The mesh.
        mesh: MeshName,
    },
    /// No machine has this name.
    #[error("there is no machine `{name}`")]
    NoMachine {
        /// The name.
        name: MachineName,
        /// What was meant.
        hint: Option<String>,
    },
    /// No mesh has this name.
    #[error("there is no mesh `{name}`")]
    NoMesh {
        /// The name.
        name: MeshName,
        /// What was meant.
        hint: Option<String>,
    },
    /// The number is another member's.
    #[error("`{member}` has the postfix {postfix} in mesh `{mesh}` already")]
    PostfixTaken {
        /// Who has it.
        member: MachineName,
        /// The number.
        postfix: u32,
        /// The mesh.
        mesh: MeshName,
        /// One that is free.
        free: Option<u32>,
    },
    /// The number makes no address of the subnet.
    #[error("postfix {postfix} is no address for a member of mesh `{mesh}`, whose subnet is {subnet}")]
    PostfixOutside {
        /// The number.
        postfix: u32,
        /// The mesh.
        mesh: MeshName,
        /// Its subnet.
        subnet: String,
        /// One that is free.
        free: Option<u32>,
    },
    /// Without its only hub a mesh would become a full mesh.
    #[error("`{machine}` is the only hub of mesh `{mesh}`")]
    OnlyHub {
        /// The machine.
        machine: MachineName,
        /// The mesh.
        mesh: MeshName,
    },
    /// Others are built on it.
    #[error("`{machine}` builds for others: {} it in `build_on`", names(.who))]
    Builder {
        /// The machine.
        machine: MachineName,
        /// `defaults`, or machines.
        who: Vec<String>,
    },
    /// A tag that services name would mean nobody.
    #[error("`{machine}` is the last machine with the tag `{tag}`, which is named where secrets are read")]
    LastWithTag {
        /// The machine.
        machine: MachineName,
        /// The tag.
        tag: TagName,
    },
    /// The service exists with other machines, or not at all.
    #[error("a new service `{0}` needs machines to run on")]
    NoMachines(ServiceName),
    /// The secret is there.
    #[error("`{service}` declares the secret `{name}` already")]
    SecretExists {
        /// The service.
        service: ServiceName,
        /// The secret.
        name: String,
    },
    /// There is nothing to remove.
    #[error("fleet.toml declares no secret `{name}` of `{service}`")]
    NoSecret {
        /// The service.
        service: ServiceName,
        /// The secret.
        name: String,
    },
    /// A mesh declares it.
    #[error("the service `{0}` follows from its mesh and can't be changed by itself")]
    Implied(ServiceName),
    /// The way the file is written leaves no place for it.
    #[error("this fleet.toml is written in a way that a command can't add to")]
    NoPlace {
        /// The text to add by hand.
        text: String,
    },
}

fn names(who: &[String]) -> String {
    let words: Vec<&str> = who.iter().map(String::as_str).collect();
    format!("{} {}", list(&words), if words.len() == 1 { "names" } else { "name" })
}

impl Diagnose for EditError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            EditError::MachineExists(_) | EditError::ExternalExists { .. } => "take another name".into(),
            EditError::NoMachine { hint, .. } => {
                return vec![hint.clone().unwrap_or_else(|| "`fleet machine list` names them all".into())];
            }
            EditError::NoMesh { name, hint } => {
                let declare = || format!("declare it in fleet.toml: `[mesh.{name}]` with a `subnet`");
                hint.clone().unwrap_or_else(declare)
            }
            EditError::PostfixTaken { free: Some(free), .. }
            | EditError::PostfixOutside { free: Some(free), .. } => {
                format!("{free} is free")
            }
            EditError::PostfixTaken { .. } | EditError::PostfixOutside { .. } => {
                "the subnet is full: no postfix is free".into()
            }
            EditError::OnlyHub { mesh, .. } => format!(
                "name another hub in `[mesh.{mesh}]` first; without any, every member would talk to every other one"
            ),
            EditError::Builder { .. } => "give them another `build_on` first".into(),
            EditError::LastWithTag { tag, .. } => {
                format!("take \"@{tag}\" out there first, or give the tag to another machine")
            }
            EditError::NoMachines(_) => "say where it runs, by name or tag".into(),
            EditError::SecretExists { .. } | EditError::NoSecret { .. } => {
                "`fleet secret list` names them all".into()
            }
            EditError::Implied(_) => "see `preshared` and the members of the mesh".into(),
            EditError::NoPlace { text } => format!("add this by hand:\n{}", text.trim_end()),
        };
        vec![hint]
    }
}
