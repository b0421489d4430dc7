//! Editing: the user's own editor on a draft in a private folder, and what came of it.
//!
//! Editors like to leave copies: swap files, backups, undo histories. Those of the editors we know are turned off or
//! led into the folder; to the others the folder is at least the temporary one. Everything in it goes with it.

use crate::format::Sensitive;
use crate::format::sealed::LIMIT;
use crate::os::interrupt::Interrupts;
use crate::os::private::{PrivateError, PrivateFolder};
use crate::os::process::{Ended, Process, ProcessError};
use crate::os::{FileError, private};
use crate::report::{Diagnose, Place};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Why an edit came to nothing. The secret is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Neither VISUAL nor EDITOR names one, and none of the usual ones is installed.
    #[error("no editor is set")]
    NoEditor,
    /// The words of VISUAL or EDITOR can't be told apart.
    #[error("${variable} has a quote without its other half: {words}")]
    Quotes {
        /// `VISUAL` or `EDITOR`.
        variable: &'static str,
        /// Its value.
        words: String,
    },
    /// There is no private folder.
    #[error(transparent)]
    Private(#[from] PrivateError),
    /// The editor can't be started.
    #[error(transparent)]
    Start(#[from] ProcessError),
    /// The editor said that it failed; `:cq` in vim does so on purpose.
    #[error("the editor `{editor}` ended with {status}: nothing was changed")]
    Editor {
        /// The program.
        editor: String,
        /// How it ended.
        status: String,
    },
    /// A signal told us to end.
    #[error("interrupted: nothing was changed, and the draft is wiped")]
    Interrupted,
    /// The draft is gone, or no file any more.
    #[error("the draft can't be read back: nothing was changed")]
    Draft(#[source] FileError),
    /// The draft is empty.
    #[error("the draft is empty: nothing was changed")]
    Empty,
    /// Signals can't be watched.
    #[error("signals can't be watched, so a draft would not be safe")]
    Signals(#[source] io::Error),
}

impl Diagnose for EditError {
    fn hints(&self) -> Vec<String> {
        match self {
            EditError::NoEditor => vec!["set EDITOR, for instance `export EDITOR=nano`".into()],
            EditError::Quotes { .. } => vec!["it is split into words as a shell does it".into()],
            EditError::Private(error) => error.hints(),
            EditError::Start(error) => error.hints(),
            EditError::Empty => vec!["to give a secret up, run `fleet secret remove`".into()],
            _ => Vec::new(),
        }
    }

    fn places(&self) -> Vec<Place> {
        Vec::new()
    }
}

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    words: Vec<String>,
}

impl Editor {
    /// $VISUAL, else $EDITOR, else the first usual one that is installed.
    ///
    /// # Errors
    /// When there is none, or its words can't be told apart.
    pub fn from_environment() -> Result<Self, EditError> {
        for variable in ["VISUAL", "EDITOR"] {
            let words = std::env::var(variable).unwrap_or_default();
            if !words.trim().is_empty() {
                return Editor::parse(variable, &words);
            }
        }
        let usual = ["nano", "vim", "vi"].into_iter().find(|name| find(name).is_some());
        usual.map(|name| Editor { words: vec![name.to_owned()] }).ok_or(EditError::NoEditor)
    }

    /// Splits a value of $EDITOR into words as a shell does it.
    ///
    /// # Errors
    /// When a quote is not closed.
    pub fn parse(variable: &'static str, words: &str) -> Result<Self, EditError> {
        match shlex::split(words) {
            Some(split) if !split.is_empty() => Ok(Editor { words: split }),
            _ => Err(EditError::Quotes { variable, words: words.to_owned() }),
        }
    }

    fn process(&self, folder: &Path, draft: &Path) -> Process {
        let real = find(&self.words[0]).and_then(|path| std::fs::canonicalize(path).ok());
        let name = real.as_deref().unwrap_or(Path::new(&self.words[0])).file_name();
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let quiet = discretion(&name, folder);
        // Ours come first: with `EDITOR="vim -c …"` the user's own commands may already save.
        let mut process = Process::new(&self.words[0]).args(&quiet).args(&self.words[1..]);
        if quiet.is_empty() {
            // Neovim behind a wrapper keeps swap, undo and history files there.
            process = process.env("XDG_STATE_HOME", folder);
        }
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            process = process.env(variable, folder);
        }
        process.env("LESSHISTFILE", "-").arg(draft)
    }
}

/// Arguments that keep an editor we know from leaving copies elsewhere.
fn discretion(editor: &str, folder: &Path) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    match editor {
        // No swap file, no history of registers, no undo file; and no newline added where there was none.
        name if name.starts_with("vim") || name.starts_with("gvim") || name.starts_with("nvim") => {
            words(&["-n", "-i", "NONE", "-c", "silent! set nobackup nowritebackup noundofile nofixendofline"])
        }
        "nano" => vec!["-C".into(), folder.to_string_lossy().into_owned()],
        name if name.starts_with("emacs") && !name.starts_with("emacsclient") => words(&[
            "--eval",
            "(setq make-backup-files nil auto-save-default nil create-lockfiles nil auto-save-list-file-prefix nil)",
        ]),
        _ => Vec::new(),
    }
}

fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// What the user made of the value.
pub enum Edited {
    /// It is as it was; `at_once` when the editor ended so soon that it may not have waited for the user.
    Unchanged {
        /// Less than a second.
        at_once: bool,
    },
    /// A new value. The draft lives until the value is safe.
    Changed {
        /// The new value.
        value: Sensitive,
        /// Where the user's work still lies.
        draft: Box<Draft>,
    },
}

/// The user's work, until it is sealed and on the disk.
pub struct Draft {
    name: String,
    // Dropped in this order: a signal must find the folder guarded for as long as it is there.
    folder: PrivateFolder,
    _interrupts: Interrupts,
}

impl Draft {
    /// Keeps the draft where it is, for the user to come back to, and says where that is.
    ///
    /// # Errors
    /// When it can't be kept.
    pub fn keep(self) -> Result<PathBuf, FileError> {
        self.folder.keep(&self.name)
    }
}

/// Opens the editor on a value; `None` for a secret that has none yet. `say` is told when the draft may reach a disk.
///
/// # Errors
/// When there is no place for a draft, the editor fails, the draft is empty, or a signal comes.
pub fn edit(
    editor: &Editor,
    name: &str,
    old: Option<&Sensitive>,
    allow_disk: bool,
    say: &mut dyn FnMut(&str),
) -> Result<Edited, EditError> {
    private::hide_process();
    let mut interrupts = Interrupts::watch().map_err(EditError::Signals)?;
    let folder = PrivateFolder::new(allow_disk)?;
    if folder.is_swappable() {
        let place = folder.path().parent().unwrap_or(folder.path()).display();
        say(&format!("warning: `{place}` is swappable: the draft may be written to swap"));
        say("hint: encrypt the swap, or mount a tmpfs with `noswap` and name it in XDG_RUNTIME_DIR");
    }
    let before = old.map_or(&[][..], Sensitive::expose);
    let draft = folder.write(name, before).map_err(PrivateError::from)?;
    folder.hand_to_children();
    let started = Instant::now();
    let running = editor.process(folder.path(), &draft).start()?;
    match interrupts.wait_for(running)? {
        Ended::Success => {}
        Ended::Failure(status) => return Err(EditError::Editor { editor: editor.words[0].clone(), status }),
        Ended::Interrupted(_) => return Err(EditError::Interrupted),
    }
    interrupts.on_signal(folder.wiper());
    let value = folder.read(name, LIMIT).map_err(EditError::Draft)?;
    let value = Sensitive::from(value);
    let after = without_added_newline(old.map(Sensitive::expose), value.expose());
    if old.is_some() && after == before {
        return Ok(Edited::Unchanged { at_once: started.elapsed() < Duration::from_secs(1) });
    }
    if after.is_empty() {
        return Err(EditError::Empty);
    }
    let value = if after.len() == value.len() { value } else { Sensitive::new(after.to_vec()) };
    Ok(Edited::Changed {
        value,
        draft: Box::new(Draft { name: name.to_owned(), folder, _interrupts: interrupts }),
    })
}

