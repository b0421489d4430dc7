//! A walk in words: each tunnel a line, then where it ended or why it did not.

use super::walk::{CantCall, Hop, Lost, NoCallBack, Opened, Walk};
use std::fmt;

impl Walk {
    /// True when packet and reply arrived.
    pub fn arrived(&self) -> bool {
        self.lost.is_none()
    }
}

impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.arrived() { "reaches" } else { "does not reach" };
        write!(f, "{} {verb} {}", self.from, self.to)?;
        match (self.source, self.target) {
            (Some(source), Some(target)) => writeln!(f, " ({source} to {target})")?,
            (None, Some(target)) if target.to_string() != self.to => writeln!(f, " ({target})")?,
            _ => writeln!(f)?,
        }
        for (index, hop) in self.there.iter().enumerate() {
            writeln!(f, "  {}. {hop}", index + 1)?;
        }
        if let Some(network) = self.behind {
            match self.there.last() {
                Some(Hop { to, .. }) => writeln!(f, "     {to} passes it on to {network} behind it")?,
                None => writeln!(f, "     {} is in {network} itself: no tunnel is needed", self.from)?,
            }
        }
        if self.reply_lost || !self.back.is_empty() {
            let way: Vec<&str> = self.back.iter().map(|hop| hop.to.as_str()).collect();
            let first = self.there.last().map_or(self.from.as_str(), |hop| hop.to.as_str());
            writeln!(f, "  reply: {}", [&[first], &way[..]].concat().join(" -> "))?;
        }
        match &self.lost {
            Some(lost) if self.reply_lost => writeln!(f, "  the reply is lost: {lost}"),
            Some(lost) => writeln!(f, "  lost: {lost}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hop { from, to, mesh, allowed, opened } = self;
        write!(f, "{from} -> {to} in {mesh}: {allowed} is {to}'s, ")?;
        match opened {
            Opened::Called { endpoint, forwarded_to: None } => write!(f, "called at {endpoint}"),
            Opened::Called { endpoint, forwarded_to: Some(port) } => {
                write!(f, "called at {endpoint}, which a router has to lead to its port {port}")
            }
            Opened::KeptOpen(seconds) => write!(f, "which keeps the line open every {seconds} s"),
            Opened::ByRequest => write!(f, "over the tunnel of the request"),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lost::NoAddress { host } => write!(f, "`{host}` has no address"),
            Lost::SenderDown { host } => write!(f, "`{host}` is down"),
            Lost::NoRoute { host, target } => write!(f, "`{host}` has no route to {target} into any mesh"),
            Lost::NoSource { host, mesh, target } => {
                let family = if target.is_ipv4() { "IPv4" } else { "IPv6" };
                write!(f, "`{host}` has no {family} address in mesh `{mesh}` to send from")
            }
            Lost::NoPeer { host, mesh, target } => {
                write!(f, "`{host}` has no peer in mesh `{mesh}` whose allowed IPs hold {target}")
            }
            Lost::UnknownKey { host, peer, mesh } => {
                write!(f, "`{host}` sends it to `{peer}` in mesh `{mesh}` under a key that no other host has")
            }
            Lost::Down { host, peer } => write!(f, "`{host}` sends it to `{peer}`, which is down"),
            Lost::NotListed { host, peer, mesh } => {
                write!(
                    f,
                    "`{peer}` has no peer with the key of `{host}` in mesh `{mesh}`, and answers no stranger"
                )
            }
            Lost::Preshared { host, peer } => {
                write!(f, "`{host}` and `{peer}` do not have the same pre-shared key")
            }
            Lost::NobodyCalls { host, peer, why, why_not_back } => {
                write!(f, "no tunnel between `{host}` and `{peer}`: `{host}` ")?;
                cant_call(f, why, peer)?;
                write!(f, ", and `{peer}` ")?;
                match &**why_not_back {
                    NoCallBack::Silent => {
                        write!(f, "sends no keepalives, so it may not have called yet")
                    }
                    NoCallBack::Cant(why) => cant_call(f, why, host),
                }
            }
            Lost::Source { host, peer, source, owner: None } => {
                write!(f, "`{peer}` drops it: {source} is not among the allowed IPs of `{host}` there")
            }
            Lost::Source { host, peer, source, owner: Some(owner) } => {
                write!(f, "`{peer}` drops it: it came from `{host}`, and {source} belongs to `{owner}` there")
            }
            Lost::NotForwarding { host, target } => {
                write!(f, "`{host}` does not pass packets on, and {target} is not its own address")
            }
            Lost::Loop { host, target } => {
                write!(f, "packets for {target} go round in a loop through `{host}`")
            }
        }
    }
}

fn cant_call(f: &mut fmt::Formatter<'_>, why: &CantCall, peer: &str) -> fmt::Result {
    match why {
        CantCall::NoEndpoint => write!(f, "knows no endpoint of `{peer}`"),
        CantCall::LeadsElsewhere { endpoint, to } => {
            write!(f, "calls {endpoint}, which is `{to}`, not `{peer}`")
        }
        CantCall::Wrong { endpoint, right } => write!(f, "calls {endpoint}, but `{peer}` is at {right}"),
        CantCall::WrongPort { endpoint, port } => {
            write!(f, "calls {endpoint}, but `{peer}` listens on port {port}")
        }
    }
}

impl Lost {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Lost::NoAddress { host } => format!("give `{host}` a postfix inside the subnet"),
            Lost::SenderDown { .. } | Lost::Down { .. } => "ask again without `--without`".into(),
            Lost::NoRoute { target, .. } => {
                format!("put {target} behind a member: `routes = [\"…\"]` in its mesh entry")
            }
            Lost::NoSource { .. } => "give the mesh a subnet of this family".into(),
            Lost::NoPeer { host, .. } => {
                format!("look at the AllowedIPs of `{host}`, or run `fleet wg check`")
            }
            Lost::UnknownKey { host, peer, .. } => {
                format!("compare the key of `{peer}` in the configuration of `{host}` with keys/")
            }
            Lost::NotListed { host, peer, .. } => {
                format!("render again, and bring `{peer}` its new configuration, which lists `{host}`")
            }
            Lost::Preshared { .. } => "both sides need the same `psk` secret: render and deploy both".into(),
            Lost::NobodyCalls { host, peer, .. } => {
                format!(
                    "give `{peer}` or `{host}` an `endpoint` that leads there, or the one that can call a `keepalive`"
                )
            }
            Lost::Source { peer, source, .. } => {
                format!("look at who has {source} among the AllowedIPs of `{peer}`, or run `fleet wg check`")
            }
            Lost::NotForwarding { host, .. } => {
                format!(
                    "name `{host}` as a hub or give it `routes`; on the host, net.ipv4.ip_forward must be 1"
                )
            }
            Lost::Loop { .. } => {
                "two hosts hold each other for the next step: compare their AllowedIPs".into()
            }
        }
    }
}
