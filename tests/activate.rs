//! A machine's secrets opened below a pretend root: what services find there, what stays, what goes, who is told.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test lays out its own files and fails by panicking"
)]

use fleet::activate::{Change, Choice, Options, Outcome, State, activate, remove};
use fleet::cli::Console;
use fleet::format::sealed::{Recipient, seal};
use fleet::format::{Sensitive, ServiceName, SshPublicKey};
use fleet::keys::pair;
use fleet::os::memory::Medium;
use fleet::report::Report;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A folder that stands for a machine, with a host key.
struct Machine {
    root: PathBuf,
    host: SshPublicKey,
}

impl Machine {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("fleet-activate-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().join(name);
        fs::create_dir_all(root.join("etc/ssh")).unwrap();
        fs::create_dir_all(root.join("etc/fleet")).unwrap();
        let host = pair::ssh("a test's host").unwrap();
        fs::write(root.join("etc/ssh/ssh_host_ed25519_key"), host.private.expose()).unwrap();
        Machine { root, host: host.public }
    }

    /// Seals a value for this machine, with a fresh file key as always.
    fn seal(&self, name: &str, plaintext: &str) -> &Self {
        let sealed =
            seal(&Sensitive::from(plaintext.to_owned()), [&Recipient::ssh(&self.host).unwrap()]).unwrap();
        fs::write(self.root.join("etc/fleet").join(name), sealed).unwrap();
        self
    }

