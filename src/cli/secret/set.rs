//! `fleet secret set`: a value from standard input.

use super::{ChangeArguments, audience, chosen, rotation, tell, unchanged};
use crate::cli::Context;
use crate::format::{MachineName, Sensitive, sealed};
use crate::ops::Fleet;
use crate::ops::secret_write::{self, Set};
use crate::os::private;
use crate::report::{Report, Reports};
use clap::Args;

/// Set a secret to what comes on standard input, byte for byte
///
/// No private key is needed. The value never stands on a command line: every user of this computer could read it there.
///
/// A secret that is to be rotated (`[rotate]` in fleet.toml) comes off that list: to set a value is to say that it is
/// another one. Where a private key is at hand the two are compared, and an equal value stays on the list.
#[derive(Args)]
pub struct Arguments {
    /// The secret: `<service>/<name>`, or `<service>/<machine>/<name>`
    #[arg(value_name = "SECRET")]
    word: String,
    /// Set this machine's value, where each has its own
    #[arg(long, value_name = "MACHINE")]
    machine: Option<MachineName>,
    /// Take off one newline at the end
    #[arg(long)]
    trim: bool,
    /// Ask for one line on the terminal, without showing it
    #[arg(long)]
    ask: bool,
    #[command(flatten)]
    change: ChangeArguments,
}

impl Arguments {
    /// Reads, seals and writes it.
    ///
    /// # Errors
    /// When there is no value, fleet.toml does not declare the secret, or it can't be written.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let name = chosen(context, &Fleet::open(&context.folder)?, &self.word, self.machine.as_ref())?;
        let tools = self.change.tools(context)?;
        // The whole value is here before the lock is taken: whoever types or computes it keeps nobody waiting.
        let value = self.value(context)?;
        let (guard, fleet) = context.lock()?;
        match secret_write::set(&guard, &fleet, &name, &value, &tools.means())? {
            Set::Written { outcome, created, opened, listed } => {
                let verified = if opened { ", and opens again" } else { "" };
                let word = if created { "sealed" } else { "replaced, and sealed" };
                context.console.say(format!("`{name}` is {word} for {}{verified}", audience(&fleet, &name)));
                rotation(context, listed);
                tell(context, &outcome);
            }
            Set::Unchanged { listed } => unchanged(context, &name, listed),
        }
        Ok(())
    }

    fn value(&self, context: &mut Context<'_>) -> Result<Sensitive, Reports> {
        let value = if self.ask {
            let prompt = context.console.prompt();
            prompt.passphrase("the value").ok_or_else(|| Report::usage("no value was given"))?
        } else if context.console.input_is_terminal() {
            return Err(Report::usage("the value comes from standard input, and that is your terminal")
                .hint(format!("pipe it in, as in `printf %s … | fleet secret set {}`", self.word))
                .hint("`--ask` asks for one line without showing it, and `fleet secret edit` opens an editor")
                .into());
        } else {
            context.console.read_input(sealed::LIMIT).map_err(|error| {
                Report::error("the value can't be read from standard input").because(error)
            })?
        };
        let value = match value.expose() {
            [start @ .., b'\n'] if self.trim => Sensitive::new(start.to_vec()),
            _ => value,
        };
        if value.is_empty() {
            return Err(Report::error("the value is empty: nothing was changed")
                .hint("to give a secret up, run `fleet secret remove`")
                .into());
        }
        Ok(value)
    }
}
