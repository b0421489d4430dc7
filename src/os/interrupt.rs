//! Signals that end the process, while something must be cleaned up first.
//!
//! Outside of such a time the signals do what they always do: a handler once installed can't be taken out again, so
//! it plays the default action whenever nobody watches.

use super::process::{Ended, ProcessError, Running};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::{Handle, Signals};
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

const ENDING: [i32; 4] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT];

static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// True while nobody watches: the signals act by default.
fn unwatched() -> io::Result<&'static Arc<AtomicBool>> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(flag);
    }
    let flag = Arc::new(AtomicBool::new(true));
    let flag = FLAG.get_or_init(|| flag);
    for signal in ENDING {
        register_conditional_default(signal, Arc::clone(flag))?;
    }
    Ok(flag)
}

/// Signals wait to be dealt with for as long as this lives.
pub struct Interrupts {
    signals: Option<Signals>,
    guard: Option<(Handle, JoinHandle<()>)>,
}

impl Interrupts {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn watch() -> io::Result<Self> {
        let signals = Signals::new(ENDING.into_iter().chain([SIGCHLD]))?;
        WATCHERS.fetch_add(1, Ordering::SeqCst);
        unwatched()?.store(false, Ordering::SeqCst);
        Ok(Interrupts { signals: Some(signals), guard: None })
    }

    /// Waits for a program that has the terminal. A signal that means the end of us ends the program first.
    ///
    /// On a terminal, interrupt and quit are the program's own affair: Emacs gets each C-g as SIGINT, and so do we.
    ///
    /// # Errors
    /// When the system can't tell whether the program still runs.
    pub fn wait_for(&mut self, mut program: Running) -> Result<Ended, ProcessError> {
        let terminal = io::stdin().is_terminal();
        let Some(signals) = self.signals.as_mut() else { return program.wait() };
        for signal in signals.forever() {
            match signal {
                SIGCHLD => {
                    if let Some(ended) = program.ended()? {
                        return Ok(ended);
                    }
                }
                SIGINT | SIGQUIT if terminal => {}
                signal => {
                    program.end()?;
                    return Ok(Ended::Interrupted(signal));
                }
            }
        }
        program.wait()
    }

    /// From here on a signal runs `clean_up` and then ends the process, whatever it is doing.
    pub fn on_signal(&mut self, clean_up: impl FnOnce() + Send + 'static) {
        let Some(mut signals) = self.signals.take() else { return };
        let handle = signals.handle();
        let thread = std::thread::spawn(move || {
            if let Some(signal) = signals.forever().find(|signal| *signal != SIGCHLD) {
                clean_up();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
        self.guard = Some((handle, thread));
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        if let Some((handle, thread)) = self.guard.take() {
            handle.close();
            let _ = thread.join();
        }
        if WATCHERS.fetch_sub(1, Ordering::SeqCst) == 1
            && let Ok(flag) = unwatched()
        {
            flag.store(true, Ordering::SeqCst);
        }
    }
}
