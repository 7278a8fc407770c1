//! Ports over USB on a controller that is a test's: what the host asks, opens and sends, and what the ports do then.

mod common;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use common::Simulation;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embedded_io_async::{Read, Write};
use fwc_runtime::usb::driver::{
    Bus, ControlPipe, Direction, Driver, Endpoint, EndpointAddress, EndpointAllocError, EndpointError,
    EndpointIn, EndpointInfo, EndpointOut, EndpointType, Event, Unsupported,
};
use fwc_runtime::usb::{Config, Controller, Memory, PACKET, SerialPort, run};

/// What the host and the device have to do with each other.
#[derive(Default)]
struct Wires {
    events: RefCell<VecDeque<Event>>,
    /// Requests with the bytes that go with them.
    requests: RefCell<VecDeque<([u8; 8], Vec<u8>)>>,
    /// The answers: bytes, or whether the request was taken.
    answers: RefCell<Vec<Answer>>,
    /// Endpoints that the configuration switched on, by address.
    enabled: RefCell<Vec<u8>>,
    /// Packets for the device, by endpoint.
    to_device: RefCell<VecDeque<(usize, Vec<u8>)>>,
    /// Packets of the device, by endpoint.
    to_host: RefCell<Vec<(usize, Vec<u8>)>>,
    /// Whether the host fetches packets.
    fetches: Cell<bool>,
    touches: Cell<u32>,
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Bytes(Vec<u8>),
    Taken,
    Refused,
}

thread_local! {
    static WIRES: Rc<Wires> = Rc::new(Wires::default());
}

fn wires() -> Rc<Wires> {
    WIRES.with(Rc::clone)
}

/// Waits until there is something, which the simulation asks again for in every round.
fn until<T>(mut ready: impl FnMut() -> Option<T>) -> impl Future<Output = T> {
    poll_fn(move |_| ready().map_or(Poll::Pending, Poll::Ready))
}

#[derive(Default)]
struct TestDriver {
    endpoints: usize,
}

struct Pipe(EndpointInfo);
struct TestBus;
struct TestControl {
    data: Vec<u8>,
    answer: Vec<u8>,
}

impl TestDriver {
    fn pipe(&mut self, ep_type: EndpointType, direction: Direction, max_packet_size: u16) -> Pipe {
        self.endpoints += 1;
        let addr = EndpointAddress::from_parts(self.endpoints, direction);
        Pipe(EndpointInfo { addr, ep_type, max_packet_size, interval_ms: 0 })
    }
}

impl Driver<'static> for TestDriver {
    type EndpointOut = Pipe;
    type EndpointIn = Pipe;
    type ControlPipe = TestControl;
    type Bus = TestBus;

    fn alloc_endpoint_out(
        &mut self,
        ep_type: EndpointType,
        _: Option<EndpointAddress>,
        size: u16,
        _: u8,
    ) -> Result<Pipe, EndpointAllocError> {
        Ok(self.pipe(ep_type, Direction::Out, size))
    }

    fn alloc_endpoint_in(
        &mut self,
        ep_type: EndpointType,
        _: Option<EndpointAddress>,
        size: u16,
        _: u8,
    ) -> Result<Pipe, EndpointAllocError> {
        Ok(self.pipe(ep_type, Direction::In, size))
    }

    fn start(self, _: u16) -> (TestBus, TestControl) {
        (TestBus, TestControl { data: Vec::new(), answer: Vec::new() })
    }
}

impl Bus for TestBus {
    async fn enable(&mut self) {}
    async fn disable(&mut self) {}

    async fn poll(&mut self) -> Event {
        let wires = wires();
        until(|| wires.events.borrow_mut().pop_front()).await
    }

    fn endpoint_set_enabled(&mut self, address: EndpointAddress, enabled: bool) {
        let wires = wires();
        let mut list = wires.enabled.borrow_mut();
        list.retain(|there| *there != u8::from(address));
        if enabled {
            list.push(address.into());
        }
    }

    fn endpoint_set_stalled(&mut self, _: EndpointAddress, _: bool) {}

    fn endpoint_is_stalled(&mut self, _: EndpointAddress) -> bool {
        false
    }

    async fn remote_wakeup(&mut self) -> Result<(), Unsupported> {
        Err(Unsupported)
    }
}

impl Pipe {
    fn is_enabled(&self) -> bool {
        wires().enabled.borrow().contains(&self.0.addr.into())
    }
}

