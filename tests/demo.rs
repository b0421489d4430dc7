//! `fleet demo` runs the main job from nothing, as a user would see it.

#![allow(clippy::disallowed_methods, reason = "a test lays out its own files")]

use fleet::os::Process;
use std::path::Path;

#[test]
fn the_demo_makes_a_fleet_grows_it_and_opens_its_secrets() {
    let scratch = std::env::temp_dir().join(format!("fleet-demo-test-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&scratch);
    let run = |program: &Path, arguments: &[&str], folder: &Path| {
        // No home, no keys, no git configuration of the user who runs the test.
        let process = Process::new(program).args(arguments).folder(folder).env("HOME", &scratch);
        process.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap()
    };
    std::fs::create_dir_all(&scratch).unwrap();
    let fleet = Path::new(env!("CARGO_BIN_EXE_fleet"));
    let output = run(fleet, &["demo", "play"], &scratch);
    assert!(output.success, "{}\n{}", output.text(), output.stderr);
    let told = output.text();
    for wanted in [
        "$ fleet init fleet",
        "$ fleet machine add web2",
        "+AllowedIPs = 10.88.127.4/32",
        "$ fleet secret rekey",
        "$ fleet activate",
        "\ncorrect horse battery staple\n",
    ] {
        assert!(told.contains(wanted), "`{wanted}` is missing in:\n{told}");
    }

    let root = scratch.join("play/fleet");
    let check = run(fleet, &["check", "--strict"], &root);
    assert!(check.success, "{}", check.stderr);
    // It exists already: nothing is overwritten.
    let again = run(fleet, &["demo", "play"], &scratch);
    assert!(!again.success && again.stderr.contains("exists already"), "{}", again.stderr);
    std::fs::remove_dir_all(&scratch).unwrap();
}

/// The README's first command is run in a clone, whose repository is not the demo's to commit to.
#[test]
fn a_repository_around_the_demo_is_left_alone_whether_it_ignores_the_folder_or_not() {
    let scratch = std::env::temp_dir().join(format!("fleet-demo-inside-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&scratch);
    std::fs::create_dir_all(&scratch).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let process = Process::new(program).args(arguments).folder(&scratch).env("HOME", &scratch);
        let output = process.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.success, "{program} {arguments:?}: {}\n{}", output.text(), output.stderr);
        output.text() + &output.stderr
    };
    run("git", &["init", "--quiet"]);
    std::fs::write(scratch.join(".gitignore"), "/ignored\n/.cache\n").unwrap();
    std::fs::write(scratch.join("mine"), "not to be committed").unwrap();
    for folder in ["ignored", "seen"] {
        let told = run(env!("CARGO_BIN_EXE_fleet"), &["demo", folder]);
        assert!(!told.contains("git does not know"), "{told}");
        let fleet = format!("{folder}/fleet");
        assert!(!run("git", &["-C", &fleet, "log", "--oneline"]).is_empty());
        assert_eq!(run("git", &["-C", &fleet, "status", "--short"]), "");
    }
    let status = run("git", &["status", "--short"]);
    assert!(status.contains("?? mine\n") && !status.contains("A "), "{status}");
    std::fs::remove_dir_all(&scratch).unwrap();
}
