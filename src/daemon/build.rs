//! Building: what is wanted, and how each of it went.

use super::wire::{Sink, Source};
use super::{Connection, DaemonError, Version};
use crate::store::{OutputName, StoreDir, StorePath};
use serde_json::Value;

const ENSURE_PATH: u64 = 10;
const BUILD_PATHS_WITH_RESULTS: u64 = 46;

/// Something that is to be in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A path, which can only be fetched.
    Path(StorePath),
    /// Outputs of a derivation.
    Outputs {
        /// The derivation.
        derivation: StorePath,
        /// Which outputs; none for all.
        outputs: Vec<OutputName>,
    },
}

impl Target {
    /// All outputs of a derivation.
    pub fn outputs(derivation: StorePath) -> Self {
        Target::Outputs { derivation, outputs: Vec::new() }
    }

    fn print(&self, dir: &StoreDir) -> String {
        match self {
            Target::Path(path) => dir.print(path),
            Target::Outputs { derivation, outputs } if outputs.is_empty() => {
                format!("{}!*", dir.print(derivation))
            }
            Target::Outputs { derivation, outputs } => {
                let names: Vec<_> = outputs.iter().map(OutputName::as_str).collect();
                format!("{}!{}", dir.print(derivation), names.join(","))
            }
        }
    }

    fn parse(dir: &StoreDir, text: &str) -> Option<Self> {
        let Some((derivation, outputs)) = text.split_once('!') else {
            return dir.parse_path(text).ok().map(Target::Path);
        };
        let derivation = dir.parse_path(derivation).ok()?;
        let outputs = match outputs {
            "*" => Vec::new(),
            names => names.split(',').map(OutputName::parse).collect::<Result<_, _>>().ok()?,
        };
        Some(Target::Outputs { derivation, outputs })
    }
}

pub(super) fn put_targets(sink: &mut Sink, dir: &StoreDir, targets: &[Target]) {
    sink.number(targets.len() as u64);
    for target in targets {
        sink.text(&target.print(dir));
    }
}

/// Whether to build what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Only what is missing.
    #[default]
    Normal,
    /// Also what is damaged; for trusted users.
    Repair,
    /// Again, to see whether the same comes out.
    Check,
}

/// How something that was to be built went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildResult {
    /// What was wanted.
    pub target: Target,
    /// What became of it.
    pub status: BuildStatus,
    /// Why it failed, in the daemon's words; empty when it did not.
    pub message: String,
    /// How often it was built.
    pub times_built: u64,
    /// When it began and when it ended, in seconds since 1970; 0 where nothing was built.
    pub time: (u64, u64),
    /// The outputs and their paths, where the daemon tells them.
    pub outputs: Vec<(OutputName, StorePath)>,
}

/// What became of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the daemon's own names say what there is to say")]
pub enum BuildStatus {
    Built,
    Substituted,
    AlreadyValid,
    PermanentFailure,
    InputRejected,
    OutputRejected,
    TransientFailure,
    CachedFailure,
    TimedOut,
    MiscFailure,
    DependencyFailed,
    LogLimitExceeded,
    NotDeterministic,
    ResolvesToAlreadyValid,
    NoSubstituters,
    /// A failure that came after this program, by its number.
    Other(u64),
}

const STATUSES: [BuildStatus; 15] = [
    BuildStatus::Built,
    BuildStatus::Substituted,
    BuildStatus::AlreadyValid,
    BuildStatus::PermanentFailure,
    BuildStatus::InputRejected,
    BuildStatus::OutputRejected,
    BuildStatus::TransientFailure,
    BuildStatus::CachedFailure,
    BuildStatus::TimedOut,
    BuildStatus::MiscFailure,
    BuildStatus::DependencyFailed,
    BuildStatus::LogLimitExceeded,
    BuildStatus::NotDeterministic,
    BuildStatus::ResolvesToAlreadyValid,
    BuildStatus::NoSubstituters,
];

impl BuildStatus {
    fn of(number: u64) -> Self {
        let known = usize::try_from(number).ok().and_then(|at| STATUSES.get(at));
        known.copied().unwrap_or(BuildStatus::Other(number))
    }

    /// True when the outputs are in the store now.
    pub fn is_success(self) -> bool {
        matches!(
            self,
            BuildStatus::Built
                | BuildStatus::Substituted
                | BuildStatus::AlreadyValid
                | BuildStatus::ResolvesToAlreadyValid
        )
    }
}

impl Connection {
    /// Builds what is missing. A build that fails is no error here, but a result.
    ///
    /// # Errors
    /// When the daemon refuses to begin.
    pub fn build(
        &mut self,
        targets: &[Target],
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<Vec<BuildResult>, DaemonError> {
        self.build_in_mode(targets, Mode::Normal, listener)
    }

    /// Builds in another mode than the normal one.
    ///
    /// # Errors
    /// When the daemon refuses to begin.
    pub fn build_in_mode(
        &mut self,
        targets: &[Target],
        mode: Mode,
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<Vec<BuildResult>, DaemonError> {
        let version = self.version;
        self.ask(
            listener,
            |sink, dir| {
                sink.number(BUILD_PATHS_WITH_RESULTS);
                put_targets(sink, dir, targets);
                sink.number(mode as u64);
            },
            |source, dir| source.list(|source| read_result(source, dir, version)),
        )
    }

    /// Makes sure that a path is in the store, by fetching it.
    ///
    /// # Errors
    /// When nobody has it.
    pub fn ensure_path(
        &mut self,
        path: &StorePath,
        listener: &mut dyn FnMut(super::Event),
    ) -> Result<(), DaemonError> {
        self.ask(
            listener,
            |sink, dir| {
                sink.number(ENSURE_PATH).path(dir, path);
            },
            |source, _| source.number().map(drop),
        )
    }
}

fn read_result(source: &mut Source, dir: &StoreDir, version: Version) -> Result<BuildResult, DaemonError> {
    let text = source.text()?;
    let target = Target::parse(dir, &text)
        .ok_or_else(|| DaemonError::protocol(format!("`{text}` is nothing that can be built")))?;
    let status = BuildStatus::of(source.number()?);
    let message = super::error::without_colours(&source.text()?);
    let times_built = source.number()?;
    let _is_non_deterministic = source.number()?;
    let time = (source.number()?, source.number()?);
    if version >= Version::TIMES {
        // Processor time of the builder, and of the kernel for it, where known.
        for _ in 0..2 {
            if source.flag("whether a time is known")? {
                source.number()?;
            }
        }
    }
    let outputs = source.list(|source| {
        let id = source.text()?;
        let realisation = source.bytes()?;
        read_realisation(&id, &realisation)
            .ok_or_else(|| DaemonError::protocol(format!("`{id}` is no output that was built")))
    })?;
    Ok(BuildResult { target, status, message, times_built, time, outputs })
}

/// The id is `sha256:<hash>!<output>`, what it became is JSON.
fn read_realisation(id: &str, realisation: &[u8]) -> Option<(OutputName, StorePath)> {
    let (_, output) = id.split_once('!')?;
    let realisation: Value = serde_json::from_slice(realisation).ok()?;
    let path = StorePath::parse(realisation.get("outPath")?.as_str()?).ok()?;
    Some((OutputName::parse(output).ok()?, path))
}
