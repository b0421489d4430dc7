//! What evaluation fetches: repositories and files of this machine, and a server on the loopback that answers as the worst
//! ones do. Store paths and hashes are what Nix 2.34 gave for the same content.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out its own files, and fails where one can't be had"
)]

mod fetching;

use fetching::{Scratch, Server, TREE, TREE_SHA256};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

#[test]
fn files_and_archives_have_the_paths_that_nix_gives_them() {
    let scratch = Scratch::new("archives");
    let file = scratch.write("file", b"hello\n");
    assert_eq!(
        scratch.value(&format!("builtins.fetchurl \"{file}\"")),
        "\"/nix/store/1vap48aqggkk52ijn2prxzxv7cnzvs0w-file\""
    );
    assert_eq!(
        scratch.value(&format!("builtins.fetchurl {{ url = \"{file}\"; name = \"other\"; }}")),
        "\"/nix/store/d6pb7zvcyqly3nf6b00zplxrz7bvvys4-other\""
    );
    assert_eq!(
        scratch.value(&format!("builtins.fetchTree {{ type = \"file\"; url = \"{file}\"; }}")),
        "{ narHash = \"sha256-HDfQGvQL4ugGkd48w99EN3ppmvuxfGjwgJZLL9Bx/BM=\"; outPath = \
         \"/nix/store/h10qymscvggrb1icws0vbss5xnx8sd0k-source\"; }"
    );
    let plain = scratch.archive();
    let gzip = {
        let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        to.write_all(&plain).unwrap();
        to.finish().unwrap()
    };
    let bzip2 = {
        let mut to = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        to.write_all(&plain).unwrap();
        to.finish().unwrap()
    };
    let zstd = ruzstd::encoding::compress_to_vec(&plain[..], ruzstd::encoding::CompressionLevel::Fastest);
    for (name, bytes) in [("a.tar", plain), ("a.tgz", gzip), ("a.tar.bz2", bzip2), ("a.tar.zst", zstd)] {
        let url = scratch.write(name, &bytes);
        assert_eq!(scratch.value(&format!("builtins.fetchTarball \"{url}\"")), TREE, "{name}");
        let tree = scratch.value(&format!("builtins.fetchTree {{ type = \"tarball\"; url = \"{url}\"; }}"));
        assert_eq!(
            tree,
            format!(
                "{{ lastModified = 1700000000; lastModifiedDate = \"20231114221320\"; narHash = \
                 \"sha256-6HLdsEZ8payWYo2pz7BOf7ZrKAN2ac8oTJIuFXYBMHE=\"; outPath = {TREE}; }}"
            )
        );
    }
    // It is read where it lies, with what it depends on.
    let url = format!("file://{}", scratch.0.join("a.tar").display());
    let read = format!(
        "let t = builtins.fetchTarball \"{url}\"; in [ (builtins.readFile \"${{t}}/link\") \
                        (builtins.attrNames (builtins.getContext t)) (builtins.attrNames (builtins.readDir t)) ]"
    );
    let wanted = format!("[ \"hello\\n\" [ {TREE} ] [ \"empty\" \"file\" \"link\" \"run\" ] ]");
    assert_eq!(scratch.value(&read), wanted);
    // The search path fetches, too, when a name is looked up.
    let found = scratch.eval(&["-I", &format!("x={url}"), "-E", "toString <x/file>"]);
    assert_eq!(found.unwrap(), "\"/nix/store/5d10pcanz4gss3h12w8j1x7r3mmj8lhc-source/file\"");
}

#[test]
fn a_hash_is_checked_and_makes_a_fetch_pure() {
    let scratch = Scratch::new("hashes");
    let url = scratch.write("a.tar", &scratch.archive());
    let zero = "0".repeat(52);
    let wrong = format!("builtins.fetchTarball {{ url = \"{url}\"; sha256 = \"{zero}\"; }}");
    let said = scratch.failure(&["-E", &wrong]);
    let wanted = format!(
        "hash mismatch in file downloaded from '{url}':\n  specified: sha256:{zero}\n  got:       sha256:{TREE_SHA256}"
    );
    assert!(said.contains(&wanted), "{said}");
    let right = format!("builtins.fetchTarball {{ url = \"{url}\"; sha256 = \"{TREE_SHA256}\"; }}");
    assert_eq!(scratch.eval(&["--pure-eval", "-E", &right]).unwrap(), TREE);
    let read = format!("builtins.readFile \"${{{right}}}/file\"");
    assert_eq!(scratch.eval(&["--pure-eval", "-E", &read]).unwrap(), "\"hello\\n\"");
    for (expression, wanted) in [
        (
            format!("builtins.fetchTarball \"{url}\""),
            "in pure evaluation mode, 'fetchTarball' requires a 'sha256' argument",
        ),
        (
            format!("builtins.fetchurl \"{url}\""),
            "in pure evaluation mode, 'fetchurl' requires a 'sha256' argument",
        ),
        (
            "builtins.fetchGit \"/a\"".into(),
            "in pure evaluation mode, 'fetchGit' doesn't fetch unlocked input 'git+file:///a?exportIgnore=1'",
        ),
        (
            "builtins.fetchMercurial \"/a\"".into(),
            "in pure evaluation mode, 'fetchMercurial' requires a Mercurial revision",
        ),
        (
            "builtins.fetchTree { type = \"indirect\"; id = \"nixpkgs\"; }".into(),
            "doesn't fetch unlocked input 'flake:nixpkgs'",
        ),
    ] {
        let said = scratch.failure(&["--pure-eval", "-E", &expression]);
        assert!(said.contains(wanted), "{expression}: {said}");
    }
}

