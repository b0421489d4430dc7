//! `fleet init`: a new fleet that passes `fleet check`.

use super::{Context, tell};
use crate::format::{KeyName, MachineName};
use crate::keys::Recipient;
use crate::ops::init::{NewFleet, init};
use crate::os::files;
use crate::report::{Report, Reports};
use clap::Args;
use std::path::{Path, PathBuf};

/// Make a new fleet that passes `fleet check`
///
/// Writes fleet.toml, fleet.json, .gitattributes and the masters' keys; makes a git repository where there is none.
#[derive(Args)]
pub struct Arguments {
    /// The folder: a new one, or one without a fleet.toml
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// The fleet's name; the folder's name unless told
    #[arg(long)]
    name: Option<MachineName>,
    /// The domain that the machines' names stand under
    #[arg(long)]
    domain: Option<String>,
    /// A public key that may open every secret: a file, or the key itself; ~/.ssh/id_ed25519.pub unless told
    #[arg(long, value_name = "FILE|KEY")]
    master: Vec<String>,
    /// Leave git alone
    #[arg(long)]
    no_git: bool,
}

impl Arguments {
    /// Makes the fleet and says what comes next.
    ///
    /// # Errors
    /// When there is one already, or no master's key is to be had.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let folder = context.folder.join(&self.folder);
        let name = match self.name.clone() {
            Some(name) => name,
            None => name_of(&folder)?,
        };
        let masters = self.masters()?;
        let new = NewFleet { name, domain: self.domain, masters, git: !self.no_git };
        let founded = init(&folder, &new, &context.command_line)?;
        let console = &mut *context.console;
        tell::files(console, &founded.done);
        if founded.git {
            console.say("made a git repository");
        }
        console.say(format!(
            "the fleet `{}` is in {}\nnext: describe a mesh and services in fleet.toml, then `fleet machine add <name> --host-key FILE`",
            new.name,
            founded.root.path().display()
        ));
        Ok(())
    }

    fn masters(&self) -> Result<Vec<(KeyName, Recipient)>, Reports> {
        if !self.master.is_empty() {
            let mut masters = Vec::new();
            for (index, word) in self.master.iter().enumerate() {
                // Given as a path, it is relative to where the user stands.
                let path = PathBuf::from(word);
                let (name, text) = if path.is_file() {
                    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                    (stem.unwrap_or_default(), files::read_text(&path).map_err(Report::from)?)
                } else {
                    (format!("master{}", index + 1), word.clone())
                };
                let name = KeyName::parse(&name).map_err(Report::from)?;
                let recipient =
                    Recipient::parse(&text).map_err(|error| Report::from(error).at(word.as_str()))?;
                masters.push((name, recipient));
            }
            return Ok(masters);
        }
        let own = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".ssh/id_ed25519.pub"));
        let text = match &own {
            Some(path) => files::if_exists(files::read_text(path)).map_err(Report::from)?,
            None => None,
        };
        let Some(text) = text else {
            return Err(Report::error(
                "a fleet needs a master: the public key of someone who may open every secret",
            )
            .hint("name yours with `--master FILE`; `ssh-keygen -t ed25519` makes one")
            .because("there is no ~/.ssh/id_ed25519.pub to begin with")
            .into());
        };
        let user = std::env::var("USER").unwrap_or_default();
        let name = KeyName::parse(&user).or_else(|_| KeyName::parse("me")).map_err(Report::from)?;
        Ok(vec![(name, Recipient::parse(&text).map_err(Report::from)?)])
    }
}

/// The folder's name, when it can be a fleet's.
fn name_of(folder: &Path) -> Result<MachineName, Reports> {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = absolute.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    MachineName::parse(&name)
        .map_err(|error| Report::from(error).hint("give the fleet a name with `--name`").into())
}
