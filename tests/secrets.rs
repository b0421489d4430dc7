//! Secrets from the command line: no value is ever lost, and nobody reads what they should not.
#![allow(clippy::disallowed_methods, reason = "tests lay out their own files and start the program")]

mod scratch;

use scratch::{FLEET, Fleet, Ran, finished, holds, ran, until};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn a_value_that_is_set_is_read_by_its_machines_and_masters_and_nobody_else() {
    let fleet = Fleet::new("set");
    fleet.set("nginx/session-key", "hello\n").ok().says(&["`web1`, `web2` and master `anna`"]);
    assert_eq!(fleet.show("nginx/session-key"), "hello\n");
    for machine in ["web1", "web2"] {
        assert_eq!(fleet.show_as(machine, "nginx/session-key").ok().out, "hello\n");
    }
    let db1 = fleet.show_as("db1", "nginx/session-key");
    db1.fails(&[
        "can't be opened",
        "none of your identities",
        "it is sealed for `web1`, `web2`, master `anna`",
    ]);
    assert!(fleet.text("secrets/nginx/session-key.age").starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));

    fleet.set("nginx/web1/tls", [0, 159, 146, 150]).ok();
    let out = Command::new(env!("CARGO_BIN_EXE_fleet"))
        .args(["secret", "show", "nginx/tls", "--machine", "web1", "--identity"])
        .arg(fleet.base.join("anna"))
        .current_dir(&fleet.root)
        .output()
        .unwrap();
    assert_eq!(out.stdout, [0, 159, 146, 150]);
    assert!(fleet.show_as("web2", "nginx/web1/tls").code != 0);

    let list = fleet.run(&["secret", "list", "--json"]).ok().out;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list[0]["name"], "nginx/session-key");
    assert_eq!(list[0]["readers"], serde_json::json!(["anna", "web1", "web2"]));
    assert_eq!(list[0]["state"], "sealed");
    assert_eq!(list[2]["state"], "no value");
    let db1 = fleet.run(&["secret", "list", "--machine", "db1"]).ok().out;
    assert!(db1.contains("postgresql/password") && !db1.contains("nginx"), "{db1}");
}

#[test]
fn what_makes_no_value_is_refused_and_changes_nothing() {
    let fleet = Fleet::new("refused");
    fleet.set("nginx/session-key", "old").ok();
    let before = fleet.read("secrets/nginx/session-key.age");
    fleet.set("nginx/session-key", "").fails(&["the value is empty"]);
    fleet.set("nginx/session-key", vec![b'x'; (16 << 20) + 1]).fails(&["larger than"]);
    ran(fleet.command(&["secret", "set", "--trim", "nginx/session-key"]), b"\n")
        .fails(&["the value is empty"]);
    fleet.set("nginx", "x").fails(&["has 3 secrets"]);
    fleet
        .set("nginx/session-kye", "x")
        .fails(&["did you mean `nginx/session-key`?", "secrets.session-kye = {}"]);
    assert_eq!(fleet.read("secrets/nginx/session-key.age"), before);
    ran(fleet.command(&["secret", "set", "--trim", "nginx/session-key"]), b"a\n\n").ok();
    assert_eq!(fleet.show("nginx/session-key"), "a\n");

    fs::remove_file(fleet.root.join("keys/masters/anna.pub")).unwrap();
    fleet.set("nginx/session-key", "x").fails(&["no master"]);
}

#[test]
fn names_and_links_do_not_leave_the_fleets_folder() {
    let fleet = Fleet::new("escape");
    for name in
        ["../x", "/etc/passwd", "a/../b", "a/b/c/d", "nginx/..", ".git/config", "a\nb/c", "nginx/\u{1b}[2J"]
    {
        for verb in ["show", "set", "edit", "remove", "generate"] {
            let ran = fleet.run(&["secret", verb, name]).fails(&[]);
            assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
        }
    }
    fs::create_dir_all(fleet.root.join("secrets/nginx")).unwrap();
    let outside = fleet.base.join("outside");
    fs::write(&outside, "mine").unwrap();
    symlink(&outside, fleet.root.join("secrets/nginx/session-key.age")).unwrap();
    fleet.set("nginx/session-key", "x").fails(&["a link leads out of the fleet's folder"]);
    fleet.run(&["secret", "show", "nginx/session-key"]).fails(&["a link leads out"]);
    fleet.run(&["secret", "check"]).fails(&["a link leads out"]);
    symlink(&fleet.base, fleet.root.join("secrets/postgresql")).unwrap();
    fleet.set("postgresql/password", "x").fails(&["a link leads out"]);
    assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
    assert!(!fleet.base.join("password.age").exists());
}

