//! Derivations as JSON, in the form of `nix derivation show` since Nix 2.34 (format version 4).

use super::{Derivation, DerivationError, Input, Output, OutputName};
use crate::store::{Algorithm, ContentAddress, Form, Hash, Method, StorePath, json_float};
use serde::Serialize as _;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::io;

/// The format's version.
const VERSION: u64 = 4;

/// The variable that holds structured attributes, which JSON shows as what they are.
const STRUCTURED: &[u8] = b"__json";

impl Derivation<'_> {
    /// The JSON of one derivation.
    ///
    /// # Errors
    /// When a text is not UTF-8, or structured attributes are no JSON.
    pub fn to_json(&self) -> Result<Value, DerivationError> {
        let mut env = Map::new();
        let mut structured = None;
        for (key, value) in &self.env {
            if **key == *STRUCTURED {
                structured = Some(serde_json::from_slice::<Value>(value).map_err(wrong)?);
            } else {
                env.insert(utf8(key)?.into(), utf8(value)?.into());
            }
        }
        let outputs: Map<_, _> =
            self.outputs.iter().map(|(name, output)| (name.to_string(), output_json(output))).collect();
        let inputs: Map<_, _> = self
            .input_derivations
            .iter()
            .map(|(path, input)| (path.to_string(), input_json(input)))
            .collect();
        let sources: Vec<_> = self.input_sources.iter().map(StorePath::as_str).collect();
        let args = self.args.iter().map(|argument| utf8(argument)).collect::<Result<Vec<_>, _>>()?;
        let mut json = json!({
            "name": self.name,
            "version": VERSION,
            "outputs": outputs,
            "inputs": { "srcs": sources, "drvs": inputs },
            "system": utf8(&self.platform)?,
            "builder": utf8(&self.builder)?,
            "args": args,
            "env": env,
        });
        if let Some(structured) = structured {
            json["structuredAttrs"] = structured;
        }
        Ok(json)
    }

    /// Reads what [`Derivation::to_json`] gives.
    ///
    /// # Errors
    /// When something is missing, of another kind or of another version.
    pub fn from_json(json: &Value) -> Result<Derivation<'static>, DerivationError> {
        let version = json.get("version").and_then(Value::as_u64);
        if version != Some(VERSION) {
            return Err(wrong(format!("its version is not {VERSION}")));
        }
        let mut derivation = Derivation::new(text(json, "name")?.to_owned());
        for (name, output) in object(json, "outputs")? {
            derivation.set_output(OutputName::parse(name)?, output_from(name, output)?);
        }
        let inputs = json.get("inputs").ok_or_else(|| wrong("`inputs` is missing"))?;
        for source in array(inputs, "srcs")? {
            derivation.add_source(StorePath::parse(string(source, "srcs")?)?);
        }
        for (path, input) in object(inputs, "drvs")? {
            *derivation.input_mut(StorePath::parse(path)?) = input_from(input)?;
        }
        derivation.platform = Cow::Owned(text(json, "system")?.into());
        derivation.builder = Cow::Owned(text(json, "builder")?.into());
        for argument in array(json, "args")? {
            derivation.args.push(Cow::Owned(string(argument, "args")?.into()));
        }
        for (key, value) in object(json, "env")? {
            derivation.set_env(key.as_bytes().to_vec(), string(value, "env")?.as_bytes().to_vec());
        }
        if let Some(structured) = json.get("structuredAttrs") {
            derivation.set_env(STRUCTURED, print_json(structured).into_bytes());
        }
        Ok(derivation)
    }
}

/// Prints JSON as Nix does: in one line, keys sorted, floats as [`json_float`] has them.
pub fn print_json(value: &Value) -> String {
    let mut text = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut text, NixFloats))
        .expect("JSON is written to memory, and its keys are texts");
    String::from_utf8(text).expect("serde_json writes UTF-8")
}

struct NixFloats;

impl Formatter for NixFloats {
    fn write_f64<W: io::Write + ?Sized>(&mut self, to: &mut W, value: f64) -> io::Result<()> {
        to.write_all(json_float(value).as_bytes())
    }
}

fn output_json(output: &Output) -> Value {
    match output {
        Output::InputAddressed(path) => json!({ "path": path.as_str() }),
        Output::Fixed(address) => {
            json!({ "method": address.method.name(), "hash": address.hash.print(Form::Sri) })
        }
        Output::Floating { method, algorithm } => {
            json!({ "method": method.name(), "hashAlgo": algorithm.name() })
        }
        Output::Deferred => json!({}),
        Output::Impure { method, algorithm } => {
            json!({ "method": method.name(), "hashAlgo": algorithm.name(), "impure": true })
        }
    }
}