impl Endpoint for Pipe {
    fn info(&self) -> &EndpointInfo {
        &self.0
    }

    async fn wait_enabled(&mut self) {
        until(|| self.is_enabled().then_some(())).await;
    }
}

impl EndpointOut for Pipe {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, EndpointError> {
        let wires = wires();
        let packet = until(|| {
            if !self.is_enabled() {
                return Some(Err(EndpointError::Disabled));
            }
            let mut queue = wires.to_device.borrow_mut();
            let at = queue.iter().position(|(endpoint, _)| *endpoint == self.0.addr.index())?;
            queue.remove(at).map(|(_, packet)| Ok(packet))
        });
        let packet = packet.await?;
        bytes[..packet.len()].copy_from_slice(&packet);
        Ok(packet.len())
    }
}

impl EndpointIn for Pipe {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), EndpointError> {
        assert!(bytes.len() <= usize::from(self.0.max_packet_size));
        let wires = wires();
        until(|| wires.fetches.get().then_some(())).await;
        wires.to_host.borrow_mut().push((self.0.addr.index(), bytes.to_vec()));
        Ok(())
    }
}

impl ControlPipe for TestControl {
    fn max_packet_size(&self) -> usize {
        PACKET
    }

    async fn setup(&mut self) -> [u8; 8] {
        let wires = wires();
        let (setup, data) = until(|| wires.requests.borrow_mut().pop_front()).await;
        self.data = data;
        self.answer.clear();
        setup
    }

    async fn data_out(&mut self, bytes: &mut [u8], _: bool, _: bool) -> Result<usize, EndpointError> {
        let count = self.data.len().min(bytes.len());
        bytes[..count].copy_from_slice(&self.data[..count]);
        self.data.drain(..count);
        Ok(count)
    }

    async fn data_in(&mut self, bytes: &[u8], _: bool, last: bool) -> Result<(), EndpointError> {
        self.answer.extend_from_slice(bytes);
        if last {
            wires().answers.borrow_mut().push(Answer::Bytes(std::mem::take(&mut self.answer)));
        }
        Ok(())
    }

    async fn accept(&mut self) {
        wires().answers.borrow_mut().push(Answer::Taken);
    }

    async fn reject(&mut self) {
        wires().answers.borrow_mut().push(Answer::Refused);
    }

    async fn accept_set_address(&mut self, _: u8) {
        self.accept().await;
    }
}

enum Watchful {}
enum Blind {}

impl Controller for Watchful {
    type Driver = TestDriver;
    const SENSES_POWER: bool = true;

    fn touched() {
        let wires = wires();
        wires.touches.set(wires.touches.get() + 1);
    }
}

impl Controller for Blind {
    type Driver = TestDriver;
    const SENSES_POWER: bool = false;
}

/// A device with its host.
struct Bench {
    simulation: Simulation,
    wires: Rc<Wires>,
}

/// A port that one task after another has.
type Held<C> = Rc<Mutex<NoopRawMutex, SerialPort<C>>>;

const SET_LINE_CODING: u8 = 0x20;
const GET_LINE_CODING: u8 = 0x21;
const SET_CONTROL_LINE_STATE: u8 = 0x22;
/// To a class's interface, out of the host and into it.
const OUT: u8 = 0x21;
const IN: u8 = 0xa1;

impl Bench {
    /// A device of two ports that a host has configured.
    fn new<C: Controller<Driver = TestDriver>>() -> (Bench, [SerialPort<C>; 2]) {
        let memory: &'static mut Memory<C, 2, 64> = Box::leak(Box::new(Memory::new()));
        let (device, ports) = memory.start(TestDriver::default(), Config::new(0x1209, 0x0001));
        let mut bench = Bench { simulation: Simulation::new(), wires: wires() };
        bench.wires.fetches.set(true);
        bench.simulation.spawn(async move {
            run(device).await;
        });
        bench.event(Event::PowerDetected);
        bench.configure();
        (bench, ports)
    }

    /// The bus is reset, and the host sets the device's address and its configuration.
    fn configure(&mut self) {
        self.event(Event::Reset);
        assert_eq!(self.ask([0x00, 0x05, 7, 0, 0, 0, 0, 0], &[]), [Answer::Taken]);
        assert_eq!(self.ask([0x00, 0x09, 1, 0, 0, 0, 0, 0], &[]), [Answer::Taken]);
    }

