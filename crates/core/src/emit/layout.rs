//! Breaks generated Rust over lines as rustfmt does with its default settings.
//!
//! Only what generated code is made of is known here: calls, struct literals, signatures, type aliases and imports.
//! The golden tests run rustfmt over every generated file, so a difference shows.

use crate::plan::{Expression, Field, ParameterCode, Statement};

/// rustfmt's `max_width`.
const WIDTH: usize = 100;
/// rustfmt's `fn_call_width`: arguments that are wider together stand one a line.
const ARGUMENTS: usize = 60;
/// rustfmt's `struct_lit_width`: fields that are wider together stand one a line.
const FIELDS: usize = 18;
/// One level of indentation.
const STEP: usize = 4;

/// A statement, indented.
pub(super) fn statement(statement: &Statement, indent: usize) -> Vec<String> {
    let pad = " ".repeat(indent);
    let Some(binds) = &statement.binds else {
        return framed(&pad, expression(&statement.expression, indent, 0, 1), ";");
    };
    let head = format!("let {binds} = ");
    if let Some(line) = one_line(&statement.expression, room(indent + head.len() + 1)) {
        return vec![format!("{pad}{head}{line};")];
    }
    if let Some(line) = one_line(&statement.expression, room(indent + STEP + 1)) {
        return vec![format!("{pad}let {binds} ="), format!("{pad}    {line};")];
    }
    // A constructor around another reads better in two steps than broken inside out.
    if let Expression::Call { function, arguments } = &statement.expression
        && let [inner @ Expression::Call { .. }] = arguments.as_slice()
    {
        let outer = Expression::call(function, [Expression::plain(binds)]);
        let steps = [Statement::bind(binds, inner.clone()), Statement::bind(binds, outer)];
        return steps.iter().flat_map(|step| self::statement(step, indent)).collect();
    }
    let lines =
        framed(&format!("{pad}{head}"), expression(&statement.expression, indent, head.len(), 1), ";");
    if lines[0].len() <= WIDTH {
        return lines;
    }
    let below = expression(&statement.expression, indent + STEP, 0, 1);
    std::iter::once(format!("{pad}let {binds} =")).chain(framed(&format!("{pad}    "), below, ";")).collect()
}

/// An expression that is the value of its block, indented.
pub(super) fn value(of: &Expression, indent: usize) -> Vec<String> {
    framed(&" ".repeat(indent), expression(of, indent, 0, 0), "")
}

/// Puts something in front of the first line and behind the last one.
fn framed(before: &str, mut lines: Vec<String>, after: &str) -> Vec<String> {
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, before);
    }
    if let Some(last) = lines.last_mut() {
        last.push_str(after);
    }
    lines
}

/// The lines of an expression that begins `used` columns behind its indentation and is followed by `after` more. The
/// first line is not indented.
fn expression(of: &Expression, indent: usize, used: usize, after: usize) -> Vec<String> {
    if let Some(line) = one_line(of, room(indent + used + after)) {
        return vec![line];
    }
    let pad = " ".repeat(indent);
    let inner = " ".repeat(indent + STEP);
    match of {
        Expression::Plain(text) => vec![text.clone()],
        Expression::Call { function, arguments } if arguments.iter().all(is_short) => {
            let lines = filled(arguments, &inner);
            std::iter::once(format!("{function}(")).chain(lines).chain([format!("{pad})")]).collect()
        }
        Expression::Call { function, arguments } => {
            let arguments = arguments
                .iter()
                .flat_map(|argument| framed(&inner, expression(argument, indent + STEP, 0, 1), ","));
            std::iter::once(format!("{function}(")).chain(arguments).chain([format!("{pad})")]).collect()
        }
        Expression::Struct { name, fields } => {
            let fields = fields.iter().flat_map(|field| {
                let (label, value) = field;
                match Field(field).to_string() {
                    short if short == *label => vec![format!("{inner}{label},")],
                    _ => {
                        let value = expression(value, indent + STEP, label.len() + 2, 1);
                        framed(&format!("{inner}{label}: "), value, ",")
                    }
                }
            });
            std::iter::once(format!("{name} {{")).chain(fields).chain([format!("{pad}}}")]).collect()
        }
    }
}

