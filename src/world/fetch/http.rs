//! Downloads over http: retried where it may help, given up where it does not, never larger than a bound, and never waited
//! for when nothing comes.

use crate::nix::world::{Answer, WorldError};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use ureq::http::header;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, ResponseExt};

/// The first wait between two tries; each next one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// The largest download: no source tree comes near it.
const LARGEST: u64 = 8 << 30;

/// How downloads are made: Nix's settings, by their names there and with its numbers.
#[derive(Debug, Clone)]
pub struct Downloads {
    /// `stalled-download-timeout`: how long nothing may come.
    pub stalled: Duration,
    /// `connect-timeout`
    pub connect: Duration,
    /// `download-attempts`: how often something is tried.
    pub attempts: u32,
    /// `ssl-cert-file`: whom to trust, before NIX_SSL_CERT_FILE and SSL_CERT_FILE.
    pub certificates: Option<PathBuf>,
}

impl Default for Downloads {
    fn default() -> Self {
        Downloads {
            stalled: Duration::from_secs(300),
            connect: Duration::from_secs(15),
            attempts: 5,
            certificates: None,
        }
    }
}

/// A client that is made when it is first needed.
#[derive(Default)]
pub(super) struct Http {
    agent: OnceLock<Agent>,
    downloads: Downloads,
}

/// What a server answered.
#[derive(Debug, Default)]
pub struct Reply {
    /// Nothing was sent: what is here already is the newest.
    pub unchanged: bool,
    /// How the server names this version.
    pub etag: Option<String>,
    /// The address at which the server says that this version stays.
    pub immutable: Option<String>,
}

enum Failure {
    /// It may be better in a moment.
    Passing(String),
    /// It won't.
    Lasting(String),
}

impl Http {
    /// A client that goes about it this way.
    pub fn new(downloads: Downloads) -> Self {
        Http { agent: OnceLock::new(), downloads }
    }

    /// Downloads what is at an address into a file, which is emptied before. With `etag` the server may say that it has
    /// nothing newer.
    pub fn get(
        &self,
        url: &str,
        headers: &[(String, String)],
        etag: Option<&str>,
        to: &mut File,
    ) -> Answer<Reply> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            match self.try_once(url, headers, etag, to) {
                Ok(reply) => return Ok(reply),
                Err(Failure::Lasting(reason)) => {
                    return Err(WorldError::Other(format!("unable to download '{url}': {reason}")));
                }
                Err(Failure::Passing(reason)) if tries >= self.downloads.attempts => {
                    let times = if tries == 1 { "once".into() } else { format!("{tries} times") };
                    return Err(WorldError::Other(format!(
                        "unable to download '{url}': {reason} (tried {times}); look whether the address is right and \
                         whether this machine can reach it"
                    )));
                }
                Err(Failure::Passing(_)) => {
                    std::thread::sleep(pause);
                    pause *= 2;
                    tries += 1;
                }
            }
        }
    }

    fn agent(&self) -> Result<&Agent, Failure> {
        if let Some(agent) = self.agent.get() {
            return Ok(agent);
        }
        let Downloads { stalled, connect, certificates, .. } = &self.downloads;
        let roots = roots(certificates.as_deref()).map_err(Failure::Lasting)?;
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("fleet/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(*connect))
            // For as long as something comes it may take as long as it takes.
            .timeout_recv_response(Some(*stalled))
            .timeout_per_read(Some(*stalled))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build()
            .into();
        Ok(self.agent.get_or_init(|| agent))
    }

    fn try_once(
        &self,
        url: &str,
        headers: &[(String, String)],
        etag: Option<&str>,
        to: &mut File,
    ) -> Result<Reply, Failure> {
        let disk = |error: io::Error| Failure::Lasting(format!("writing it: {error}"));
        to.set_len(0).and_then(|()| to.seek(SeekFrom::Start(0))).map_err(disk)?;
        let mut request = self.agent()?.get(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let response = request.call().map_err(of_client)?;
        let status = response.status();
        let text = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        if status.as_u16() == 304 && etag.is_some() {
            return Ok(Reply { unchanged: true, ..Reply::default() });
        }
        if !status.is_success() {
            let reason = format!("HTTP error {}", status.as_u16());
            let advice = match status.as_u16() {
                401 | 403 => "; it may want a login, which fleet does not have",
                404 | 410 => "; there is nothing at this address",
                _ => "",
            };
            return Err(match status.as_u16() {
                408 | 425 | 429 | 500..=599 => Failure::Passing(reason),
                _ => Failure::Lasting(format!("{reason}{advice}")),
            });
        }
        let reply = Reply {
            unchanged: false,
            etag: text("etag"),
            immutable: text("link").as_deref().and_then(immutable_link),
        };
        let length: Option<u64> = text("content-length").and_then(|length| length.parse().ok());
        if length.is_some_and(|length| length > LARGEST) {
            return Err(Failure::Lasting(format!("it is larger than {LARGEST} bytes")));
        }
        let shown = response.get_uri().to_string();
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        let mut received = 0;
        loop {
            match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    received += count as u64;
                    if received > LARGEST {
                        return Err(Failure::Lasting(format!("it is larger than {LARGEST} bytes")));
                    }
                    to.write_all(&buffer[..count]).map_err(disk)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    let seconds = self.downloads.stalled.as_secs();
                    return Err(Failure::Passing(format!(
                        "{shown} sent nothing for {seconds} s after {received} bytes"
                    )));
                }
                Err(error) => {
                    return Err(Failure::Passing(format!(
                        "{shown} broke off after {received} bytes: {error}"
                    )));
                }
            }
        }
        match length {
            Some(length) if length != received => {
                Err(Failure::Passing(format!("{shown} broke off after {received} of {length} bytes")))
            }
            _ => Ok(reply),
        }
    }
}

