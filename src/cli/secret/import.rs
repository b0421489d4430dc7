//! `fleet secret import`: age files of an agenix or secrix tree.

use super::{ChangeArguments, tell};
use crate::cli::{Context, table};
use crate::format::{SecretName, ServiceName};
use crate::inventory::{Per, SYSTEM};
use crate::ops::secret_import::{Import, declarations, import};
use crate::report::{Report, Reports};
use crate::secrets::import::{Naming, find};
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Take over the age files of an agenix or secrix tree, byte for byte
///
/// A folder in the tree is a service: `nginx/tls` or `nginx/tls.age` becomes `nginx/tls`. Files without a folder, as agenix
/// has them, belong to `--service`, or get a name each with `--name`. No private key is needed: the files are not
/// opened, but their readers are compared with those that fleet.toml wants.
#[derive(Args)]
pub struct Arguments {
    /// The folder
    #[arg(value_name = "DIR")]
    tree: PathBuf,
    /// The service of files that lie in no folder
    #[arg(long, value_name = "SERVICE")]
    service: Option<ServiceName>,
    /// What a file becomes, as in `--name db-password.age=postgresql/password`
    #[arg(long = "name", value_name = "FILE=SECRET", value_parser = pair)]
    names: Vec<(String, SecretName)>,
    /// Declare in fleet.toml what it does not declare yet
    #[arg(long)]
    declare: bool,
    /// Replace sealed files that are there
    #[arg(long)]
    replace: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    change: ChangeArguments,
}

fn pair(text: &str) -> Result<(String, SecretName), String> {
    let (file, name) = text.split_once('=').ok_or("write FILE=SECRET")?;
    Ok((file.to_owned(), SecretName::parse(name).map_err(|error| error.to_string())?))
}

impl Arguments {
    /// Finds, takes and compares them.
    ///
    /// # Errors
    /// When there is nothing to take, a secret has another file already, or a file can't be written.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let names: BTreeMap<String, SecretName> = self.names.into_iter().collect();
        let found = find(&self.tree, &Naming { service: self.service, names }).map_err(Report::from)?;
        for passed in &found.passed_over {
            let path = self.tree.join(&passed.path);
            context.console.report(&Report::warning(format!(
                "passed over `{}`: {}",
                path.display(),
                passed.reason
            )));
        }
        if found.candidates.is_empty() {
            return Err(
                Report::error(format!("there is no age file to take in `{}`", self.tree.display())).into()
            );
        }
        let (guard, fleet) = context.lock()?;
        let how = Import {
            declare: self.declare,
            replace: self.replace,
            mark: self.change.git.mark(),
            dry_run: self.dry_run,
        };
        let lines: Vec<String> = declarations(&fleet, &found.candidates).iter().map(line).collect();
        let (imported, outcome) = import(&guard, &fleet, &found.candidates, how)?;
        let mut rows = vec![["file", "secret", "readers"].map(String::from).to_vec()];
        let mut differ = false;
        for (candidate, imported) in found.candidates.iter().zip(&imported) {
            let readers = match &imported.readers {
                None => "not declared".to_owned(),
                Some(readers) if readers.same() => "as wanted".to_owned(),
                Some(readers) => {
                    differ = true;
                    format!("sealed {}", readers.words().replace('`', ""))
                }
            };
            let name = if imported.same {
                format!("{} (there already)", imported.name)
            } else {
                imported.name.to_string()
            };
            rows.push(vec![candidate.path.clone(), name, readers]);
        }
        context.console.answer(table(&rows));
        if !self.declare && !lines.is_empty() {
            context.console.say("add this to fleet.toml, or run the command again with `--declare`:\n");
            context.console.say(lines.join("\n"));
        }
        if differ {
            context
                .console
                .say("`fleet secret rekey` seals those with other readers for the ones they should have");
        }
        if self.dry_run {
            context.console.say("nothing was changed");
        }
        tell(context, &outcome);
        Ok(())
    }
}

/// A declaration as a person would write it.
fn line(new: &crate::inventory::edit::NewSecret) -> String {
    let machines: Vec<String> = new.machines.iter().map(|machine| format!("\"{machine}\"")).collect();
    let machines = format!("machines = [{}]", machines.join(", "));
    let mut options = Vec::new();
    if new.per == Per::Machine {
        options.push("per = \"machine\"".to_owned());
    }
    if new.service.as_str() == SYSTEM {
        options.insert(0, machines);
        return format!("[system]\nsecrets.\"{}\" = {{ {} }}\n", new.name, options.join(", "));
    }
    let options = if options.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", options.join(", ")) };
    format!("[service.\"{}\"]\n{machines}\nsecrets.\"{}\" = {options}\n", new.service, new.name)
}
