//! The evaluator with a world that is a handful of files in memory: nothing of the machine is needed, so Miri can watch
//! what happens to the heap (fuzz/sanitize).

use super::{Evaluator, Options};
use crate::nix::world::{Answer, Fetch, Fetched, FileType, Source, World, WorldError};
use crate::store::{OutputName, StoreDir, StorePath};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Files by path. There is no store, no environment and no network.
struct Memory {
    files: BTreeMap<&'static str, &'static str>,
    store: StoreDir,
}

impl Memory {
    fn new(files: &[(&'static str, &'static str)]) -> Self {
        Memory { files: files.iter().copied().collect(), store: StoreDir::default() }
    }

    fn file(&self, path: &str) -> Answer<&'static str> {
        self.files.get(path).copied().ok_or_else(|| WorldError::NotFound(format!("there is no '{path}'")))
    }
}

fn lacking<T>() -> Answer<T> {
    Err(WorldError::Other("this world has neither store nor network".into()))
}

impl World for Memory {
    fn read(&self, path: &str) -> Answer<Rc<[u8]>> {
        Ok(self.file(path)?.as_bytes().into())
    }

    fn open(&self, path: &str) -> Answer<(u64, Box<dyn std::io::Read>)> {
        let text = self.file(path)?;
        Ok((text.len() as u64, Box::new(text.as_bytes())))
    }

    fn file_type(&self, path: &str) -> Answer<Option<FileType>> {
        let below = format!("{}/", path.trim_end_matches('/'));
        Ok(match self.files.contains_key(path) {
            true => Some(FileType::Regular),
            false if self.files.keys().any(|file| file.starts_with(&below)) => Some(FileType::Directory),
            false => None,
        })
    }

    fn is_executable(&self, _: &str) -> Answer<bool> {
        Ok(false)
    }

    fn read_link(&self, _: &str) -> Answer<Vec<u8>> {
        lacking()
    }

    fn read_dir(&self, path: &str) -> Answer<Vec<(Vec<u8>, FileType)>> {
        let below = format!("{}/", path.trim_end_matches('/'));
        let inside = self.files.keys().filter_map(|file| file.strip_prefix(&below));
        let entries: BTreeMap<_, _> = inside
            .map(|inside| match inside.split_once('/') {
                Some((folder, _)) => (folder.as_bytes().to_vec(), FileType::Directory),
                None => (inside.as_bytes().to_vec(), FileType::Regular),
            })
            .collect();
        Ok(entries.into_iter().collect())
    }

    fn real_path(&self, path: &str) -> Answer<String> {
        Ok(path.to_owned())
    }

    fn environment(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> Option<i64> {
        None
    }

    fn current_system(&self) -> Option<String> {
        Some("x86_64-linux".into())
    }

    fn home(&self) -> Option<String> {
        None
    }

    fn say(&self, _: &str) {}

    fn search_path(&self) -> &[(String, String)] {
        &[]
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store
    }

    fn add_text(&self, _: &StorePath, _: &[u8], _: &[StorePath]) -> Answer<()> {
        Ok(())
    }

    fn add_source(&self, _: &StorePath, _: &Source<'_>) -> Answer<()> {
        Ok(())
    }

    fn is_valid(&self, _: &StorePath) -> Answer<bool> {
        Ok(false)
    }

    fn references(&self, _: &StorePath) -> Answer<Vec<StorePath>> {
        Ok(Vec::new())
    }

    fn fetch(&self, _: &Fetch<'_>) -> Answer<Fetched> {
        lacking()
    }

    fn write(&self, _: Option<&[StorePath]>) -> Answer<()> {
        lacking()
    }

    fn add_root(&self, _: &StorePath, _: &str) -> Answer<()> {
        lacking()
    }

    fn build(&self, _: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        lacking()
    }

    fn realise(&self, _: &[(StorePath, OutputName)]) -> Answer<Vec<StorePath>> {
        lacking()
    }
}

/// A value in full, or what went wrong.
fn value(evaluator: &mut Evaluator, text: &str) -> String {
    let shown = evaluator.enter(|evaluator| {
        let value = evaluator.eval_text(text.as_bytes(), "«test»", "/", &[])?;
        evaluator.force_all(value)?;
        evaluator.show(value)
    });
    shown.map_or_else(|error| format!("error: {error}"), |text| String::from_utf8_lossy(&text).into_owned())
}

/// Each line is an expression and its value: every kind of value, each way of putting work off, and the builtins that
/// build in the heap by hand.
const VALUES: &str = include_str!("tests.values");

#[test]
fn every_kind_of_value_in_a_world_of_memory() {
    let files = [("/lib/default.nix", "{ twice = x: [ x x ]; }"), ("/lib/words", "a b c")];
    let options = Options { heap: 1 << 22, ..Options::default() };
    let mut evaluator = Evaluator::new(Box::new(Memory::new(&files)), options);
    let mut count = 0;
    for line in VALUES.lines().filter(|line| !line.is_empty()) {
        let (text, wanted) = line.split_once(" ==> ").expect("an expression and its value");
        assert_eq!(value(&mut evaluator, text), wanted, "{text}");
        count += 1;
    }
    assert!(count > 40);
}

#[test]
fn a_heap_that_is_full_is_an_error_and_what_it_holds_stays() {
    let options = Options { heap: 1 << 18, ..Options::default() };
    let mut evaluator = Evaluator::new(Box::new(Memory::new(&[])), options);
    let wanted = "[ 1 2 3 ]";
    assert_eq!(value(&mut evaluator, "builtins.genList (x: x + 1) 3"), wanted);
    let full = value(
        &mut evaluator,
        "builtins.foldl' (text: x: text + \"and so on\") \"\" (builtins.genList (x: x) 1000)",
    );
    assert!(full.starts_with("error: the evaluation needs more memory"), "{full}");
    assert_eq!(value(&mut evaluator, "builtins.genList (x: x + 1) 3"), wanted);
}
