//! A fast producer, three queues with room for four, and a slow consumer that reports what came through.
#![no_std]
#![no_main]

use core::cell::Cell;
use core::fmt::Write;

use embassy_executor::Spawner;
use embassy_rp::bind_interrupts;
use embassy_rp::dma;
use embassy_rp::peripherals::DMA_CH0;
use embassy_rp::uart::{Async, Config, UartTx};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::ThreadModeRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Ticker};
use heapless::String;
use {defmt_rtt as _, panic_probe as _};

bind_interrupts!(struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

type Queue = Channel<ThreadModeRawMutex, u32, 4>;
type Count = Mutex<ThreadModeRawMutex, Cell<u32>>;

static ALL: Queue = Channel::new();
static FIRST: Queue = Channel::new();
static LAST: Queue = Channel::new();
static FIRST_DROPPED: Count = Mutex::new(Cell::new(0));
static LAST_DROPPED: Count = Mutex::new(Cell::new(0));
static REPORTS: Channel<ThreadModeRawMutex, Report, 4> = Channel::new();

#[derive(Clone, Copy)]
struct Report {
    kept: &'static str,
    taken: u32,
    first: u32,
    last: u32,
    dropped: u32,
}

impl Report {
    const fn new(kept: &'static str) -> Self {
        Self { kept, taken: 0, first: 0, last: 0, dropped: 0 }
    }

    fn take(&mut self, number: Option<u32>, dropped: u32) {
        self.dropped = dropped;
        if let Some(number) = number {
            if self.taken == 0 {
                self.first = number;
            }
            self.taken += 1;
            self.last = number;
        }
    }
}

/// Counts one more, and tells of it at each power of two.
fn count(name: &str, dropped: &'static Count) {
    let count = dropped.lock(|count| count.replace(count.get() + 1)) + 1;
    if count.is_power_of_two() {
        defmt::warn!("channel {} was full: {} dropped so far", name, count);
    }
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let uart = UartTx::new(p.UART0, p.PIN_0, p.DMA_CH0, Irqs, Config::default());
    spawner.spawn(print(uart).unwrap());
    spawner.spawn(consume().unwrap());

    let mut ticker = Ticker::every(Duration::from_secs(1));
    loop {
        ticker.next().await;
        for number in 1..=10 {
            if FIRST.try_send(number).is_err() {
                count("first", &FIRST_DROPPED);
            }
        }
        for number in 1..=10 {
            if LAST.is_full() {
                let _ = LAST.try_receive();
                count("last", &LAST_DROPPED);
            }
            let _ = LAST.try_send(number);
        }
        for number in 1..=10 {
            ALL.send(number).await;
        }
    }
}

#[embassy_executor::task]
async fn consume() {
    let mut ticker = Ticker::every(Duration::from_millis(20));
    let [mut all, mut first, mut last] = [Report::new("all"), Report::new("first"), Report::new("last")];
    loop {
        ticker.next().await;
        all.take(ALL.try_receive().ok(), 0);
        first.take(FIRST.try_receive().ok(), FIRST_DROPPED.lock(Cell::get));
        last.take(LAST.try_receive().ok(), LAST_DROPPED.lock(Cell::get));
        if all.last == 10 {
            for report in [all, first, last] {
                REPORTS.send(report).await;
            }
            [all, first, last] = [Report::new("all"), Report::new("first"), Report::new("last")];
        }
    }
}

#[embassy_executor::task]
async fn print(mut uart: UartTx<'static, Async>) {
    loop {
        let Report { kept, taken, first, last, dropped } = REPORTS.receive().await;
        let mut line: String<96> = String::new();
        let _ = write!(
            line,
            "reports: kept={kept} taken={taken} first={first} last={last} dropped={dropped}\r\n"
        );
        let _ = uart.write(line.as_bytes()).await;
    }
}