#[test]
fn an_edit_changes_the_value_and_only_when_it_changes() {
    let fleet = Fleet::new("edit");
    // A first value needs no private key.
    let mut command = fleet.edit_command("postgresql/password", "printf first > \"$1\"");
    command.env_remove("FLEET_IDENTITY");
    ran(command, b"").ok();
    assert_eq!(fleet.show("postgresql"), "first");

    fleet.edit("postgresql", "test \"$(cat \"$1\")\" = first && printf second > \"$1\"").ok();
    assert_eq!(fleet.show("postgresql"), "second");
    let before = fleet.read("secrets/postgresql/password.age");
    for script in ["true", "printf second > \"$1\"", "echo second > \"$1\""] {
        fleet.edit("postgresql", script).ok().says(&["nothing was changed"]);
    }
    for (script, words) in [
        ("exit 1", "ended with exit status: 1"),
        ("echo third > \"$1\"; kill -9 $$", "signal: 9"),
        (": > \"$1\"", "the draft is empty"),
        ("rm \"$1\"", "can't be read back"),
        ("ln -sf /etc/passwd \"$1\"", "can't be read back"),
        ("head -c 17000000 /dev/zero > \"$1\"", "can't be read back"),
    ] {
        fleet.edit("postgresql", script).fails(&[words]);
    }
    assert_eq!(fleet.read("secrets/postgresql/password.age"), before);
    // As vim saves: a new file in the place of the old one.
    fleet.edit("postgresql", "printf third > \"$1.new\" && mv \"$1.new\" \"$1\"").ok();
    assert_eq!(fleet.show("postgresql"), "third");
    fleet.edit("nginx", "true").fails(&["has 3 secrets"]);
    fleet.edit("nginx/tls", "true").fails(&["has 2 secrets", "`nginx/web1/tls`"]);
}

/// The folder of a draft that was kept, as the message names it.
fn kept_draft(ran: &Ran) -> PathBuf {
    let (_, after) = ran.err.split_once("switched off: `").expect("the draft is named");
    PathBuf::from(after.split('`').next().expect("split answers at least one part"))
}

#[test]
fn an_edit_that_meets_another_change_is_a_conflict_and_keeps_the_draft() {
    let fleet = Fleet::new("conflict");
    fleet.set("postgresql/password", "old").ok();
    // No lock is held while the editor is open, or this would wait for itself.
    let other = "printf theirs | $FLEET secret set postgresql/password || exit 9; printf mine > \"$1\"";
    let conflict = fleet.edit("postgresql", other).fails(&["was changed by somebody else"]);
    assert_eq!(fleet.show("postgresql"), "theirs");
    let draft = kept_draft(&conflict);
    assert_eq!(fs::read_to_string(&draft).unwrap(), "mine");
    // The next run does not remove it.
    fleet.edit("postgresql", "true").ok();
    assert_eq!(fs::read_to_string(&draft).unwrap(), "mine");
    fs::remove_dir_all(draft.parent().unwrap()).unwrap();

    let removed = "$FLEET secret remove postgresql/password || exit 9; printf mine > \"$1\"";
    let conflict = fleet.edit("postgresql", removed).fails(&["was removed while"]);
    fs::remove_dir_all(kept_draft(&conflict).parent().unwrap()).unwrap();
    let created = "printf theirs | $FLEET secret set postgresql/password || exit 9; printf mine > \"$1\"";
    let conflict = fleet.edit("postgresql", created).fails(&["given a value by somebody else"]);
    fs::remove_dir_all(kept_draft(&conflict).parent().unwrap()).unwrap();
    assert_eq!(fleet.show("postgresql"), "theirs");
}

