//! A `.drv` that is imported: an expression gets the derivation back that another evaluation made.

use super::context::Element;
use super::error::{Error, Result};
use super::eval::Evaluator;
use super::eval::import_world_error as world_error;
use super::names;
use super::value::Word;
use crate::store::{Derivation, Upstream};

fn store_error(error: impl std::fmt::Display) -> Error {
    Error::other(error.to_string())
}

impl Evaluator {
    /// What `import` makes of a `.drv` in the store: the derivation, as if an expression had just made it.
    pub(super) fn imported_derivation(&mut self, path: &str) -> Result<Option<Word>> {
        if !path.ends_with(".drv") {
            return Ok(None);
        }
        let dir = self.world.store_dir().clone();
        let Ok(store_path) = dir.parse_path(path) else { return Ok(None) };
        if !self.world.is_valid(&store_path).map_err(world_error)? {
            return Ok(None);
        }
        let text = self.world.read(path).map_err(world_error)?;
        let name = store_path.derivation_name().map_err(store_error)?;
        let derivation = Derivation::parse(&dir, name, &text).map_err(store_error)?;
        let context = self.contexts.of(Element::Closure(store_path.clone()));
        let mut facts = vec![(names::DRV_PATH, 0, self.string_in(path.as_bytes(), context))];
        facts.push((names::NAME, 0, self.string(derivation.env(b"name").unwrap_or(name.as_bytes()))));
        let mut output_names = Vec::new();
        for (output, kind) in &derivation.outputs {
            let text = match kind.path(&dir, name, output.as_str()).map_err(store_error)? {
                Some(path) => dir.print(&path),
                None => Upstream::output(&store_path, output.as_str()).map_err(store_error)?.print(),
            };
            let element = Element::Output { derivation: store_path.clone(), output: output.clone() };
            let context = self.contexts.of(element);
            let symbol = self.symbols.intern(output.as_str().as_bytes());
            facts.push((symbol, 0, self.string_in(text.as_bytes(), context)));
            output_names.push(self.string(output.as_str().as_bytes()));
        }
        facts.push((names::OUTPUTS, 0, self.list_of(&output_names)));
        let facts = self.set_of(facts);
        let function = self.late_text(IMPORTED);
        let function = self.force(function)?;
        self.call(function, &[facts], 0).map(Some)
    }
}

/// A derivation from what its `.drv` says.
const IMPORTED: &str = r#"
facts@{ drvPath, outputs, name, ... }:
let
  common = __listToAttrs made // { all = map (output: output.value) made; inherit drvPath name; type = "derivation"; };
  made = map (outputName: {
    name = outputName;
    value = common // { outPath = __getAttr outputName facts; inherit outputName; };
  }) outputs;
in (__head made).value
"#;
