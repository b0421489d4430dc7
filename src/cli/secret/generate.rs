//! `fleet secret generate`: values that nobody has to think up.

use super::{ChangeArguments, selected, tell};
use crate::cli::Context;
use crate::format::{MachineName, SecretName};
use crate::inventory::{Encoding, Generate};
use crate::ops::Fleet;
use crate::ops::secret_write::{Generating, generate};
use crate::os::private;
use crate::report::{Report, Reports};
use clap::{Args, ValueEnum};

/// Make values for secrets: passwords, random bytes, key pairs
///
/// fleet.toml says how with `generate`, or `--kind` does. What has a value is left alone. Without a name, every secret
/// that has `generate` and no value gets one. The public half of a key pair is printed.
#[derive(Args)]
pub struct Arguments {
    /// A secret, or a service with all of its secrets
    #[arg(value_name = "SECRET")]
    words: Vec<String>,
    /// Only what this machine reads
    #[arg(long, value_name = "MACHINE")]
    machine: Option<MachineName>,
    /// What to make, whatever fleet.toml says
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// How many characters a password has, or how many bytes are drawn
    #[arg(long, default_value_t = 32, requires = "kind")]
    length: usize,
    /// The characters of a password
    #[arg(long, requires = "kind", default_value = ALPHANUMERIC, hide_default_value = true)]
    alphabet: String,
    /// How random bytes are written
    #[arg(long, value_enum, default_value_t = Form::Base64, requires = "kind")]
    encoding: Form,
    /// Replace values that are there
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    change: ChangeArguments,
}

const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// A password
    Password,
    /// Random bytes
    Bytes,
    /// An ssh-ed25519 key pair
    Ssh,
    /// A WireGuard key pair
    Wireguard,
    /// An X25519 key pair: an age identity
    X25519,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// Hexadecimal
    Hex,
    /// Base64
    Base64,
    /// The bytes themselves
    Raw,
}

impl Arguments {
    /// Makes, seals and writes them, all or none.
    ///
    /// # Errors
    /// When a secret is not declared, it is not said how it is made, or a file can't be written.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        private::hide_process();
        let how = self.how();
        if self.words.is_empty() && (how.is_some() || self.replace) {
            return Err(Report::usage("say which secrets, when you say how or `--replace`").into());
        }
        let tools = self.change.tools(context)?;
        let (guard, fleet) = context.lock()?;
        let names = self.names(&fleet, how.is_some())?;
        let what = Generating { names: &names, how: how.as_ref(), replace: self.replace };
        let (made, outcome) = generate(&guard, &fleet, &what, &tools.means())?;
        for one in &made {
            context.console.say(format!("made `{}`", one.name));
            if let Some(public) = &one.public {
                // One pair alone is for a pipe; of several, each says whose it is.
                let name = if made.len() > 1 { format!("{}\t", one.name) } else { String::new() };
                context.console.answer(format!("{name}{public}\n"));
            }
        }
        let left = names.len() - made.len();
        if left > 0 {
            let (is, a) = if left == 1 { ("secret has", "a value") } else { ("secrets have", "values") };
            context.console.say(format!("{left} {is} {a} already; `--replace` makes new ones"));
        } else if made.is_empty() {
            context.console.say("there is nothing to make");
        }
        tell(context, &outcome);
        Ok(())
    }

    fn names(&self, fleet: &Fleet, any: bool) -> Result<Vec<SecretName>, Reports> {
        if self.words.is_empty() {
            let store = crate::secrets::Store::open(&fleet.root).map_err(Report::from)?;
            let secrets = fleet.inventory.secrets().filter(|secret| {
                // A mesh's private key may rightly be on its machine alone.
                let implied = fleet.inventory.services.get(&secret.name.service).is_some_and(|s| s.implied);
                let ours = self.machine.as_ref().is_none_or(|machine| secret.machines.contains(machine));
                secret.declaration.generate.is_some() && !implied && ours && !store.has(&secret.name)
            });
            return Ok(secrets.map(|secret| secret.name).collect());
        }
        let mut names = Vec::new();
        for word in &self.words {
            let mut of_word = selected(fleet, word, self.machine.as_ref())?;
            // A whole service: those that are not made but given are not meant.
            if !word.contains('/') && !any {
                of_word.retain(|name| {
                    fleet.inventory.secret(name).is_some_and(|secret| secret.declaration.generate.is_some())
                });
                if of_word.is_empty() {
                    return Err(Report::error(format!("no secret of `{word}` has `generate` in fleet.toml"))
                        .hint("write `generate = \"password\"` there, or name a secret and say `--kind`")
                        .into());
                }
            }
            names.extend(of_word);
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn how(&self) -> Option<Generate> {
        Some(match self.kind? {
            Kind::Password => Generate::Password { length: self.length, alphabet: self.alphabet.clone() },
            Kind::Bytes => Generate::Bytes {
                length: self.length,
                encoding: match self.encoding {
                    Form::Hex => Encoding::Hex,
                    Form::Base64 => Encoding::Base64,
                    Form::Raw => Encoding::Raw,
                },
            },
            Kind::Ssh => Generate::Ssh,
            Kind::Wireguard => Generate::WireGuard,
            Kind::X25519 => Generate::X25519,
        })
    }
}
