//! `fleet key list`: every public key of the fleet, one line each.

use crate::cli::{Context, table};
use crate::keys::{KnownPublic, PublicKeys, Recipient, is_known_public};
use crate::ops::Fleet;
use crate::report::Reports;
use clap::Args;
use serde_json::{Value, json};

/// List the public keys of masters, hosts and mesh members
#[derive(Args)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One key, as both forms of the answer show it.
struct Line {
    role: String,
    name: String,
    kind: String,
    fingerprint: String,
    /// What an age file's header shows of it.
    tag: Option<String>,
    file: String,
    key: String,
    public: Option<KnownPublic>,
}

impl Arguments {
    /// Prints the table.
    ///
    /// # Errors
    /// When the fleet can't be read.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Reports> {
        let fleet = Fleet::open(&context.folder)?;
        context.console.reports(&fleet.warnings);
        let lines = lines(&fleet.keys);
        if self.json {
            let list: Vec<Value> = lines.iter().map(Line::json).collect();
            context.console.answer(format!("{:#}\n", Value::from(list)));
            return Ok(());
        }
        let mut rows =
            vec![["of", "name", "type", "tag", "fingerprint", "file", ""].map(String::from).to_vec()];
        rows.extend(lines.iter().map(Line::row));
        context.console.answer(table(&rows));
        Ok(())
    }
}

impl Line {
    fn of(role: &str, name: &str, key: &Recipient, file: String) -> Self {
        let tag = match key {
            Recipient::Ssh(key) => Some(key.tag().iter().map(|byte| format!("{byte:02x}")).collect()),
            Recipient::X25519(_) | Recipient::Plugin { .. } => None,
        };
        Line {
            role: role.to_owned(),
            name: name.to_owned(),
            kind: key.kind(),
            fingerprint: key.fingerprint(),
            tag,
            file,
            key: key.line(),
            public: is_known_public(key),
        }
    }

    fn row(&self) -> Vec<String> {
        let remark = self.public.map_or("", |_| "its private half is public");
        let tag = self.tag.as_deref().unwrap_or("-");
        let cells = [&self.role, &self.name, &self.kind, tag, &self.fingerprint, &self.file, remark];
        cells.map(str::to_owned).to_vec()
    }

    fn json(&self) -> Value {
        json!({
            "of": self.role,
            "name": self.name,
            "type": self.kind,
            "tag": self.tag,
            "fingerprint": self.fingerprint,
            "file": self.file,
            "key": self.key,
            "knownPublic": self.public.map(|known| known.source),
        })
    }
}

/// Masters, then hosts, then each mesh's members.
fn lines(keys: &PublicKeys) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, key) in &keys.masters {
        lines.push(Line::of("master", name.as_str(), key, PublicKeys::master_file(name)));
    }
    for (name, key) in &keys.hosts {
        let file = PublicKeys::host_file(name);
        lines.push(Line::of("host", name.as_str(), &Recipient::Ssh(key.clone()), file));
    }
    for (mesh, members) in &keys.mesh {
        for (name, key) in members {
            lines.push(Line {
                role: mesh.to_string(),
                name: name.to_string(),
                kind: "wireguard".into(),
                fingerprint: key.to_string(),
                tag: None,
                file: PublicKeys::mesh_file(mesh, name),
                key: key.to_string(),
                public: None,
            });
        }
    }
    lines
}
