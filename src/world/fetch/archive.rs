//! Unpacking: what an archive holds is written below one folder, and nothing else anywhere.
//!
//! An archive comes from strangers. So a name with `..` in it is refused, a folder is one that we made ourselves and
//! never a link, and a hard link's target is a file that came before it in the same archive.

use crate::nix::world::{Answer, WorldError};
use crate::world::cache::new_file;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// More than any source tree has, unpacked: an archive can say a lot with few bytes.
const LARGEST: u64 = 64 << 30;

/// What was written under a name.
#[derive(Clone, Copy, PartialEq)]
enum Node {
    Folder,
    File,
    Link,
}

/// Writes the files of an archive below a folder, which is made; the newest file's time is the answer.
pub(super) fn unpack(archive: &Path, to: &Path) -> Result<u64, String> {
    let mut file = File::open(archive).map_err(|error| error.to_string())?;
    let mut tree = Unpacking { root: to.to_owned(), nodes: BTreeMap::new(), written: 0, newest: 0 };
    fs::create_dir(to).map_err(|error| error.to_string())?;
    let mut magic = [0; 262];
    let read = read_up_to(&mut file, &mut magic).map_err(|error| error.to_string())?;
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    let magic = &magic[..read];
    if magic.starts_with(b"PK\x03\x04") || magic.starts_with(b"PK\x05\x06") {
        tree.zip(file)?;
        return Ok(tree.newest);
    }
    let file = BufReader::with_capacity(1 << 16, file);
    let plain: Box<dyn Read> = match magic {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(lzma_rust2::XzReader::new(file, true)),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd(file)?),
        _ if magic.get(257..262) == Some(b"ustar") || magic.iter().all(|byte| *byte == 0) && read == 262 => {
            Box::new(file)
        }
        _ => {
            return Err("it is no archive that fleet knows: tar (plain, gzip, xz, bzip2, zstd) or zip".into());
        }
    };
    tree.tar(plain)?;
    Ok(tree.newest)
}