#[test]
fn an_edit_that_meets_a_rekey_or_the_same_value_goes_on() {
    let fleet = Fleet::new("meets");
    fleet.set("postgresql/password", "old").ok();
    fleet.edit("postgresql", "$FLEET secret rekey --all || exit 9; printf new > \"$1\"").ok();
    assert_eq!(fleet.show("postgresql"), "new");
    let same = "printf newer | $FLEET secret set postgresql/password || exit 9; printf newer > \"$1\"";
    fleet.edit("postgresql", same).ok();
    assert_eq!(fleet.show("postgresql"), "newer");
}

#[test]
fn a_draft_that_can_not_be_saved_for_any_other_reason_is_kept_too() {
    let fleet = Fleet::new("unsaved");
    fleet.set("postgresql/password", "old").ok();
    let broken = fleet.edit("postgresql", "echo 'broken = ' >> fleet.toml; printf mine > \"$1\"").fails(&[]);
    let draft = kept_draft(&broken);
    assert_eq!(fs::read_to_string(&draft).unwrap(), "mine");
    fs::remove_dir_all(draft.parent().unwrap()).unwrap();
}

#[test]
fn a_signal_ends_the_edit_wipes_the_draft_and_changes_nothing() {
    let fleet = Fleet::new("signal");
    fleet.set("postgresql/password", "old").ok();
    for signal in ["TERM", "HUP", "INT"] {
        let told = fleet.base.join("told");
        let script = format!("echo half > \"$1\"; echo \"$1\" > {}; exec sleep 60", told.display());
        let mut command = fleet.edit_command("postgresql", &script);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        until("the editor was open", || fs::read_to_string(&told).is_ok_and(|text| text.ends_with('\n')));
        let draft = PathBuf::from(fs::read_to_string(&told).unwrap().trim());
        assert!(draft.exists());
        let kill =
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        finished(child).fails(&["interrupted: nothing was changed"]);
        assert!(!draft.parent().unwrap().exists(), "{signal} left the draft");
        fs::remove_file(&told).unwrap();
        assert_eq!(fleet.show("postgresql"), "old");
    }
}

#[test]
fn the_draft_of_a_run_that_was_killed_is_removed_by_the_next_run() {
    let fleet = Fleet::new("killed");
    fleet.set("postgresql/password", "old").ok();
    let told = fleet.base.join("told");
    let script = format!("echo \"$$ $1\" > {}; exec sleep 60", told.display());
    let mut child = fleet.edit_command("postgresql", &script).spawn().unwrap();
    until("the editor was open", || fs::read_to_string(&told).is_ok_and(|text| text.ends_with('\n')));
    let text = fs::read_to_string(&told).unwrap();
    let (editor, draft) = text.trim().split_once(' ').unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // While the editor is open, its draft is not taken away under it.
    fleet.edit("postgresql", "true").ok();
    assert!(Path::new(draft).exists());
    assert!(Command::new("kill").args(["-9", editor]).status().unwrap().success());
    until("the draft was swept", || {
        fleet.edit("postgresql", "true").ok();
        !Path::new(draft).exists()
    });
}

