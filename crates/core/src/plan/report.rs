//! A plan as text for people.

use std::fmt::Write as _;

use fwc_schema::app::ChannelKind;
use fwc_schema::units::{Duration, Frequency};

use crate::plan::{BlockPlan, ChannelPlan, CrateSource, DriverPlan, Plan, RatePlan, Settings};
use crate::resolved::Mutex;

/// The whole plan, table by table.
pub fn report(plan: &Plan) -> String {
    let sections: [(&str, String); 11] = [
        ("", head(plan)),
        ("memory", memory(plan)),
        ("pins", pins(plan)),
        ("blocks", blocks(plan)),
        ("usb", usb(plan)),
        ("dma", dma(plan)),
        ("interrupts", interrupts(plan)),
        ("channels", channels(plan)),
        ("tasks", tasks(plan)),
        ("modules", modules(plan)),
        ("dependencies", dependencies(plan)),
    ];
    let filled = sections.iter().filter(|(_, text)| !text.is_empty());
    let texts = filled.map(|(title, text)| match *title {
        "" => text.clone(),
        title => format!("{title}\n{text}"),
    });
    texts.collect::<Vec<String>>().join("\n")
}

fn head(plan: &Plan) -> String {
    let app = &plan.app;
    let clock = &plan.clock;
    let rows = [
        ["app".to_string(), format!("{} {}", app.name, app.version)],
        [
            "board".to_string(),
            format!("{} ({}, {})", plan.board.name, plan.board.chip_title, plan.board.target),
        ],
        ["clock".to_string(), format!("{}{}: {}", hertz(clock.core_hz), buses(plan), clock.reason)],
        [
            "log".to_string(),
            match app.logging {
                crate::plan::Logging::None => "off".to_string(),
                _ => format!("{} over {}", app.log, app.log_over),
            },
        ],
        ["on panic".to_string(), app.on_panic.to_string()],
    ];
    let rows: Vec<[String; 2]> = rows.into_iter().chain(core1(plan)).chain(watchdog(plan)).collect();
    table("", &rows)
}

fn core1(plan: &Plan) -> Option<[String; 2]> {
    let stack = plan.app.core1_stack_bytes?;
    let made = plan.peripherals.iter().filter(|peripheral| peripheral.code.core == 1);
    let made: Vec<&str> = made.map(|peripheral| peripheral.name.as_str()).collect();
    let serves = match made.as_slice() {
        [] => String::new(),
        names => format!(", makes and serves {}, which only its tasks use", names.join(", ")),
    };
    Some(["core 1".to_string(), format!("has a stack of {stack} bytes{serves}")])
}

fn watchdog(plan: &Plan) -> Option<[String; 2]> {
    let timeout = plan.peripherals.iter().find_map(|peripheral| match peripheral.settings {
        Settings::Watchdog { timeout_us } => Some(Duration(timeout_us.saturating_mul(1_000))),
        _ => None,
    })?;
    let supervised = plan.tasks.iter().filter(|task| task.supervised).map(|task| task.name.as_str());
    let supervised: Vec<&str> = supervised.collect();
    let does = match supervised.as_slice() {
        [] => "not started, as no task is supervised".to_string(),
        tasks => format!("bites when one of these is not heard of for {timeout}: {}", tasks.join(", ")),
    };
    Some(["watchdog".to_string(), does])
}

fn memory(plan: &Plan) -> String {
    let rows = plan.memory.iter().map(|region| {
        [region.name.clone(), format!("{:#010x}", region.origin), format!("{} bytes", region.length)]
    });
    let heap =
        plan.app.heap_bytes.map(|bytes| ["heap".to_string(), "in RAM".to_string(), format!("{bytes} bytes")]);
    table("  ", &rows.chain(heap).collect::<Vec<_>>())
}

fn pins(plan: &Plan) -> String {
    let rows = plan.pins.iter().map(|pin| {
        let role = format!("{:?}", pin.role).to_lowercase();
        [pin.pin.clone(), pin.labels.join(" "), pin.peripheral.clone(), role, line(pin.from.line)]
    });
    table("  ", &rows.collect::<Vec<_>>())
}

/// What the buses run at, behind the core's frequency.
fn buses(plan: &Plan) -> String {
    let buses = plan.clock.buses.iter().map(|bus| format!(", {} {}", bus.name, hertz(bus.hz.into())));
    buses.collect()
}

