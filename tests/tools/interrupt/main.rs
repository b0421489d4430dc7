//! Runs a command and stops it before each system call that changes the disk: to kill it there, or to look around.
//!
//! ```text
//! interrupt count [--log FILE] -- COMMAND…      runs it to its end; FILE gets one line per call
//! interrupt kill N [--log FILE] -- COMMAND…     kills it, and all it started, before the Nth call
//! interrupt look HOOK [--log FILE] -- COMMAND…  runs HOOK with the call's number while it stands still; also when
//!                                               a program was just started
//! ```
//!
//! `kill` exits with 137 when the command was killed, else with the command's own code: a loop over N from 1 ends when
//! the command came through. `look` ends with 99, the command killed, when HOOK fails. A killed call did not happen: the
//! kernel asks for deadly signals after the stop on entry and before it does anything.
//!
//! Linux only. ptrace(2), section "Syscall-stops".
#![allow(
    unsafe_code,
    reason = "ptrace and waitpid have no safe door; every call is in the three functions of `sys`"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a tool of the tests that starts what it traces"
)]

mod calls;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio, exit};

enum Mode {
    Count,
    Kill(u64),
    Look(String),
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut log = None;
    let mode = match args.next().as_deref() {
        Some("count") => Mode::Count,
        Some("kill") => Mode::Kill(args.next().and_then(|n| n.parse().ok()).unwrap_or_else(|| usage())),
        Some("look") => Mode::Look(args.next().unwrap_or_else(|| usage())),
        _ => usage(),
    };
    loop {
        match args.next().as_deref() {
            Some("--log") => {
                let file = args.next().unwrap_or_else(|| usage());
                log = Some(File::create(&file).unwrap_or_else(|error| fail(&format!("{file}: {error}"))));
            }
            Some("--") => break,
            _ => usage(),
        }
    }
    let mut command = Command::new(args.next().unwrap_or_else(|| usage()));
    command.args(args);
    // SAFETY: the closure calls ptrace alone, which is safe between fork and exec.
    unsafe { command.pre_exec(|| sys::ptrace(libc::PTRACE_TRACEME, 0, 0, 0).map(drop)) };
    let child = command.spawn().unwrap_or_else(|error| fail(&format!("can't start the command: {error}")));
    exit(trace(child.id() as i32, &mode, log.as_mut()));
}

fn usage() -> ! {
    fail("usage: interrupt count | kill N | look HOOK  [--log FILE] -- COMMAND…")
}

fn fail(message: &str) -> ! {
    eprintln!("interrupt: {message}");
    exit(98)
}

/// Follows the command and everything it starts; answers the exit code.
fn trace(root: i32, mode: &Mode, mut log: Option<&mut File>) -> i32 {
    let options = libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_EXITKILL;
    let mut known = BTreeSet::new();
    let mut seen = 0;
    let mut code = 98;
    while let Some((pid, status)) = sys::wait() {
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            known.remove(&pid);
            if pid == root {
                code = if libc::WIFEXITED(status) {
                    libc::WEXITSTATUS(status)
                } else {
                    128 + libc::WTERMSIG(status)
                };
            }
            continue;
        }
        let signal = libc::WSTOPSIG(status);
        let first = known.insert(pid);
        if first && pid == root {
            // A tracee may be gone at any time, killed by somebody else: errors of ptrace then mean nothing.
            let _ = sys::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, options as usize);
        }
        let mut deliver = 0;
        let call = if signal == libc::SIGTRAP | 0x80 {
            calls::that_changes_the_disk(pid)
        } else if matches!(mode, Mode::Look(_))
            && (first && pid == root || status >> 16 == libc::PTRACE_EVENT_EXEC)
        {
            Some(calls::started(pid))
        } else {
            // SIGTRAP alone is an event of ours, and a new tracee begins with a SIGSTOP of ptrace's.
            if signal != libc::SIGTRAP && !(first && signal == libc::SIGSTOP) {
                deliver = signal;
            }
            None
        };
        if let Some(call) = call {
            seen += 1;
            if let Some(log) = log.as_mut() {
                let _ = writeln!(log, "{seen} {call}");
            }
            let ending = match mode {
                Mode::Count => None,
                Mode::Kill(n) => (seen == *n).then_some(137),
                Mode::Look(hook) => {
                    let mut hook = Command::new(hook);
                    // What stands on standard input is the command's.
                    let status = hook.arg(seen.to_string()).arg(call).stdin(Stdio::null()).status();
                    (!status.is_ok_and(|status| status.success())).then_some(99)
                }
            };
            if let Some(code) = ending {
                kill_all(&known, pid);
                return code;
            }
        }
        let _ = sys::ptrace(libc::PTRACE_SYSCALL, pid, 0, deliver as usize);
    }
    code
}

/// Kills everything, the one that is about to make the call last, and waits until all are gone.
fn kill_all(known: &BTreeSet<i32>, about_to_call: i32) {
    for pid in known.iter().filter(|pid| **pid != about_to_call).chain([&about_to_call]) {
        sys::kill(*pid);
    }
    while let Some((pid, status)) = sys::wait() {
        // One that was being born while we killed its parent.
        if libc::WIFSTOPPED(status) {
            sys::kill(pid);
        }
    }
}

/// The three system calls this program is made of.
mod sys {
    use std::io;

    pub fn ptrace(request: libc::c_uint, pid: i32, address: usize, data: usize) -> io::Result<libc::c_long> {
        // SAFETY: callers give a null address, or the size and address of a buffer they own.
        let answer = unsafe { libc::ptrace(request, pid, address, data) };
        if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
    }

    /// The next thing that happens to any tracee; `None` when none is left.
    pub fn wait() -> Option<(i32, i32)> {
        loop {
            let mut status = 0;
            // SAFETY: `status` is ours.
            let pid = unsafe { libc::waitpid(-1, &mut status, libc::__WALL) };
            if pid > 0 {
                return Some((pid, status));
            }
            if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return None;
            }
        }
    }

    pub fn kill(pid: i32) {
        // SAFETY: plain numbers. Threads are killed with their process.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}
