//! Adding to the store: texts such as derivations, trees by their content, and whole paths where the daemon trusts us.

use super::event::{Listener, drain};
use super::frames::Frames;
use super::query::{PathInfo, read_info};
use super::wire::{Sink, Source};
use super::{Connection, DaemonError};
use crate::store::{Algorithm, ContentAddress, Form, Instantiated, Method, StoreDir, StorePath};

const ADD_TO_STORE: u64 = 7;
const ADD_TO_STORE_NAR: u64 = 39;

/// A text that is to lie in the store.
#[derive(Debug, Clone, Copy)]
pub struct Text<'t> {
    /// The name of its path.
    pub name: &'t str,
    /// Its bytes.
    pub text: &'t [u8],
    /// The paths it names, which must lie in the store already or come before it.
    pub references: &'t [StorePath],
    /// Where it belongs.
    pub path: &'t StorePath,
}

impl Connection {
    /// Adds derivations. Each comes after those it needs; those that are there already cost little.
    ///
    /// # Errors
    /// When the daemon refuses one, or lays it elsewhere.
    pub fn add_derivations(
        &mut self,
        derivations: &[&Instantiated],
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<(), DaemonError> {
        let texts: Vec<_> = derivations
            .iter()
            .map(|made| Text {
                name: made.path.name(),
                text: &made.text,
                references: &made.references,
                path: &made.path,
            })
            .collect();
        self.add_texts(&texts, listener)
    }

    /// Adds texts. All are sent without waiting for answers, so a slow line costs its delay once. Of several that the
    /// daemon refuses, the first is told: others may depend on it.
    ///
    /// # Errors
    /// When the daemon refuses one, or lays it elsewhere.
    pub fn add_texts(
        &mut self,
        texts: &[Text<'_>],
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<(), DaemonError> {
        self.at_once(
            |sink, dir| texts.iter().try_for_each(|text| send_text(sink, dir, text)),
            |source, dir| receive_texts(source, dir, texts, listener),
        )
    }

    /// Adds a tree or file by its content, to whoever the daemon belongs to. `write` gives the archive for
    /// [`Method::Nar`], else the file's bytes.
    ///
    /// # Errors
    /// What `write` fails with, or when the daemon refuses.
    pub fn add<E: From<DaemonError> + Send>(
        &mut self,
        name: &str,
        method: Method,
        algorithm: Algorithm,
        references: &[StorePath],
        write: impl FnOnce(&mut Frames<'_>) -> Result<(), E> + Send,
        listener: Listener<'_>,
    ) -> Result<(StorePath, PathInfo), E> {
        let question = |sink: &mut Sink, dir: &StoreDir| {
            let fixed = if method == Method::Text { "" } else { "fixed:" };
            sink.number(ADD_TO_STORE).text(name).text(&format!("{fixed}{}{algorithm}", method.prefix()));
            sink.paths(dir, references).flag(false);
        };
        self.ask_with_stream(listener, question, write, |source, dir| {
            Ok((source.path(dir)?, read_info(source, dir)?))
        })
    }

    /// Adds a path as it is known elsewhere, with what is known of it. `write` gives its archive. Unless its content
    /// tells its path or a key that the daemon knows has signed it, only a trusted user may do so, with
    /// `check_signatures` off.
    ///
    /// # Errors
    /// What `write` fails with, or when the daemon refuses.
    pub fn add_path<E: From<DaemonError> + Send>(
        &mut self,
        path: &StorePath,
        info: &PathInfo,
        check_signatures: bool,
        write: impl FnOnce(&mut Frames<'_>) -> Result<(), E> + Send,
        listener: Listener<'_>,
    ) -> Result<(), E> {
        let question = |sink: &mut Sink, dir: &StoreDir| {
            sink.number(ADD_TO_STORE_NAR).path(dir, path);
            sink.text(&info.deriver.as_ref().map_or(String::new(), |path| dir.print(path)));
            sink.text(&info.nar_hash.print(Form::Base16)).paths(dir, &info.references);
            sink.number(info.registration_time).number(info.nar_size).flag(info.ultimate);
            sink.number(info.signatures.len() as u64);
            for signature in &info.signatures {
                sink.text(signature);
            }
            sink.text(&info.content_address.as_ref().map_or(String::new(), ContentAddress::to_string));
            sink.flag(false).flag(!check_signatures);
        };
        self.ask_with_stream(listener, question, write, |_, _| Ok(()))
    }
}

fn send_text(sink: &mut Sink, dir: &StoreDir, text: &Text<'_>) -> Result<(), DaemonError> {
    sink.number(ADD_TO_STORE).text(text.name).text("text:sha256").paths(dir, text.references).flag(false);
    if !text.text.is_empty() {
        sink.frame(text.text);
    }
    sink.number(0).spill()
}

/// Reads the answer to each text, also behind one that was refused: the questions are under way already.
fn receive_texts(
    source: &mut Source,
    dir: &StoreDir,
    texts: &[Text<'_>],
    listener: Listener<'_>,
) -> Result<(), DaemonError> {
    let mut outcome = Ok(());
    for text in texts {
        let answer = drain(source, listener).and_then(|()| {
            let found = source.path(dir)?;
            read_info(source, dir)?;
            if found == *text.path {
                return Ok(());
            }
            Err(DaemonError::OtherPath { wanted: dir.print(text.path), found: dir.print(&found) })
        });
        match answer {
            Err(error) if !error.is_refusal() => return Err(error),
            answer => outcome = outcome.and(answer),
        }
    }
    outcome
}
