//! Whole file systems, synced at once: what a change of many files waits for, where a sync of each would wait for the
//! disk a thousand times.

use super::files::FileError;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// From so many files on one sync of everything is quicker than one of each, whatever else waits to be written.
const MANY: usize = 16;

/// The file systems that some folders lie on.
///
/// Open it before the writes that it is to sync: an error of the disk is told to those who were there when it came.
pub struct FileSystems(Vec<(PathBuf, File)>);

impl FileSystems {
    /// Those of these folders; folders that are gone are passed over. `None` where each file has to be synced by
    /// itself: there are few of them, or the kernel does not tell that it could not write one.
    ///
    /// # Errors
    /// With the path, when a folder can't be opened.
    pub fn of_many<'a>(
        files: usize,
        folders: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Option<Self>, FileError> {
        if files < MANY || !tells_errors() {
            return Ok(None);
        }
        let (mut seen, mut systems) = (BTreeSet::new(), Vec::new());
        for folder in folders {
            let failed = |error| FileError::new("sync", folder, error);
            match File::open(folder) {
                Ok(open) => {
                    if seen.insert(open.metadata().map_err(failed)?.dev()) {
                        systems.push((folder.to_owned(), open));
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(Some(FileSystems(systems)))
    }

    /// Waits until all that was written, made, renamed or removed on them so far is on the disk (syncfs(2)).
    ///
    /// # Errors
    /// With a folder's path, when something could not be written since they were opened.
    pub fn sync(&self) -> Result<(), FileError> {
        for (folder, open) in &self.0 {
            let synced = rustix::io::retry_on_intr(|| rustix::fs::syncfs(open));
            synced.map_err(|error: Errno| FileError::new("sync", folder, error))?;
        }
        Ok(())
    }
}

/// Since Linux 5.8 syncfs(2) fails when a file could not be written back; before, it never did.
fn tells_errors() -> bool {
    rustix::system::uname().release().to_str().is_ok_and(|release| at_least(release, (5, 8)))
}

fn at_least(release: &str, wanted: (u32, u32)) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok());
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (major, minor) >= wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_as_old_as_its_first_two_numbers() {
        for (release, enough) in [
            ("6.18.44-fc", true),
            ("5.8.0", true),
            ("5.10.0-28-amd64", true),
            ("5.7.19", false),
            ("4.19.0-9", false),
            ("5", false),
            ("", false),
        ] {
            assert_eq!(at_least(release, (5, 8)), enough, "{release}");
        }
    }

    #[test]
    fn folders_of_one_file_system_are_synced_together_and_missing_ones_passed_over() {
        let folder = std::env::temp_dir();
        let [gone, root] = [folder.join("fleet-no-such-folder"), folder.clone()];
        let folders = [root.as_path(), gone.as_path(), root.as_path()];
        assert!(FileSystems::of_many(MANY - 1, folders).unwrap().is_none());
        if let Some(systems) = FileSystems::of_many(MANY, folders).unwrap() {
            assert_eq!(systems.0.len(), 1);
            systems.sync().unwrap();
        }
    }
}