fn blocks(plan: &Plan) -> String {
    let row = |block: &BlockPlan| {
        let driver = match block.driver {
            DriverPlan::Buffered { buffer } => format!("interrupts, {buffer} bytes a buffer"),
            DriverPlan::Ring { buffer } => format!("dma, a ring of {buffer} bytes"),
            DriverPlan::Dma { mutex } => match block.rate {
                RatePlan::Clock { .. } => format!("dma, {}", sharing(mutex)),
                _ => "dma".to_string(),
            },
            DriverPlan::Interrupt { timeout_us, mutex } => {
                let timeout = fwc_schema::units::Duration(timeout_us.saturating_mul(1_000));
                format!("interrupts, timeout {timeout}, {}", sharing(mutex))
            }
            DriverPlan::Packets { packet } => format!("interrupts, packets of {packet} bytes"),
            DriverPlan::Turns { mutex: Mutex::Noop } => "interrupts, in turns without a lock".to_string(),
            DriverPlan::Turns { mutex: Mutex::CriticalSection } => {
                "interrupts, in turns by a critical section".to_string()
            }
            DriverPlan::Polled { mutex: Mutex::Noop } => "polled, in turns without a lock".to_string(),
            DriverPlan::Polled { mutex: Mutex::CriticalSection } => {
                "polled, in turns by a critical section".to_string()
            }
            DriverPlan::Lights { lights } => format!("dma, {lights} lights"),
            DriverPlan::Slice { output, steps, .. }
            | DriverPlan::Timer { output, steps, .. }
            | DriverPlan::Channel { output, steps, .. } => {
                format!("output {output}, {steps} steps of duty")
            }
        };
        let rate = match block.rate {
            RatePlan::Bits { baud, actual_baud } if actual_baud == baud => format!("{baud} baud"),
            RatePlan::Bits { baud, actual_baud } => format!("{baud} baud (really {actual_baud})"),
            RatePlan::Pulses { millihertz, actual_millihertz } => made(millihertz, actual_millihertz),
            RatePlan::Clock { clock_millihertz, actual_clock_millihertz } => {
                made(clock_millihertz, actual_clock_millihertz)
            }
            RatePlan::Asked {} => "when read".to_string(),
            RatePlan::Bus { bits_per_second } => format!("{} Mbit/s", bits_per_second / 1_000_000),
        };
        [block.block.clone(), block.peripheral.clone(), rate, driver, line(block.from.line)]
    };
    let rows: Vec<_> = plan.blocks.iter().map(row).collect();
    with_reasons(&rows, plan.blocks.iter().map(|block| &block.reason))
}

/// How the users of a bus take turns.
fn sharing(mutex: Option<Mutex>) -> &'static str {
    match mutex {
        None => "one user",
        Some(Mutex::Noop) => "shared without a lock",
        Some(Mutex::CriticalSection) => "shared by a critical section",
    }
}

/// A frequency that is asked for, and the one that is made where it is another.
fn made(millihertz: u64, actual: u64) -> String {
    let wanted = Frequency(millihertz);
    if actual == millihertz { wanted.to_string() } else { format!("{wanted} (really {})", Frequency(actual)) }
}

/// Who a host sees, and which ports.
fn usb(plan: &Plan) -> String {
    let Some(usb) = &plan.usb else { return String::new() };
    let ids = format!("{:04x}:{:04x}", usb.identity.ids.vendor_id, usb.identity.ids.product_id);
    let test = if usb.identity.test_ids { ", for tests alone" } else { "" };
    let by = usb.identity.manufacturer.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let mut rows = vec![["device".to_string(), format!("{}{by}, {ids}{test}", usb.identity.product)]];
    rows.extend(usb.ports.iter().map(|port| ["port".to_string(), port.clone()]));
    table("  ", &rows)
}

fn dma(plan: &Plan) -> String {
    let rows = plan.dma.iter().map(|channel| {
        let role = format!("{:?}", channel.role).to_lowercase();
        [channel.channel.clone(), channel.peripheral.clone(), role]
    });
    table("  ", &rows.collect::<Vec<_>>())
}