#[test]
fn a_damaged_file_is_named_and_leaves_the_others_alone() {
    let fleet = Fleet::new("damaged");
    for name in ["nginx/session-key", "nginx/web1/tls", "nginx/web2/tls"] {
        fleet.set(name, name).ok();
    }
    let whole = fleet.text("secrets/nginx/web1/tls.age");
    fleet.write("secrets/nginx/web1/tls.age", whole.replacen("\nY", "\n!", 1));
    fleet.write("secrets/postgresql/password.age", "no age file");
    let check = fleet.run_without_identity(&["secret", "check"]);
    let check =
        check.fails(&["secret `nginx/web1/tls` is damaged", "armour is damaged in line 2", "no age file"]);
    assert!(!check.err.contains("`nginx/web2/tls`"), "{}", check.err);
    assert_eq!(fleet.show("nginx/session-key"), "nginx/session-key");

    // db1 joins: two files change, and one of those to be looked at is damaged.
    fleet.replace("[\"@web\"]", "[\"@web\", \"db1\"]");
    let before = fleet.read("secrets/nginx/session-key.age");
    let rekey = fleet.run(&["secret", "rekey"]);
    rekey.fails(&["nginx/web1/tls", "nothing was changed", "--keep-going"]);
    assert_eq!(fleet.read("secrets/nginx/session-key.age"), before);
    fleet
        .run(&["secret", "rekey", "--keep-going"])
        .fails(&["sealed `nginx/session-key` again", "nginx/web1/tls"]);
    assert_eq!(fleet.show_as("db1", "nginx/session-key").ok().out, "nginx/session-key");
    assert_eq!(fleet.text("secrets/postgresql/password.age"), "no age file");

    // The value is given again, and all is well.
    fleet.set("nginx/web1/tls", "again").ok();
    fleet.set("postgresql/password", "again").ok();
    fleet.set("nginx/db1/tls", "new").ok();
    fleet.run(&["secret", "check"]).ok();
}

#[test]
fn a_matching_tag_is_no_proof() {
    // Another file's stanzas are those of the right readers, and its payload is not for them: only opening tells.
    let fleet = Fleet::new("tag");
    fleet.set("nginx/web1/tls", "one").ok();
    fleet.set("postgresql/password", "keep").ok();
    let text = fleet.text("secrets/nginx/web1/tls.age");
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    use base64::Engine as _;
    let mut bytes = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    // The last byte of the second stanza's body: a wrapped file key that does not open.
    let header = String::from_utf8_lossy(&bytes).into_owned();
    let second = header.find("\n-> ").map(|at| at + 4).unwrap();
    let at = second + header[second..].find('\n').unwrap() + 10;
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    fleet.write("secrets/nginx/web1/tls.age", &bytes);
    fleet.run(&["secret", "check", "nginx/web1/tls"]).ok().says(&["without ASCII armour"]);
    let both = [fleet.run(&["secret", "show", "nginx/web1/tls"]), fleet.show_as("web1", "nginx/web1/tls")];
    assert!(both.iter().all(|ran| ran.code == 1), "one of the stanzas is damaged, and the MAC covers both");
    fleet.run(&["secret", "rekey", "--all"]).fails(&["nginx/web1/tls", "nothing was changed"]);
    assert_eq!(fleet.read("secrets/nginx/web1/tls.age"), bytes);
    assert_eq!(fleet.show("postgresql"), "keep");
}

#[test]
fn twenty_commands_at_once_lose_nothing() {
    let secrets: String = (0..20).map(|i| format!("secrets.s{i} = {{}}\n")).collect();
    let fleet = Fleet::with(
        "twenty",
        &FLEET.replace("[service.postgresql]", &format!("{secrets}[service.postgresql]")),
    );
    std::thread::scope(|scope| {
        for i in 0..20 {
            let fleet = &fleet;
            scope.spawn(move || fleet.set(&format!("nginx/s{i}"), format!("value {i}")).ok());
        }
    });
    for i in 0..20 {
        assert_eq!(fleet.show(&format!("nginx/s{i}")), format!("value {i}"));
    }
    // fleet.json tells of every one of them.
    let json: serde_json::Value = serde_json::from_slice(&fleet.read("fleet.json")).unwrap();
    for i in 0..20 {
        assert_eq!(json["secrets"][format!("nginx/s{i}")]["sealed"], true);
    }
    assert!(!holds(&fleet.base, b"value 7"), "a plaintext lies on the disk");
}