    fn damage(&self, name: &str) -> &Self {
        let path = self.root.join("etc/fleet").join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, &text[..text.len() / 2]).unwrap();
        self
    }

    fn manifest(&self, services: &str) -> &Self {
        let text = format!("{{ \"version\": 1, \"services\": {{ {services} }} }}");
        fs::write(self.root.join("etc/fleet/secrets.json"), text).unwrap();
        self
    }

    fn options(&self, choice: Choice) -> Options {
        Options { root: Some(self.root.clone()), choice, allow_disk: true, ..Options::default() }
    }

    /// `fleet activate` without a choice.
    fn activate(&self) -> Outcome {
        activate(&self.options(Choice::Present)).unwrap_or_else(|reports| panic!("{}", shown(&reports.0)))
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.root.join(path)).unwrap().permissions().mode() & 0o7777
    }

    /// Every path below `run` with what it holds or points at.
    fn tree(&self) -> BTreeSet<String> {
        fn walk(folder: &Path, base: &Path, found: &mut BTreeSet<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(base).unwrap().display().to_string();
                if let Ok(target) = fs::read_link(&path) {
                    found.insert(format!("{name} -> {}", target.display()));
                } else if path.is_dir() {
                    found.insert(format!("{name}/"));
                    walk(&path, base, found);
                } else if name != "fleet/lock" {
                    found.insert(format!("{name} = {}", fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut found = BTreeSet::new();
        walk(&self.root.join("run"), &self.root.join("run"), &mut found);
        found
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn shown(reports: &[Report]) -> String {
    reports.iter().map(|report| report.render(false)).collect()
}

fn service(name: &str) -> ServiceName {
    ServiceName::parse(name).unwrap()
}

/// What became of `service/secret`.
fn change(outcome: &Outcome, name: &str) -> Change {
    let (service, secret) = name.split_once('/').unwrap();
    outcome.services.iter().find(|it| it.service.as_str() == service).unwrap().changes[secret]
}

fn state(outcome: &Outcome, name: &str) -> State {
    outcome.services.iter().find(|it| it.service.as_str() == name).unwrap().state
}

fn units<'a>(units: impl IntoIterator<Item = &'a fleet::format::manifest::UnitName>) -> Vec<&'a str> {
    units.into_iter().map(|unit| unit.as_str()).collect()
}

const TWO: &str = r#"
    "nginx": { "secrets": { "key": { "file": "a.age", "mode": "0440", "restart": ["nginx.service"] } } },
    "api": { "secrets": { "key": { "file": "b.age", "reload": ["api.service"] } } }"#;

#[test]
fn services_with_secrets_of_one_name_find_their_own() {
    let machine = Machine::new();
    machine.seal("a.age", "of nginx").seal("b.age", "of api").manifest(TWO);
    let outcome = machine.activate();
    assert_eq!((change(&outcome, "nginx/key"), change(&outcome, "api/key")), (Change::New, Change::New));
    assert!(outcome.restart.is_empty() && outcome.reload.is_empty(), "what is new restarts nothing");
    let expected = [
        "api-keys/",
        "api-keys/..data -> ../fleet/secrets/api/1",
        "api-keys/key -> ..data/key",
        "fleet/",
        "fleet/secrets/",
        "fleet/secrets/api/",
        "fleet/secrets/api/1/",
        "fleet/secrets/api/1/key = of api",
        "fleet/secrets/api/directory -> api-keys",
        "fleet/secrets/nginx/",
        "fleet/secrets/nginx/1/",
        "fleet/secrets/nginx/1/key = of nginx",
        "fleet/secrets/nginx/directory -> nginx-keys",
        "nginx-keys/",
        "nginx-keys/..data -> ../fleet/secrets/nginx/1",
        "nginx-keys/key -> ..data/key",
    ];
    assert_eq!(machine.tree().iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(machine.read("run/nginx-keys/key").as_deref(), Some("of nginx"));
    assert_eq!((machine.mode("run/nginx-keys/key"), machine.mode("run/api-keys/key")), (0o440, 0o400));
    assert_eq!((machine.mode("run/nginx-keys"), machine.mode("run/fleet/secrets")), (0o751, 0o711));
}

#[test]
fn a_new_plaintext_tells_its_units_and_a_new_seal_does_not() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO).activate();
    let before = (machine.tree(), fs::metadata(machine.root.join("run/nginx-keys/key")).unwrap().ino());

    machine.seal("a.age", "one").seal("b.age", "two");
    let rekeyed = machine.activate();
    assert_eq!(change(&rekeyed, "nginx/key"), Change::Unchanged);
    assert!(rekeyed.restart.is_empty() && rekeyed.reload.is_empty());
    assert_eq!(
        (machine.tree(), fs::metadata(machine.root.join("run/nginx-keys/key")).unwrap().ino()),
        before
    );

    machine.seal("a.age", "another").seal("b.age", "other");
    let changed = machine.activate();
    assert_eq!(
        (units(&changed.restart), units(&changed.reload)),
        (vec!["nginx.service"], vec!["api.service"])
    );
    assert_eq!(machine.read("run/nginx-keys/key").as_deref(), Some("another"));
    assert!(!machine.root.join("run/fleet/secrets/nginx/1").exists(), "the old generation is gone");
    assert!(machine.activate().restart.is_empty(), "units are told once");
}

#[test]
fn one_bad_secret_fails_its_own_service_and_the_last_good_values_stay() {
    let machine = Machine::new();
    let services = r#"
        "pair": { "secrets": { "bad": { "file": "bad.age" }, "good": { "file": "good.age", "restart": ["pair.service"] } } },
        "other": { "secrets": { "key": { "file": "other.age" } } },
        "system": { "secrets": { "bad": { "file": "bad.age" }, "good": { "file": "good.age", "restart": ["x.service"] } } }"#;
    machine
        .seal("bad.age", "bad 1")
        .seal("good.age", "good 1")
        .seal("other.age", "other 1")
        .manifest(services)
        .activate();

    machine.damage("bad.age").seal("good.age", "good 2").seal("other.age", "other 2");
    let outcome = machine.activate();
    assert!(outcome.reports.has_errors());
    let said = shown(&outcome.reports.0);
    assert!(said.contains("secret `pair/bad` can't be opened") && said.contains("bad.age"), "{said}");
    assert!(said.contains("last good value stays"), "{said}");
    // A service's secrets are one set: all stay as they were, and it is not restarted into a failure.
    assert_eq!(machine.read("run/pair-keys/bad").as_deref(), Some("bad 1"));
    assert_eq!(machine.read("run/pair-keys/good").as_deref(), Some("good 1"));
    assert_eq!(state(&outcome, "pair"), State::Kept);
    assert_eq!(machine.read("run/other-keys/key").as_deref(), Some("other 2"));
    // The machine's own stand each for itself.
    assert_eq!(machine.read("run/system-keys/bad").as_deref(), Some("bad 1"));
    assert_eq!(machine.read("run/system-keys/good").as_deref(), Some("good 2"));
    assert_eq!(state(&outcome, "system"), State::Partial);
    assert_eq!(units(&outcome.restart), ["x.service"]);

    machine.seal("bad.age", "bad 3");
    let mended = machine.activate();
    assert_eq!(units(&mended.restart), ["pair.service"], "the change that waited is told now");
    assert_eq!(machine.read("run/pair-keys/bad").as_deref(), Some("bad 3"));
    assert_eq!(machine.read("run/pair-keys/good").as_deref(), Some("good 2"));
}

#[test]
fn a_service_that_never_had_its_secrets_gets_none_when_one_is_bad() {
    let machine = Machine::new();
    machine.seal("good.age", "good").seal("bad.age", "bad").damage("bad.age");
    machine.manifest(
        r#"
        "web": { "secrets": { "bad": { "file": "bad.age" }, "good": { "file": "good.age" } } },
        "system": { "secrets": { "bad": { "file": "bad.age" }, "good": { "file": "good.age" } } }"#,
    );
    let outcome = machine.activate();
    assert_eq!((state(&outcome, "web"), change(&outcome, "web/bad")), (State::Failed, Change::Failed));
    assert!(!machine.root.join("run/web-keys").exists());
    assert!(!machine.tree().iter().any(|path| path.starts_with("fleet/secrets/web")));
    assert_eq!(machine.read("run/system-keys/good").as_deref(), Some("good"));
    assert!(!machine.root.join("run/system-keys/bad").exists());
}

#[test]
fn each_way_to_be_wrong_has_its_words() {
    let machine = Machine::new();
    let other = Machine::new();
    other.seal("x.age", "for another machine");
    machine.seal("ok.age", "ok");
    fs::copy(other.root.join("etc/fleet/x.age"), machine.root.join("etc/fleet/x.age")).unwrap();
    fs::write(machine.root.join("etc/fleet/text.age"), "plain").unwrap();
    for (file, words) in [
        ("x.age", "sealed for other keys than this machine's"),
        ("text.age", "it is no age file"),
        ("none.age", "none.age"),
    ] {
        machine.manifest(&format!(r#""web": {{ "secrets": {{ "s": {{ "file": "{file}" }} }} }}"#));
        let said = shown(&machine.activate().reports.0);
        assert!(
            said.contains("error: secret `web/s` can't be opened") && said.contains(words),
            "{file}: {said}"
        );
    }
    machine.manifest(r#""web": { "secrets": { "s": { "file": "ok.age" } } }"#);
    let whole = |change: &dyn Fn(&mut Options)| {
        let mut options = machine.options(Choice::All);
        change(&mut options);
        activate(&options).err().map(|reports| shown(&reports.0)).unwrap_or_default()
    };
    let unknown = Choice::Named { system: false, users: false, services: [service("wbe")].into() };
    for (said, words) in [
        (whole(&|options| options.allow_disk = false), "lies on a disk"),
        (whole(&|options| options.identity = Some("/nowhere".into())), "has no host key"),
        (
            whole(&|options| options.identity = Some(machine.root.join("etc/fleet/ok.age"))),
            "can't open secrets",
        ),
        (whole(&|options| options.manifest = Some("/nowhere".into())), "has no manifest"),
        (whole(&|options| options.choice = unknown.clone()), "did you mean `web`?"),
    ] {
        assert!(
            said.contains(words) && said.contains("hint:") || said.contains("did you mean"),
            "{words}: {said}"
        );
    }
}

#[test]
fn what_the_manifest_no_longer_names_disappears() {
    let machine = Machine::new();
    machine.seal("a.age", "a").seal("b.age", "b");
    machine.manifest(
        r#"
        "web": { "secrets": { "one": { "file": "a.age" }, "two": { "file": "b.age" } } },
        "old": { "secrets": { "one": { "file": "a.age" } } },
        "gone": { "directory": "elsewhere", "secrets": { "one": { "file": "a.age" } } }"#,
    );
    machine.activate();
    assert_eq!(machine.read("run/elsewhere/one").as_deref(), Some("a"));
    machine.manifest(r#""web": { "secrets": { "two": { "file": "b.age" } } }, "old": {}"#);
    let outcome = machine.activate();
    assert_eq!(state(&outcome, "gone"), State::Removed);
    let left: Vec<String> =
        machine.tree().into_iter().filter(|path| path.contains("one") || path.contains("old")).collect();
    assert_eq!(left, [""; 0]);
    assert!(
        !machine.root.join("run/elsewhere").exists() && !machine.root.join("run/fleet/secrets/gone").exists()
    );
    assert_eq!(machine.read("run/web-keys/two").as_deref(), Some("b"));
}

#[test]
fn a_unit_that_ended_takes_its_secrets_along_and_the_manifest_is_not_asked() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO).activate();
    fs::remove_file(machine.root.join("etc/fleet/secrets.json")).unwrap();
    remove(&machine.options(Choice::Present), &[service("nginx"), service("never-was")]).unwrap();
    let left: Vec<String> = machine.tree().into_iter().filter(|path| path.contains("nginx")).collect();
    assert_eq!(left, [""; 0]);
    assert_eq!(machine.read("run/api-keys/key").as_deref(), Some("two"));
}

#[test]
fn a_sealed_file_is_looked_for_beside_the_manifest_below_the_root_and_where_it_says() {
    let machine = Machine::new();
    let elsewhere = Machine::new();
    machine.seal("a.age", "below the root");
    let sealed =
        seal(&Sensitive::from("outside".to_owned()), [&Recipient::ssh(&machine.host).unwrap()]).unwrap();
    let outside = elsewhere.root.join("outside.age");
    fs::write(&outside, sealed).unwrap();
    machine.manifest(&format!(
        r#""web": {{ "secrets": {{ "root": {{ "file": "/etc/fleet/a.age" }}, "beside": {{ "file": "a.age" }}, "outside": {{ "file": "{}" }} }} }}"#,
        outside.display()
    ));
    assert!(!machine.activate().reports.has_errors());
    assert_eq!(machine.read("run/web-keys/root").as_deref(), Some("below the root"));
    assert_eq!(machine.read("run/web-keys/beside").as_deref(), Some("below the root"));
    assert_eq!(machine.read("run/web-keys/outside").as_deref(), Some("outside"));
}

#[test]
fn a_service_may_move_to_another_directory() {
    let machine = Machine::new();
    machine.seal("a.age", "a").manifest(r#""web": { "secrets": { "s": { "file": "a.age" } } }"#).activate();
    machine.manifest(
        r#""web": { "directory": "web-secrets", "secrets": { "s": { "file": "a.age", "name": "token" } } }"#,
    );
    machine.activate();
    assert_eq!(machine.read("run/web-secrets/token").as_deref(), Some("a"));
    assert!(!machine.root.join("run/web-keys").exists());
}

#[test]
fn what_a_killed_run_left_is_taken_away_and_its_units_are_told() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO).activate();
    let clean = machine.tree();
    let state = machine.root.join("run/fleet/secrets/nginx");
    fs::create_dir(state.join(".staging")).unwrap();
    fs::write(state.join(".staging/key"), "half").unwrap();
    fs::create_dir(state.join("2")).unwrap();
    fs::write(state.join("2/key"), "whole, but never named").unwrap();
    std::os::unix::fs::symlink("..data/old", machine.root.join("run/nginx-keys/old")).unwrap();
    std::os::unix::fs::symlink("x", machine.root.join("run/nginx-keys/.fleet-1-0-..data")).unwrap();
    // Killed after the change was visible and before systemd was asked.
    fs::write(machine.root.join("run/fleet/restart"), "restart nginx.service\nreload nginx.service\n")
        .unwrap();
    let outcome = machine.activate();
    assert_eq!(machine.tree(), clean);
    assert_eq!((units(&outcome.restart), units(&outcome.reload)), (vec!["nginx.service"], vec![]));
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO);
    let dry = Options { dry_run: true, ..machine.options(Choice::All) };
    assert_eq!(change(&activate(&dry).unwrap(), "nginx/key"), Change::New);
    assert!(!machine.root.join("run").exists());
    machine.activate();
    let before = machine.tree();
    machine.seal("a.age", "another").damage("b.age");
    let outcome = activate(&dry).unwrap();
    assert_eq!((change(&outcome, "nginx/key"), change(&outcome, "api/key")), (Change::Changed, Change::Kept));
    assert_eq!(units(&outcome.restart), ["nginx.service"]);
    assert!(outcome.reports.has_errors());
    assert_eq!(machine.tree(), before);
}

#[test]
fn what_is_needed_for_users_opens_first_and_the_rest_joins_it() {
    let machine = Machine::new();
    machine.seal("a.age", "hash").seal("b.age", "later");
    machine.manifest(
        r#""system": { "secrets": {
        "password": { "file": "a.age", "needed_for_users": true }, "backup": { "file": "b.age" } } }"#,
    );
    let named = |system, users| {
        let choice = Choice::Named { system, users, services: BTreeSet::new() };
        activate(&machine.options(choice)).unwrap()
    };
    let first = named(false, true);
    assert_eq!(
        (change(&first, "system/password"), change(&first, "system/backup")),
        (Change::New, Change::Waiting)
    );
    assert_eq!(machine.read("run/system-keys/password").as_deref(), Some("hash"));
    assert!(!machine.root.join("run/system-keys/backup").exists());
    named(true, false);
    assert_eq!(machine.read("run/system-keys/password").as_deref(), Some("hash"));
    assert_eq!(machine.read("run/system-keys/backup").as_deref(), Some("later"));
    // Later in the machine's life the first stage leaves the other secrets alone, also when they can't be opened.
    machine.damage("b.age").seal("a.age", "hash 2");
    assert!(!named(false, true).reports.has_errors());
    assert_eq!(machine.read("run/system-keys/password").as_deref(), Some("hash 2"));
    assert_eq!(machine.read("run/system-keys/backup").as_deref(), Some("later"));
}

