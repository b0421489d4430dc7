//! What evaluation gave a store path is read where it lies, without any store.

use super::*;
use crate::nix::world::{FileType, World as _};
use crate::store::{ContentAddress, Hash, Method};
use crate::world::{RealWorld, Sight};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fleet-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("source/kept/deep")).unwrap();
        for file in ["kept/one", "kept/deep/two", "left", "kept/left"] {
            fs::write(folder.join("source").join(file), file).unwrap();
        }
        Folder(folder)
    }

    fn source(&self, inside: &str) -> String {
        format!("{}/source{inside}", self.0.to_str().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn world(address: &str) -> RealWorld {
    RealWorld::new(&[], "/", true, Address::parse(address).unwrap(), |_| {})
}

fn path(name: &str) -> StorePath {
    StorePath::parse(format!("00000000000000000000000000000000-{name}")).unwrap()
}

fn add(world: &RealWorld, name: &str, from: &str, kept: Option<&HashSet<String>>) -> String {
    let address = ContentAddress { method: Method::Nar, hash: Hash::sha256(b"") };
    world.add_source(&path(name), &Source { path: from, kept, address, references: &[] }).unwrap();
    world.store_dir().print(&path(name))
}

fn names(world: &RealWorld, path: &str) -> Vec<String> {
    let entries = world.read_dir(path).unwrap();
    entries.into_iter().map(|(name, _)| String::from_utf8(name).unwrap()).collect()
}

#[test]
fn a_filtered_source_has_what_its_filter_kept_and_so_has_a_part_of_it() {
    let folder = Folder::new("filter");
    let world = world("unix:///nowhere");
    let kept = ["", "/kept", "/kept/one", "/kept/deep", "/kept/deep/two"];
    let kept: HashSet<String> = kept.iter().map(|inside| folder.source(inside)).collect();
    let whole = add(&world, "whole", &folder.source(""), Some(&kept));
    assert_eq!(names(&world, &whole), ["kept"]);
    assert_eq!(names(&world, &format!("{whole}/kept")), ["deep", "one"]);
    assert_eq!(world.file_type(&format!("{whole}/left")), Ok(None));
    assert_eq!(world.file_type(&format!("{whole}/kept/deep")), Ok(Some(FileType::Directory)));
    assert!(matches!(world.read(&format!("{whole}/kept/left")), Err(WorldError::NotFound(_))));

    // Its own source is a path that exists only virtually.
    let part = add(&world, "part", &format!("{whole}/kept"), None);
    assert_eq!(names(&world, &part), ["deep", "one"]);
    assert_eq!(&*world.read(&format!("{part}/deep/two")).unwrap(), b"kept/deep/two");
    assert_eq!(world.file_type(&format!("{part}/left")), Ok(None));
    let one = HashSet::from([part.clone(), format!("{part}/one")]);
    let less = add(&world, "less", &part, Some(&one));
    assert_eq!(names(&world, &less), ["one"]);
}

#[test]
fn a_text_is_read_from_memory_also_as_a_source() {
    let world = world("unix:///nowhere");
    world.add_text(&path("text"), b"words", &[path("other")]).unwrap();
    world.add_lasting_text(&path("lasting"), b"words", &[path("other")]).unwrap();
    for name in ["text", "lasting"] {
        let text = world.store_dir().print(&path(name));
        assert_eq!(&*world.read(&text).unwrap(), b"words");
        assert_eq!(world.file_type(&text), Ok(Some(FileType::Regular)));
        assert_eq!(world.file_type(&format!("{text}/inside")), Ok(None));
        assert_eq!(world.references(&path(name)), Ok(vec![path("other")]));
        let copy = add(&world, &format!("copy-of-{name}"), &text, None);
        assert_eq!(&*world.read(&copy).unwrap(), b"words");
        assert_eq!(world.real_path(&copy), Ok(copy.clone()));
    }
}

#[test]
fn a_derivation_takes_memory_only_where_a_daemon_may_want_it() {
    let derivation = path("x.drv");
    let with = world("unix:///nowhere");
    with.add_text(&derivation, b"Derive()", &[]).unwrap();
    assert_eq!(with.is_valid(&derivation), Ok(true));
    let mut without = Store::new(Address::default(), |_| {});
    without.keeps = false;
    without.remember_text(&derivation, b"Derive()", &[]);
    assert!(without.references(&derivation).is_none());
}

#[test]
fn links_of_a_store_in_another_folder_lead_to_names_in_the_store() {
    let folder = Folder::new("elsewhere");
    let real = folder.0.join("nix/store");
    let (one, two) = (path("one"), path("two"));
    for name in [&one, &two] {
        fs::create_dir_all(real.join(name.as_str())).unwrap();
    }
    fs::write(real.join(two.as_str()).join("file"), "of two").unwrap();
    let dir = StoreDir::default();
    symlink(format!("{}/file", dir.print(&two)), real.join(one.as_str()).join("absolute")).unwrap();
    symlink(format!("../{two}/file", two = two.as_str()), real.join(one.as_str()).join("relative")).unwrap();
    symlink("circle", real.join(one.as_str()).join("circle")).unwrap();
    let mut world = world(&format!("unix:///nowhere?root={}", folder.0.display()));
    let at = |name: &str| format!("{}/{name}", dir.print(&one));
    assert!(matches!(world.read(&at("absolute")), Err(WorldError::Forbidden(_))), "it is pure");
    world.sight = Sight::Everything;
    for link in ["absolute", "relative"] {
        assert_eq!(&*world.read(&at(link)).unwrap(), b"of two");
        assert_eq!(world.real_path(&at(link)), Ok(format!("{}/file", dir.print(&two))));
        assert_eq!(world.file_type(&at(link)), Ok(Some(FileType::Symlink)));
    }
    assert!(matches!(world.read(&at("circle")), Err(WorldError::Other(_))));
}
