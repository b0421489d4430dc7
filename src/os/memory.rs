//! File systems in memory: what is written there reaches no disk, unless the kernel may swap it out.

use super::files::FileError;
use rustix::fs::statfs;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::mount::{MountFlags, mount};
use std::path::Path;

/// Where a folder's files really lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// In memory, and never anywhere else: ramfs, or tmpfs with `noswap`.
    Memory,
    /// In memory, and in swap when memory runs short and the machine has swap: plain tmpfs.
    Swappable,
    /// On a disk, or on something that can't be told from one.
    Disk,
}

/// statfs(2).
const RAMFS: u64 = 0x8584_58f6;
const TMPFS: u64 = 0x0102_1994;

/// Where the files of this folder lie.
///
/// # Errors
/// With the path, when the file system does not answer.
pub fn medium(folder: &Path) -> Result<Medium, FileError> {
    let kind = statfs(folder).map_err(|error| FileError::new("look at", folder, error))?.f_type;
    // The type's width differs between architectures; the magic numbers have 32 bits.
    Ok(match kind as u64 & 0xffff_ffff {
        RAMFS => Medium::Memory,
        TMPFS if mounted_without_swap(folder) => Medium::Memory,
        TMPFS => Medium::Swappable,
        _ => Medium::Disk,
    })
}

/// True when this machine swaps memory out. proc_swaps(5): a line of titles, then one per swap area.
pub fn has_swap() -> bool {
    std::fs::read_to_string("/proc/swaps").is_ok_and(|text| text.lines().count() > 1)
}

/// Mounts a file system in memory over an existing folder: ramfs, else tmpfs with `noswap` (Linux 6.4).
///
/// # Errors
/// With the path, when the kernel allows neither.
pub fn mount_memory(folder: &Path, mode: u32) -> Result<(), FileError> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let mode = format!("mode={mode:04o}");
    let data = |options: String| std::ffi::CString::new(options).unwrap_or_default();
    mount("ramfs", folder, "ramfs", flags, data(mode.clone()).as_c_str())
        .or_else(|_| mount("tmpfs", folder, "tmpfs", flags, data(format!("{mode},noswap")).as_c_str()))
        .map_err(|error| FileError::new("mount a file system in memory at", folder, error))
}

/// Keeps this process's memory out of swap where that costs nothing: an administrator has no limit on locked pages.
pub fn lock_pages() {
    // With a limit, a later allocation would fail; so only who has none asks. 14 is CAP_IPC_LOCK (capabilities(7)).
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let allowed = effective
        .and_then(|text| u64::from_str_radix(text.trim(), 16).ok())
        .is_some_and(|bits| bits & 1 << 14 != 0);
    if allowed {
        // A kernel that refuses leaves things as they were.
        let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
    }
}

/// True when the mount that holds the folder says `noswap`: the last of those that hold it wins.
fn mounted_without_swap(folder: &Path) -> bool {
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    noswap_in(&mounts, &folder)
}

/// proc_pid_mountinfo(5): the fifth field is the mount point, the last holds the file system's own options.
fn noswap_in(mounts: &str, folder: &Path) -> bool {
    let mut best: Option<(usize, bool)> = None;
    for line in mounts.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let (Some(point), Some(options)) = (fields.get(4), fields.last()) else { continue };
        let length = point.len();
        if folder.starts_with(point) && best.is_none_or(|(longest, _)| length >= longest) {
            best = Some((length, options.split(',').any(|option| option == "noswap")));
        }
    }
    best.is_some_and(|(_, noswap)| noswap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_decides_whether_memory_is_swapped() {
        let mounts = "22 1 0:21 / / rw - ext4 /dev/vda rw\n\
                      25 22 0:5 / /run rw,nosuid - tmpfs tmpfs rw,size=5k,mode=755\n\
                      30 25 0:6 / /run/fleet/secrets rw - tmpfs tmpfs rw,noswap\n";
        assert!(noswap_in(mounts, Path::new("/run/fleet/secrets/nginx")));
        assert!(!noswap_in(mounts, Path::new("/run/fleet")));
        assert!(!noswap_in(mounts, Path::new("/run/fleet/secretsx")));
    }

    #[test]
    fn proc_is_no_memory_for_secrets() {
        assert_eq!(medium(Path::new("/proc")).unwrap(), Medium::Disk);
        assert!(medium(Path::new("/nowhere/at/all")).is_err());
    }
}