#[test]
fn memory_needs_no_permission_to_write_to_a_disk() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO);
    let name = format!("fleet-activate-{}", std::process::id());
    let memory = Path::new("/dev/shm").join(name);
    if fs::create_dir(&memory).is_err() || fleet::os::memory::medium(&memory).unwrap() == Medium::Disk {
        println!("skipped: memory_needs_no_permission_to_write_to_a_disk: /dev/shm is no tmpfs");
        return;
    }
    std::os::unix::fs::symlink(&memory, machine.root.join("run")).unwrap();
    let strict = Options { allow_disk: false, ..machine.options(Choice::All) };
    let outcome = activate(&strict);
    let read = machine.read("run/nginx-keys/key");
    fs::remove_dir_all(&memory).unwrap();
    assert_eq!(read.as_deref(), Some("one"));
    let said = shown(&outcome.unwrap().reports.0);
    assert_eq!(said.contains("is swappable"), fleet::os::memory::has_swap(), "{said}");
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO);
    let folder = machine.root.join("run/nginx-keys");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mine"), "mine").unwrap();
    let said = shown(&machine.activate().reports.0);
    assert!(said.contains("nginx-keys` is not fleet's"), "{said}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(machine.read("run/api-keys/key").as_deref(), Some("two"), "the other service is served");
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(machine.root.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", &folder).unwrap();
    let said = shown(&machine.activate().reports.0);
    assert!(said.contains("it is no folder"), "{said}");
    assert_eq!(fs::read_dir(machine.root.join("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_reader_meets_the_old_set_or_the_new_one_and_never_a_mixture() {
    let machine = Machine::new();
    machine.manifest(
        r#""web": { "secrets": { "cert": { "file": "cert.age" }, "key": { "file": "key.age" } } }"#,
    );
    machine.seal("cert.age", "0").seal("key.age", "0").activate();
    let done = AtomicBool::new(false);
    let (seen, mixed) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut seen, mut mixed) = (BTreeSet::new(), 0);
            while !done.load(Ordering::Relaxed) {
                // One generation, held by its folder as a service holds its files: read both or find it replaced.
                let generation = fs::canonicalize(machine.root.join("run/web-keys/..data"));
                let Ok(generation) = generation else { continue };
                let read = |name: &str| fs::read_to_string(generation.join(name));
                if let (Ok(cert), Ok(key)) = (read("cert"), read("key")) {
                    mixed += usize::from(cert != key);
                    seen.insert(cert);
                }
            }
            (seen, mixed)
        });
        for number in 1..40 {
            let value = number.to_string();
            machine.seal("cert.age", &value).seal("key.age", &value).activate();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert_eq!(mixed, 0);
    assert!(seen.len() > 3, "the reader hardly saw a change: {seen:?}");
}

#[test]
fn runs_at_the_same_time_wait_for_each_other() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(!machine.activate().reports.has_errors()));
        }
    });
    assert_eq!(machine.tree().iter().filter(|path| path.starts_with("fleet/secrets/nginx/")).count(), 4);
}

