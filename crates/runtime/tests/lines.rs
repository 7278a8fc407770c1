//! The lines that `print` writes, and the bytes that `echo` copies.

mod common;

use common::{Serial, Simulation, forever};
use embassy_time::{Duration, Timer};
use embedded_io_async::ErrorKind;
use fwc_runtime::behaviors::{self, Source, Sources};
use fwc_runtime::channel::{Channel, PubSub};
use fwc_runtime::record::{Csv, Encoder, Format, Json, Record, Text};
use fwc_runtime::{NoopRawMutex, String as Text16};

/// A message type as the generator writes it.
macro_rules! message {
    ($name:ident { $($field:ident: $type:ty),+ }) => {
        #[derive(Clone)]
        struct $name { $($field: $type),+ }

        impl Record for $name {
            const HAS_FIELDS: bool = true;

            fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
                to.message(|to| { $(to.field(stringify!($field), &self.$field);)+ });
            }
        }
    };
}

#[derive(Clone)]
enum Mode {
    SlowDown,
    Stop,
}

impl Record for Mode {
    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
        to.name(match self {
            Self::SlowDown => "slow_down",
            Self::Stop => "stop",
        });
    }
}

message!(Reading { celsius: f32, valid: bool });
message!(Corner { x: i16, y: i16 });
message!(Everything { name: Text16<16>, mode: Mode, counts: [u8; 3], corners: [Corner; 2], reading: Reading, big: i64 });

fn everything() -> Everything {
    Everything {
        name: "a,\"b\"\\\n".try_into().unwrap(),
        mode: Mode::SlowDown,
        counts: [1, 2, 3],
        corners: [Corner { x: -1, y: 2 }, Corner { x: 3, y: -4 }],
        reading: Reading { celsius: 21.456, valid: true },
        big: i64::MIN,
    }
}

/// What `print` writes for one message, 1.234 s after boot.
fn printed<F: Format + 'static, T: Record + Clone + 'static>(format: F, message: T) -> String {
    let mut simulation = Simulation::new();
    let channel: &'static Channel<NoopRawMutex, T, 1> = forever(Channel::new());
    let out = Serial::default();
    simulation.spawn(behaviors::print(out.clone(), format, Source::new("climate", channel.subscriber())));
    simulation.run_ms(1_234);
    assert!(channel.publisher().try_send(message).is_ok());
    simulation.settle();
    out.take_text()
}

#[track_caller]
fn check<T: Record + Clone + 'static>(message: T, text: &str, csv: &str, json: &str) {
    assert_eq!(printed(Text, message.clone()), format!("climate:{text}\r\n"));
    assert_eq!(printed(Csv, message.clone()), format!("climate,1234{csv}\r\n"));
    let object = printed(Json, message);
    assert_eq!(object, format!("{{\"channel\":\"climate\",\"ms\":1234{json}}}\r\n"));
}

#[test]
fn plain_values() {
    check(true, " true", ",true", ",\"value\":true");
    check(7u8, " 7", ",7", ",\"value\":7");
    check(u64::MAX, " 18446744073709551615", ",18446744073709551615", ",\"value\":18446744073709551615");
    check(i32::MIN, " -2147483648", ",-2147483648", ",\"value\":-2147483648");
    check(-0.005f64, " -0.01", ",-0.01", ",\"value\":-0.01");
    check(2.5f32, " 2.50", ",2.50", ",\"value\":2.50");
    check(Mode::Stop, " stop", ",stop", ",\"value\":\"stop\"");
}

#[test]
fn floats_that_are_no_number_are_null_in_json() {
    check(f32::NAN, " NaN", ",NaN", ",\"value\":null");
    check(f64::NEG_INFINITY, " -inf", ",-inf", ",\"value\":null");
}

#[test]
fn arrays() {
    check([1u16, 20, 300], " [1,20,300]", ",1,20,300", ",\"value\":[1,20,300]");
    check([[1u8, 2], [3, 4]], " [[1,2],[3,4]]", ",1,2,3,4", ",\"value\":[[1,2],[3,4]]");
}

#[test]
fn strings_are_escaped_so_that_a_message_stays_one_line() {
    let string = Text16::<32>::try_from("tab\tquote\"back\\line\r\nbell\u{7}é").unwrap();
    check(
        string,
        " tab\\tquote\"back\\line\\r\\nbell\\u0007é",
        ",\"tab\tquote\"\"back\\line\r\nbell\u{7}é\"",
        ",\"value\":\"tab\\tquote\\\"back\\\\line\\r\\nbell\\u0007é\"",
    );
    check(Text16::<8>::try_from("plain").unwrap(), " plain", ",plain", ",\"value\":\"plain\"");
}

#[test]
fn messages_with_fields() {
    check(
        Reading { celsius: 35.0, valid: false },
        " celsius=35.00 valid=false",
        ",35.00,false",
        ",\"celsius\":35.00,\"valid\":false",
    );
}

