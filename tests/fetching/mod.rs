//! A folder with a cache of its own, the built `fleet` to evaluate there, and a server on the loopback.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test lays out its own files, and fails where one can't be had"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where Nix puts the tree of [`Scratch::archive`], and the hash of it.
pub const TREE: &str = "\"/nix/store/5d10pcanz4gss3h12w8j1x7r3mmj8lhc-source\"";
pub const TREE_SHA256: &str = "0w9h05v1ablj9hlcysbn0cl6pdkz9sqczacdcabar9bw8sqdswp8";

/// A folder with a cache of its own.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fleet-fetch-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Scratch(folder)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command.args(["nix-instantiate", "--eval", "--strict"]).args(arguments).current_dir(&self.0);
        command.env("XDG_CACHE_HOME", self.0.join("cache")).env("HOME", &self.0).env_remove("NIX_PATH");
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The value that an expression has, or what was said of it.
    pub fn eval(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        match output.status.success() {
            true => Ok(text(output.stdout).trim_end().to_owned()),
            false => Err(text(output.stderr)),
        }
    }

    pub fn value(&self, expression: &str) -> String {
        self.eval(&["-E", expression]).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    pub fn failure(&self, arguments: &[&str]) -> String {
        self.eval(arguments).expect_err(arguments.last().unwrap())
    }

    /// The archive whose tree Nix gave the path below.
    pub fn archive(&self) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_mtime(1_700_000_000);
        let mut put = |kind: tar::EntryType, mode: u32, name: &str, content: &[u8]| {
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append_data(&mut header, name, content).unwrap();
        };
        put(tar::EntryType::Directory, 0o755, "top/", b"");
        put(tar::EntryType::Directory, 0o755, "top/empty/", b"");
        put(tar::EntryType::Regular, 0o644, "top/file", b"hello\n");
        put(tar::EntryType::Regular, 0o755, "top/run", b"#!/bin/sh\n");
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "top/link", "file").unwrap();
        archive.into_inner().unwrap()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        format!("file://{}", path.display())
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@b");
            git.env(format!("GIT_{who}_DATE"), "1700000000 +0000");
        }
        let output = git.args(arguments).current_dir(&self.0).env("HOME", &self.0).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that counts whom it answered.
pub struct Server {
    pub address: String,
    asked: Arc<AtomicUsize>,
    pub content: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    pub fn start(content: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (asked, content) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(content)));
        let (count, body) = (asked.clone(), content.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (count, body) = (count.clone(), body.clone());
                // Whoever is asked may hang up: that is what the tests are for.
                std::thread::spawn(move || drop(answer(stream, &count, &body)));
            }
        });
        Server { address, asked, content }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(stream: TcpStream, asked: &AtomicUsize, body: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let (mut first, mut etag, mut host) = (String::new(), false, String::new());
    lines.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(name) = line.to_ascii_lowercase().strip_prefix("host:") {
            host = name.trim().to_owned();
        }
        etag |= line.to_ascii_lowercase().starts_with("if-none-match: \"one\"");
    }
    let before = asked.fetch_add(1, Ordering::SeqCst);
    let body = body.lock().unwrap().clone();
    let mut stream = stream;
    let whole = |status: &str, more: &str, body: &[u8]| {
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    match first.split([' ', '?']).nth(1).unwrap_or_default() {
        "/etag.tar" if etag => stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"),
        "/etag.tar" | "/plain.tar" => stream.write_all(&whole("200 OK", "ETag: \"one\"\r\n", &body)),
        "/moved.tar" => stream.write_all(&whole("302 Found", "Location: /plain.tar\r\n", b"")),
        // As FlakeHub does it: the newest version has an address of its own.
        "/latest.tar" => {
            let stays = format!("http://{host}/plain.tar?rev={}&revCount=7", "1".repeat(40));
            stream.write_all(&whole("200 OK", &format!("Link: <{stays}>; rel=\"immutable\"\r\n"), &body))
        }
        // Nobody gets an answer before both are asked for.
        "/both-a.tar" | "/both-b.tar" => {
            for _ in 0..400 {
                if asked.load(Ordering::SeqCst) > 1 {
                    return stream.write_all(&whole("200 OK", "", &body));
                }
                std::thread::sleep(Duration::from_millis(25));
            }
            stream.write_all(&whole("410 Gone", "", b"the other one was not asked for"))
        }
        "/later.tar" if before < 2 => stream.write_all(&whole("503 Unavailable", "", b"later")),
        "/later.tar" => stream.write_all(&whole("200 OK", "", &body)),
        "/cut.tar" => {
            let answer = whole("200 OK", "", &body);
            stream.write_all(&answer[..answer.len() / 2])
        }
        "/silent.tar" => stream.read(&mut [0]).map(drop),
        "/dripping.tar" => {
            let answer = whole("200 OK", "", &body);
            for piece in answer.chunks(answer.len().div_ceil(8)) {
                stream.write_all(piece)?;
                stream.flush()?;
                std::thread::sleep(Duration::from_millis(250));
            }
            Ok(())
        }
        "/slow.tar" => {
            let answer = whole("200 OK", "", &body);
            stream.write_all(&answer[..answer.len() / 2])?;
            stream.flush()?;
            // For as long as the other side waits.
            stream.read(&mut [0]).map(drop)
        }
        _ => stream.write_all(&whole("404 Not Found", "", b"no")),
    }
}
