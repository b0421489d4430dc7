//! `fleet secret edit`: a secret in the user's own editor.

use super::{ChangeArguments, audience, chosen, rotation, tell, unchanged};
use crate::cli::Context;
use crate::format::MachineName;
use crate::ops::Fleet;
use crate::ops::secret_edit::{Edit, Outcome, edit};
use crate::ops::secret_write::{Listed, Set};
use crate::os::private;
use crate::report::{Report, Reports};
use crate::secrets::editor::Editor;
use clap::Args;

/// Edit a secret in $VISUAL or $EDITOR
///
/// The draft lies in a private folder in memory while the editor is open. A secret without a value begins empty, and
/// needs no private key. Nothing is changed when the editor fails, and no file when the value stays the same.
#[derive(Args)]
pub struct Arguments {
    /// The secret: `<service>/<name>`, or a service to choose from
    #[arg(value_name = "SECRET")]
    word: String,
    /// Edit this machine's value, where each has its own
    #[arg(long, value_name = "MACHINE")]
    machine: Option<MachineName>,
    /// Take off one newline at the end
    #[arg(long)]
    trim: bool,
    /// Allow the draft on a disk when there is no file system in memory
    #[arg(long)]
    allow_disk: bool,
    #[command(flatten)]
    change: ChangeArguments,
}

impl Arguments {
    /// Opens the editor and seals what it saved.
    ///
    /// # Errors
    /// When the secret can't be opened or saved; a draft that can't be saved is kept and named.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        for folder in private::sweep() {
            context.console.say(format!("removed the draft of a run that was killed: {}", folder.display()));
        }
        let name = chosen(context, &Fleet::open(&context.folder)?, &self.word, self.machine.as_ref())?;
        let editor = Editor::from_environment().map_err(Report::from)?;
        let tools = self.change.tools(context)?;
        let how = Edit {
            editor: &editor,
            allow_disk: self.allow_disk,
            trim: self.trim,
            command: &context.command_line,
        };
        let console = &mut *context.console;
        match edit(&context.folder, &name, &how, &tools.means(), |line| console.say(line))? {
            Outcome::Saved(Set::Written { outcome, listed, .. }) => {
                let fleet = Fleet::open(&context.folder)?;
                context.console.say(format!("`{name}` is sealed for {}", audience(&fleet, &name)));
                // The editor showed the value that was there, so whatever came back is another one.
                rotation(context, if listed == Listed::Stated { Listed::Changed } else { listed });
                tell(context, &outcome);
            }
            Outcome::Saved(Set::Unchanged { listed }) => unchanged(context, &name, listed),
            Outcome::Unchanged { at_once } => {
                context.console.say(format!("`{name}` is as it was: nothing was changed"));
                if at_once {
                    context.console.say(
                        "if your editor did not wait for you, give it the flag that makes it, such as `code --wait`",
                    );
                }
            }
        }
        Ok(())
    }
}
