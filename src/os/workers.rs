//! Workers: copies of this process that share what it has computed so far, and go on from there side by side.
//!
//! A worker has all that its parent had in memory, without a copy being made until one of the two changes it. It is given
//! tasks by their numbers and answers with bytes, over pipes. One that dies fails its own task; one that has grown too
//! large ends after its answer and a fresh copy takes its place.

use fork::Fork;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, WaitOptions, waitpid};
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};

/// What a worker gives back.
pub struct Answer {
    /// The answer itself.
    pub bytes: Vec<u8>,
    /// Whether the worker ends now, to be replaced by a fresh one.
    pub is_last: bool,
}

struct Worker {
    pid: Pid,
    /// The numbers of tasks go in here; closed, the worker ends.
    tasks: File,
    /// Answers come out: one byte for `is_last`, eight for the length, then the bytes.
    answers: File,
    /// What it works on.
    task: usize,
}

/// Works on the tasks `0..count` in at most `workers` processes. `work` runs in these; `done` here, in the order in which
/// they finish.
///
/// # Errors
/// When no worker can be made at all, as in a process that has more than one thread: then nothing was done.
pub fn run(
    count: usize,
    workers: usize,
    work: &mut dyn FnMut(usize) -> Answer,
    done: &mut dyn FnMut(usize, Result<Vec<u8>, String>),
) -> io::Result<()> {
    // A lock that another thread holds at the moment of the copy would be held in the copy for ever.
    if threads() != 1 {
        return Err(io::Error::other("this process has more than one thread"));
    }
    let mut at_work: Vec<Worker> = Vec::new();
    let (mut next, mut finished) = (0, 0);
    while finished < count {
        while at_work.len() < workers && next < count {
            match start(&mut at_work, next, work) {
                Ok(worker) => at_work.push(worker),
                Err(error) if next == 0 => return Err(error),
                // Those that there are go on; with none left, what was not begun fails.
                Err(_) if !at_work.is_empty() => break,
                Err(error) => done(next, Err(format!("no process could be started for it: {error}"))),
            }
            next += 1;
        }
        if at_work.is_empty() {
            finished = next;
            continue;
        }
        for at in ready(&at_work)?.into_iter().rev() {
            let worker = &mut at_work[at];
            let task = worker.task;
            finished += 1;
            match receive(&mut worker.answers) {
                Ok(answer) => {
                    done(task, Ok(answer.bytes));
                    if !answer.is_last && next < count && give(worker, next).is_ok() {
                        next += 1;
                        continue;
                    }
                    end(at_work.swap_remove(at));
                }
                Err(_) => {
                    let why = end(at_work.swap_remove(at));
                    done(task, Err(format!("the process that worked on it ended before it was done: {why}")));
                }
            }
        }
    }
    Ok(())
}

/// How much memory this process has, in bytes; zero where nobody can tell.
pub fn resident() -> u64 {
    let status = super::files::read_at_most("/proc/self/status", 1 << 16).unwrap_or_default();
    let status = String::from_utf8_lossy(&status).into_owned();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Makes a worker and gives it its first task. In the copy this never returns.
fn start(others: &mut Vec<Worker>, task: usize, work: &mut dyn FnMut(usize) -> Answer) -> io::Result<Worker> {
    let (tasks_out, tasks_in) = pipe_with(PipeFlags::CLOEXEC)?;
    let (answers_out, answers_in) = pipe_with(PipeFlags::CLOEXEC)?;
    match fork::fork()? {
        Fork::Child => {
            // While a copy holds another worker's pipe open, that one never learns that nothing more comes.
            others.clear();
            drop((tasks_in, answers_out));
            serve(tasks_out.into(), answers_in.into(), work)
        }
        Fork::Parent(pid) => {
            let pid = Pid::from_raw(pid).ok_or_else(|| io::Error::other("a process without a number"))?;
            let mut worker = Worker { pid, tasks: tasks_in.into(), answers: answers_out.into(), task };
            // One that is dead already is found out when its answer is read.
            let _ = give(&mut worker, task);
            Ok(worker)
        }
    }
}

/// What a worker does until there is nothing more to do.
#[expect(clippy::disallowed_methods, reason = "what main would do after this is its parent's to do, once")]
fn serve(mut tasks: File, mut answers: File, work: &mut dyn FnMut(usize) -> Answer) -> ! {
    let mut number = [0; 8];
    while tasks.read_exact(&mut number).is_ok() {
        // Unwinding would go on where its parent is.
        let answer = panic::catch_unwind(AssertUnwindSafe(|| work(usize::from_le_bytes(number))));
        let Ok(answer) = answer else { std::process::exit(101) };
        let mut message = vec![u8::from(answer.is_last)];
        message.extend_from_slice(&answer.bytes.len().to_le_bytes());
        message.extend_from_slice(&answer.bytes);
        if answers.write_all(&message).is_err() || answer.is_last {
            break;
        }
    }
    std::process::exit(0)
}

fn give(worker: &mut Worker, task: usize) -> io::Result<()> {
    worker.task = task;
    worker.tasks.write_all(&task.to_le_bytes())
}

fn receive(answers: &mut File) -> io::Result<Answer> {
    let (mut is_last, mut length) = ([0], [0; 8]);
    answers.read_exact(&mut is_last)?;
    answers.read_exact(&mut length)?;
    let mut bytes = Vec::new();
    let length = usize::from_le_bytes(length);
    answers.take(length as u64).read_to_end(&mut bytes)?;
    match bytes.len() == length {
        true => Ok(Answer { bytes, is_last: is_last == [1] }),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// The workers that have said something, or ended.
fn ready(workers: &[Worker]) -> io::Result<Vec<usize>> {
    let mut waiting: Vec<PollFd<'_>> =
        workers.iter().map(|worker| PollFd::new(&worker.answers, PollFlags::IN)).collect();
    rustix::io::retry_on_intr(|| poll(&mut waiting, None))?;
    let has_news = |(at, fd): (usize, &PollFd<'_>)| (!fd.revents().is_empty()).then_some(at);
    Ok(waiting.iter().enumerate().filter_map(has_news).collect())
}

/// Lets a worker end, and says how it did.
fn end(worker: Worker) -> String {
    let Worker { pid, tasks, answers, .. } = worker;
    drop((tasks, answers));
    match rustix::io::retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty())) {
        Ok(Some((_, status))) => match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(9)) => "it was killed, perhaps because memory ran out".into(),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "nobody knows why".into(),
        },
        _ => "nobody knows why".into(),
    }
}
