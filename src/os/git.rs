//! Git, as far as a fleet needs it: is this a work tree, which files changed when, and marking new files, since a
//! flake does not see what git does not know.

use super::process::{Process, ProcessError};
use std::path::Path;

/// Runs git in a folder and answers its standard output.
///
/// # Errors
/// When git is missing or fails.
pub fn run<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, ProcessError> {
    // Neither a pager nor a question, and the same words in every language.
    let process = Process::new("git").folder(folder).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    Ok(process.args(arguments).run()?.stdout)
}

/// True when the folder lies in a git work tree; false as well where git is not installed.
pub fn is_work_tree(folder: &Path) -> bool {
    run(folder, ["rev-parse", "--is-inside-work-tree"]).is_ok_and(|answer| answer.starts_with(b"true"))
}

/// True when the work tree around the folder ignores it: what is in there is none of that repository's.
pub fn is_ignored(folder: &Path) -> bool {
    // Git answers with 1 for "no", and with more when it can't tell.
    run(folder, ["check-ignore", "--quiet", "."]).is_ok()
}

/// True when the work tree ignores a path in it.
pub fn ignores(folder: &Path, path: &str) -> bool {
    run(folder, ["check-ignore", "--quiet", "--", path]).is_ok()
}

/// Marks files as meant to be added (`git add --intent-to-add`), so that a flake sees them; content is not staged.
///
/// # Errors
/// When git fails.
pub fn intend_to_add<S: AsRef<str>>(folder: &Path, files: &[S]) -> Result<(), ProcessError> {
    // Paths go through standard input: 5,000 of them do not fit on a command line.
    let mut list = Vec::new();
    for file in files {
        list.extend_from_slice(file.as_ref().as_bytes());
        list.push(0);
    }
    let git = Process::new("git").folder(folder).env("LC_ALL", "C").args([
        "add",
        "--intent-to-add",
        "--pathspec-from-file=-",
        "--pathspec-file-nul",
    ]);
    git.env("GIT_LITERAL_PATHSPECS", "1").input(&list).run()?;
    Ok(())
}