    /// Polls all tasks often enough for everything to have come to an end.
    fn settle(&mut self) {
        for _ in 0..20 {
            self.simulation.spawn(async {});
            self.simulation.settle();
        }
    }

    fn event(&mut self, event: Event) {
        self.wires.events.borrow_mut().push_back(event);
        self.settle();
    }

    fn ask(&mut self, setup: [u8; 8], data: &[u8]) -> Vec<Answer> {
        self.wires.requests.borrow_mut().push_back((setup, data.to_vec()));
        self.settle();
        std::mem::take(&mut *self.wires.answers.borrow_mut())
    }

    /// A request of the class to an interface.
    fn class(&mut self, kind: u8, request: u8, value: u8, interface: u8, data: &[u8]) -> Vec<Answer> {
        let length = if kind == IN { 7 } else { data.len() as u8 };
        self.ask([kind, request, value, 0, interface, 0, length, 0], data)
    }

    /// A program on the host opens a port, or closes it.
    fn open(&mut self, port: u8, opens: bool) {
        let answer = self.class(OUT, SET_CONTROL_LINE_STATE, u8::from(opens), 2 * port, &[]);
        assert_eq!(answer, [Answer::Taken]);
    }

    fn packets(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.wires.to_host.borrow_mut()).into_iter().map(|(_, packet)| packet).collect()
    }

    /// Writes all of some bytes in a task; tells later whether that is done.
    fn write<C: Controller<Driver = TestDriver>>(
        &mut self,
        port: Held<C>,
        bytes: &'static [u8],
    ) -> Rc<Cell<bool>> {
        let done = Rc::new(Cell::new(false));
        let told = done.clone();
        self.simulation.spawn(async move {
            let Ok(()) = port.lock().await.write_all(bytes).await;
            told.set(true);
        });
        self.settle();
        done
    }
}

#[test]
fn every_port_has_a_line_coding_of_its_own() {
    let (mut bench, _ports) = Bench::new::<Blind>();
    let first = [0x00, 0xc2, 0x01, 0x00, 0, 0, 8];
    let other = [0x80, 0x25, 0x00, 0x00, 2, 1, 7];
    assert_eq!(bench.class(IN, GET_LINE_CODING, 0, 0, &[]), [Answer::Bytes(first.to_vec())]);
    assert_eq!(bench.class(OUT, SET_LINE_CODING, 0, 2, &other), [Answer::Taken]);
    assert_eq!(bench.class(IN, GET_LINE_CODING, 0, 0, &[]), [Answer::Bytes(first.to_vec())]);
    assert_eq!(bench.class(IN, GET_LINE_CODING, 0, 2, &[]), [Answer::Bytes(other.to_vec())]);
    // Interfaces for data, one that is not there, a coding that is too short, and a request that nobody knows.
    for (kind, request, interface, data) in [
        (OUT, SET_LINE_CODING, 1, &other[..]),
        (OUT, SET_LINE_CODING, 4, &other[..]),
        (OUT, SET_LINE_CODING, 0, &other[..6]),
        (OUT, 0x7f, 0, &[]),
        (IN, 0x7e, 0, &[]),
    ] {
        assert_eq!(
            bench.class(kind, request, 0, interface, data),
            [Answer::Refused],
            "{request} {interface}"
        );
    }
}

#[test]
fn the_configuration_has_two_interfaces_and_three_endpoints_a_port() {
    let (mut bench, _ports) = Bench::new::<Blind>();
    let answer = bench.ask([0x80, 0x06, 0, 2, 0, 0, 0xff, 0], &[]);
    let [Answer::Bytes(bytes)] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(usize::from(u16::from_le_bytes([bytes[2], bytes[3]])), bytes.len(), "the length it says");
    let mut kinds = Vec::new();
    let mut rest = &bytes[..];
    while let [length, kind, ..] = *rest {
        kinds.push(kind);
        rest = &rest[usize::from(length)..];
    }
    let port = [0x0b, 0x04, 0x24, 0x24, 0x24, 0x05, 0x04, 0x05, 0x05];
    assert_eq!(kinds, [&[0x02][..], &port, &port].concat());
    assert_eq!(bytes[4], 4, "interfaces");
}