#[test]
fn the_second_command_waits_and_says_for_whom() {
    let fleet = Fleet::new("waits");
    fleet.set("nginx/session-key", "one").ok();
    let state = fs::read_dir(fleet.base.join("state/fleet")).unwrap().next().unwrap().unwrap().path();
    let holder = fs::File::options().write(true).open(state.join("lock")).unwrap();
    holder.lock().unwrap();
    fs::write(state.join("lock"), "`fleet secret rekey`, process 1\n").unwrap();
    let mut command = fleet.command(&["secret", "generate", "postgresql/password"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(!fleet.has("secrets/postgresql/password.age"));
    drop(holder);
    finished(child).ok().says(&["waiting for another command", "`fleet secret rekey`, process 1"]);
    assert!(fleet.has("secrets/postgresql/password.age"));
}

#[test]
fn a_rekey_touches_only_what_differs_and_drops_are_listed_until_the_value_changes() {
    let fleet = Fleet::new("rekey");
    for name in ["nginx/session-key", "nginx/web1/tls", "postgresql/password"] {
        fleet.set(name, name).ok();
    }
    let postgresql = fleet.read("secrets/postgresql/password.age");
    // web2 is no web server any more.
    fleet.replace(
        "[machine.web2]\nsystem = \"x86_64-linux\"\ntags = [\"web\"]",
        "[machine.web2]\nsystem = \"x86_64-linux\"",
    );
    fleet.run_without_identity(&["secret", "check", "nginx/session-key"]).fails(&["sealed for `web2`"]);
    fleet.run_without_identity(&["secret", "rekey"]).fails(&["there is no identity"]);
    fleet.run(&["secret", "rekey"]).ok().says(&[
        "sealed `nginx/session-key` again",
        "1 sealed again",
        "2 left alone",
    ]);
    assert_eq!(fleet.read("secrets/postgresql/password.age"), postgresql);
    assert!(fleet.show_as("web2", "nginx/session-key").code != 0);
    assert_eq!(fleet.show_as("web1", "nginx/session-key").ok().out, "nginx/session-key");
    let listed = || {
        fleet.text("fleet.toml").contains("\"nginx/session-key\" = { because = \"web2 no longer reads it\"")
    };
    assert!(listed(), "{}", fleet.text("fleet.toml"));

    // Sealing anew, an edit that changes nothing and the old value again are no rotation.
    fleet.run(&["secret", "rekey", "--all"]).ok();
    fleet.edit("nginx/session-key", "true").ok();
    fleet.set_as_master("nginx/session-key", "nginx/session-key").ok().says(&["has this value already"]);
    assert!(listed());
    let to_rotate = "is to be rotated (web2 no longer reads it";
    fleet.run_without_identity(&["secret", "check"]).says(&[to_rotate, "`nginx/session-key`"]);
    fleet.run(&["secret", "list"]).ok().out.lines().find(|line| line.contains("to be rotated")).unwrap();

    fleet.edit("nginx/session-key", "printf new > \"$1\"").ok();
    assert!(!fleet.text("fleet.toml").contains("rotate"), "{}", fleet.text("fleet.toml"));
    assert_eq!(fleet.show("nginx/session-key"), "new");
}

#[test]
fn a_machine_that_leaves_is_followed_into_the_past() {
    let fleet = Fleet::new("past");
    fleet.git(&["init", "-q"]);
    for name in ["nginx/session-key", "nginx/web1/tls", "nginx/web2/tls", "postgresql/password"] {
        fleet.set(name, name).ok();
    }
    fleet.replace("[\"db1\"]", "[\"db1\", \"web2\"]");
    fleet.run(&["secret", "rekey"]).ok();
    fleet.commit("web2 reads postgresql");
    fleet.replace("[\"db1\", \"web2\"]", "[\"db1\"]");
    fleet.run(&["secret", "rekey"]).ok();
    // Nobody looks at the list, and somebody strikes it out.
    let text = fleet.text("fleet.toml");
    fleet.write(
        "fleet.toml",
        text.split("# Secrets whose values").next().unwrap().split("[rotate]").next().unwrap(),
    );
    fleet.commit("web2 does not");
    fleet.run(&["machine", "remove", "web2"]).ok();
    let toml = fleet.text("fleet.toml");
    assert!(toml.contains("\"nginx/session-key\" = { because = \"web2 left\""), "{toml}");
    assert!(
        toml.contains("\"postgresql/password\" = { because = \"web2 left; it could read it until 20"),
        "{toml}"
    );
    assert!(!toml.contains("nginx/web1/tls") && !toml.contains("nginx/web2/tls"), "{toml}");
    assert!(!fleet.has("secrets/nginx/web2/tls.age"));

    // A colleague who clones it is told as well, until each value was changed.
    fleet.commit("web2 left");
    let clone = fleet.base.join("clone");
    fleet.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let check = |code| {
        let mut command = fleet.command_without_identity(&["secret", "check"]);
        command.current_dir(&clone);
        let ran = ran(command, b"");
        assert_eq!(ran.code, code, "{}", ran.err);
        ran.err
    };
    assert!(check(0).contains("(web2 left, 20"));
    let mut command = fleet.command_without_identity(&["secret", "generate", "--replace", "postgresql"]);
    ran(
        {
            command.current_dir(&clone);
            command
        },
        b"",
    )
    .ok();
    let after = check(0);
    assert!(!after.contains("postgresql/password") && after.contains("nginx/session-key"), "{after}");
}

#[test]
fn values_are_made_as_asked_and_what_is_there_is_left_alone() {
    let fleet = Fleet::new("generate");
    fleet.run_without_identity(&["secret", "generate"]).ok();
    let tls = fleet.show("nginx/web1/tls");
    assert!(tls.len() == 32 && tls != fleet.show("nginx/web2/tls"));
    assert!(!fleet.has("secrets/nginx/session-key.age"), "fleet.toml does not say how it is made");
    fleet.run(&["secret", "generate", "nginx/session-key"]).fails(&["does not say how", "--kind password"]);
    fleet.run(&["secret", "generate", "nginx/tls"]).ok().says(&["2 secrets have values already"]);
    assert_eq!(fleet.show("nginx/web1/tls"), tls);

    let make = |arguments: &[&str]| {
        let mut all = vec!["secret", "generate", "--replace", "nginx/session-key"];
        all.extend(arguments);
        fleet.run(&all).ok().out
    };
    make(&["--kind", "password", "--length", "9", "--alphabet", "xy"]);
    assert!(fleet.show("nginx/session-key").len() == 9);
    make(&["--kind", "bytes", "--length", "5", "--encoding", "hex"]);
    assert!(fleet.show("nginx/session-key").len() == 10);
    let public = make(&["--kind", "ssh"]);
    assert!(public.starts_with("ssh-ed25519 AAAA") && public.ends_with(" nginx/session-key\n"), "{public}");
    assert!(fleet.show("nginx/session-key").starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
    assert!(make(&["--kind", "x25519"]).starts_with("age1"));
    assert_eq!(make(&["--kind", "wireguard"]).len(), 45);
}

#[test]
fn a_wireguard_key_that_changes_takes_its_public_half_along() {
    let mesh = "[mesh.wireg0]\nsubnet = \"10.88.127.0/24\"\nhubs = [\"web1\"]\n\n[machine.web1]\nmesh.wireg0 = { postfix = 1, endpoint = \"web1.example.net:51820\" }\n";
    let toml = FLEET
        .replace("[machine.web1]\n", mesh)
        .replace("[machine.web2]\n", "[machine.web2]\nmesh.wireg0 = { postfix = 2 }\n");
    let fleet = Fleet::with("mesh", &toml);
    let name = "wireguard-wireg0/web1/private-key";
    let public = fleet.run_without_identity(&["secret", "generate", name]).ok().out;
    assert_eq!(fleet.text("keys/wireg0/web1.pub"), public);
    fleet.run(&["secret", "generate", "wireguard-wireg0/web2/private-key"]).ok();
    assert!(fleet.text("peers/wireg0/web2.conf").contains(public.trim()));
    fleet.set(name, "no key").fails(&["WireGuard"]);
    let pair = fleet::keys::pair::wireguard();
    fleet.set(name, pair.private.expose()).ok();
    assert_eq!(fleet.text("keys/wireg0/web1.pub"), format!("{}\n", pair.public));
    assert!(fleet.text("peers/wireg0/web2.conf").contains(&pair.public.to_string()));
}

#[test]
fn what_no_commit_holds_is_kept_when_it_is_replaced_or_removed() {
    let fleet = Fleet::new("kept");
    fleet.git(&["init", "-q"]);
    fleet.set("postgresql/password", "committed").ok();
    fleet.commit("one");
    let ran = fleet.set("postgresql/password", "never committed").ok();
    assert!(!ran.err.contains("kept"), "{}", ran.err);
    for _ in 0..2 {
        fleet.set("postgresql/password", "newer").ok().says(&["is in no commit; it is kept as"]);
    }
    let removed = fleet.run(&["secret", "remove", "postgresql/password"]).ok();
    removed.says(&["it is kept as", "fleet.toml still declares `postgresql/password`"]);
    assert!(!fleet.has("secrets/postgresql"));
    // The first one kept still opens.
    let folder = fs::read_dir(fleet.base.join("state/fleet")).unwrap().next().unwrap().unwrap().path();
    let mut kept: Vec<PathBuf> =
        fs::read_dir(folder.join("replaced")).unwrap().map(|f| f.unwrap().path()).collect();
    kept.sort();
    assert_eq!(kept.len(), 3);
    fleet.write("secrets/postgresql/password.age", fs::read(&kept[0]).unwrap());
    assert_eq!(fleet.show("postgresql"), "never committed");

    fleet.run(&["secret", "remove", "postgresql/password", "--declaration"]).ok();
    assert!(!fleet.text("fleet.toml").contains("secrets.password"));
    fleet.run(&["secret", "remove", "postgresql/password"]).fails(&["declares no secret"]);
    fleet.run(&["secret", "remove", "nginx"]).fails(&["whole service"]);
}

#[test]
fn why_follows_the_chain() {
    let fleet = Fleet::new("why");
    fleet.set("nginx/session-key", "x").ok();
    let why = |arguments: &[&str]| {
        let mut all = vec!["secret", "why"];
        all.extend(arguments);
        fleet.run_without_identity(&all).ok().out
    };
    let yes = why(&["nginx/session-key", "web1"]);
    for part in [
        "`web1` can read `nginx/session-key`",
        "`@web`, which `web1` has",
        "keys/hosts/web1.pub",
        "for the tag of this key",
    ] {
        assert!(yes.contains(part), "{yes}");
    }
    let no = why(&["nginx/session-key", "db1"]);
    assert!(no.contains("`db1` can't read") && no.contains("`db1` does not run `nginx`"), "{no}");
    assert!(why(&["nginx/tls", "web2"]).contains("it has no value yet"));
    assert!(why(&["postgresql/password", "anna"]).contains("every master"));
    fleet.run(&["secret", "why", "nginx/session-key", "wbe1"]).fails(&["did you mean `web1`?"]);
    let json: serde_json::Value =
        serde_json::from_str(&why(&["nginx/session-key", "db1", "--json"])).unwrap();
    assert_eq!(json[0]["reads"], false);

    fleet.replace("[\"@web\"]", "[\"@web\", \"db1\"]");
    assert!(why(&["nginx/session-key", "db1"]).contains("fleet secret rekey nginx/session-key"));
    fs::remove_file(fleet.root.join("keys/hosts/db1.pub")).unwrap();
    assert!(why(&["nginx/session-key", "db1"]).contains("no host key yet"));
}

#[test]
fn trees_of_other_tools_are_taken_over_as_they_are() {
    let fleet = Fleet::new("import");
    // agenix: one folder of files, made with age by whoever had the keys.
    let other = Fleet::with("import-from", FLEET);
    for name in ["web1", "web2", "db1"] {
        fs::copy(
            fleet.root.join(format!("keys/hosts/{name}.pub")),
            other.root.join(format!("keys/hosts/{name}.pub")),
        )
        .unwrap();
    }
    fs::copy(fleet.root.join("keys/masters/anna.pub"), other.root.join("keys/masters/anna.pub")).unwrap();
    other.set("nginx/session-key", "from agenix").ok();
    other.set("postgresql/password", "from secrix").ok();
    let session = other.read("secrets/nginx/session-key.age");
    let password = other.read("secrets/postgresql/password.age");
    let tree = fleet.base.join("agenix");
    fs::create_dir_all(&tree).unwrap();
    fs::write(tree.join("session-key.age"), &session).unwrap();
    fs::write(tree.join("pw.age"), &password).unwrap();
    fs::write(tree.join("broken.age"), "nothing").unwrap();
    fs::write(tree.join("secrets.nix"), "{}").unwrap();
    let tree = tree.to_str().unwrap();

    fleet.run(&["secret", "import", tree]).fails(&["--service", "no age file to take"]);
    let import = ["secret", "import", tree, "--service", "nginx", "--name", "pw.age=redis/password"];
    let dry = fleet
        .run(&[&import[..], &["--dry-run"]].concat())
        .ok()
        .says(&["nothing was changed", "[service.\"redis\"]"]);
    assert!(!fleet.has("secrets") && dry.out.contains("redis/password"));
    let ran = fleet.run_without_identity(&[&import[..], &["--declare"]].concat()).ok();
    ran.says(&["broken.age`: it is no age file"]);
    assert_eq!(fleet.read("secrets/nginx/session-key.age"), session);
    assert_eq!(fleet.read("secrets/redis/password.age"), password);
    let toml = fleet.text("fleet.toml");
    assert!(toml.contains("[service.redis]\nmachines = [\"db1\"]\nsecrets.password = {}"), "{toml}");
    fleet.run(&["secret", "check", "redis/password", "nginx/session-key"]).ok();
    assert_eq!(fleet.show_as("db1", "redis/password").ok().out, "from secrix");

    // secrix: a folder for each service, and no ending.
    let tree = fleet.base.join("secrix");
    fs::create_dir_all(tree.join("nginx")).unwrap();
    fs::create_dir_all(tree.join("postgresql")).unwrap();
    fs::write(tree.join("postgresql/password"), &session).unwrap();
    fs::write(tree.join("nginx/session-key"), &password).unwrap();
    let tree = tree.to_str().unwrap();
    fleet.run(&["secret", "import", tree]).fails(&["has a sealed file already", "--replace"]);
    assert!(!fleet.has("secrets/postgresql"), "all or nothing");
    let ran = fleet.run(&["secret", "import", tree, "--replace"]).ok();
    assert!(ran.out.contains("sealed not for db1, and for web1 and web2"), "{}", ran.out);
    ran.says(&["fleet secret rekey", "it is kept as"]);
    fleet.run(&["secret", "rekey"]).ok();
    assert_eq!(fleet.show_as("db1", "postgresql/password").ok().out, "from agenix");
}

#[test]
fn git_shows_what_changed_to_whoever_can_open_it() {
    let fleet = Fleet::new("textconv");
    fleet.git(&["init", "-q"]);
    fleet.write(".gitattributes", "*.age diff=fleet merge=binary\n");
    let textconv = format!("{} secret textconv", env!("CARGO_BIN_EXE_fleet"));
    fleet.git(&["config", "diff.fleet.textconv", &textconv]);
    fleet.set("postgresql/password", "first").ok();
    fleet.commit("one");
    fleet.set("postgresql/password", "second").ok();
    let mut diff = Command::new("git");
    diff.args(["diff", "--no-color"]).current_dir(&fleet.root).env("FLEET_IDENTITY", fleet.base.join("anna"));
    let shown = ran(diff, b"").ok().out;
    assert!(shown.contains("-first\n+second"), "{shown}");

    let mut diff = Command::new("git");
    diff.args(["show", "--no-color", "HEAD", "--", "secrets"]).current_dir(&fleet.root);
    let shown = ran(
        {
            diff.env("HOME", fleet.base.join("home")).env_remove("FLEET_IDENTITY");
            diff
        },
        b"",
    )
    .ok()
    .out;
    assert!(shown.contains("+sealed for db1, master anna"), "{shown}");
    for file in ["fleet.toml", "nothing-there", "."] {
        fleet.run(&["secret", "textconv", file]).ok();
    }
}
