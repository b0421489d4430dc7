//! One option of a machine: its value, who defined it and where, and what its declaration says.
//!
//! The module system tells which files define an option; the line is found in the file itself, where the option's path
//! is written.

use super::FleetFlake;
use crate::nix::Evaluator;
use crate::nix::error::{Error, Kind, Result};
use crate::nix::value::Word;
use crate::report::did_you_mean;
use serde_json::{Value, json};

const QUESTION: &str = include_str!("option.nix");

/// What is at a path of options.
pub enum Found {
    /// One option, or a part of its value.
    Option(Box<Described>),
    /// Options, or rows of them, by name.
    Row(Vec<String>),
}

/// An option.
pub struct Described {
    /// Its value as Nix shows it, or why there is none.
    pub value: Result<String>,
    /// The same for scripts, where it is plain data.
    pub json: Option<Value>,
    /// What values it may have.
    pub type_: Option<String>,
    /// Its default as Nix shows it, or in its author's words.
    pub default: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The priority of the definitions that count.
    pub priority: Option<i64>,
    /// The definitions that count.
    pub definitions: Vec<Definition>,
    /// Where it is declared: file, and line where that is known.
    pub declarations: Vec<(String, Option<u64>)>,
}

/// One definition of an option.
pub struct Definition {
    /// The file, within the flake where it lies there.
    pub file: String,
    /// The line on which it is written, where that was found.
    pub line: Option<u32>,
    /// Its value as Nix shows it, or why there is none.
    pub value: Result<String>,
}

/// Looks at an option of a machine; `path` is written as in Nix.
///
/// # Errors
/// When there is no such option.
pub fn describe(flake: &FleetFlake, evaluator: &mut Evaluator, machine: &str, path: &str) -> Result<Found> {
    let steps = crate::nix::query::split_path(path)?;
    let list =
        evaluator.eval_text(json!(steps).to_string().replace(',', " ").as_bytes(), "«path»", "/", &[])?;
    let found = flake.asked(evaluator, machine, QUESTION, &[("steps", list)])?;
    let fields = evaluator.fields(found)?;
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| *value);
    if let Some(row) = field("row") {
        let names: Vec<String> = data(evaluator, row)?.as_array().map(|row| texts(row)).unwrap_or_default();
        return match field("missing") {
            Some(_) => Err(missing(evaluator, field("missing"), path, machine, &names)?),
            None => Ok(Found::Row(names)),
        };
    }
    let mut text = |name: &str| -> Option<String> {
        let value = data(evaluator, field(name)?).ok()?;
        value.as_str().map(str::to_owned)
    };
    let (type_, description, default_text) = (text("type"), text("description"), text("defaultText"));
    let value = field("value").expect("the question always has it");
    let mut definitions = Vec::new();
    for definition in evaluator.items(field("definitions").expect("the question always has it"))? {
        let fields = evaluator.fields(definition)?;
        let [(_, file), (_, value)] = fields[..] else { continue };
        let module = data(evaluator, file)?;
        let file = FleetFlake::file_of(evaluator, module.as_str().unwrap_or_default());
        let line = line_of(evaluator, &file, &steps);
        definitions.push(Definition { file: flake.shown(&file), line, value: shown(evaluator, value) });
    }
    let default = match (default_text, field("default")) {
        (Some(text), _) => Some(text),
        (None, Some(default)) => shown(evaluator, default).ok(),
        (None, None) => None,
    };
    let mut declarations = Vec::new();
    let places = field("declarationPositions").and_then(|places| data(evaluator, places).ok());
    for place in places.iter().flat_map(|places| places.as_array()).flatten() {
        let file = flake.shown(place["file"].as_str().unwrap_or_default());
        declarations.push((file, place["line"].as_u64()));
    }
    if declarations.is_empty()
        && let Some(files) = field("declarations").and_then(|files| data(evaluator, files).ok())
    {
        let files = files.as_array().map(|files| texts(files)).unwrap_or_default();
        declarations.extend(files.iter().map(|file| (flake.shown(file), None)));
    }
    let priority = field("priority").and_then(|priority| data(evaluator, priority).ok());
    Ok(Found::Option(Box::new(Described {
        value: shown(evaluator, value),
        json: data(evaluator, value).ok(),
        type_,
        default,
        description,
        priority: priority.and_then(|priority| priority.as_i64()),
        definitions,
        declarations,
    })))
}

/// What files of the flake itself define of an option: file and value, in Nix's words.
///
/// # Errors
/// When the option can't be evaluated.
pub(super) fn definitions_of(
    evaluator: &mut Evaluator,
    flake: &FleetFlake,
    option: Word,
) -> Result<Vec<(String, String)>> {
    let paths = ["definitionsWithLocations".to_owned()];
    let Some((_, list)) = evaluator.find_first(&paths, option)? else { return Ok(Vec::new()) };
    let mut definitions = Vec::new();
    for item in evaluator.items(list)? {
        let (file, value) =
            (evaluator.find_along("file", &[], item)?, evaluator.find_along("value", &[], item)?);
        let module = evaluator.raw(file)?;
        let file = FleetFlake::file_of(evaluator, &String::from_utf8_lossy(&module));
        if let Some(inside) = flake.inside(&file) {
            definitions.push((inside.to_owned(), super::json_of(evaluator, value)?.to_string()));
        }
    }
    Ok(definitions)
}

/// The priority of what nobody defines.
pub const DEFAULT_PRIORITY: i64 = 1500;

/// A priority in words.
pub fn priority_words(priority: i64) -> &'static str {
    match priority {
        10 => "mkVMOverride",
        50 => "mkForce",
        60 => "mkImageMediaOverride",
        100 => "a plain definition",
        1000 => "mkDefault",
        DEFAULT_PRIORITY => "the option's default",
        _ => "mkOverride",
    }
}

fn missing(
    evaluator: &mut Evaluator,
    step: Option<Word>,
    path: &str,
    machine: &str,
    known: &[String],
) -> Result<Error> {
    let step = match step {
        Some(step) => data(evaluator, step)?.as_str().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let message = format!("machine `{machine}` has no option `{path}`: there is no `{step}`");
    let error = Error::new(Kind::MissingAttribute, message);
    Ok(match did_you_mean(&step, known.iter().map(String::as_str)) {
        Some(guess) => error.hint(guess),
        None => error.hint("without its last word the path lists what there is"),
    })
}

fn shown(evaluator: &mut Evaluator, value: Word) -> Result<String> {
    let value = evaluator.value_of(value)?;
    Ok(String::from_utf8_lossy(&evaluator.show_forced(value)?).into_owned())
}

fn data(evaluator: &mut Evaluator, value: Word) -> Result<Value> {
    let value = evaluator.value_of(value)?;
    super::json_of(evaluator, value)
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The line of a file on which an option's path is written, or as much of it as is.
fn line_of(evaluator: &Evaluator, file: &str, steps: &[String]) -> Option<u32> {
    let text = evaluator.world().read(file).ok()?;
    crate::nix::syntax::written::line_of(&text, steps)
}
