//! The first version of a user's task: it compiles, waits, and says what can be done.

use std::collections::BTreeMap;

use fwc_schema::app::ChannelKind;
use serde::Serialize;

use crate::emit::templates;
use crate::plan::{FieldRole, HandleTraits, IoField, Plan};

#[derive(Serialize)]
struct View<'a> {
    task: &'a str,
    module: &'a str,
    io: &'a str,
    fields: Vec<String>,
    imports: Option<&'static str>,
    parameter: &'static str,
    body: Vec<String>,
}

/// One file a module that a task names.
pub(super) fn skeletons(plan: &Plan) -> BTreeMap<String, String> {
    let tasks = plan.tasks.iter().filter_map(|task| {
        let (module, io) = (task.module.as_ref()?, task.code.io.as_ref()?);
        let waits = wait(&io.fields);
        let view = View {
            task: &task.name,
            module,
            io: &io.name,
            fields: io.fields.iter().map(help).collect(),
            imports: waits.imports,
            parameter: if waits.uses_io { "mut io" } else { "_io" },
            body: waits.body,
        };
        Some((format!("src/{module}.rs"), templates::render("skeleton.rs.j2", view)))
    });
    tasks.collect()
}

/// What a field is good for, in a line of the file's comment.
fn help(field: &IoField) -> String {
    let name = &field.name;
    match field.role {
        FieldRole::Tick => format!("`io.{name}.next().await` waits for the next tick"),
        FieldRole::Handle(HandleTraits::Output) => format!(
            "`io.{name}`: `set_high()` (active), `set_low()`, `toggle()` (`embedded_hal::digital::{{OutputPin, StatefulOutputPin}}`)"
        ),
        FieldRole::Handle(HandleTraits::Input) => format!(
            "`io.{name}`: `is_high()` (active, `embedded_hal::digital::InputPin`), `wait_for_high().await` (`embedded_hal_async::digital::Wait`)"
        ),
        FieldRole::Handle(HandleTraits::Read) => {
            format!("`io.{name}.read(&mut bytes).await` (`embedded_io_async::Read`)")
        }
        FieldRole::Handle(HandleTraits::Write) => {
            format!("`io.{name}.write_all(bytes).await` (`embedded_io_async::Write`)")
        }
        FieldRole::Handle(HandleTraits::ReadWrite) => format!(
            "`io.{name}`: `read(&mut bytes).await`, `write_all(bytes).await` (`embedded_io_async::{{Read, Write}}`), `split()` for both at a time"
        ),
        FieldRole::Handle(HandleTraits::Analog) => {
            format!("`io.{name}.millivolts().await` (`fwc_runtime::AnalogInput`)")
        }
        FieldRole::Handle(HandleTraits::I2c) => format!(
            "`io.{name}`: `write(address, &bytes).await`, `read(address, &mut bytes).await`, `write_read(…).await` (`embedded_hal_async::i2c::I2c`)"
        ),
        FieldRole::Handle(HandleTraits::Device) => {
            format!("`io.{name}`: what its driver offers, once it is started; `crate::devices` has `start`")
        }
        FieldRole::Handle(HandleTraits::Spi) => format!(
            "`io.{name}`: `transfer(&mut answer, &bytes).await`, `write(&bytes).await`, `read(&mut bytes).await` (`embedded_hal_async::spi::SpiBus`)"
        ),
        FieldRole::Handle(HandleTraits::Pwm) => {
            format!("`io.{name}.set_duty_cycle_percent(50)` (`embedded_hal::pwm::SetDutyCycle`)")
        }
        FieldRole::Subscriber(ChannelKind::Pipe) => {
            format!("`io.{name}.read(&mut bytes).await` (`embedded_io_async::Read`)")
        }
        FieldRole::Subscriber(ChannelKind::Watch) => format!(
            "`io.{name}.next().await` waits for a new value, `io.{name}.get().await` takes the newest"
        ),
        FieldRole::Subscriber(_) => format!("`io.{name}.next().await` waits for a message"),
        FieldRole::Publisher(ChannelKind::Pipe) => {
            format!("`io.{name}.write_all(bytes).await` (`embedded_io_async::Write`)")
        }
        FieldRole::Publisher(ChannelKind::Channel) => format!("`io.{name}.send(message).await`"),
        FieldRole::Publisher(ChannelKind::PubSub) => format!("`io.{name}.publish(message).await`"),
        FieldRole::Publisher(ChannelKind::Signal) => format!("`io.{name}.signal(value)`"),
        FieldRole::Publisher(ChannelKind::Watch) => format!("`io.{name}.send(value)`"),
    }
}

/// What the first version waits for.
struct Wait {
    imports: Option<&'static str>,
    uses_io: bool,
    body: Vec<String>,
}

/// The ticker, else the first subscription, else nothing for ever.
fn wait(fields: &[IoField]) -> Wait {
    let tick = fields.iter().find(|field| field.role == FieldRole::Tick);
    let subscription = fields.iter().find(|field| matches!(field.role, FieldRole::Subscriber(_)));
    let endless = |inside: Vec<String>| {
        let inside = inside.into_iter().map(|line| format!("    {line}"));
        ["loop {".to_string()].into_iter().chain(inside).chain(["}".to_string()]).collect()
    };
    match tick.or(subscription).map(|field| (field.name.as_str(), field.role)) {
        None => {
            Wait { imports: None, uses_io: false, body: vec!["core::future::pending().await".to_string()] }
        }
        Some((name, FieldRole::Subscriber(ChannelKind::Pipe))) => Wait {
            imports: Some("use embedded_io_async::Read;"),
            uses_io: true,
            body: ["let mut bytes = [0; 32];".to_string()]
                .into_iter()
                .chain(endless(vec![format!("let Ok(_count) = io.{name}.read(&mut bytes).await;")]))
                .collect(),
        },
        Some((name, FieldRole::Tick)) => {
            Wait { imports: None, uses_io: true, body: endless(vec![format!("io.{name}.next().await;")]) }
        }
        Some((name, _)) => Wait {
            imports: None,
            uses_io: true,
            body: endless(vec![format!("let _message = io.{name}.next().await;")]),
        },
    }
}
