//! `fwc_observed.rs`: what an observed image tells beside its log, as frames that `fwc monitor` knows by their text.

use serde::Serialize;

use super::{Item, hal_crates, lines};
use crate::emit::imports::{Importable, imports};
use crate::emit::{Header, templates};
use crate::plan::{Plan, StatisticsPlan, WatchedPlan, grouped};

/// What the module may import.
const OBSERVED: &[Importable] = &[
    ("core::any", "Any"),
    ("crate", "channels"),
    ("crate", "messages"),
    ("crate", "tasks"),
    ("fwc_runtime", "Ticker"),
    ("fwc_runtime", "observe"),
    ("fwc_runtime", "statistics"),
    ("fwc_runtime::observe", "Watched"),
];

/// rustfmt's `array_width`: a list that is wider stands one a line.
const ARRAY: usize = 60;

pub(in crate::emit) fn observed(plan: &Plan) -> Option<String> {
    #[derive(Serialize)]
    struct View<'a> {
        header: Header<'a>,
        imports: Vec<String>,
        items: Vec<Item>,
    }
    let observed = plan.observed.as_ref()?;
    let channels = &observed.channels;
    let mut items: Vec<Item> = channels.iter().map(reporter).collect();
    if !channels.is_empty() {
        items.push(Item::new("The channels whose messages are told.", watched(channels)));
        let publish = [
            "pub fn published(channel: usize, message: &dyn Any) {",
            "    observe::report(&WATCHED, channel, message);",
            "}",
        ];
        items.push(Item::new("A channel takes a message.", publish.map(str::to_string).to_vec()));
    }
    if let Some(statistics) = &observed.statistics {
        items.push(Item::new("The core that asks.", this_core(plan, statistics)));
        let hooks = format!("statistics!({}, this_core);", statistics.tasks);
        items.push(Item::new(
            "What the executors tell of their tasks.",
            vec![format!("fwc_runtime::{hooks}")],
        ));
        items.push(Item::new("Tells it.", report(statistics)));
    }
    let imports = imports(&lines(&items), OBSERVED);
    let view = View { header: Header::of(plan), imports, items };
    Some(templates::render("shared/src/fwc_observed.rs.j2", view))
}

/// What tells a message of a channel.
fn reporter(channel: &WatchedPlan) -> Item {
    let name = &channel.name;
    let text = match &channel.message {
        Some(message) => vec![
            format!("fn tell_{name}(message: &dyn Any) {{"),
            format!("    if let Some(message) = message.downcast_ref::<{message}>() {{"),
            format!("        defmt::println!(\"fwc-watch {name} {{:?}}\", message);"),
            "    }".to_string(),
            "}".to_string(),
        ],
        None => vec![
            format!("fn tell_{name}(_: &dyn Any) {{"),
            format!("    defmt::println!(\"fwc-watch {name}\");"),
            "}".to_string(),
        ],
    };
    Item::new(channel.from.marker(), text)
}

fn watched(channels: &[WatchedPlan]) -> Vec<String> {
    let items: Vec<String> =
        channels.iter().map(|channel| format!("Watched::new(tell_{})", channel.name)).collect();
    let head = format!("pub static WATCHED: [Watched; {}] =", items.len());
    let list = items.join(", ");
    if list.len() > ARRAY {
        let items = items.into_iter().map(|item| format!("    {item},"));
        return std::iter::once(format!("{head} [")).chain(items).chain(["];".to_string()]).collect();
    }
    let line = format!("{head} [{list}];");
    if line.len() <= 100 { vec![line] } else { vec![head, format!("    [{list}];")] }
}

fn this_core(plan: &Plan, statistics: &StatisticsPlan) -> Vec<String> {
    let [embassy, _] = hal_crates(plan);
    let core = match statistics.cores {
        1 => "0".to_string(),
        _ => format!("{embassy}::pac::SIO.cpuid().read() as usize"),
    };
    vec!["fn this_core() -> usize {".to_string(), format!("    {core}"), "}".to_string()]
}

/// The task that tells what was counted.
fn report(statistics: &StatisticsPlan) -> Vec<String> {
    let parameters = statistics.drops.iter().enumerate();
    let parameters: Vec<String> = parameters
        .map(|(number, (_, alias, _))| format!("    channel_{number}: &'static channels::{alias},"))
        .collect();
    let mut text = vec!["#[embassy_executor::task]".to_string()];
    match parameters.as_slice() {
        [] => text.push("pub async fn report() -> ! {".to_string()),
        [one] => text.push(format!("pub async fn report({}) -> ! {{", one.trim().trim_end_matches(','))),
        _ => {
            text.insert(
                0,
                "#[allow(clippy::too_many_arguments, reason = \"one for each channel\")]".to_string(),
            );
            text.push("pub async fn report(".to_string());
            text.extend(parameters);
            text.push(") -> ! {".to_string());
        }
    }
    text.push(format!("    let mut ticker = Ticker::<{}>::new();", grouped(statistics.period_us)));
    text.push("    loop {".to_string());
    text.push("        ticker.next().await;".to_string());
    for (task, name) in &statistics.deadlines {
        text.push(format!("        statistics::report_missed({task:?}, tasks::{name}.missed());"));
    }
    for (number, (channel, ..)) in statistics.drops.iter().enumerate() {
        text.push(format!("        statistics::report_dropped({channel:?}, channel_{number}.dropped());"));
    }
    text.push(format!("        STATISTICS.report({});", statistics.cores));
    text.extend(["    }".to_string(), "}".to_string()]);
    text
}
