//! I2C masters become buses that cannot hang: every transfer has a timeout, after which the bus is freed.

use core::future::Future;
use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll};

use embassy_stm32::Peri;
use embassy_stm32::dma;
use embassy_stm32::gpio::{self, Level, OutputOpenDrain, Speed};
use embassy_stm32::i2c::mode::Master;
use embassy_stm32::i2c::{
    Config, Error, ErrorInterruptHandler, EventInterruptHandler, I2c, Instance, RxDma, SclPin, SdaPin, TxDma,
};
use embassy_stm32::interrupt::typelevel::Binding;
use embassy_stm32::mode::Async;
use embassy_stm32::time::Hertz;
use embassy_time::with_timeout;
use embedded_hal_async::i2c::{ErrorType, Operation};
use fwc_runtime::bus::{Hangs, I2cError, free_lines, has_empty, transfer_limit};

/// A bus on block `T` with its lines, at `HERTZ`. A transfer may take `TIMEOUT` microseconds more than its bits do.
pub struct I2cBus<T, C, D, S, R, I, const HERTZ: u32, const TIMEOUT: u32>
where
    T: Instance + 'static,
    C: gpio::Pin,
    D: gpio::Pin,
    S: TxDma<T>,
    R: RxDma<T>,
{
    hangs: Hangs,
    /// Whether a transfer has begun and not ended: where another one begins then, the first was given up halfway.
    busy: bool,
    /// None only while it is made anew: what it drops takes the lines from the block.
    driver: Option<I2c<'static, Async, Master>>,
    block: Peri<'static, T>,
    scl: Peri<'static, C>,
    sda: Peri<'static, D>,
    send: Peri<'static, S>,
    receive: Peri<'static, R>,
    interrupts: I,
    /// Sets the block up, which on some chips depends on how its pins are mapped.
    make: Make<T, C, D, S, R, I>,
}

/// What sets a block up.
type Make<T, C, D, S, R, I> = fn(
    &Peri<'static, T>,
    &Peri<'static, C>,
    &Peri<'static, D>,
    &Peri<'static, S>,
    &Peri<'static, R>,
    I,
) -> I2c<'static, Async, Master>;

/// A pin that can be SCL of block `T`, where its pins are mapped in the group `A`; of most chips each is by itself.
#[cfg(not(feature = "afio"))]
pub trait Clock<T: Instance, A>: SclPin<T> {}
#[cfg(not(feature = "afio"))]
impl<T: Instance, P: SclPin<T>> Clock<T, ()> for P {}
/// A pin that can be SCL of block `T`, where its pins are mapped in the group `A`.
#[cfg(feature = "afio")]
pub trait Clock<T: Instance, A>: SclPin<T, A> {}
#[cfg(feature = "afio")]
impl<T: Instance, A, P: SclPin<T, A>> Clock<T, A> for P {}

/// A pin that can be SDA of block `T`, as [`Clock`] is SCL.
#[cfg(not(feature = "afio"))]
pub trait Data<T: Instance, A>: SdaPin<T> {}
#[cfg(not(feature = "afio"))]
impl<T: Instance, P: SdaPin<T>> Data<T, ()> for P {}
/// A pin that can be SDA of block `T`, as [`Clock`] is SCL.
#[cfg(feature = "afio")]
pub trait Data<T: Instance, A>: SdaPin<T, A> {}
#[cfg(feature = "afio")]
impl<T: Instance, A, P: SdaPin<T, A>> Data<T, A> for P {}

impl<T, C, D, S, R, I, const HERTZ: u32, const TIMEOUT: u32> I2cBus<T, C, D, S, R, I, HERTZ, TIMEOUT>
where
    T: Instance + 'static,
    C: gpio::Pin,
    D: gpio::Pin,
    S: TxDma<T>,
    R: RxDma<T>,
    I: Binding<T::EventInterrupt, EventInterruptHandler<T>>
        + Binding<T::ErrorInterrupt, ErrorInterruptHandler<T>>
        + Binding<S::Interrupt, dma::InterruptHandler<S>>
        + Binding<R::Interrupt, dma::InterruptHandler<R>>
        + Copy
        + 'static,
{
    /// A bus that the log calls `name`, with its pins mapped in the group `A`.
    pub fn new<A>(
        name: &'static str,
        block: Peri<'static, T>,
        scl: Peri<'static, C>,
        sda: Peri<'static, D>,
        send: Peri<'static, S>,
        receive: Peri<'static, R>,
        interrupts: I,
    ) -> Self
    where
        C: Clock<T, A>,
        D: Data<T, A>,
    {
        let make: Make<T, C, D, S, R, I> = driver::<T, C, D, S, R, I, A, HERTZ>;
        let driver = Some(make(&block, &scl, &sda, &send, &receive, interrupts));
        let hangs = Hangs::new(name);
        Self { hangs, busy: false, driver, block, scl, sda, send, receive, interrupts, make }
    }

    /// Frees the lines from a part that stopped in the middle of a byte, and sets the block up anew. Whether the lines
    /// are free then.
    ///
    /// It takes up to a tenth of a millisecond, and no other task runs meanwhile: whoever gave it up halfway would leave
    /// the lines in the middle of a clock.
    #[inline(never)]
    fn renew(&mut self) -> bool {
        self.driver = None;
        let scl = OutputOpenDrain::new(self.scl.reborrow(), Level::High, Speed::Medium);
        let sda = OutputOpenDrain::new(self.sda.reborrow(), Level::High, Speed::Medium);
        let free = free_lines(scl, sda);
        self.driver = Some((self.make)(
            &self.block,
            &self.scl,
            &self.sda,
            &self.send,
            &self.receive,
            self.interrupts,
        ));
        free
    }
}

