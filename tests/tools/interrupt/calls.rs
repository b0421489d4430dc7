//! Which system calls change the disk, and how one that a stopped process is about to make reads as text.

use crate::sys;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;

/// What a call's arguments say about the file it changes.
enum Target {
    /// Argument N is the address of a path.
    Path(usize),
    /// Argument N is an open file.
    Open(usize),
    /// Argument N is the address of a path, argument M the flags it is opened with.
    Flags(usize, usize),
    /// As above, the flags being the first word of a structure.
    How(usize, usize),
}

use Target::{Flags, How, Open, Path};

/// The call that `pid`, which stands still, is about to make, if it changes the disk.
pub fn that_changes_the_disk(pid: i32) -> Option<String> {
    let (number, arguments) = entered(pid)?;
    let (_, name, target) = TABLE.iter().find(|(known, ..)| *known == number)?;
    let path = |n: usize| text(pid, arguments[n]);
    let creates = |flags: u64| {
        flags as i32 & (libc::O_CREAT | libc::O_TRUNC) != 0
            || flags as i32 & libc::O_TMPFILE == libc::O_TMPFILE
    };
    let file = match target {
        Path(n) => path(*n),
        Flags(n, flags) if creates(arguments[*flags]) => path(*n),
        How(n, how) if creates(word(pid, arguments[*how])) => path(*n),
        Open(n) => {
            match fs::read_link(format!("/proc/{pid}/fd/{}", arguments[*n])) {
                // Pipes and sockets read as `pipe:[…]`.
                Ok(link) => link.is_absolute().then(|| link.to_string_lossy().into_owned())?,
                // A process that hides itself hides this too, unless we are root: it may be a file.
                Err(error) if error.kind() == ErrorKind::PermissionDenied && arguments[*n] > 2 => {
                    format!("file {}", arguments[*n])
                }
                Err(_) => return None,
            }
        }
        _ => return None,
    };
    let elsewhere = ["/dev/", "/proc/", "/sys/", "/memfd:"].iter().any(|folder| file.starts_with(folder));
    if elsewhere && !file.starts_with("/dev/shm/") {
        return None;
    }
    let who = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(format!("{}: {name} {file}", who.trim()))
}

/// A program that has just been started, in words.
pub fn started(pid: i32) -> String {
    let who = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("{}: started", who.trim())
}

/// The number and arguments of the system call on whose entry the process stands; `None` on its exit.
fn entered(pid: i32) -> Option<(i64, [u64; 6])> {
    // struct ptrace_syscall_info: op, architecture, two addresses, then the entry's number and arguments.
    const ENTRY: u8 = 1;
    let mut info = [0u64; 11];
    sys::ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size_of_val(&info), info.as_mut_ptr() as usize).ok()?;
    if info[0].to_ne_bytes()[0] != ENTRY {
        return None;
    }
    Some((info[3] as i64, info[4..10].try_into().ok()?))
}

fn text(pid: i32, address: u64) -> String {
    let mut bytes = [0; 4096];
    let length = File::open(format!("/proc/{pid}/mem"))
        .and_then(|memory| memory.read_at(&mut bytes, address))
        .unwrap_or(0);
    let end = bytes[..length].iter().position(|byte| *byte == 0).unwrap_or(length);
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn word(pid: i32, address: u64) -> u64 {
    let mut bytes = [0; 8];
    let read =
        File::open(format!("/proc/{pid}/mem")).and_then(|memory| memory.read_exact_at(&mut bytes, address));
    read.map_or(0, |()| u64::from_ne_bytes(bytes))
}

const TABLE: &[(i64, &str, Target)] = &[
    (libc::SYS_openat, "openat", Flags(1, 2)),
    (libc::SYS_openat2, "openat2", How(1, 2)),
    (libc::SYS_write, "write", Open(0)),
    (libc::SYS_pwrite64, "pwrite64", Open(0)),
    (libc::SYS_writev, "writev", Open(0)),
    (libc::SYS_pwritev, "pwritev", Open(0)),
    (libc::SYS_pwritev2, "pwritev2", Open(0)),
    (libc::SYS_sendfile, "sendfile", Open(0)),
    (libc::SYS_copy_file_range, "copy_file_range", Open(2)),
    (libc::SYS_splice, "splice", Open(2)),
    (libc::SYS_ftruncate, "ftruncate", Open(0)),
    (libc::SYS_fallocate, "fallocate", Open(0)),
    (libc::SYS_fchmod, "fchmod", Open(0)),
    (libc::SYS_fchown, "fchown", Open(0)),
    (libc::SYS_truncate, "truncate", Path(0)),
    (libc::SYS_mkdirat, "mkdirat", Path(1)),
    (libc::SYS_unlinkat, "unlinkat", Path(1)),
    (libc::SYS_renameat, "renameat", Path(3)),
    (libc::SYS_renameat2, "renameat2", Path(3)),
    (libc::SYS_linkat, "linkat", Path(3)),
    (libc::SYS_symlinkat, "symlinkat", Path(2)),
    (libc::SYS_mknodat, "mknodat", Path(1)),
    (libc::SYS_fchmodat, "fchmodat", Path(1)),
    (libc::SYS_fchownat, "fchownat", Path(1)),
    (libc::SYS_utimensat, "utimensat", Path(1)),
    (libc::SYS_setxattr, "setxattr", Path(0)),
    (libc::SYS_mount, "mount", Path(1)),
    (libc::SYS_umount2, "umount2", Path(0)),
    (libc::SYS_move_mount, "move_mount", Path(3)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, "open", Flags(0, 1)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_creat, "creat", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mkdir, "mkdir", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rmdir, "rmdir", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_unlink, "unlink", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, "rename", Path(1)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_link, "link", Path(1)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_symlink, "symlink", Path(1)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mknod, "mknod", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_chmod, "chmod", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_chown, "chown", Path(0)),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_lchown, "lchown", Path(0)),
];
