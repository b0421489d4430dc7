//! A configuration as a QR code, for the camera of a phone. It holds a private key, so it is never written to a file
//! here and what is made of it is wiped.

use super::config::Config;
use super::print::{Style, print};
use crate::format::Sensitive;
use crate::report::Diagnose;
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

/// The light border that ISO/IEC 18004 asks for, in modules.
const QUIET: usize = 4;

/// Why there is no QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// More than a QR code holds.
    #[error("the configuration has {bytes} bytes, and a QR code holds 2953")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
}

impl Diagnose for QrError {
    fn hints(&self) -> Vec<String> {
        vec!["give the mesh a hub, so that a phone has one peer; or hand over the text of `fleet wg render --format wg-quick`".into()]
    }
}

/// A QR code.
pub struct Code {
    width: usize,
    dark: Zeroizing<Vec<bool>>,
}

/// What a phone needs of a configuration: no comments, no hooks, and no port that it would not keep.
pub fn for_phone(config: &Config) -> Sensitive {
    let config = Config { listen_port: None, forwards: false, ..config.clone() };
    let text = Sensitive::from(print(&config, Style::WgQuick));
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    for line in text.expose().split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#")) {
        out.extend_from_slice(line);
    }
    out.into()
}

impl Code {
    /// Makes the code of a text.
    ///
    /// # Errors
    /// When it is too long.
    pub fn new(text: &Sensitive) -> Result<Self, QrError> {
        let too_long = |_| QrError::TooLong { bytes: text.len() };
        // The lowest level of error correction: a screen has no scratches, and smaller codes are read from farther off.
        let code = QrCode::with_error_correction_level(text.expose(), EcLevel::L).map_err(too_long)?;
        let width = code.width();
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Code { width, dark: Zeroizing::new(dark) })
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark[y * self.width + x],
            _ => false,
        }
    }

    /// The code with its border in half-block characters, two modules in one; with `colour` black on white whatever
    /// the terminal's own colours are, else light modules are drawn, for a dark terminal.
    pub fn terminal(&self, colour: bool) -> Sensitive {
        let size = self.width + 2 * QUIET;
        let mut out = Zeroizing::new(Vec::with_capacity(size * (size / 2 + 1) * 3 + size * 16));
        for y in (0..size).step_by(2) {
            if colour {
                out.extend_from_slice(b"\x1b[38;5;16;48;5;231m");
            }
            for x in 0..size {
                let (upper, lower) = (self.is_dark(x, y), y + 1 < size && self.is_dark(x, y + 1));
                let ink = match (upper == colour, lower == colour) {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    (false, false) => " ",
                };
                out.extend_from_slice(ink.as_bytes());
            }
            out.extend_from_slice(if colour { b"\x1b[0m\n" } else { b"\n" });
        }
        out.into()
    }

    /// The code as an SVG, ten units a module.
    pub fn svg(&self) -> Sensitive {
        let size = self.width + 2 * QUIET;
        let mut out = Zeroizing::new(Vec::with_capacity(self.dark.len() * 24 + 400));
        let side = size * 10;
        out.extend_from_slice(
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" width=\"{side}\" \
                 height=\"{side}\" shape-rendering=\"crispEdges\">\n<path fill=\"#fff\" d=\"M0 0H{size}V{size}H0Z\"/>\n\
                 <path d=\""
            )
            .as_bytes(),
        );
        for y in 0..size {
            for x in (0..size).filter(|x| self.is_dark(*x, y)) {
                out.extend_from_slice(format!("M{x} {y}h1v1h-1z").as_bytes());
            }
        }
        out.extend_from_slice(b"\"/>\n</svg>\n");
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fleet, member};
    use super::super::{KeySource, derive, parse};
    use super::*;
    use crate::keys::pair;

    #[test]
    fn a_phone_gets_what_it_needs_and_no_more() {
        let mut fleet = Fleet::new("wireg0", "10.88.127.0/24");
        fleet.hub(member("hub", 1).endpoint("hub.example.net:2108").route("10.88.128.0/24"));
        fleet.external(member("phone", 210));
        let meshes = derive(&fleet.inventory, &fleet.keys);
        let network = meshes.get("wireg0").unwrap();
        let pair = pair::wireguard();
        let key = pair.private.expose_str().unwrap().trim().to_owned();
        let mut config = network.config(network.node("phone").unwrap());
        config.private_key = KeySource::Given(key.clone().into());
        let text = for_phone(&config);
        let hub = network.node("hub").unwrap().key.public_key().unwrap();
        assert_eq!(
            text.expose_str().unwrap(),
            format!(
                "[Interface]\nPrivateKey = {key}\nAddress = 10.88.127.210/24\n\n[Peer]\nPublicKey = {hub}\n\
                 AllowedIPs = 10.88.127.0/24, 10.88.128.0/24\nEndpoint = hub.example.net:2108\nPersistentKeepalive = 25\n"
            )
        );
        assert!(parse(text.expose_str().unwrap(), "x").is_ok());
        let code = Code::new(&text).unwrap();
        let terminal = code.terminal(false);
        let lines: Vec<&str> = terminal.expose_str().unwrap().lines().collect();
        assert_eq!(lines.len(), (code.width + 8).div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == code.width + 8));
        // The corner's finder pattern, below the border: seven dark modules, then light ones.
        assert!((4..11).all(|x| code.is_dark(x, 4)) && !code.is_dark(11, 4) && !code.is_dark(3, 4));
        assert!(code.svg().expose_str().unwrap().starts_with("<svg"));
    }

    #[test]
    fn too_much_is_refused() {
        let text = Sensitive::new(vec![b'x'; 3000]);
        assert_eq!(Code::new(&text).err(), Some(QrError::TooLong { bytes: 3000 }));
    }
}