/// Sets a block up.
#[allow(unsafe_code)]
#[inline(never)]
fn driver<T, C, D, S, R, I, A, const HERTZ: u32>(
    block: &Peri<'static, T>,
    scl: &Peri<'static, C>,
    sda: &Peri<'static, D>,
    send: &Peri<'static, S>,
    receive: &Peri<'static, R>,
    interrupts: I,
) -> I2c<'static, Async, Master>
where
    T: Instance + 'static,
    C: Clock<T, A>,
    D: Data<T, A>,
    S: TxDma<T>,
    R: RxDma<T>,
    I: Binding<T::EventInterrupt, EventInterruptHandler<T>>
        + Binding<T::ErrorInterrupt, ErrorInterruptHandler<T>>
        + Binding<S::Interrupt, dma::InterruptHandler<S>>
        + Binding<R::Interrupt, dma::InterruptHandler<R>>
        + Copy
        + 'static,
{
    // SAFETY: only the bus has these, and it uses them for nothing but to make the one driver, or another in its place.
    let (block, scl, sda, send, receive) = unsafe {
        (
            block.clone_unchecked(),
            scl.clone_unchecked(),
            sda.clone_unchecked(),
            send.clone_unchecked(),
            receive.clone_unchecked(),
        )
    };
    let mut config = Config::default();
    config.frequency = Hertz(HERTZ);
    I2c::new(block, scl, sda, send, receive, interrupts, config)
}

impl<T, C, D, S, R, I, const HERTZ: u32, const TIMEOUT: u32> ErrorType for I2cBus<T, C, D, S, R, I, HERTZ, TIMEOUT>
where
    T: Instance + 'static,
    C: gpio::Pin,
    D: gpio::Pin,
    S: TxDma<T>,
    R: RxDma<T>,
{
    type Error = I2cError;
}

impl<T, C, D, S, R, I, const HERTZ: u32, const TIMEOUT: u32> embedded_hal_async::i2c::I2c
    for I2cBus<T, C, D, S, R, I, HERTZ, TIMEOUT>
where
    T: Instance + 'static,
    C: gpio::Pin,
    D: gpio::Pin,
    S: TxDma<T>,
    R: RxDma<T>,
    I: Binding<T::EventInterrupt, EventInterruptHandler<T>>
        + Binding<T::ErrorInterrupt, ErrorInterruptHandler<T>>
        + Binding<S::Interrupt, dma::InterruptHandler<S>>
        + Binding<R::Interrupt, dma::InterruptHandler<R>>
        + Copy
        + 'static,
{
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), I2cError> {
        // The block has no transfer without bytes; the HAL's driver would wait for its end.
        if has_empty(operations) {
            return Err(I2cError::Empty);
        }
        if replace(&mut self.busy, true) {
            self.renew();
        }
        let limit = transfer_limit::<HERTZ, TIMEOUT>(operations);
        let Some(driver) = &mut self.driver else { return Err(I2cError::Other) };
        let outcome = match with_timeout(limit, Sendable(driver.transaction(address, operations))).await {
            Ok(outcome) => outcome.map_err(cause),
            Err(_) => Err(I2cError::Timeout),
        };
        // There is one master, so arbitration is lost to a line that is held low.
        if matches!(outcome, Err(I2cError::Timeout | I2cError::ArbitrationLost)) {
            let free = self.renew();
            self.hangs.count(free);
        }
        self.busy = false;
        outcome
    }
}

/// The HAL's transaction, which a task in an interrupt must be able to hold.
struct Sendable<F>(F);

// SAFETY: of what the future holds, the compiler cannot see one thing to be sendable: embassy-stm32 0.6.0, src/i2c/mod.rs, hands its
// loop over the operations out as `impl IntoIterator`. It is made of slice iterators over operations, which are sendable. That all
// else is, the function below proves.
#[allow(unsafe_code)]
unsafe impl<F> Send for Sendable<F> {}

const _: () = {
    /// A write and a read are what a transaction does for each operation.
    fn sendable<'a>(driver: &'a mut I2c<'static, Async, Master>, bytes: &'a mut [u8]) -> impl Send + 'a {
        driver.write_read(0, &[0], bytes)
    }
    let _ = sendable;
};

impl<F: Future> Future for Sendable<F> {
    type Output = F::Output;

    #[allow(unsafe_code)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the inner future is pinned with the outer one, which never moves it.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(context)
    }
}

/// The HAL does not tell a part that is not there from one that refuses what it is told.
fn cause(error: Error) -> I2cError {
    match error {
        Error::Nack => I2cError::NoPart,
        Error::Arbitration => I2cError::ArbitrationLost,
        Error::Timeout => I2cError::Timeout,
        _ => I2cError::Other,
    }
}
