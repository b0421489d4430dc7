//! What a key that left could read is listed until its value was changed, and said so truthfully.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests lay out their own files, and may fail loudly"
)]

mod scratch;

use fleet::keys::pair;
use scratch::Fleet;
use std::fs;

const LISTED: &str =
    "\n[rotate]\n\"nginx/session-key\" = { because = \"db2 left\", since = \"2026-11-22\" }\n";

/// The fleet of `FLEET`, whose session key is sealed and to be rotated.
fn with_a_value_to_rotate(name: &str) -> Fleet {
    let fleet = Fleet::new(name);
    fleet.set("nginx/session-key", "old").ok();
    let text = fleet.text("fleet.toml");
    fleet.write("fleet.toml", text + LISTED);
    fleet
}

fn is_listed(fleet: &Fleet) -> bool {
    fleet.text("fleet.toml").contains("\"nginx/session-key\" = {")
}

#[test]
fn a_value_that_is_set_is_compared_where_a_key_is_at_hand() {
    let fleet = with_a_value_to_rotate("compared");
    let stays = "it stays on the list of what is to be rotated";
    fleet.set_as_master("nginx/session-key", "old").ok().says(&["has this value already", stays]);
    assert!(is_listed(&fleet));
    // For other readers it is sealed again, with the value it had.
    fleet.replace("[\"@web\"]", "[\"web1\"]");
    fleet.set_as_master("nginx/session-key", "old").ok().says(&["is replaced", stays]);
    assert!(is_listed(&fleet));
    let changed = fleet.set_as_master("nginx/session-key", "new").ok();
    assert!(changed.err.contains("it is off the list of what is to be rotated\n"), "{}", changed.err);
    assert!(!is_listed(&fleet));
    let again = fleet.set_as_master("nginx/session-key", "newer").ok();
    assert!(!again.err.contains("rotated"), "{}", again.err);
}

#[test]
fn a_value_that_is_set_without_a_key_is_taken_at_its_word_and_that_is_said() {
    let fleet = with_a_value_to_rotate("stated");
    fleet.set("nginx/session-key", "old").ok().says(&["it is off the list", "nobody compared the two"]);
    assert!(!is_listed(&fleet));
}

#[test]
fn an_edit_shows_the_old_value_so_another_one_is_known_to_be_other() {
    let fleet = with_a_value_to_rotate("edited");
    let edited = fleet.edit("nginx/session-key", "printf new > \"$1\"").ok();
    assert!(edited.err.contains("it is off the list of what is to be rotated\n"), "{}", edited.err);
    assert!(!is_listed(&fleet));
}

#[test]
fn what_a_host_key_that_is_replaced_could_read_is_listed() {
    let fleet = Fleet::new("host-key");
    fleet.git(&["init", "-q"]);
    for name in ["nginx/session-key", "nginx/web1/tls", "nginx/web2/tls", "postgresql/password"] {
        fleet.set(name, name).ok();
    }
    fleet.commit("sealed");
    // What it could read once counts too.
    fleet.replace(
        "[service.postgresql]\nmachines = [\"db1\"]",
        "[service.postgresql]\nmachines = [\"db1\", \"web1\"]",
    );
    fleet.run(&["secret", "rekey"]).ok();
    fleet.commit("web1 reads postgresql");
    fleet.replace("[\"db1\", \"web1\"]", "[\"db1\"]");
    fleet.set("postgresql/password", "another").ok();
    fleet.commit("web1 does not");

    let key = pair::ssh("web1").unwrap().public.line();
    fleet.run(&["key", "host", "add", "web1", &key]).fails(&["--replace"]);
    // No private key is needed to know it.
    fleet.run_without_identity(&["key", "host", "add", "web1", &key, "--replace"]).ok().says(&[
        "the key that left could read these values",
        "  nginx/session-key\n",
        "  nginx/web1/tls\n",
        "  postgresql/password\n",
        "if the old key is gone for good",
    ]);
    let toml = fleet.text("fleet.toml");
    assert!(toml.contains("\"nginx/web1/tls\" = { because = \"web1 had another key\""), "{toml}");
    assert!(
        toml.contains(
            "\"postgresql/password\" = { because = \"web1 had another key; it could read it until 20"
        )
    );
    assert!(!toml.contains("nginx/web2/tls"), "{toml}");
    // The first key of a machine leaves nobody behind.
    let fleet = Fleet::new("first-key");
    fleet.set("nginx/session-key", "x").ok();
    fs::remove_file(fleet.root.join("keys/hosts/web1.pub")).unwrap();
    fleet.run(&["secret", "rekey"]).ok();
    fleet.replace("[rotate]", "[rotate] #");
    let before = fleet.text("fleet.toml");
    fleet.run(&["key", "host", "add", "web1", &key]).ok();
    assert_eq!(fleet.text("fleet.toml"), before);
}

/// Masters `anna` (ssh), `berta` and `carla` (age1), where the file was sealed before carla came: as many keys without a
/// name as there should be once berta is gone.
fn with_a_file_that_looks_right(name: &str) -> Fleet {
    let fleet = Fleet::new(name);
    for master in ["berta", "carla"] {
        let key = pair::age();
        fs::write(fleet.base.join(master), key.private.expose()).unwrap();
        fs::write(fleet.base.join(format!("{master}.pub")), key.public.line() + "\n").unwrap();
    }
    fs::copy(fleet.base.join("berta.pub"), fleet.root.join("keys/masters/berta.pub")).unwrap();
    fleet.set("nginx/session-key", "value").ok();
    let carla = fleet.base.join("carla.pub");
    let added = fleet.run_without_identity(&["key", "master", "add", "carla", carla.to_str().unwrap()]);
    added.ok().says(&["nginx/session-key waits to be sealed"]);
    assert_eq!(opens(&fleet), [true, false]);
    fleet
}

/// Whether berta and carla open it.
fn opens(fleet: &Fleet) -> [bool; 2] {
    ["berta", "carla"].map(|master| fleet.show_as(master, "nginx/session-key").code == 0)
}

#[test]
fn a_master_without_a_name_is_sealed_out_of_files_that_look_right() {
    let fleet = with_a_file_that_looks_right("nameless");
    fleet
        .run(&["key", "master", "remove", "berta"])
        .ok()
        .says(&["sealed again for their readers of now: nginx/session-key", "  nginx/session-key\n"]);
    assert_eq!(opens(&fleet), [false, true]);
    assert!(is_listed(&fleet));
}

#[test]
fn without_a_key_at_hand_the_way_to_seal_them_out_is_told() {
    let fleet = with_a_file_that_looks_right("nameless-waits");
    fleet
        .run_without_identity(&["key", "master", "remove", "berta"])
        .ok()
        .says(&["nginx/session-key waits to be sealed", "next: `fleet secret rekey --all`"]);
    assert!(is_listed(&fleet));
    fleet.run_without_identity(&["secret", "check", "nginx/session-key"]).ok().says(&["cannot tell"]);
    fleet.run(&["secret", "rekey"]).ok().says(&["nothing to do"]);
    assert_eq!(opens(&fleet), [true, false]);
    fleet.run(&["secret", "rekey", "--all"]).ok();
    assert_eq!(opens(&fleet), [false, true]);
    assert!(is_listed(&fleet), "sealing again is no new value");
}