#[test]
fn archives_stay_inside_and_their_links_lead_where_they_say() {
    let scratch = Scratch::new("inside");
    let secret = scratch.write("secret", b"secret");
    let secret = secret.strip_prefix("file://").unwrap();
    let link = |name: &str, target: &str, then: Option<(&str, tar::EntryType)>| {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_entry_type(tar::EntryType::Symlink);
        archive.append_link(&mut header, name, target).unwrap();
        if let Some((name, kind)) = then {
            let mut header = tar::Header::new_gnu();
            header.set_size(0);
            header.set_entry_type(kind);
            header.set_link_name(target).unwrap();
            // As it stands: a library would tidy a name that leads out.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, &b""[..]).unwrap();
        }
        archive.into_inner().unwrap()
    };
    for (at, (bytes, wanted)) in [
        (link("a", "b", Some(("../out", tar::EntryType::Regular))), "'../out' leads out of the archive"),
        (
            link("a", "/tmp", Some(("a/out", tar::EntryType::Regular))),
            "'a' is a file or a link, and a folder, too",
        ),
        (link("a", secret, Some(("b", tar::EntryType::Link))), "which is no file of it"),
    ]
    .into_iter()
    .enumerate()
    {
        let url = scratch.write(&format!("bad{at}.tar"), &bytes);
        let said = scratch.failure(&["-E", &format!("builtins.fetchTarball \"{url}\"")]);
        assert!(said.contains(wanted), "{said}");
    }
    // A link to a place outside is kept as it is; pure evaluation does not follow it.
    let url = scratch.write("link.tar", &link("a", secret, None));
    let tree =
        scratch.value(&format!("(builtins.fetchTree {{ type = \"tarball\"; url = \"{url}\"; }}).narHash"));
    let read = format!(
        "builtins.readFile \"${{(builtins.fetchTree {{ type = \"tarball\"; url = \"{url}\"; narHash = {tree}; }})}}/a\""
    );
    let said = scratch.failure(&["--pure-eval", "-E", &read]);
    assert!(said.contains(&format!("access to absolute path '{secret}' is forbidden in pure")), "{said}");
}