/// The plain bytes of a zstd stream.
pub(super) fn zstd<R: Read>(from: R) -> Result<impl Read, String> {
    ruzstd::decoding::StreamingDecoder::new(from).map_err(|error| error.to_string())
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// The one folder that an archive has at its top, or else all of it.
pub(super) fn only_folder(root: &Path) -> Answer<PathBuf> {
    let failed = |error: io::Error| WorldError::Other(format!("reading '{}': {error}", root.display()));
    let mut entries = fs::read_dir(root).map_err(failed)?;
    if let (Some(only), None) = (entries.next(), entries.next()) {
        let only = only.map_err(failed)?;
        if only.file_type().map_err(failed)?.is_dir() {
            return Ok(only.path());
        }
    }
    Ok(root.to_owned())
}

struct Unpacking {
    root: PathBuf,
    /// What was made, by its path below the root.
    nodes: BTreeMap<PathBuf, Node>,
    written: u64,
    newest: u64,
}

impl Unpacking {
    fn tar(&mut self, from: impl Read) -> Result<(), String> {
        let mut archive = tar::Archive::new(from);
        for entry in archive.entries().map_err(|error| error.to_string())? {
            let mut entry = entry.map_err(|error| error.to_string())?;
            let header = entry.header();
            let kind = header.entry_type();
            if kind.is_pax_global_extensions() {
                continue;
            }
            let (mode, time) = (header.mode().unwrap_or(0o644), header.mtime().unwrap_or(0));
            let name = inside(&entry.path_bytes())?;
            self.newest = self.newest.max(time);
            if kind.is_dir() {
                self.folder(&name)?;
            } else if kind.is_symlink() {
                let target = entry.link_name_bytes().ok_or("a symbolic link points nowhere")?;
                self.link(&name, &target)?;
            } else if kind.is_hard_link() {
                let target = entry.link_name_bytes().ok_or("a hard link points nowhere")?;
                self.hard_link(&name, &inside(&target)?)?;
            } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
                self.file(&name, mode & 0o100 != 0, &mut entry)?;
            } else {
                return Err(format!("'{}' is neither file, folder nor link", name.display()));
            }
        }
        Ok(())
    }

    fn zip(&mut self, file: File) -> Result<(), String> {
        let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
        for at in 0..archive.len() {
            let mut entry = archive.by_index(at).map_err(|error| error.to_string())?;
            let name = inside(entry.name_raw())?;
            self.newest = self.newest.max(zip_time(&entry));
            let mode = entry.unix_mode().unwrap_or(0o644);
            if entry.is_dir() {
                self.folder(&name)?;
            } else if mode & 0o170_000 == 0o120_000 {
                let mut target = Vec::new();
                (&mut entry).take(4_096).read_to_end(&mut target).map_err(|error| error.to_string())?;
                self.link(&name, &target)?;
            } else {
                self.file(&name, mode & 0o100 != 0, &mut entry)?;
            }
        }
        Ok(())
    }

    /// Makes the folders above a name, and makes room for it.
    fn room(&mut self, name: &Path) -> Result<PathBuf, String> {
        if name.as_os_str().is_empty() {
            return Err("the whole archive is one file without a name".into());
        }
        if let Some(parent) = name.parent() {
            self.folder(parent)?;
        }
        let path = self.root.join(name);
        match self.nodes.get(name) {
            // A later entry takes the place of an earlier one.
            Some(Node::File | Node::Link) => {
                crate::os::files::remove(&path).map_err(|error| error.to_string())?;
            }
            Some(Node::Folder) => {
                return Err(format!("'{}' is a folder and something else, too", name.display()));
            }
            None => {}
        }
        Ok(path)
    }

    fn folder(&mut self, name: &Path) -> Result<(), String> {
        let mut path = PathBuf::new();
        for part in name.components() {
            path.push(part);
            match self.nodes.get(&path) {
                Some(Node::Folder) => {}
                Some(_) => {
                    return Err(format!("'{}' is a file or a link, and a folder, too", path.display()));
                }
                None => {
                    fs::create_dir(self.root.join(&path)).map_err(|error| error.to_string())?;
                    self.nodes.insert(path.clone(), Node::Folder);
                }
            }
        }
        Ok(())
    }

    fn link(&mut self, name: &Path, target: &[u8]) -> Result<(), String> {
        let path = self.room(name)?;
        let target: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(target);
        std::os::unix::fs::symlink(target, path).map_err(|error| error.to_string())?;
        self.nodes.insert(name.to_owned(), Node::Link);
        Ok(())
    }

    fn hard_link(&mut self, name: &Path, target: &Path) -> Result<(), String> {
        if self.nodes.get(target) != Some(&Node::File) {
            let target = target.display();
            return Err(format!("'{}' is a hard link to '{target}', which is no file of it", name.display()));
        }
        if name == target {
            return Ok(());
        }
        let path = self.room(name)?;
        fs::hard_link(self.root.join(target), path).map_err(|error| error.to_string())?;
        self.nodes.insert(name.to_owned(), Node::File);
        Ok(())
    }

    fn file(&mut self, name: &Path, executable: bool, from: &mut impl Read) -> Result<(), String> {
        let path = self.room(name)?;
        let mut file = new_file(&path, executable).map_err(|error| error.to_string())?;
        let mut buffer = [0; 1 << 14];
        loop {
            let count = from.read(&mut buffer).map_err(|error| format!("'{}': {error}", name.display()))?;
            if count == 0 {
                break;
            }
            self.written += count as u64;
            if self.written > LARGEST {
                return Err(format!("it unpacks to more than {LARGEST} bytes"));
            }
            file.write_all(&buffer[..count]).map_err(|error| error.to_string())?;
        }
        self.nodes.insert(name.to_owned(), Node::File);
        Ok(())
    }
}

/// A name of an archive as a path below its root: slashes and dots tidied, `..` refused.
fn inside(name: &[u8]) -> Result<PathBuf, String> {
    let mut path = PathBuf::new();
    for part in name.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                let name = String::from_utf8_lossy(name);
                return Err(format!("'{name}' leads out of the archive"));
            }
            part if part.contains(&0) => return Err("a name holds a zero byte".into()),
            part => path.push(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(part)),
        }
    }
    Ok(path)
}

/// When a file of a zip archive was changed: to the second where it says so, else as its own calendar has it.
fn zip_time<R: Read>(entry: &zip::read::ZipFile<'_, R>) -> u64 {
    for field in entry.extra_data_fields() {
        if let zip::extra_fields::ExtraField::ExtendedTimestamp(stamp) = field
            && let Some(time) = stamp.mod_time()
        {
            return u64::from(time);
        }
    }
    let Some(date) = entry.last_modified() else { return 0 };
    // Days since 1970, of the civil calendar; years of zip begin in 1980.
    let (year, month) = (u64::from(date.year()), u64::from(date.month()));
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let of_year = (153 * month + 2) / 5 + u64::from(date.day()) - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468;
    days * 86_400 + u64::from(date.hour()) * 3_600 + u64::from(date.minute()) * 60 + u64::from(date.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(inside(b"./a//b/").unwrap(), PathBuf::from("a/b"));
        assert_eq!(inside(b"/etc/passwd").unwrap(), PathBuf::from("etc/passwd"));
        assert!(inside(b"a/../../b").is_err());
    }
}