/// Whether reading ended because nothing came.
fn is_timeout(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    matches!(inner, Some(ureq::Error::Timeout(_)))
}

fn of_client(error: ureq::Error) -> Failure {
    use ureq::Error;
    let text = error.to_string();
    match error {
        Error::BadUri(_)
        | Error::Http(_)
        | Error::TooManyRedirects
        | Error::RedirectFailed
        | Error::Tls(_) => Failure::Lasting(text),
        _ => Failure::Passing(text),
    }
}

/// `Link: <address>; rel="immutable"`, with which a server names the version that it sent.
fn immutable_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let immutable = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim();
            parameter == "rel=\"immutable\"" || parameter == "rel=immutable"
        });
        immutable.then(|| address.to_owned())
    })
}

/// Whom to trust: the file that Nix or OpenSSL were told of, the system's, or else Mozilla's list. A file that was named and
/// is of no use is an error: nobody is trusted in place of those that it was meant to name.
fn roots(setting: Option<&Path>) -> Result<RootCerts, String> {
    let variable = |name| std::env::var_os(name).filter(|file| !file.is_empty()).map(PathBuf::from);
    let named = setting
        .map(Path::to_path_buf)
        .or_else(|| variable("NIX_SSL_CERT_FILE"))
        .or_else(|| variable("SSL_CERT_FILE"));
    if let Some(file) = named {
        let shown = file.display().to_string();
        return match certificates(file) {
            Ok(found) if found.is_empty() => {
                Err(format!("'{shown}', which says whom to trust, has no certificate"))
            }
            Ok(found) => Ok(found.into()),
            Err(error) => Err(format!("the certificates in '{shown}' can't be read: {error}")),
        };
    }
    for file in ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-bundle.crt"] {
        if let Ok(found) = certificates(file.into())
            && !found.is_empty()
        {
            return Ok(found.into());
        }
    }
    Ok(RootCerts::WebPki)
}

fn certificates(file: PathBuf) -> Result<Vec<Certificate<'static>>, String> {
    let text = crate::os::files::read(file).map_err(|error| error.to_string())?;
    let items = ureq::tls::parse_pem(&text);
    Ok(items
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_immutable_link_is_found_among_others() {
        let header = "<https://a/x>; rel=\"next\", <https://a/y?narHash=z>; rel=\"immutable\"";
        assert_eq!(super::immutable_link(header).as_deref(), Some("https://a/y?narHash=z"));
        assert_eq!(super::immutable_link("<https://a/x>; rel=\"next\""), None);
    }
}
