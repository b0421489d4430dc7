//! Makes a fleet of any size: fleet.toml, every public key, every sealed secret; and, beside it, the private keys.
//!
//! ```text
//! fleet-bench FOLDER --machines N --secrets M [--mesh hub|full|none] [--unsealed]
//! ```
//!
//! FOLDER becomes the fleet. FOLDER.private gets `master.txt` (an age identity) and one ssh private key per machine.
//! Every secret has three readers: two machines and the master. `--secrets` counts the mesh's private keys among them;
//! `--unsealed` leaves the other secrets to be written by whoever measures that.
#![allow(clippy::disallowed_methods, reason = "it lays out files that nobody minds losing")]

use fleet::format::{
    KeyName, MachineName, MeshName, SecretName, Sensitive, SshPublicKey, WgPublicKey, sealed,
};
use fleet::keys::{PublicKeys, Recipient, pair};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How many secrets a service has.
const PER_SERVICE: usize = 10;
/// How many machines run a service.
const READERS: usize = 2;

struct Shape {
    folder: PathBuf,
    machines: usize,
    secrets: usize,
    mesh: Mesh,
    sealed: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Mesh {
    Hub,
    Full,
    None,
}

fn main() -> Outcome<()> {
    let shape = arguments(std::env::args().skip(1).collect())?;
    let private = shape.folder.with_extension("private");
    for folder in [&shape.folder, &private] {
        fs::create_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::write(shape.folder.join("fleet.toml"), toml(&shape))?;

    let master = pair::age();
    write(&private, "master.txt", master.private.expose())?;
    write(&shape.folder, &PublicKeys::master_file(&KeyName::parse("ops")?), line(&master.public.line()))?;

    let mut hosts = Vec::new();
    for index in 0..shape.machines {
        let machine = MachineName::parse(&name(index))?;
        let pair = pair::ssh(&format!("root@{machine}"))?;
        write(&private, machine.as_str(), pair.private.expose())?;
        write(&shape.folder, &PublicKeys::host_file(&machine), line(&pair.public.line()))?;
        hosts.push(pair.public);
    }
    let master = sealed::Recipient::x25519(&line_of(&master.public))?;
    let mesh = MeshName::parse("wireg0")?;
    let mut jobs = Vec::new();
    if shape.mesh != Mesh::None {
        for index in 0..shape.machines {
            let machine = MachineName::parse(&name(index))?;
            let pair = pair::wireguard();
            write(
                &shape.folder,
                &PublicKeys::mesh_file(&mesh, &machine),
                line(&WgPublicKey::to_string(&pair.public)),
            )?;
            let secret = SecretName::parse(&format!("wireguard-{mesh}/{machine}/private-key"))?;
            jobs.push((secret, vec![index], pair.private));
        }
    }
    if shape.sealed {
        for index in 0..plain_secrets(&shape) {
            let secret = SecretName::parse(&format!("{}/{}", service(index / PER_SERVICE), secret(index)))?;
            let value = Sensitive::from(format!("the value of secret {index}, as long as a password is\n"));
            jobs.push((secret, readers(&shape, index / PER_SERVICE), value));
        }
    }
    // Two threads, as there are two cores.
    let half = jobs.len() / 2;
    let (first, second) = jobs.split_at(half);
    std::thread::scope(|scope| {
        let work = [first, second].map(|jobs| {
            let (hosts, master, shape) = (&hosts, &master, &shape);
            scope.spawn(move || jobs.iter().try_for_each(|job| seal(shape, hosts, master, job)))
        });
        work.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })
}

fn arguments(words: Vec<String>) -> Outcome<Shape> {
    let mut words = words.into_iter();
    let folder =
        words.next().ok_or("usage: fleet-bench FOLDER --machines N --secrets M [--mesh hub|full|none]")?;
    let folder = PathBuf::from(folder);
    let mut shape = Shape { folder, machines: 10, secrets: 50, mesh: Mesh::Hub, sealed: true };
    while let Some(option) = words.next() {
        if option == "--unsealed" {
            shape.sealed = false;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{option} wants a value"))?;
        match (option.as_str(), value.as_str()) {
            ("--machines", number) => shape.machines = number.parse()?,
            ("--secrets", number) => shape.secrets = number.parse()?,
            ("--mesh", "hub") => shape.mesh = Mesh::Hub,
            ("--mesh", "full") => shape.mesh = Mesh::Full,
            ("--mesh", "none") => shape.mesh = Mesh::None,
            _ => return Err(format!("unknown: {option} {value}").into()),
        }
    }
    if shape.machines < READERS || shape.machines > 60_000 {
        return Err("between 2 and 60000 machines".into());
    }
    Ok(shape)
}

fn plain_secrets(shape: &Shape) -> usize {
    shape.secrets - if shape.mesh == Mesh::None { 0 } else { shape.machines.min(shape.secrets) }
}

fn name(machine: usize) -> String {
    format!("m{machine:04}")
}

fn service(index: usize) -> String {
    format!("service-{index:03}")
}

fn secret(index: usize) -> String {
    format!("secret-{:02}", index % PER_SERVICE)
}

fn readers(shape: &Shape, service: usize) -> Vec<usize> {
    (0..READERS).map(|reader| (service * READERS + reader) % shape.machines).collect()
}

fn toml(shape: &Shape) -> String {
    let mut text = String::from(
        "[fleet]\nname = \"bench\"\ndomain = \"example.net\"\n\n[channels]\nstable = \"nixpkgs\"\n\n",
    );
    text.push_str("[defaults]\nchannel = \"stable\"\n");
    if shape.mesh != Mesh::None {
        text.push_str("\n[mesh.wireg0]\nsubnet = \"10.88.0.0/16\"\nlisten_port = 2108\nkeepalive = 25\n");
        if shape.mesh == Mesh::Hub {
            let _ = writeln!(text, "hubs = [\"{}\"]", name(0));
        }
    }
    for index in 0..shape.machines {
        let _ = writeln!(text, "\n[machine.{}]\nsystem = \"x86_64-linux\"", name(index));
        match shape.mesh {
            Mesh::None => {}
            // Somebody must be reachable: everybody in a full mesh, the hub in the other.
            Mesh::Full => {
                let _ = writeln!(
                    text,
                    "mesh.wireg0 = {{ postfix = {}, endpoint = \"{}.example.net:2108\" }}",
                    index + 1,
                    name(index)
                );
            }
            Mesh::Hub if index == 0 => {
                let _ = writeln!(
                    text,
                    "mesh.wireg0 = {{ postfix = 1, endpoint = \"{}.example.net:2108\" }}",
                    name(0)
                );
            }
            Mesh::Hub => {
                let _ = writeln!(text, "mesh.wireg0 = {{ postfix = {} }}", index + 1);
            }
        }
    }
    for start in (0..plain_secrets(shape)).step_by(PER_SERVICE) {
        let number = start / PER_SERVICE;
        let machines: Vec<String> =
            readers(shape, number).into_iter().map(|reader| format!("\"{}\"", name(reader))).collect();
        let _ = writeln!(text, "\n[service.{}]\nmachines = [{}]", service(number), machines.join(", "));
        for index in start..(start + PER_SERVICE).min(plain_secrets(shape)) {
            let _ = writeln!(text, "secrets.{} = {{ generate = \"password\" }}", secret(index));
        }
    }
    text
}

fn seal(
    shape: &Shape,
    hosts: &[SshPublicKey],
    master: &sealed::Recipient,
    (name, readers, value): &(SecretName, Vec<usize>, Sensitive),
) -> Outcome<()> {
    let own = readers
        .iter()
        .map(|reader| sealed::Recipient::ssh(&hosts[*reader]))
        .collect::<Result<Vec<_>, _>>()?;
    let sealed = sealed::seal(value, own.iter().chain([master]))?;
    write(&shape.folder, &name.file(), &sealed)
}

fn line_of(recipient: &Recipient) -> String {
    recipient.line()
}

fn line(text: &str) -> Vec<u8> {
    format!("{text}\n").into_bytes()
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> Outcome<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}
