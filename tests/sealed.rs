//! Sealed files by the clock: a fleet's `check` reads thousands of headers, and some have a reader per machine.

use fleet::format::Sensitive;
use fleet::format::sealed;
use fleet::keys::{NoPrompt, Sealer, pair};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A file sealed for so many readers.
fn file(readers: usize) -> Vec<u8> {
    let readers: Vec<_> = (0..readers).map(|_| pair::age().public).collect();
    let plaintext = Sensitive::new(b"plaintext".to_vec());
    Sealer::new(Arc::new(NoPrompt)).seal(&plaintext, &readers).expect("the keys are good")
}

/// The shortest of several runs: other programs can only make a run longer.
fn time(file: &[u8], readers: usize) -> Duration {
    let run = || {
        let start = Instant::now();
        assert_eq!(sealed::header(file).expect("it was just sealed").stanzas.len(), readers);
        start.elapsed()
    };
    (0..20).map(|_| run()).min().expect("it ran")
}

#[test]
fn a_header_takes_time_in_proportion_to_its_readers() {
    let (few, many) = (50, 2000);
    let (short, long) = (time(&file(few), few), time(&file(many), many));
    // 40 times the readers: 40 times the time, and 1,600 times if a line were looked at again for each line read.
    assert!(long < short * 40 * 8, "{few} readers: {short:?}, {many} readers: {long:?}");
}
