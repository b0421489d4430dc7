//! Making key pairs for mesh members: the private half sealed for its machine, the public half under keys/, and what
//! follows from it in peers/ and fleet.json, in one change.

use super::change::{Change, Outcome};
use super::fleet::{Fleet, Guard};
use crate::format::{MachineName, MeshName, SecretName, Sensitive, WgPublicKey, sealed};
use crate::inventory::{Mesh, PRIVATE_KEY};
use crate::keys::{Identities, PublicKeys};
use crate::peers::{self, Config, KeySource};
use crate::report::{Report, Reports, did_you_mean};
use crate::secrets::rekey::cannot_open;
use crate::secrets::{Readers, Store, store};

/// Makes a key pair for each of these machines in a mesh, and the pre-shared keys that are missing between them and
/// their peers. A machine that has a key keeps it unless `replace` is given.
///
/// # Errors
/// When the mesh or a machine is unknown, a member is external, or has a key already: nothing is changed then.
pub fn keygen(
    fleet: &Fleet,
    guard: &Guard,
    mesh: &MeshName,
    machines: &[MachineName],
    replace: bool,
    mark: bool,
) -> Result<Outcome, Reports> {
    let known = self::mesh(fleet, mesh)?;
    let mut wrong = Reports::default();
    let sealed = Store::open(&fleet.root).map_err(Report::from)?;
    for machine in machines {
        if let Err(report) = may_get_key(fleet, known, machine, &sealed, replace) {
            wrong.push(report);
        }
    }
    wrong.or_ok(())?;
    let mut change = Change::new(guard, fleet, fleet.clone())?;
    for machine in machines {
        change.make_mesh_key(mesh, machine)?;
    }
    for machine in machines {
        change.make_preshared_keys(mesh, machine)?;
    }
    change.commit(mark)
}

/// Makes the pre-shared keys between an external member and its peers that are missing.
///
/// # Errors
/// When one can't be sealed, or a file can't be written: nothing is changed then.
pub fn make_preshared_keys(
    fleet: &Fleet,
    guard: &Guard,
    mesh: &MeshName,
    member: &MachineName,
    mark: bool,
) -> Result<Outcome, Reports> {
    let mut change = Change::new(guard, fleet, fleet.clone())?;
    change.make_preshared_keys(mesh, member)?;
    change.commit(mark)
}

/// Takes the public key of an external member into keys/, in place of the one it has.
///
/// # Errors
/// When the mesh would be wrong with it, or a file can't be written: nothing is changed then.
pub fn take_external_key(
    fleet: &Fleet,
    guard: &Guard,
    mesh: &MeshName,
    member: &MachineName,
    key: WgPublicKey,
    mark: bool,
) -> Result<Outcome, Reports> {
    Change::new(guard, fleet, with_public_key(fleet, mesh, member, key))?.commit(mark)
}

/// The fleet as it will be when this is the member's key.
pub fn with_public_key(fleet: &Fleet, mesh: &MeshName, member: &MachineName, key: WgPublicKey) -> Fleet {
    let mut after = fleet.clone();
    after.keys.mesh.entry(mesh.clone()).or_default().insert(member.clone(), key);
    after
}

/// The configuration of an external member with its keys in place: the private key that is given, and with identities
/// the pre-shared keys of its mesh.
///
/// # Errors
/// When the member is none of the mesh, or a pre-shared key is missing or can't be opened.
pub fn filled_in(
    fleet: &Fleet,
    mesh: &MeshName,
    member: &MachineName,
    private: &Sensitive,
    identities: Option<&Identities>,
) -> Result<Config, Reports> {
    let mut config = with_private_key(fleet, mesh, member, private)?;
    let Some(identities) = identities else { return Ok(config) };
    for peer in &mut config.peers {
        let KeySource::Missing(what) = &peer.preshared_key else { continue };
        let name = SecretName::parse(what).map_err(Report::from)?;
        let Some(bytes) = store::read(&fleet.root, &name).map_err(Report::from)? else {
            return Err(Report::error(format!("secret `{name}` has no value yet"))
                .at(name.file())
                .hint(format!("make it with `fleet secret generate {name}`"))
                .into());
        };
        let value = identities.open(&bytes).map_err(|error| {
            let header = sealed::header(&bytes).ok();
            cannot_open(&name, error, &Readers::new(&fleet.keys), header.as_ref()).at(name.file())
        })?;
        peer.preshared_key = KeySource::Given(trimmed(&value));
    }
    Ok(config)
}

/// The configuration of an external member with its private key in place, and words where pre-shared keys belong.
///
/// # Errors
/// When the member is none of the mesh.
pub fn with_private_key(
    fleet: &Fleet,
    mesh: &MeshName,
    member: &MachineName,
    private: &Sensitive,
) -> Result<Config, Report> {
    let meshes = peers::derive(&fleet.inventory, &fleet.keys);
    let unknown = || Report::error(format!("`{member}` is no member of mesh `{mesh}`"));
    let network = meshes.get(mesh.as_str()).ok_or_else(unknown)?;
    let config = network.config(network.node(member.as_str()).ok_or_else(unknown)?);
    Ok(Config { private_key: KeySource::Given(trimmed(private)), ..config })
}

fn trimmed(key: &Sensitive) -> Sensitive {
    Sensitive::new(key.expose().trim_ascii().to_vec())
}

/// The mesh of this name.
///
/// # Errors
/// When there is none; guesses which was meant.
pub fn mesh<'a>(fleet: &'a Fleet, name: &MeshName) -> Result<&'a Mesh, Report> {
    let meshes = &fleet.inventory.meshes;
    meshes.get(name).ok_or_else(|| {
        let mut report = Report::error(format!("there is no mesh `{name}` in fleet.toml"));
        report.hints.extend(did_you_mean(name.as_str(), meshes.keys().map(MeshName::as_str)));
        report
    })
}

fn may_get_key(
    fleet: &Fleet,
    mesh: &Mesh,
    machine: &MachineName,
    sealed: &Store,
    replace: bool,
) -> Result<(), Report> {
    let Some(member) = mesh.members.get(machine) else {
        let report = Report::error(format!("`{machine}` is no member of mesh `{}`", mesh.name));
        let members = mesh.members.keys().map(MachineName::as_str);
        return Err(report.hint(did_you_mean(machine.as_str(), members).unwrap_or_else(|| {
            format!("give it a number: `mesh.{} = {{ postfix = … }}` in `[machine.{machine}]`", mesh.name)
        })));
    };
    let file = PublicKeys::mesh_file(&mesh.name, machine);
    if member.external {
        return Err(Report::error(format!("`{machine}` is external: its private key is not ours to make"))
            .hint(format!(
                "put its public key into {file}, or hand a fresh pair to a phone with `fleet wg qr {machine}`"
            )));
    }
    if replace {
        return Ok(());
    }
    let again = "`--replace` makes a new pair; the machine is cut off until both ends were deployed";
    if fleet.keys.mesh.get(&mesh.name).is_some_and(|keys| keys.contains_key(machine)) {
        let message = format!("`{machine}` has a key in mesh `{}`", mesh.name);
        return Err(Report::error(message).at(file).hint(again));
    }
    let secret = SecretName::parse(&format!("{}/{machine}/{PRIVATE_KEY}", mesh.service()))?;
    if sealed.names().any(|name| *name == secret) {
        return Err(Report::error(format!(
            "the private key of `{machine}` is sealed already, and {file} is missing"
        ))
        .at(secret.file())
        .hint(format!("`fleet secret show {secret} | wg pubkey > {file}` brings the public half back"))
        .hint(again));
    }
    Ok(())
}
