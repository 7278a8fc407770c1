//! A task in an interrupt that answers each edge of an input on an output.
#![no_std]
#![no_main]

use embassy_executor::{Executor, InterruptExecutor};
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::interrupt;
use embassy_rp::interrupt::{InterruptExt, Priority};
use static_cell::StaticCell;
use {defmt_rtt as _, panic_probe as _};

static EXECUTOR_HIGH: InterruptExecutor = InterruptExecutor::new();
static EXECUTOR_LOW: StaticCell<Executor> = StaticCell::new();

#[interrupt]
unsafe fn SWI_IRQ_0() {
    unsafe { EXECUTOR_HIGH.on_interrupt() }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let p = embassy_rp::init(Default::default());
    let edge = Input::new(p.PIN_2, Pull::None);
    let answer = Output::new(p.PIN_3, Level::Low);
    interrupt::SWI_IRQ_0.set_priority(Priority::P3);
    let spawner = EXECUTOR_HIGH.start(interrupt::SWI_IRQ_0);
    spawner.spawn(follow(edge, answer).unwrap());
    let executor = EXECUTOR_LOW.init(Executor::new());
    executor.run(|_| {})
}

#[embassy_executor::task]
async fn follow(mut edge: Input<'static>, mut answer: Output<'static>) {
    loop {
        edge.wait_for_rising_edge().await;
        answer.set_high();
        edge.wait_for_falling_edge().await;
        answer.set_low();
    }
}
