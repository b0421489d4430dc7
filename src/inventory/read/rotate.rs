//! `[rotate]`: secrets whose values must change, by name. Written by commands; a person may strike out a line.

use super::super::cursor::{Known, Table};
use super::super::model::Rotate;
use crate::format::SecretName;
use std::collections::BTreeMap;

const ROTATE: Known = Known {
    place: "in `[rotate]`",
    keys: &["because", "since"],
    instead: &[("reason", "because"), ("date", "since"), ("when", "since")],
    private: &[],
};

/// Every secret to be rotated. One that is declared no more is no error: the check says so.
pub(super) fn rotate(top: &Table<'_>) -> BTreeMap<SecretName, Rotate> {
    let mut rotate = BTreeMap::new();
    let Some(section) = top.get("rotate") else { return rotate };
    let Some(table) = section.names() else { return rotate };
    for entry in table.entries() {
        let name = entry.parsed_name(SecretName::parse);
        let Some(table) = entry.value.table(&ROTATE) else { continue };
        let what = || format!("the secret `{}` in `[rotate]`", entry.name);
        let because = table
            .require(
                "because",
                "a secret in `[rotate]`",
                what,
                "write who knows its value and should not: `because = \"web1 left\"`",
            )
            .and_then(|because| because.string());
        let since = table.get("since").and_then(|since| since.string()).unwrap_or_default();
        if let (Some(name), Some(because)) = (name, because) {
            rotate.insert(name, Rotate { because: because.to_owned(), since: since.to_owned() });
        }
    }
    rotate
}

#[cfg(test)]
mod tests {
    use crate::format::SecretName;
    use crate::inventory::Inventory;

    #[test]
    fn secrets_to_rotate_are_named_with_a_reason() {
        let text = "[fleet]\nname = \"x\"\n[rotate]\n\"nginx/web1/tls\" = { because = \"web1 left\", since = \"2026-11-22\" }\n";
        let (inventory, reports) = Inventory::parse("fleet.toml", text);
        assert_eq!(reports.0, []);
        let rotate = inventory.unwrap().rotate;
        let entry = &rotate[&SecretName::parse("nginx/web1/tls").unwrap()];
        assert_eq!((entry.because.as_str(), entry.since.as_str()), ("web1 left", "2026-11-22"));
        for wrong in
            ["nginx = { because = \"x\" }", "\"a/../b\" = { because = \"x\" }", "\"a/b\" = {}", "\"a/b\" = 3"]
        {
            let text = format!("[fleet]\nname = \"x\"\n[rotate]\n{wrong}\n");
            let (inventory, reports) = Inventory::parse("fleet.toml", &text);
            assert!(inventory.is_none() && reports.0.len() == 1, "{wrong}: {reports:?}");
        }
    }
}
