//! Several inputs at once: servers are slow, and each waits for its own.

use super::{Brought, Fetcher};
use crate::nix::input::Input;
use crate::nix::world::{Answer, Fetch, WorldError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many are fetched at a time.
const AT_ONCE: usize = 8;
/// What took longer is told.
const WORTH_A_LINE: Duration = Duration::from_millis(500);

impl Fetcher {
    /// Brings inputs, as many at a time as servers take kindly; the answers are in the inputs' order.
    pub(in crate::world) fn bring_all(&self, inputs: Vec<&Input>) -> Vec<Answer<Brought>> {
        let next = AtomicUsize::new(0);
        let answers: Vec<Mutex<Option<Answer<Brought>>>> = inputs.iter().map(|_| Mutex::default()).collect();
        let work = || {
            while let Some((input, answer)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                inputs.get(at).zip(answers.get(at))
            } {
                let begun = Instant::now();
                let brought = self.bring(&Fetch::Input(input));
                let took = begun.elapsed();
                // What was in the cache is no news.
                if brought.is_ok() && took > WORTH_A_LINE {
                    (self.say)(&format!("fetched '{input}' in {:.1} s", took.as_secs_f32()));
                }
                *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(brought);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..inputs.len().min(AT_ONCE) {
                scope.spawn(work);
            }
            work();
        });
        let never = || Err(WorldError::Other("it was not fetched, as another failed".into()));
        answers
            .into_iter()
            .map(|answer| answer.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(never))
            .collect()
    }
}
