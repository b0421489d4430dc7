//! Building: what an expression wants to read of a derivation's output, or what the user asked for, is built by the
//! daemon, which tells of it meanwhile.

use super::{Store, advised};
use crate::daemon::{BuildResult, Event, Missing, Target, without_escapes};
use crate::nix::world::{Answer, WorldError};
use crate::store::{OutputName, StorePath};
use std::collections::{BTreeMap, HashMap};

impl Store {
    /// Builds outputs of derivations; where each lies.
    ///
    /// # Errors
    /// When there is no daemon, it refuses, or a build fails.
    pub fn build(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        let mut missing: BTreeMap<StorePath, Vec<OutputName>> = BTreeMap::new();
        for (derivation, output) in wanted {
            if !self.built.borrow().contains_key(&(derivation.clone(), output.clone())) {
                missing.entry(derivation.clone()).or_default().push(output.clone());
            }
        }
        if !missing.is_empty() {
            let derivations: Vec<StorePath> = missing.keys().cloned().collect();
            self.write(Some(&derivations))?;
            self.build_targets(missing)?;
        }
        let built = self.built.borrow();
        wanted
            .iter()
            .map(|(derivation, output)| {
                built.get(&(derivation.clone(), output.clone())).cloned().ok_or_else(|| {
                    let derivation = self.dir().print(derivation);
                    WorldError::Other(format!("derivation '{derivation}' does not have output '{output}'"))
                })
            })
            .collect()
    }

    /// Builds outputs that an expression is about to read.
    ///
    /// # Errors
    /// When that is not allowed, or what [`Store::build`] fails with.
    pub fn realise(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        let Some((derivation, output)) = wanted.first() else { return Ok(Vec::new()) };
        let what = format!("{}^{output}", self.dir().print(derivation));
        if !self.may_build {
            return Err(WorldError::Advised {
                message: format!(
                    "cannot build '{what}' during evaluation because the option \
                     'allow-import-from-derivation' is disabled"
                ),
                hints: Vec::new(),
            });
        }
        if self.reads_nothing() {
            return Err(WorldError::Advised {
                message: format!(
                    "'{what}' would have to be read here (import from derivation), and the store is on another machine"
                ),
                hints: vec!["evaluate there, or leave `--store` and NIX_REMOTE out to build it here".into()],
            });
        }
        if self.tells_builds {
            (self.say)(&format!(
                "warning: built '{what}' during evaluation due to an import from derivation"
            ));
        }
        if self.read_only {
            return self.find_outputs(wanted);
        }
        let needed = |message: String| {
            format!(
                "'{what}' has to be built before evaluation can go on (import from derivation): {message}"
            )
        };
        self.build(wanted).map_err(|error| match error {
            WorldError::Advised { message, hints } => WorldError::Advised { message: needed(message), hints },
            error => error,
        })
    }

    /// Where outputs lie that were built before, by derivations that the store has.
    fn find_outputs(&self, wanted: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        let lacks = |path: &StorePath| WorldError::Advised {
            message: format!("path '{}' is not valid", self.dir().print(path)),
            hints: vec!["`--readonly-mode` adds nothing to a store and builds nothing: leave it out".into()],
        };
        let mut daemon = self.daemon()?;
        let mut found = Vec::new();
        for (derivation, output) in wanted {
            if !daemon.is_valid_path(derivation).map_err(|error| advised(&error))? {
                return Err(lacks(derivation));
            }
            let outputs = daemon.outputs(derivation).map_err(|error| advised(&error))?;
            let path = outputs.into_iter().find(|(name, _)| name == output).and_then(|(_, path)| path);
            let path = path.ok_or_else(|| lacks(derivation))?;
            if !daemon.is_valid_path(&path).map_err(|error| advised(&error))? {
                return Err(lacks(&path));
            }
            self.readable.borrow_mut().insert(path.clone());
            found.push(path);
        }
        Ok(found)
    }

    fn build_targets(&self, missing: BTreeMap<StorePath, Vec<OutputName>>) -> Answer<()> {
        let targets: Vec<Target> = missing
            .into_iter()
            .map(|(derivation, outputs)| Target::Outputs { derivation, outputs })
            .collect();
        let mut daemon = self.daemon()?;
        let plan = daemon.missing(&targets).map_err(|error| advised(&error))?;
        self.tell_plan(&plan);
        let mut names = HashMap::new();
        let results = daemon.build(&targets, &mut |event| self.tell_build(&event, &mut names));
        let results = results.map_err(|error| advised(&error))?;
        if let Some(failed) = results.iter().find(|result| !result.status.is_success()) {
            return Err(self.failure(failed));
        }
        for target in &targets {
            let Target::Outputs { derivation, .. } = target else { continue };
            for (output, path) in daemon.outputs(derivation).map_err(|error| advised(&error))? {
                if let Some(path) = path {
                    self.readable.borrow_mut().insert(path.clone());
                    self.built.borrow_mut().insert((derivation.clone(), output), path);
                }
            }
        }
        Ok(())
    }

    fn failure(&self, failed: &BuildResult) -> WorldError {
        let what = match &failed.target {
            Target::Path(path) | Target::Outputs { derivation: path, .. } => self.dir().print(path),
        };
        let message = if failed.message.is_empty() {
            format!("building '{what}' failed: {:?}", failed.status)
        } else if failed.message.contains(&what) {
            failed.message.clone()
        } else {
            format!("building '{what}' failed: {}", failed.message)
        };
        WorldError::Other(message)
    }

    /// How much is to be done, before it begins.
    fn tell_plan(&self, plan: &Missing) {
        let count = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        let mut parts = Vec::new();
        if !plan.will_build.is_empty() {
            let derivations = count(plan.will_build.len(), "derivation", "derivations");
            parts.push(format!("building {derivations}"));
        }
        if !plan.will_substitute.is_empty() {
            let paths = count(plan.will_substitute.len(), "path", "paths");
            let size = plan.download_size as f64 / f64::from(1 << 20);
            parts.push(format!("fetching {paths} ({size:.1} MiB)"));
        }
        if !parts.is_empty() {
            (self.say)(&parts.join(", "));
        }
    }

    /// A build's begin, each line of its log with its name, and what the daemon itself says.
    fn tell_build(&self, event: &Event, names: &mut HashMap<u64, String>) {
        if let (Event::Start { id, .. }, Some(derivation)) = (event, event.build()) {
            let derivation = String::from_utf8_lossy(derivation).into_owned();
            (self.say)(&format!("building '{derivation}'"));
            let name = self.dir().parse_path(&derivation).ok();
            let name = name.as_ref().and_then(|path| path.derivation_name().ok()).unwrap_or(&derivation);
            names.insert(*id, name.to_owned());
        }
        if let (Event::Result { id, .. }, Some(line)) = (event, event.log_line()) {
            let name = names.get(id).map_or("build", String::as_str);
            (self.say)(&format!("{name}> {}", without_escapes(&String::from_utf8_lossy(line))));
        }
        self.tell(event);
    }

    /// What the daemon says on its own.
    pub(super) fn tell(&self, event: &Event) {
        if let Event::Line(line) = event {
            (self.say)(&without_escapes(&String::from_utf8_lossy(line)));
        }
    }
}
