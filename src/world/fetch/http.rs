//! Downloads over http: retried where it may help, given up where it does not, never longer or larger than a bound.

use crate::nix::world::{Answer, WorldError};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::OnceLock;
use std::time::Duration;
use ureq::http::header;
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::{Agent, ResponseExt};

/// How often something is tried.
const TRIES: u32 = 5;
/// The first wait between two tries; each next one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// The largest download: no source tree comes near it.
const LARGEST: u64 = 8 << 30;

/// A client that is made when it is first needed.
#[derive(Default)]
pub struct Http(OnceLock<Agent>);

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
                Err(Failure::Passing(reason)) if tries == TRIES => {
                    return Err(WorldError::Other(format!(
                        "unable to download '{url}': {reason} (tried {TRIES} times); look whether the address is right and \
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

    fn agent(&self) -> &Agent {
        self.0.get_or_init(|| {
            Agent::config_builder()
                .http_status_as_error(false)
                .user_agent(concat!("fleet/", env!("CARGO_PKG_VERSION")))
                .timeout_connect(Some(Duration::from_secs(15)))
                .timeout_recv_response(Some(Duration::from_secs(60)))
                .timeout_recv_body(Some(Duration::from_secs(3_600)))
                .tls_config(TlsConfig::builder().root_certs(roots()).build())
                .build()
                .into()
        })
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
        let mut request = self.agent().get(url);
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

/// Whom to trust: the file that Nix or OpenSSL were told of, the system's, or else Mozilla's list.
fn roots() -> RootCerts {
    let told = ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE"].into_iter().filter_map(std::env::var_os);
    let known = ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-bundle.crt"];
    for file in told.chain(known.map(Into::into)) {
        let Ok(text) = crate::os::files::read(std::path::PathBuf::from(file)) else { continue };
        let certificates: Vec<_> = ureq::tls::parse_pem(&text)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if !certificates.is_empty() {
            return certificates.into();
        }
    }
    RootCerts::WebPki
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