#[test]
fn root_gives_files_to_their_owners_and_folders_to_the_group_they_share() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        println!(
            "skipped: root_gives_files_to_their_owners_and_folders_to_the_group_they_share: it needs root"
        );
        return;
    }
    let machine = Machine::new();
    fs::write(machine.root.join("etc/passwd"), "root:x:0:0::/:\nnginx:x:4321:4321::/:\n").unwrap();
    fs::write(machine.root.join("etc/group"), "root:x:0:\nwww:x:4322:\n").unwrap();
    machine.seal("a.age", "a").seal("b.age", "b").manifest(r#"
        "nginx": { "secrets": { "a": { "file": "a.age", "owner": "nginx" }, "b": { "file": "b.age", "owner": "nginx" } } },
        "mixed": { "secrets": { "a": { "file": "a.age", "owner": "nginx", "group": "www", "mode": "0440" }, "b": { "file": "b.age" } } },
        "number": { "secrets": { "a": { "file": "a.age", "owner": "77", "group": "78" } } },
        "nobody": { "secrets": { "a": { "file": "a.age", "owner": "ngnix" } } },
        "nogroup": { "secrets": { "a": { "file": "a.age", "owner": "77" } } }"#);
    let outcome = machine.activate();
    let owner = |path: &str| {
        let there = fs::metadata(machine.root.join(path)).unwrap();
        (there.uid(), there.gid(), there.mode() & 0o7777)
    };
    assert_eq!(owner("run/nginx-keys/a"), (4321, 4321, 0o400));
    assert_eq!(owner("run/nginx-keys"), (0, 4321, 0o751));
    assert_eq!(owner("run/nginx-keys/..data"), (0, 4321, 0o751));
    assert_eq!(owner("run/mixed-keys/a"), (4321, 4322, 0o440));
    assert_eq!(owner("run/mixed-keys"), (0, 0, 0o751));
    assert_eq!(owner("run/number-keys/a"), (77, 78, 0o400));
    let said = shown(&outcome.reports.0);
    assert!(said.contains("there is no user `ngnix` on this machine"), "{said}");
    assert!(said.contains("user 77 has no entry"), "{said}");
    assert_eq!((state(&outcome, "nobody"), state(&outcome, "nginx")), (State::Failed, State::Open));
    // Another owner is no other plaintext: the file changes hands, nobody is restarted.
    machine.manifest(r#""nginx": { "secrets": {
        "a": { "file": "a.age", "restart": ["nginx.service"] }, "b": { "file": "b.age", "owner": "nginx" } } }"#);
    let outcome = machine.activate();
    assert_eq!((change(&outcome, "nginx/a"), outcome.restart.len()), (Change::Attributes, 0));
    assert_eq!(owner("run/nginx-keys/a"), (0, 0, 0o400));
}

#[test]
fn the_command_exits_with_one_when_a_secret_fails_and_two_when_the_command_line_is_wrong() {
    let machine = Machine::new();
    machine.seal("a.age", "one").seal("b.age", "two").manifest(TWO);
    let root = machine.root.display().to_string();
    let run = |words: &[&str]| {
        let mut args = vec!["fleet", "activate", "--root", &root, "--allow-disk"];
        args.extend(words);
        fleet::cli::run(
            args.iter().map(Into::into).collect(),
            &mut Console::to(std::io::sink(), std::io::sink()),
        )
    };
    assert_eq!(run(&[]), 0);
    assert_eq!(run(&["--service", "nginx", "--json"]), 0);
    machine.damage("a.age");
    assert_eq!(run(&[]), 1);
    assert_eq!(run(&["--service", "api"]), 0, "another service is not concerned");
    assert_eq!(run(&["--service", "../x"]), 2);
    assert_eq!(run(&["--all", "--system"]), 2);
    assert_eq!(run(&["--units", "--program", "/nix/store/x/bin/fleet"]), 2);
    assert_eq!(run(&["--remove", "--service", "api"]), 0);
    assert!(!machine.root.join("run/api-keys").exists());
}