#[test]
fn nested_messages_and_arrays_of_them() {
    check(
        everything(),
        " name=a,\"b\"\\\\n mode=slow_down counts=[1,2,3] corners.0.x=-1 corners.0.y=2 corners.1.x=3 \
         corners.1.y=-4 reading.celsius=21.46 reading.valid=true big=-9223372036854775808",
        ",\"a,\"\"b\"\"\\\n\",slow_down,1,2,3,-1,2,3,-4,21.46,true,-9223372036854775808",
        ",\"name\":\"a,\\\"b\\\"\\\\\\n\",\"mode\":\"slow_down\",\"counts\":[1,2,3],\
         \"corners\":[{\"x\":-1,\"y\":2},{\"x\":3,\"y\":-4}],\
         \"reading\":{\"celsius\":21.46,\"valid\":true},\"big\":-9223372036854775808",
    );
}

#[test]
fn lines_of_any_length_are_whole() {
    for length in 0..=400 {
        let content: String = ('a'..='z').cycle().take(length).collect();
        let line = printed(Text, Text16::<400>::try_from(content.as_str()).unwrap());
        assert_eq!(line, format!("climate: {content}\r\n"));
    }
}

#[test]
fn every_source_has_its_turn_when_all_are_flooded() {
    let mut simulation = Simulation::new();
    let out = Serial::default();
    let channels: [&'static Channel<NoopRawMutex, u8, 1>; 4] = [(); 4].map(|()| forever(Channel::new()));
    for channel in channels {
        simulation.spawn(async {
            for number in 0..100 {
                channel.publisher().send(number).await;
            }
        });
    }
    let [a, b, c, d] = channels.map(fwc_runtime::channel::Channel::subscriber);
    let sources =
        Source::new("a", a).and(Source::new("b", b)).and(Source::new("c", c).and(Source::new("d", d)));
    simulation.spawn(behaviors::print(out.clone(), Text, sources));
    simulation.settle();
    let text = out.take_text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 400);
    for name in ["a: ", "b: ", "c: ", "d: "] {
        let early = lines[..200].iter().filter(|line| line.starts_with(name)).count();
        assert_eq!(early, 50, "{name} had {early} of the first 200 lines");
        let numbers: Vec<String> =
            lines.iter().filter_map(|line| line.strip_prefix(name)).map(String::from).collect();
        assert_eq!(numbers, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn one_source_alone_is_printed_while_the_others_are_silent() {
    let mut simulation = Simulation::new();
    let out = Serial::default();
    let silent: &'static Channel<NoopRawMutex, bool, 1> = forever(Channel::new());
    let busy: &'static PubSub<NoopRawMutex, u8, 4, 1, 1> = forever(PubSub::new());
    let sources = Source::new("silent", silent.subscriber()).and(Source::new("busy", busy.subscriber()));
    simulation.spawn(behaviors::print(out.clone(), Text, sources));
    simulation.settle();
    let publisher = busy.publisher();
    for number in 0..3 {
        publisher.try_publish(number).unwrap();
        simulation.settle();
    }
    assert_eq!(out.take_text(), "busy: 0\r\nbusy: 1\r\nbusy: 2\r\n");
}

#[test]
fn print_goes_on_where_a_slow_writer_made_it_wait() {
    let mut simulation = Simulation::new();
    let out = Serial::default();
    let channel: &'static Channel<NoopRawMutex, u32, 2> = forever(Channel::new());
    simulation.spawn(behaviors::print(out.clone(), Csv, Source::new("n", channel.subscriber())));
    out.block(true);
    simulation.spawn(async {
        for number in 0..4 {
            channel.publisher().send(number).await;
        }
    });
    simulation.run_ms(10);
    assert_eq!(out.take_text(), "");
    out.block(false);
    simulation.run_ms(10);
    // The first message was taken at 0 ms, and has that time.
    assert_eq!(out.take_text(), "n,0,0\r\nn,10,1\r\nn,10,2\r\nn,10,3\r\n");
}

#[test]
fn echo_copies_every_byte_and_outlives_errors() {
    let mut simulation = Simulation::new();
    let from = Serial::default();
    let to = Serial::default();
    simulation.spawn(behaviors::echo(from.clone(), to.clone()));
    let bytes: Vec<u8> = (0..1_000u32).map(|index| (index * 7 % 251) as u8).collect();
    from.send(&bytes[..500]);
    from.push([Err(ErrorKind::Other), Err(ErrorKind::Other)]);
    from.send(&bytes[500..]);
    simulation.settle();
    assert_eq!(to.take(), bytes);
}

#[test]
fn echo_does_not_read_ahead_of_a_writer_that_waits() {
    let mut simulation = Simulation::new();
    let from = Serial::default();
    let to = Serial::default();
    to.block(true);
    simulation.spawn(behaviors::echo(from.clone(), to.clone()));
    let sender = from.clone();
    simulation.spawn(async move {
        for _ in 0..10 {
            sender.send(&[b'x'; 10]);
            Timer::after(Duration::from_millis(1)).await;
        }
    });
    simulation.run_ms(20);
    assert_eq!(from.take().len(), 90);
    to.block(false);
    simulation.run_ms(1);
    assert_eq!(to.take(), [b'x'; 10]);
}
