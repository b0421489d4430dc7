//! What is committed under peers/: one file per managed member, written where it differs and nowhere else.
//!
//! These files can be made again at any time, so they are replaced without a journal and without waiting for the
//! disk; whoever reads one finds the old text or the new one. In a full mesh of 1,000 members they hold 999,000
//! peers: what everybody writes alike about a member is formatted once, and threads share the files.

use super::derive::{KeyState, Meshes, Network, Node, Peer};
use super::print::{self, Style};
use crate::os::{FileError, Root, files};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The folder of rendered files.
pub const FOLDER: &str = "peers";

/// The words by which a file of ours is known; one without them is never removed.
const MARK: &str = "written by `fleet wg render`";

/// Every file to be rendered, with the parts that many of them share.
pub struct Rendering<'a> {
    networks: Vec<(&'a Network, Vec<String>)>,
    /// Network and node, in the order of paths.
    members: Vec<(usize, &'a Node)>,
}

/// How the files under peers/ differ from what they should be, by path, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Files that were not there.
    pub created: Vec<String>,
    /// Files with another text.
    pub changed: Vec<String>,
    /// Files of members that left or lost their key.
    pub removed: Vec<String>,
    /// Files that nobody renders and that are not ours to remove.
    pub foreign: Vec<String>,
    /// How many files are right already.
    pub same: usize,
}

impl Differences {
    /// True when every file is as it should be.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// What [`Rendering::compare`] does about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Nothing: only tells.
    Tell,
    /// Writes and removes files.
    Write,
}

/// Prepares the rendering of every managed member that has a key.
pub fn rendering(meshes: &Meshes) -> Rendering<'_> {
    let networks: Vec<(&Network, Vec<String>)> = meshes
        .networks
        .values()
        .map(|network| (network, network.nodes.iter().map(common).collect()))
        .collect();
    let members = networks.iter().enumerate().flat_map(|(at, (network, _))| {
        let managed = |node: &&Node| matches!(node.key, KeyState::Managed(_));
        network.nodes.iter().filter(managed).map(move |node| (at, node))
    });
    let members = members.collect();
    Rendering { networks, members }
}

/// What everybody who lists this member with its own networks writes of it.
fn common(node: &Node) -> String {
    let mut out = String::new();
    if let Some(key) = node.key.public_key() {
        print::peer_head(&mut out, Some(node.name.as_str()), &key, &node.own, node.endpoint.as_ref());
    }
    out
}

impl Rendering<'_> {
    /// How many files there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True when no member of any mesh has a key.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The path of a file, relative to the fleet's folder: `peers/wireg0/web1.conf`.
    pub fn path(&self, index: usize) -> String {
        let (network, node) = self.members[index];
        format!("{FOLDER}/{}/{}.conf", self.networks[network].0.name, node.name)
    }

    /// Appends the text of a file: a header, then what [`print::print`] gives in the committed style.
    pub fn text(&self, index: usize, out: &mut String) {
        let (at, node) = self.members[index];
        let (network, blocks) = &self.networks[at];
        out.push_str(&print::header(network.name.as_str(), node.name.as_str(), Style::Committed));
        print::interface(out, &network.interface(node), Style::Committed);
        for peer in network.peers(node) {
            self::peer(out, network, node, &peer, blocks);
        }
    }

    /// Compares every file with its text, and with [`Act::Write`] makes them equal.
    ///
    /// # Errors
    /// When a file can't be read, written or removed; the others may have been written by then.
    pub fn compare(&self, root: &Root, act: Act) -> Result<Differences, FileError> {
        let mut differences = self.left_over(root)?;
        if act == Act::Write {
            for path in &differences.removed {
                files::remove(root.join(path)?)?;
            }
            for (network, _) in &self.networks {
                files::create_folder(root.join(format!("{FOLDER}/{}", network.name))?)?;
            }
        }
        let next = AtomicUsize::new(0);
        let failed = Mutex::new(None);
        let work = || {
            let (mut created, mut changed, mut same) = (Vec::new(), Vec::new(), 0);
            let mut text = String::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= self.len() || failed.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                    return (created, changed, same);
                }
                text.clear();
                self.text(index, &mut text);
                match self.one(root, index, &text, act) {
                    Ok(Difference::Created) => created.push(index),
                    Ok(Difference::Changed) => changed.push(index),
                    Ok(Difference::None) => same += 1,
                    Err(error) => *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                }
            }
        };
        let threads =
            std::thread::available_parallelism().map_or(1, usize::from).min(self.len().div_ceil(16));
        let done: Vec<_> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mine = work();
            let theirs = others.into_iter().map(|thread| thread.join().expect("rendering does not panic"));
            std::iter::once(mine).chain(theirs).collect()
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        for (created, changed, same) in done {
            differences.created.extend(created.into_iter().map(|index| self.path(index)));
            differences.changed.extend(changed.into_iter().map(|index| self.path(index)));
            differences.same += same;
        }
        differences.created.sort_unstable();
        differences.changed.sort_unstable();
        if act == Act::Write {
            for name in root.list(FOLDER)? {
                files::remove_empty_folder(&root.join(format!("{FOLDER}/{name}"))?)?;
            }
            files::remove_empty_folder(&root.join(FOLDER)?)?;
        }
        Ok(differences)
    }

    fn one(&self, root: &Root, index: usize, text: &str, act: Act) -> Result<Difference, FileError> {
        let path = self.path(index);
        let old = files::if_exists(root.read_at_most(&path, u64::from(u32::MAX)))?;
        if old.as_deref() == Some(text.as_bytes()) {
            return Ok(Difference::None);
        }
        if act == Act::Write {
            files::replace_derived(&root.join(path)?, text.as_bytes())?;
        }
        Ok(if old.is_some() { Difference::Changed } else { Difference::Created })
    }

    /// Files under peers/ that nobody renders.
    fn left_over(&self, root: &Root) -> Result<Differences, FileError> {
        let mut differences = Differences::default();
        let known: std::collections::HashSet<String> =
            (0..self.len()).map(|index| self.path(index)).collect();
        for mesh in root.list(FOLDER)? {
            let folder = format!("{FOLDER}/{mesh}");
            if !root.join(&folder)?.is_dir() {
                continue;
            }
            for name in root.list(&folder)? {
                let path = format!("{folder}/{name}");
                if known.contains(&path) || !name.ends_with(".conf") || name.starts_with('.') {
                    continue;
                }
                let text = files::read(root.join(&path)?)?;
                let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let ours = String::from_utf8_lossy(first).contains(MARK);
                if ours { &mut differences.removed } else { &mut differences.foreign }.push(path);
            }
        }
        Ok(differences)
    }
}