/// Whether rustfmt puts an argument beside others like it where they are too many for one line: a name, a field of one or a
/// literal, of at most ten characters (its `short_array_element_width_threshold`).
fn is_short(of: &Expression) -> bool {
    let text = of.to_string();
    text.len() <= 10 && !text.contains("::") && !text.contains(['(', '{'])
}

/// Arguments, as many a line as there is room for.
fn filled(arguments: &[Expression], inner: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for argument in arguments {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + argument.to_string().len() < WIDTH => {
                line.push_str(&format!(" {argument},"));
            }
            _ => lines.push(format!("{inner}{argument},")),
        }
    }
    lines
}

/// The expression on one line, where rustfmt would leave it there.
fn one_line(of: &Expression, room: usize) -> Option<String> {
    let line = of.to_string();
    (line.len() <= room && is_narrow(of)).then_some(line)
}

fn is_narrow(of: &Expression) -> bool {
    match of {
        Expression::Plain(_) => true,
        Expression::Call { arguments, .. } => {
            joined(arguments.iter()) <= ARGUMENTS && arguments.iter().all(is_narrow)
        }
        Expression::Struct { fields, .. } => {
            joined(fields.iter().map(Field)) <= FIELDS && fields.iter().all(|(_, value)| is_narrow(value))
        }
    }
}

/// How wide items are with `, ` between them.
fn joined(items: impl Iterator<Item = impl ToString>) -> usize {
    items.map(|item| item.to_string().len() + 2).sum::<usize>().saturating_sub(2)
}

fn room(used: usize) -> usize {
    WIDTH.saturating_sub(used)
}

/// `pub type NAME = TYPE;`
pub(super) fn type_alias(name: &str, rust_type: &str) -> Vec<String> {
    let head = format!("pub type {name} =");
    let line = format!("{head} {rust_type};");
    if line.len() <= WIDTH {
        return vec![line];
    }
    if STEP + rust_type.len() < WIDTH {
        return vec![head, format!("    {rust_type};")];
    }
    broken(rust_type, 0).map_or(vec![line], |lines| framed(&format!("{head} "), lines, ";"))
}

/// A generic type with its arguments one a line, each broken itself where it is too long; nothing for a type without.
fn broken(rust_type: &str, indent: usize) -> Option<Vec<String>> {
    let (generic, arguments) = rust_type.strip_suffix('>').and_then(|rest| rest.split_once('<'))?;
    let inner = indent + STEP;
    let pad = " ".repeat(inner);
    let arguments = top_level(arguments).into_iter().flat_map(|argument| {
        let fits = inner + argument.len() < WIDTH;
        let lines = if fits { None } else { broken(argument, inner) };
        framed(&pad, lines.unwrap_or_else(|| vec![argument.to_string()]), ",")
    });
    let end = format!("{}>", " ".repeat(indent));
    Some(std::iter::once(format!("{generic}<")).chain(arguments).chain([end]).collect())
}

/// `HEAD = VALUE;`, not indented.
pub(super) fn assignment(head: &str, value: &Expression) -> Vec<String> {
    let head = format!("{head} = ");
    framed(&head, expression(value, 0, head.len(), 1), ";")
}

/// `static mut NAME: TYPE = VALUE;`, indented by one level.
pub(super) fn static_item(name: &str, rust_type: &str, value: &str) -> Vec<String> {
    assigned(format!("    static mut {name}: {rust_type} ="), value, STEP)
}

/// `let name: TYPE = value;`, indented.
pub(super) fn typed_let(name: &str, rust_type: &str, value: &str, indent: usize) -> Vec<String> {
    let pad = " ".repeat(indent);
    assigned(format!("{pad}let {name}: {rust_type} ="), value, indent)
}

/// A value behind its `=`, on the next line where both are too long for one.
fn assigned(head: String, value: &str, indent: usize) -> Vec<String> {
    let line = format!("{head} {value};");
    // What is too long even so is left alone by rustfmt.
    if line.len() <= WIDTH || head.len() > WIDTH {
        return vec![line];
    }
    let pad = " ".repeat(indent + STEP);
    vec![head, format!("{pad}{value};")]
}

