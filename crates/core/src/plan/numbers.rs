//! Numbers of messages, and what they are compared with, as generated code writes them.

use fwc_schema::app::Primitive;
use fwc_schema::units::Ratio;

use crate::app::{Bounds, Number, Side};
use crate::plan::expression::{Expression, grouped};

/// A message to the number in it, in the arithmetic that the runtime has for its type: `i64`, `f32` or `f64`.
pub(super) fn taker(number: &Number) -> Expression {
    let path = number.path.iter().map(|field| format!(".{field}"));
    let value = std::iter::once("message".to_string()).chain(path).collect::<String>();
    Expression::plain(match number.primitive {
        Primitive::I64 | Primitive::F32 | Primitive::F64 => format!("|message| {value}"),
        // What is beyond is beyond every value that it is compared with.
        Primitive::U64 => format!("|message| i64::try_from({value}).unwrap_or(i64::MAX)"),
        _ if number.path.is_empty() => "i64::from".to_string(),
        _ => format!("|message| i64::from({value})"),
    })
}

/// Two values as an array.
pub(super) fn bounds(bounds: &Bounds, number: &Number) -> Expression {
    let [first, second] = values(bounds, number);
    Expression::plain(format!("[{first}, {second}]"))
}

/// A limit and where it is off again.
pub(super) fn band(side: Side, bounds: &Bounds, number: &Number) -> Expression {
    let function = match side {
        Side::Above => "Band::above",
        Side::Below => "Band::below",
    };
    Expression::call(function, values(bounds, number).map(Expression::plain))
}

/// Two literals; one of `f32` has no more digits than `f32` keeps.
fn values(bounds: &Bounds, number: &Number) -> [String; 2] {
    match bounds {
        Bounds::Whole(values) => values.map(whole),
        Bounds::Real(values) if number.primitive == Primitive::F32 => {
            values.map(|value| format!("{:?}", (value as f32).clamp(f32::MIN, f32::MAX)))
        }
        Bounds::Real(values) => values.map(|value| format!("{value:?}")),
    }
}

fn whole(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(value.unsigned_abs()))
}

/// Duties in 65,535ths, to the nearest.
pub(super) fn duties(to: [Ratio; 2]) -> Expression {
    let [first, second] = to.map(|duty| grouped((duty.0 * 65_535 + 500_000) / 1_000_000));
    Expression::plain(format!("[{first}, {second}]"))
}