enum Difference {
    None,
    Created,
    Changed,
}

fn peer(out: &mut String, network: &Network, of: &Node, peer: &Peer<'_>, blocks: &[String]) {
    match peer.common {
        Some(at) => out.push_str(&blocks[at]),
        None => print::peer_head(
            out,
            Some(peer.node.name.as_str()),
            &peer.public_key,
            &peer.allowed_ips,
            peer.endpoint(),
        ),
    }
    if let Some(seconds) = peer.keepalive {
        print::keepalive(out, seconds);
    }
    if network.preshared {
        print::preshared_file(out, &network.preshared_key_file(&of.name, &peer.node.name));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fleet, member};
    use super::super::{derive, print};
    use super::*;
    use std::path::PathBuf;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("fleet-render-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&folder);
            files::create_folder(&folder).unwrap();
            Scratch(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn render(fleet: &Fleet, root: &Root, act: Act) -> Differences {
        rendering(&derive(&fleet.inventory, &fleet.keys)).compare(root, act).unwrap()
    }

    #[test]
    fn a_file_is_what_the_printer_prints() {
        let mut star = Fleet::new("wireg0", "10.88.127.0/24");
        star.mesh().preshared = true;
        star.hub(member("hub", 1).endpoint("192.0.2.1:2108").route("10.88.128.0/24"));
        star.hub(member("second", 2).endpoint("192.0.2.2:2108"));
        star.add(member("a", 3).route("10.3.0.0/16"));
        star.add(member("b", 4));
        star.machine("b").address.lan = Some("10.3.0.7".into());
        star.another_mesh("full", "10.89.0.0/16");
        for (name, postfix) in [("a", 1), ("b", 2), ("c", 3)] {
            star.add(member(name, postfix).endpoint("192.0.2.9:1"));
        }
        let meshes = derive(&star.inventory, &star.keys);
        let rendering = rendering(&meshes);
        assert_eq!(rendering.len(), 7);
        for (index, (at, node)) in rendering.members.iter().enumerate() {
            let network = rendering.networks[*at].0;
            let mut text = String::new();
            rendering.text(index, &mut text);
            let head = print::header(network.name.as_str(), node.name.as_str(), Style::Committed);
            assert_eq!(text, head + &print(&network.config(node), Style::Committed));
        }
    }

    #[test]
    fn only_what_differs_is_written_and_only_our_own_is_removed() {
        let scratch = Scratch::new("differs");
        let root = Root::open(&scratch.0).unwrap();
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.hub(member("hub", 1).endpoint("192.0.2.1:2108"));
        fleet.add(member("a", 2));
        fleet.add(member("b", 3));
        fleet.external(member("phone", 4));
        fleet.pending(member("planned", 5));
        let told = render(&fleet, &root, Act::Tell);
        assert_eq!(told.created, ["peers/wireg0/a.conf", "peers/wireg0/b.conf", "peers/wireg0/hub.conf"]);
        assert!(!scratch.0.join("peers").exists(), "telling writes nothing");
        assert_eq!(render(&fleet, &root, Act::Write), told);
        std::fs::write(scratch.0.join("peers/wireg0/mine.conf"), "[Interface]\n").unwrap();
        let again = render(&fleet, &root, Act::Write);
        assert!(again.is_empty() && again.same == 3);
        assert_eq!(again.foreign, ["peers/wireg0/mine.conf"]);

        fleet.mesh().members.remove("b");
        fleet.add(member("c", 6));
        let done = render(&fleet, &root, Act::Write);
        assert_eq!(done.created, ["peers/wireg0/c.conf"]);
        assert_eq!(done.changed, ["peers/wireg0/hub.conf"]);
        assert_eq!(done.removed, ["peers/wireg0/b.conf"]);
        assert_eq!(
            files::list(scratch.0.join("peers/wireg0")).unwrap(),
            ["a.conf", "c.conf", "hub.conf", "mine.conf"]
        );

        fleet.inventory.meshes.clear();
        std::fs::remove_file(scratch.0.join("peers/wireg0/mine.conf")).unwrap();
        assert_eq!(render(&fleet, &root, Act::Write).removed.len(), 3);
        assert!(!scratch.0.join("peers").exists());
    }
}
