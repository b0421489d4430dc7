//! `fleet demo` runs the main job from nothing, as a user would see it.

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
