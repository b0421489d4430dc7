//! `[fleet]` and `[channels]`.

use super::super::cursor::{Known, Table};
use super::super::model::Channel;
use super::super::values;
use crate::format::{ChannelName, MachineName};
use std::collections::BTreeMap;

const FLEET: Known = Known {
    place: "in `[fleet]`",
    keys: &["name", "domain", "public_keys_ok"],
    instead: &[("channel", "defaults.channel"), ("ssh_user", "defaults.ssh_user")],
    private: &[],
};

const CHANNEL: Known = Known {
    place: "in a channel",
    keys: &["input", "allow_unfree"],
    instead: &[("allowUnfree", "allow_unfree"), ("flake", "input"), ("url", "input")],
    private: &[],
};

/// Name, domain, and whether public keys are fine here.
pub(super) fn fleet(top: &Table<'_>) -> Option<(MachineName, Option<String>, bool)> {
    let hint = "begin with `[fleet]` and `name = \"…\"`; `fleet init` writes a whole fleet";
    let value = top.require("fleet", "the file", || "the file".into(), hint)?;
    let table = value.table(&FLEET)?;
    let name = table
        .require(
            "name",
            "`[fleet]`",
            || "`[fleet]`".into(),
            "write one word: it names the folder of this fleet's state",
        )
        .and_then(|name| name.parsed(MachineName::parse));
    let domain = table.get("domain").and_then(|domain| domain.parsed(values::domain));
    let public_keys_ok = table.get("public_keys_ok").and_then(|value| value.boolean()).unwrap_or(false);
    Some((name?, domain, public_keys_ok))
}

/// Package sets: a flake input's name, or a table.
pub(super) fn channels(top: &Table<'_>) -> BTreeMap<ChannelName, Channel> {
    let mut channels = BTreeMap::new();
    let Some(section) = top.get("channels") else { return channels };
    let Some(table) = section.names() else { return channels };
    for entry in table.entries() {
        let name = entry.parsed_name(ChannelName::parse);
        let value = &entry.value;
        let channel = if value.is_table() {
            value.table(&CHANNEL).and_then(|table| {
                let allow_unfree =
                    table.get("allow_unfree").and_then(|value| value.boolean()).unwrap_or(false);
                let what = || format!("the channel `{}`", entry.name);
                let input = table.require("input", "a channel", what, "name the flake input it is")?;
                Some(Channel { input: input.parsed(values::input)?, allow_unfree })
            })
        } else if value.is_string() {
            value.parsed(values::input).map(|input| Channel { input, allow_unfree: false })
        } else {
            value.wrong("a flake input's name or a table", None)
        };
        if let (Some(name), Some(channel)) = (name, channel) {
            channels.insert(name, channel);
        }
    }
    channels
}