fn interrupts(plan: &Plan) -> String {
    let rows = plan.interrupts.iter().map(|interrupt| {
        let level = interrupt.level.map(|level| format!("level {level}")).unwrap_or_default();
        [interrupt.number.to_string(), interrupt.vector.clone(), level, interrupt.reason.clone()]
    });
    table("  ", &rows.collect::<Vec<_>>())
}

fn channels(plan: &Plan) -> String {
    let ends = |names: &[String]| if names.is_empty() { "-".to_string() } else { names.join(", ") };
    let rows: Vec<_> = plan
        .channels
        .iter()
        .map(|channel| {
            let mutex = match channel.mutex {
                Mutex::Noop => "no lock",
                Mutex::CriticalSection => "critical section",
            };
            [
                channel.name.clone(),
                format!("{} of {}", channel.kind, channel.message),
                channel.code.summary.clone(),
                match channel.kind {
                    ChannelKind::Signal | ChannelKind::Watch => "a newer replaces it".to_string(),
                    _ => format!("when full: {}", channel.overflow),
                },
                format!("{} -> {}", ends(&channel.publishers), ends(&channel.subscribers)),
                mutex.to_string(),
                line(channel.from.line),
            ]
        })
        .collect();
    let notes = |channel: &ChannelPlan| {
        let drops = channel.drops.iter().map(|drops| format!("    {drops}\n"));
        std::iter::once(format!("    {}\n", channel.reason)).chain(drops).collect()
    };
    with_notes(&rows, plan.channels.iter().map(notes))
}

fn tasks(plan: &Plan) -> String {
    let rows = plan.tasks.iter().map(|task| {
        let does = match &task.module {
            Some(module) => format!("src/{module}.rs"),
            None => task.does.clone(),
        };
        let pace = task.period_us.map(|period| {
            let time = fwc_schema::units::Duration(period.saturating_mul(1_000));
            format!("every {time}")
        });
        let deadline = task.deadline_us.map(|limit| {
            let time = fwc_schema::units::Duration(limit.saturating_mul(1_000));
            format!("done within {time}")
        });
        let uses = task.uses.iter().map(|used| used.peripheral.as_str());
        let uses: Vec<&str> = uses.collect();
        let executor = format!("{} executor", task.executor.word());
        [
            task.name.clone(),
            does,
            pace.unwrap_or_default(),
            deadline.unwrap_or_default(),
            executor,
            uses.join(", "),
            line(task.from.line),
        ]
    });
    table("  ", &rows.collect::<Vec<_>>())
}

fn modules(plan: &Plan) -> String {
    let rows = plan.modules.iter().map(|module| {
        let task = module.task.as_ref().map(|task| format!("task {task}"));
        [format!("src/{}.rs", module.name), task.unwrap_or_default()]
    });
    table("  ", &rows.collect::<Vec<_>>())
}

fn dependencies(plan: &Plan) -> String {
    let own =
        plan.dependencies.iter().map(|used| [used.name.clone(), used.value.clone(), line(used.from.line)]);
    let brought = plan.crates.iter().map(|used| {
        let version = match &used.source {
            CrateSource::Version(version) => version.clone(),
            CrateSource::Path(_) => "part of fwc".to_string(),
        };
        [used.name.clone(), version, used.features.join(" ")]
    });
    table("  ", &own.chain(brought).collect::<Vec<_>>())
}

fn line(line: u32) -> String {
    format!("app.toml:{line}")
}

fn hertz(hz: u64) -> String {
    fwc_schema::units::Frequency(hz.saturating_mul(1_000)).to_string()
}

/// A table with the reason of each row below it.
fn with_reasons<'a, const N: usize>(
    rows: &[[String; N]],
    reasons: impl Iterator<Item = &'a String>,
) -> String {
    with_notes(rows, reasons.map(|reason| format!("    {reason}\n")))
}

/// A table with lines below each row.
fn with_notes<const N: usize>(rows: &[[String; N]], notes: impl Iterator<Item = String>) -> String {
    let text = table("  ", rows);
    text.lines().zip(notes).map(|(row, notes)| format!("{row}\n{notes}")).collect()
}

/// Rows with their columns aligned, each indented.
fn table<const N: usize>(indent: &str, rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).filter(|(_, width)| *width > 0);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{indent}{}", cells.join("  ").trim_end());
    }
    text
}
