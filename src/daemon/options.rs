//! Settings of the daemon for one connection. For a user it does not trust it keeps its own of most.

use super::{Connection, DaemonError};

const SET_OPTIONS: u64 = 19;

/// Settings that hold for the rest of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Keep the folders of failed builds.
    pub keep_failed: bool,
    /// Build on what does not depend on a failure.
    pub keep_going: bool,
    /// Build what can't be fetched.
    pub fallback: bool,
    /// How much is told: 0 errors, 3 information, 7 everything.
    pub verbosity: u64,
    /// How many builds at once.
    pub max_jobs: u64,
    /// After how many seconds of silence a build is ended; 0 for never.
    pub max_silent_time: u64,
    /// How many processors a build may use; 0 for all.
    pub build_cores: u64,
    /// Fetch what can be fetched.
    pub substitute: bool,
    /// Others, by the names they have in nix.conf.
    pub others: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            keep_failed: false,
            keep_going: false,
            fallback: false,
            verbosity: 3,
            max_jobs: 1,
            max_silent_time: 0,
            build_cores: 0,
            substitute: true,
            others: Vec::new(),
        }
    }
}

impl Connection {
    /// Sets options for the rest of this connection. Settings that the daemon does not take from us it names in
    /// warnings.
    ///
    /// # Errors
    /// When the daemon refuses.
    pub fn set_options(
        &mut self,
        options: &Options,
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<(), DaemonError> {
        self.ask(
            listener,
            |sink, _| {
                sink.number(SET_OPTIONS);
                sink.flag(options.keep_failed).flag(options.keep_going).flag(options.fallback);
                sink.number(options.verbosity).number(options.max_jobs).number(options.max_silent_time);
                // Of old: use the build hook. Then whether builds' logs are lines for the user (0: they are not, they
                // are results of their activities). Then of old: how logs look, and a trace of builds.
                sink.flag(true).number(7).number(0).number(0);
                sink.number(options.build_cores).flag(options.substitute);
                sink.number(options.others.len() as u64);
                for (name, value) in &options.others {
                    sink.text(name).text(value);
                }
            },
            |_, _| Ok(()),
        )
    }
}