#[test]
fn a_closed_port_drops_what_it_is_given_and_an_open_one_sends_it_in_packets() {
    static LONG: [u8; 2 * PACKET] = [7; 2 * PACKET];
    let (mut bench, [port, _log]) = Bench::new::<Blind>();
    let port = Rc::new(Mutex::new(port));
    assert!(bench.write(port.clone(), b"nobody").get());
    assert!(bench.packets().is_empty());
    bench.open(0, true);
    assert!(bench.write(port.clone(), b"somebody").get());
    assert_eq!(bench.packets(), [b"somebody".to_vec()]);
    // What ends with a full packet is told to end by an empty one.
    assert!(bench.write(port.clone(), &LONG).get());
    assert_eq!(bench.packets(), [vec![7; PACKET], vec![7; PACKET], Vec::new()]);
    bench.open(0, false);
    assert!(bench.write(port, b"gone").get());
    assert!(bench.packets().is_empty());
}

#[test]
fn a_task_that_writes_is_let_go_when_the_host_sleeps_or_resets() {
    let (mut bench, [port, _log]) = Bench::new::<Blind>();
    let port = Rc::new(Mutex::new(port));
    for end in [Event::Suspend, Event::Reset] {
        bench.event(Event::Resume);
        bench.open(0, true);
        bench.wires.fetches.set(false);
        let done = bench.write(port.clone(), b"held up");
        assert!(!done.get(), "a program that does not read holds the task up");
        bench.event(end);
        assert!(done.get(), "{end:?}");
        bench.wires.fetches.set(true);
        assert!(bench.packets().is_empty());
        bench.configure();
    }
}

#[test]
fn a_pulled_cable_closes_a_port_where_the_controller_sees_it() {
    let (mut bench, [port, _log]) = Bench::new::<Watchful>();
    let port = Rc::new(Mutex::new(port));
    bench.open(0, true);
    bench.event(Event::PowerRemoved);
    assert!(bench.write(port.clone(), b"lost").get());
    assert!(bench.packets().is_empty());
    bench.event(Event::PowerDetected);
    bench.configure();
    bench.open(0, true);
    assert!(bench.write(port, b"back").get());
    assert_eq!(bench.packets(), [b"back".to_vec()]);
}

#[test]
fn a_log_keeps_its_bytes_until_somebody_listens() {
    let (mut bench, [_port, log]) = Bench::new::<Blind>();
    let mut log = log.into_log();
    bench.simulation.spawn(async move {
        let Ok(()) = log.write_all(b"started\r\n").await;
    });
    bench.settle();
    bench.open(0, true);
    assert!(bench.packets().is_empty(), "that is the other port");
    bench.open(1, true);
    assert_eq!(bench.packets(), [b"started\r\n".to_vec()]);
}

#[test]
fn a_reader_hands_on_packets_in_pieces_and_goes_on_after_a_reset() {
    let (mut bench, [port, _log]) = Bench::new::<Blind>();
    let (mut reader, _writer) = port.split();
    let read = Rc::new(RefCell::new(Vec::new()));
    let told = read.clone();
    bench.simulation.spawn(async move {
        let mut bytes = [0; 4];
        loop {
            let Ok(count) = reader.read(&mut bytes).await;
            told.borrow_mut().push(bytes[..count].to_vec());
        }
    });
    bench.settle();
    // The second endpoint of a port receives.
    let send = |bench: &mut Bench, packet: &[u8]| {
        bench.wires.to_device.borrow_mut().push_back((2, packet.to_vec()));
        bench.settle();
        std::mem::take(&mut *read.borrow_mut())
    };
    assert_eq!(send(&mut bench, b"abcdefg"), [b"abcd".to_vec(), b"efg".to_vec()]);
    assert!(send(&mut bench, b"").is_empty(), "an empty packet is no end");
    bench.event(Event::Reset);
    bench.configure();
    assert_eq!(send(&mut bench, b"xy"), [b"xy".to_vec()]);
}

#[test]
fn closing_a_port_at_1200_baud_is_the_touch() {
    let (mut bench, _ports) = Bench::new::<Watchful>();
    let touches = |bench: &Bench| bench.wires.touches.get();
    bench.open(0, true);
    bench.open(0, false);
    assert_eq!(touches(&bench), 0, "at another rate");
    let slow = [0xb0, 0x04, 0, 0, 0, 0, 8];
    assert_eq!(bench.class(OUT, SET_LINE_CODING, 0, 0, &slow), [Answer::Taken]);
    bench.open(1, true);
    bench.open(1, false);
    bench.open(0, true);
    assert_eq!(touches(&bench), 0, "the other port, and an open one");
    bench.open(0, false);
    assert_eq!(touches(&bench), 1);
}
