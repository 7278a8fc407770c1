//! What `sample` makes of a device that fails and comes back.

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::{Simulation, forever};
use fwc_runtime::channel::Channel;
use fwc_runtime::device::Error;
use fwc_runtime::{NoopRawMutex, Ticker, behaviors};

/// A device that does what a script says, and notes what it was asked.
struct Device {
    script: Vec<Result<u8, Error<&'static str>>>,
    asked: Rc<RefCell<Vec<&'static str>>>,
}

impl Device {
    fn next(&mut self, question: &'static str) -> Result<u8, Error<&'static str>> {
        self.asked.borrow_mut().push(question);
        self.script.remove(0)
    }
}

async fn start(device: &mut Device) -> Result<(), Error<&'static str>> {
    device.next("start").map(|_| ())
}

async fn measure(device: &mut Device) -> Result<u8, Error<&'static str>> {
    device.next("measure")
}

#[test]
fn a_device_that_fails_is_started_again() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let lost = Err(Error::Bus("no answer"));
    // The first start fails, then two measurements, then one that fails.
    let script = vec![lost, Ok(0), Ok(1), Ok(2), lost, Ok(0), Ok(3)];
    let device = Device { script, asked: asked.clone() };
    let readings: &'static Channel<NoopRawMutex, u8, 8> = forever(Channel::new());
    let mut simulation = Simulation::new();
    simulation.spawn(behaviors::sample_device(
        "thermometer",
        device,
        start,
        measure,
        readings.publisher(),
        Ticker::<10_000>::new(),
    ));
    simulation.run_ms(51);
    let published: Vec<u8> = std::iter::from_fn(|| readings.subscriber().try_receive().ok()).collect();
    assert_eq!(published, [1, 2, 3]);
    assert_eq!(*asked.borrow(), ["start", "start", "measure", "measure", "measure", "start", "measure"]);
}
