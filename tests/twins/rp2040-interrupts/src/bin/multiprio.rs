//! Three tasks that compute, of which the higher ones preempt the lower ones.
#![no_std]
#![no_main]

use defmt::info;
use embassy_executor::{Executor, InterruptExecutor};
use embassy_rp::interrupt;
use embassy_rp::interrupt::{InterruptExt, Priority};
use embassy_time::{Duration, Instant, Ticker, block_for};
use static_cell::StaticCell;
use {defmt_rtt as _, panic_probe as _};

static EXECUTOR_HIGH: InterruptExecutor = InterruptExecutor::new();
static EXECUTOR_MED: InterruptExecutor = InterruptExecutor::new();
static EXECUTOR_LOW: StaticCell<Executor> = StaticCell::new();

#[interrupt]
unsafe fn SWI_IRQ_1() {
    unsafe { EXECUTOR_HIGH.on_interrupt() }
}

#[interrupt]
unsafe fn SWI_IRQ_0() {
    unsafe { EXECUTOR_MED.on_interrupt() }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let _p = embassy_rp::init(Default::default());
    interrupt::SWI_IRQ_1.set_priority(Priority::P2);
    let spawner = EXECUTOR_HIGH.start(interrupt::SWI_IRQ_1);
    spawner.spawn(high().unwrap());
    interrupt::SWI_IRQ_0.set_priority(Priority::P3);
    let spawner = EXECUTOR_MED.start(interrupt::SWI_IRQ_0);
    spawner.spawn(medium().unwrap());
    let executor = EXECUTOR_LOW.init(Executor::new());
    executor.run(|spawner| spawner.spawn(low().unwrap()))
}

#[embassy_executor::task]
async fn high() {
    let mut ticker = Ticker::every(Duration::from_millis(700));
    loop {
        info!("        [high] tick!");
        ticker.next().await;
    }
}

#[embassy_executor::task]
async fn medium() {
    let mut ticker = Ticker::every(Duration::from_millis(900));
    loop {
        let start = Instant::now();
        info!("    [med] Starting long computation");
        block_for(Duration::from_millis(250));
        info!("    [med] done in {} ms", start.elapsed().as_millis());
        ticker.next().await;
    }
}

#[embassy_executor::task]
async fn low() {
    let mut ticker = Ticker::every(Duration::from_secs(2));
    loop {
        let start = Instant::now();
        info!("[low] Starting long computation");
        block_for(Duration::from_millis(500));
        info!("[low] done in {} ms", start.elapsed().as_millis());
        ticker.next().await;
    }
}