/// Most editors end a file with a newline, asked or not. A value that had none keeps none: a password with a newline
/// behind it is another password.
fn without_added_newline<'a>(old: Option<&[u8]>, new: &'a [u8]) -> &'a [u8] {
    match (old, new) {
        (Some(old), [start @ .., b'\n']) if !old.ends_with(b"\n") && !start.ends_with(b"\n") => start,
        _ => new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(script: &str, old: Option<&str>) -> Result<Edited, EditError> {
        let editor = Editor { words: vec!["sh".into(), "-c".into(), script.into(), "sh".into()] };
        let old = old.map(|old| Sensitive::new(old.as_bytes().to_vec()));
        edit(&editor, "tls", old.as_ref(), false, &mut |_| {})
    }

    fn changed(script: &str, old: Option<&str>) -> String {
        match with(script, old) {
            Ok(Edited::Changed { value, .. }) => value.expose_str().unwrap().to_owned(),
            Ok(Edited::Unchanged { .. }) => "unchanged".into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_the_editor_saved_is_the_new_value() {
        assert_eq!(changed("printf new > \"$1\"", Some("old")), "new");
        assert_eq!(changed("printf new > \"$1\"", None), "new");
        // As vim saves: a new file is renamed over the old one.
        assert_eq!(changed("printf new > \"$1~\" && mv \"$1~\" \"$1\"", Some("old")), "new");
        assert_eq!(changed("true", Some("old")), "unchanged");
        assert_eq!(changed("printf old > \"$1\"", Some("old")), "unchanged");
    }

    #[test]
    fn a_newline_that_an_editor_adds_is_not_part_of_the_value() {
        assert_eq!(changed("echo old > \"$1\"", Some("old")), "unchanged");
        assert_eq!(changed("echo new > \"$1\"", Some("old")), "new");
        assert_eq!(changed("echo new > \"$1\"", Some("old\n")), "new\n");
        assert_eq!(changed("printf 'new\\n\\n' > \"$1\"", Some("old")), "new\n\n");
        assert_eq!(changed("echo new > \"$1\"", None), "new\n");
    }

    #[test]
    fn an_editor_that_fails_or_leaves_nothing_changes_nothing() {
        assert!(changed("echo new > \"$1\"; exit 3", Some("old")).contains("exit status: 3"));
        assert!(changed("kill -9 $$", Some("old")).contains("signal: 9"));
        assert!(changed(": > \"$1\"", Some("old")).contains("empty"));
        assert!(changed("true", None).contains("empty"));
        assert!(changed("rm \"$1\"", Some("old")).contains("can't be read back"));
        assert!(changed("ln -sf /etc/passwd \"$1\"", Some("old")).contains("can't be read back"));
    }

    #[test]
    fn temporary_files_of_the_editor_lie_in_the_folder_and_go_with_it() {
        let seen = std::env::temp_dir().join(format!("fleet-editor-{}", std::process::id()));
        let script = format!(
            "f=$(mktemp) && cp \"$1\" $f && ls -ld \"$(dirname \"$1\")\" > {seen} && echo $f >> {seen} && echo new > \"$1\"",
            seen = seen.display()
        );
        let Ok(Edited::Changed { draft, .. }) = with(&script, Some("old")) else { panic!("no change") };
        let told = std::fs::read_to_string(&seen).unwrap();
        std::fs::remove_file(&seen).unwrap();
        let (mode, copy) = told.trim().split_once('\n').unwrap();
        assert!(mode.starts_with("drwx------"), "{mode}");
        assert!(Path::new(copy).starts_with(draft.folder.path()), "{copy}");
        let folder = draft.folder.path().to_owned();
        drop(draft);
        assert!(!folder.exists());
    }

    #[test]
    fn a_kept_draft_can_be_found_again() {
        let Ok(Edited::Changed { draft, .. }) = with("echo new > \"$1\"", Some("old")) else {
            panic!("no change")
        };
        let path = draft.keep().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn editor_words_are_split_as_a_shell_does_it() {
        let words = |text| Editor::parse("EDITOR", text).map(|editor| editor.words);
        assert_eq!(words("code --wait").unwrap(), ["code", "--wait"]);
        assert_eq!(words("'my editor' -c \"set x\"").unwrap(), ["my editor", "-c", "set x"]);
        assert!(words("vim '").is_err());
    }
}