#[test]
fn repositories_are_what_nix_takes_them_for() {
    let scratch = Scratch::new("git");
    fs::create_dir_all(scratch.0.join("r/doc")).unwrap();
    scratch.git(&["init", "-q", "-b", "main", "r"]);
    scratch.write("r/file", b"one\n");
    scratch.write("r/doc/page", b"doc\n");
    scratch.write("r/.gitattributes", b"doc export-ignore\n");
    scratch.git(&["-C", "r", "add", "."]);
    scratch.git(&["-C", "r", "commit", "-qm", "one"]);
    scratch.write("r/file", b"two\n");
    scratch.git(&["-C", "r", "commit", "-qam", "two"]);
    scratch.git(&["-C", "r", "tag", "-a", "-m", "tag", "v1"]);
    scratch.git(&["clone", "-q", "--bare", "r", "bare"]);
    scratch.write("r/file", b"three\n");
    scratch.write("r/untracked", b"x");
    let main = "{ lastModified = 1700000000; lastModifiedDate = \"20231114221320\"; narHash = \
                \"sha256-jsA4BwajhHxftNalxQzAmKm56uIK1s9uxUtsg4edKlI=\"; outPath = \
                \"/nix/store/gkid5v7z8r1by702p30amp883266jv74-source\"; rev = \
                \"3b4524d2883a79ddd40bfbed2427fad51335fee0\"; revCount = 2; shortRev = \"3b4524d\"; submodules = false; }";
    let url = scratch.0.join("r").display().to_string();
    let bare = format!("file://{}", scratch.0.join("bare").display());
    for (url, more, wanted) in [
        (&url, "ref = \"main\";", main.to_owned()),
        (&url, "ref = \"v1\"; name = \"x\";", main.replace("gkid5v7z8r1by702p30amp883266jv74-source", "nskzxsqwqcki4xpj8zsacnx70954yqxg-x")),
        (&url, "ref = \"main\"; shallow = true;", main.replace("revCount = 2", "revCount = 0")),
        (&bare, "", main.to_owned()),
        (&bare, "ref = \"refs/tags/v1\";", main.to_owned()),
        (&bare, "rev = \"3b4524d2883a79ddd40bfbed2427fad51335fee0\"; allRefs = true;", main.to_owned()),
        (&url, "rev = \"6a8f747607d6ef829dbfbf6dce27d368c33917b8\";", main
            .replace("jsA4BwajhHxftNalxQzAmKm56uIK1s9uxUtsg4edKlI=", "qnvmG3RWf4QvJ8ibVevSTWFScbjH0Uc61YK09DLcIts=")
            .replace("gkid5v7z8r1by702p30amp883266jv74", "18n8zan0lq5r9ihjscvp1ki2z6xks8x5")
            .replace("3b4524d2883a79ddd40bfbed2427fad51335fee0", "6a8f747607d6ef829dbfbf6dce27d368c33917b8")
            .replace("3b4524d", "6a8f747").replace("revCount = 2", "revCount = 1")),
        (&url, "", "{ dirtyRev = \"3b4524d2883a79ddd40bfbed2427fad51335fee0-dirty\"; dirtyShortRev = \"3b4524d-dirty\"; \
                    lastModified = 1700000000; lastModifiedDate = \"20231114221320\"; narHash = \
                    \"sha256-LQ5maHYtmMObqcydbDlwzrPag3iefOB3NPDpDSoHgsE=\"; outPath = \
                    \"/nix/store/j87rpi081m9ln6znw8vhia8d7b1c9zw6-source\"; rev = \
                    \"0000000000000000000000000000000000000000\"; revCount = 0; shortRev = \"0000000\"; submodules = false; }".to_owned()),
    ] {
        assert_eq!(scratch.value(&format!("builtins.fetchGit {{ url = \"{url}\"; {more} }}")), wanted, "{url} {more}");
    }
    let tree = scratch.value(&format!("builtins.fetchTree {{ type = \"git\"; url = \"file://{url}\"; }}"));
    assert!(
        tree.contains("\"/nix/store/3yi0ylnhfrdxk5l8982yv9l9ywdmg1az-source\"; submodules = false; }"),
        "{tree}"
    );
    assert!(
        scratch
            .failure(&["-E", &format!("builtins.fetchGit {{ url = \"{url}\"; ref = \"nope\"; }}")])
            .contains("'nope'")
    );
}

#[test]
fn a_server_is_asked_once_within_the_hour() {
    let scratch = Scratch::new("http");
    let server = Server::start(scratch.archive());
    let fetch = |name: &str| format!("builtins.fetchTarball \"{}/{name}\"", server.address);
    for name in ["plain.tar", "plain.tar", "plain.tar"] {
        assert_eq!(scratch.value(&fetch(name)), TREE);
    }
    assert_eq!(server.asked(), 1);
    // Asked again, the server says that nothing is new, and sends nothing.
    assert_eq!(scratch.value(&fetch("etag.tar")), TREE);
    assert_eq!(scratch.eval(&["--refresh", "-E", &fetch("etag.tar")]).unwrap(), TREE);
    assert_eq!(server.asked(), 3);
    assert_eq!(scratch.value(&fetch("moved.tar")), TREE);
    // What has a hash and is here is never asked for.
    let asked = server.asked();
    let locked = format!(
        "builtins.fetchTarball {{ url = \"{}/gone.tar\"; sha256 = \"{TREE_SHA256}\"; }}",
        server.address
    );
    assert_eq!(scratch.value(&locked), TREE);
    assert_eq!(server.asked(), asked);
    let said = scratch.failure(&["-E", &fetch("missing.tar")]);
    assert!(said.contains("/missing.tar': HTTP error 404; there is nothing at this address"), "{said}");
    assert_eq!(server.asked(), asked + 1, "what is not there is not asked for twice");
}