fn output_from(name: &str, json: &Value) -> Result<Output, DerivationError> {
    let fields = json.as_object().ok_or_else(|| wrong(format!("output `{name}` is no object")))?;
    let method = || {
        let name = text(json, "method")?;
        Method::parse(name.as_bytes()).ok_or_else(|| wrong(format!("there is no method `{name}`")))
    };
    let algorithm = || Ok::<_, DerivationError>(Algorithm::parse(text(json, "hashAlgo")?.as_bytes())?);
    let mut keys: Vec<&str> = fields.keys().map(String::as_str).collect();
    keys.sort_unstable();
    Ok(match &keys[..] {
        [] => Output::Deferred,
        ["path"] => Output::InputAddressed(StorePath::parse(text(json, "path")?)?),
        ["hash", "method"] => Output::Fixed(ContentAddress {
            method: method()?,
            hash: Hash::parse_sri(text(json, "hash")?.as_bytes())?,
        }),
        ["hashAlgo", "method"] => Output::Floating { method: method()?, algorithm: algorithm()? },
        ["hashAlgo", "impure", "method"] => Output::Impure { method: method()?, algorithm: algorithm()? },
        _ => return Err(wrong(format!("output `{name}` has fields that do not go together"))),
    })
}

fn input_json(input: &Input) -> Value {
    let outputs: Vec<_> = input.outputs.iter().map(OutputName::as_str).collect();
    let dynamic: Map<_, _> =
        input.dynamic.iter().map(|(name, input)| (name.to_string(), input_json(input))).collect();
    json!({ "outputs": outputs, "dynamicOutputs": dynamic })
}

// serde_json refuses JSON that is nested deeper than 128 levels, so this recursion ends.
fn input_from(json: &Value) -> Result<Input, DerivationError> {
    let mut input = Input::default();
    for name in array(json, "outputs")? {
        input.add(OutputName::parse(string(name, "outputs")?)?);
    }
    for (name, inner) in object(json, "dynamicOutputs")? {
        *input.dynamic_mut(OutputName::parse(name)?) = input_from(inner)?;
    }
    Ok(input)
}

fn text<'j>(json: &'j Value, key: &str) -> Result<&'j str, DerivationError> {
    json.get(key).ok_or_else(|| wrong(format!("`{key}` is missing"))).and_then(|value| string(value, key))
}

fn string<'j>(json: &'j Value, key: &str) -> Result<&'j str, DerivationError> {
    json.as_str().ok_or_else(|| wrong(format!("`{key}` holds no text")))
}

fn array<'j>(json: &'j Value, key: &str) -> Result<&'j Vec<Value>, DerivationError> {
    json.get(key).and_then(Value::as_array).ok_or_else(|| wrong(format!("`{key}` is no list")))
}

fn object<'j>(json: &'j Value, key: &str) -> Result<&'j Map<String, Value>, DerivationError> {
    json.get(key).and_then(Value::as_object).ok_or_else(|| wrong(format!("`{key}` is no object")))
}

fn utf8(bytes: &[u8]) -> Result<&str, DerivationError> {
    str::from_utf8(bytes)
        .map_err(|_| DerivationError::NotUtf8 { text: String::from_utf8_lossy(bytes).into_owned() })
}

fn wrong(problem: impl ToString) -> DerivationError {
    DerivationError::Json { problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_attributes_come_back_as_nix_wrote_them() {
        let mut derivation = Derivation::new("x");
        let text =
            r#"{"a":[1.0,1e+20,1e-07,6.3880400567920976e+16,-1,18446744073709551615],"b":"ü\u001f\n"}"#;
        derivation.set_env(STRUCTURED, text.as_bytes());
        let json = derivation.to_json().unwrap();
        assert_eq!(json["structuredAttrs"]["a"][0], 1.0);
        assert_eq!(Derivation::from_json(&json).unwrap(), derivation);
    }

    #[test]
    fn json_that_is_no_derivation_is_refused() {
        let right = Derivation::new("x").to_json().unwrap();
        assert!(Derivation::from_json(&right).is_ok());
        for (field, wrong, wanted) in [
            ("version", json!(3), "its version is not 4"),
            ("name", json!(1), "`name` holds no text"),
            ("outputs", json!([]), "`outputs` is no object"),
            ("outputs", json!({ "out": { "path": 1 } }), "`path` holds no text"),
            ("outputs", json!({ "out": { "hash": "x" } }), "fields that do not go together"),
            ("outputs", json!({ "out": { "method": "x", "hashAlgo": "md5" } }), "there is no method `x`"),
            ("inputs", json!({ "srcs": [] }), "`drvs` is no object"),
            ("env", json!({ "a": null }), "`env` holds no text"),
        ] {
            let mut json = right.clone();
            json[field] = wrong;
            let message = Derivation::from_json(&json).unwrap_err().to_string();
            assert!(message.contains(wanted), "{message}");
        }
        let mut bytes = Derivation::new("x");
        bytes.set_env(&b"a"[..], &b"\xff"[..]);
        assert_eq!(
            bytes.to_json().unwrap_err().to_string(),
            "'\u{fffd}' is not UTF-8, so JSON can't hold it"
        );
    }
}
