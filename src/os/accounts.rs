//! Users and groups by name: /etc/passwd and /etc/group, then `getent` for accounts that live elsewhere.

use super::Process;
use super::files::{self, FileError};
use std::path::Path;

/// The accounts of one machine.
pub struct Accounts {
    passwd: String,
    group: String,
    /// False for a machine that only lies in a folder: its other sources of accounts are not at hand.
    ask_system: bool,
}

/// A user's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// Its own.
    pub uid: u32,
    /// That of its own group.
    pub gid: u32,
}

impl Accounts {
    /// Reads the accounts of the machine whose `/` is this folder.
    ///
    /// # Errors
    /// When /etc/passwd or /etc/group exist and can't be read.
    pub fn read(root: &Path) -> Result<Self, FileError> {
        let read =
            |name: &str| Ok(files::if_exists(files::read(root.join("etc").join(name)))?.unwrap_or_default());
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Accounts {
            passwd: text(read("passwd")?),
            group: text(read("group")?),
            ask_system: root == Path::new("/"),
        })
    }

    /// The user of this name.
    pub fn user(&self, name: &str) -> Option<User> {
        // name:password:uid:gid:…, as passwd(5) has it.
        let user = |line: &str| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.first() == Some(&name)).then(|| {
                Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
            })?
        };
        self.passwd.lines().find_map(user).or_else(|| self.getent("passwd", name)?.lines().find_map(user))
    }

    /// The own group of the user with this number, when the user is known.
    pub fn group_of(&self, uid: u32) -> Option<u32> {
        self.passwd.lines().find_map(|line| {
            let mut fields = line.split(':').skip(2);
            (fields.next()?.parse() == Ok(uid)).then(|| fields.next()?.parse().ok())?
        })
    }

    /// The number of the group of this name.
    pub fn group(&self, name: &str) -> Option<u32> {
        // name:password:gid:members, as group(5) has it.
        let group = |line: &str| {
            let mut fields = line.split(':');
            (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
        };
        self.group.lines().find_map(group).or_else(|| self.getent("group", name)?.lines().find_map(group))
    }

    fn getent(&self, database: &str, name: &str) -> Option<String> {
        if !self.ask_system {
            return None;
        }
        let output = Process::of_system("getent").args([database, name]).output().ok()?;
        output.success.then(|| output.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts = Accounts {
            passwd: "root:x:0:0::/root:/bin/sh\nbroken\nnginx:x:60:61::/:\nnginx2:x:62:bad::/:\n".into(),
            group: "root:x:0:\nwww:x:70:nginx\n".into(),
            ask_system: false,
        };
        assert_eq!(accounts.user("nginx"), Some(User { uid: 60, gid: 61 }));
        assert_eq!((accounts.user("ngin"), accounts.user("nginx2"), accounts.user("")), (None, None, None));
        assert_eq!(
            (accounts.group("www"), accounts.group("ww"), accounts.group_of(60)),
            (Some(70), None, Some(61))
        );
    }
}