/// The parts of a list between the commas that are in no brackets.
fn top_level(list: &str) -> Vec<&str> {
    let mut depth = 0usize;
    let separators = list.char_indices().filter(|(_, character)| {
        match character {
            '<' | '[' | '(' => depth += 1,
            '>' | ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *character == ',' && depth == 0
    });
    let ends: Vec<usize> = separators.map(|(at, _)| at).chain([list.len()]).collect();
    let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
    starts.zip(&ends).map(|(start, end)| list[start..*end].trim()).collect()
}

/// The head of a function, `pub fn name`, with all up to its opening brace.
pub(super) fn signature(function: &str, parameters: &[ParameterCode], returns: &str) -> Vec<String> {
    let parameters: Vec<String> =
        parameters.iter().map(|parameter| format!("{}: {}", parameter.name, parameter.rust_type)).collect();
    let line = format!("{function}({}) -> {returns} {{", parameters.join(", "));
    if line.len() <= WIDTH {
        return vec![line];
    }
    let parameters = parameters.into_iter().map(|parameter| format!("    {parameter},"));
    std::iter::once(format!("{function}(")).chain(parameters).chain([format!(") -> {returns} {{")]).collect()
}

/// One `use` for each module, in rustfmt's order. Each item is the module's path and a name in it.
pub(super) fn imports<'a>(items: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut modules: std::collections::BTreeMap<&str, std::collections::BTreeSet<&str>> = Default::default();
    for (module, name) in items {
        modules.entry(module).or_default().insert(name);
    }
    let mut lines: Vec<(Vec<String>, String)> = modules
        .into_iter()
        .map(|(module, names)| {
            let names: Vec<&str> = names.into_iter().collect();
            // A list stands behind all single names of its module.
            let last = if names.len() == 1 { names[0] } else { "\u{10FFFF}" };
            let key = module.split("::").chain([last]).map(str::to_string).collect();
            (key, import(module, &names))
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn import(module: &str, names: &[&str]) -> String {
    if let [name] = names {
        return format!("use {module}::{name};");
    }
    let line = format!("use {module}::{{{}}};", names.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let mut lines = vec![format!("use {module}::{{"), "   ".to_string()];
    for name in names {
        let last = lines.len() - 1;
        if lines[last].len() + name.len() + 2 > WIDTH {
            lines.push("   ".to_string());
        }
        let last = lines.len() - 1;
        lines[last].push_str(&format!(" {name},"));
    }
    lines.push("};".to_string());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_constructor_is_broken_into_steps() {
        let pin = Expression::call("Input::new", ["p.PIN_15", "Pull::Down"].map(Expression::plain));
        let input = Expression::call("fwc_runtime::gpio::Input::new", [pin]);
        let button = Statement::bind("button", Expression::call("board::Button::new", [input]));
        assert_eq!(
            statement(&button, 8),
            [
                "        let button = fwc_runtime::gpio::Input::new(Input::new(p.PIN_15, Pull::Down));",
                "        let button = board::Button::new(button);"
            ]
        );
    }

    #[test]
    fn wide_arguments_stand_one_a_line() {
        let long = "a".repeat(40);
        let call = Expression::call("f", [Expression::plain(&long), Expression::plain(&long)]);
        assert_eq!(
            value(&call, 4),
            ["    f(", &format!("        {long},"), &format!("        {long},"), "    )"]
        );
    }

    #[test]
    fn short_arguments_stand_side_by_side() {
        let names = ["\"sensors\"", "p.I2C1", "p.PB8", "p.PB9", "p.DMA1_CH6", "p.DMA1_CH0", "Irqs"];
        let call = Expression::call("fwc_hal_stm32::i2c::I2cBus::new", names.map(Expression::plain));
        assert_eq!(
            value(&call, 0),
            [
                "fwc_hal_stm32::i2c::I2cBus::new(",
                "    \"sensors\", p.I2C1, p.PB8, p.PB9, p.DMA1_CH6, p.DMA1_CH0, Irqs,",
                ")"
            ]
        );
    }

    #[test]
    fn types_are_split_at_their_own_commas() {
        assert_eq!(top_level("M, [u8; 4], X<A, B>, 3"), ["M", "[u8; 4]", "X<A, B>", "3"]);
    }

    #[test]
    fn single_names_stand_before_lists() {
        let lines = imports([("a::b", "C"), ("a", "Z"), ("a", "Y"), ("b", "c")]);
        assert_eq!(lines, ["use a::b::C;", "use a::{Y, Z};", "use b::c;"]);
    }
}
