//! What `cargo publish` would send: the code, its licences and its README, and nothing of the reference fleet.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this test asks cargo itself, and fails by panicking"
)]

use std::collections::BTreeSet;
use std::process::Command;

fn packaged() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_package_holds_code_only_and_all_of_it() {
    let packaged = packaged();
    // Cargo adds the last three by itself.
    let besides = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "THREATS.md",
        "LICENSE",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "Cargo.toml.orig",
        ".cargo_vcs_info.json",
        ".cargo-checksum.json",
    ];
    let strange: Vec<&String> = packaged
        .iter()
        .filter(|path| !path.starts_with("src/") && !besides.contains(&path.as_str()))
        .collect();
    assert!(strange.is_empty(), "in the package without reason: {strange:?}");
    for wanted in [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "THREATS.md",
        "LICENSE",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "src/README.md",
        "src/main.rs",
    ] {
        assert!(packaged.contains(wanted), "missing from the package: {wanted}");
    }
}

#[test]
fn the_licences_are_the_ones_cargo_toml_names() {
    let text =
        |name: &str| std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert!(text("Cargo.toml").contains("license = \"MIT OR Apache-2.0\""));
    assert!(text("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    assert!(text("LICENSE-APACHE").contains("Version 2.0, January 2004"));
    let choice = text("LICENSE");
    assert!(choice.contains("LICENSE-MIT") && choice.contains("LICENSE-APACHE"));
}