#[test]
fn a_download_is_tried_again_and_never_half() {
    let scratch = Scratch::new("broken");
    let server = Server::start(scratch.archive());
    assert_eq!(scratch.value(&format!("builtins.fetchTarball \"{}/later.tar\"", server.address)), TREE);
    assert_eq!(server.asked(), 3);
    let scratch = Scratch::new("cut");
    let server = Server::start(scratch.archive());
    let said = scratch.failure(&["-E", &format!("builtins.fetchTarball \"{}/cut.tar\"", server.address)]);
    assert!(said.contains("broke off after") && said.contains("(tried 5 times)"), "{said}");
    assert_eq!(server.asked(), 5);
    assert_eq!(content(&scratch.0), [""; 0], "nothing is kept of it");
    // What an archive lacks is not made up either.
    server.content.lock().unwrap().truncate(700);
    let said = scratch.failure(&["-E", &format!("builtins.fetchTarball \"{}/plain.tar\"", server.address)]);
    assert!(said.contains("unpacking"), "{said}");
    assert_eq!(content(&scratch.0), [""; 0]);
}

#[test]
fn a_download_that_stalls_ends_and_one_that_is_slow_does_not() {
    let scratch = Scratch::new("stalled");
    let server = Server::start(scratch.archive());
    let start = Instant::now();
    let fetch = |name: &str| format!("builtins.fetchTarball \"{}/{name}\"", server.address);
    let impatient = ["--stalled-download-timeout", "1", "--option", "download-attempts", "2"];
    let said = scratch.failure(&[&impatient[..], &["-E", &fetch("slow.tar")]].concat());
    assert!(said.contains("sent nothing for 1 s after") && said.contains("(tried 2 times)"), "{said}");
    assert_eq!(server.asked(), 2);
    assert_eq!(content(&scratch.0), [""; 0], "nothing is kept of it");
    // Nor is an answer waited for that never begins.
    let said = scratch.failure(&[&impatient[..], &["-E", &fetch("silent.tar")]].concat());
    assert!(said.contains("(tried 2 times)"), "{said}");
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    // A piece each quarter of a second takes more than the second in all, and is waited for.
    let start = Instant::now();
    assert_eq!(scratch.eval(&[&impatient[..], &["-E", &fetch("dripping.tar")]].concat()), Ok(TREE.into()));
    assert!(start.elapsed() > Duration::from_millis(1500), "it took {:?}", start.elapsed());
}

/// What the cache has under names that count.
fn content(scratch: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(scratch.join("cache/fleet/fetch/content")) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn whoever_is_killed_leaves_nothing_that_counts() {
    let scratch = Scratch::new("killed");
    let server = Server::start(scratch.archive());
    let slow = format!("builtins.fetchTarball \"{}/slow.tar\"", server.address);
    let child = scratch.command(&["-E", &slow]).spawn().unwrap();
    let new = scratch.0.join("cache/fleet/fetch/new");
    let begun = || {
        let entries = fs::read_dir(&new).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).any(|metadata| metadata.len() > 0)
    };
    let start = Instant::now();
    while !begun() {
        assert!(start.elapsed() < Duration::from_secs(60), "the download never began");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(child);
    assert_eq!(content(&scratch.0), [""; 0]);
    assert_eq!(scratch.value(&format!("builtins.fetchTarball \"{}/plain.tar\"", server.address)), TREE);
    // Two at once bring the same and are both right.
    let scratch = Scratch::new("twice");
    let plain = format!("builtins.fetchTarball \"{}/plain.tar\"", server.address);
    let both = [(); 2].map(|()| scratch.command(&["-E", &plain]).spawn().unwrap());
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), TREE);
    }
    assert_eq!(content(&scratch.0).len(), 1);
}

#[test]
fn restricted_evaluation_sees_what_it_was_given() {
    let scratch = Scratch::new("restricted");
    let server = Server::start(scratch.archive());
    fs::create_dir(scratch.0.join("in")).unwrap();
    let outside = scratch.write("outside", b"secret");
    scratch.write("in/file", b"seen");
    std::os::unix::fs::symlink("../outside", scratch.0.join("in/link")).unwrap();
    let folder = scratch.0.join("in").display().to_string();
    let fetch = format!("builtins.fetchTarball \"{}/plain.tar\"", server.address);
    let run = |more: &[&str], expression: &str| {
        scratch
            .eval(&[&["--restrict-eval", "-I", &format!("x={folder}")], more, &["-E", expression]].concat())
    };
    assert_eq!(run(&[], "builtins.readFile <x/file>").unwrap(), "\"seen\"");
    assert_eq!(run(&["--allowed-uris", &server.address], &fetch).unwrap(), TREE);
    for expression in [
        format!("builtins.readFile {folder}/../outside"),
        "builtins.readFile <x/link>".to_owned(),
        format!("builtins.fetchurl \"{outside}\""),
    ] {
        let said = run(&[], &expression).expect_err(&expression);
        assert!(said.contains("outside' is forbidden in restricted mode"), "{said}");
    }
    let said = run(&["--allowed-uris", "http://127.0.0"], &fetch).unwrap_err();
    assert!(said.contains("/plain.tar' is forbidden in restricted mode"), "{said}");
}
