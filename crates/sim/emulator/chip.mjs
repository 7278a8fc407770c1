/**
 * One RP2040 between two resets: rp2040js with every correction of `fidelity/`, booted from an image's vector table.
 *
 * What outlives a reset (the flash, the RAM, the watchdog's scratch registers) is handed on from chip to chip.
 */
import { VirtualClock } from './clock.mjs';
import { VECTOR_TABLE } from './elf.mjs';
import { replaceAdc } from './fidelity/adc.mjs';
import { placeBootrom, USB_BOOT } from './fidelity/bootrom.mjs';
import { correctClocks } from './fidelity/clocks.mjs';
import { correctDma } from './fidelity/dma.mjs';
import { correctFaults, CoreFault, Observer, takeFault } from './fidelity/faults.mjs';
import { Mcu } from './fidelity/flash.mjs';
import { replaceI2c } from './fidelity/i2c.mjs';
import { InterruptController } from './fidelity/interrupts.mjs';
import { Pads } from './fidelity/pads.mjs';
import { correctPio } from './fidelity/pio.mjs';
import { correctResets } from './fidelity/resets.mjs';
import { correctSpi } from './fidelity/spi.mjs';
import { correctTimer } from './fidelity/timer.mjs';
import { replaceUarts } from './fidelity/uart.mjs';
import { replaceUsb } from './fidelity/usb.mjs';
import { correctWatchdog, watchdogState } from './fidelity/watchdog.mjs';

/** Thrown through the running instruction or alarm when the chip is to be reset. */
export class ChipReset extends Error {
  /** @param {'watchdog' | 'software' | 'brown-out' | 'usb-boot'} cause usb-boot: into the boot drive, where no image runs */
  constructor(cause) {
    super(cause);
    this.cause = cause;
  }
}

/**
 * @typedef {object} ChipListener
 * @property {(pin: number) => void} onLevel
 * @property {(pin: number) => void} onContention
 * @property {(uart: number, byte: number, pins: number[]) => void} onByte
 * @property {(i2c: number, message: import('./fidelity/i2c.mjs').I2cMessage) => void} onMessage
 * @property {(spi: number, select: number | undefined, sent: number[], received: number[]) => void} onTransfer
 * @property {(reason: string, pc: number, lockup: boolean) => void} onFault
 */

export class Chip {
  /**
   * @param {ChipListener} listener
   * @param {Chip | undefined} previous the chip before the reset
   * @param {boolean} [lostPower] whether nothing but the flash has outlived it
   */
  constructor(listener, previous, lostPower = false) {
    this.listener = listener;
    this.clock = new VirtualClock();
    const mcu = new Mcu(this.clock);
    this.mcu = mcu;
    this.core = mcu.core;
    this.cycleNanos = 0;
    this.retired = 0;
    this.sleptNanos = 0;
    /** When the core was woken last, on this chip's clock. */
    this.wokenAt = 0;
    this.observer = new Observer(mcu);
    mcu.logger = this.observer;
    const kept = lostPower ? undefined : previous;
    if (previous === undefined) mcu.emptyFlash();
    else mcu.takeFlash(previous.mcu);
    if (kept !== undefined) mcu.sram.set(kept.mcu.sram);
    placeBootrom(mcu);
    correctFaults(mcu, (pc) => {
      if (pc === USB_BOOT) throw new ChipReset('usb-boot');
    });
    correctClocks(mcu, (cycleNanos) => {
      this.cycleNanos = cycleNanos;
    });
    correctTimer(mcu);
    correctDma(mcu, () => this.cycleNanos);
    correctPio(mcu, () => this.cycleNanos);
    correctWatchdog(mcu, kept && watchdogState(kept.mcu), () => {
      throw new ChipReset('watchdog');
    });
    this.interrupts = new InterruptController(mcu, {
      stall: (cycles) => this.clock.tick(cycles * this.cycleNanos),
      onReset: () => {
        throw new ChipReset('software');
      },
    });
    this.pads = new Pads(mcu, { onLevel: (pin) => this.levelChanged(pin), onContention: listener.onContention });
    this.uarts = replaceUarts(mcu, listener.onByte);
    this.i2c = replaceI2c(mcu, listener.onMessage);
    this.spi = correctSpi(mcu, listener.onTransfer);
    correctResets(mcu, this.i2c);
    this.adc = replaceAdc(mcu);
    this.usb = replaceUsb(mcu);
  }

  /** Stands in the bootrom as a USB boot drive, and so runs nothing. */
  park() {
    this.core.waiting = true;
  }

  levelChanged(pin) {
    this.listener.onLevel(pin);
    for (const bus of this.i2c ?? []) bus.levelChanged(pin, this.pads.levels[pin], this.pads);
  }

  /** Begins to execute at the reset handler of the image in the flash. */
  boot() {
    this.core.VTOR = VECTOR_TABLE;
    this.core.reset();
  }

  /**
   * Executes until this chip's clock reaches `until`, but no more than `most` instructions; a sleep ends the round.
   *
   * @param {number} until
   * @param {number} most
   */
  run(until, most) {
    const { core, clock } = this;
    try {
      if (core.waiting && !this.interrupts.wakes()) this.sleep(until);
      else this.execute(core, clock, until, most);
    } catch (error) {
      if (!(error instanceof CoreFault)) throw error;
      const lockup = takeFault(this.mcu, error);
      this.listener.onFault(error.message, error.pc, lockup);
    }
  }

  execute(core, clock, until, most) {
    const { registers } = core;
    core.waiting = false;
    let retired = 0;
    try {
      while (retired < most && clock.nanos < until) {
        const before = registers[15];
        const cycles = core.executeInstruction();
        retired++;
        clock.tick(cycles * this.cycleNanos);
        if (core.waiting) break;
        if (registers[15] === before) {
          this.spin(cycles * this.cycleNanos, until);
          break;
        }
      }
    } finally {
      this.retired += retired;
    }
  }

  /**
   * A branch to itself does nothing until an interrupt comes: its rounds up to the next alarm are counted, not run.
   */
  spin(roundNanos, until) {
    const { clock } = this;
    if (this.core.interruptsUpdated) return;
    const limit = clock.nextAlarm === null ? until : Math.min(until, clock.nextAlarm.at);
    const rounds = Math.max(0, Math.ceil((limit - clock.nanos) / roundNanos) - 1);
    this.retired += rounds;
    clock.tick(rounds * roundNanos);
  }

  sleep(until) {
    const { clock } = this;
    const start = clock.nanos;
    try {
      clock.tickTo(clock.nextAlarm === null ? until : Math.min(until, clock.nextAlarm.at));
    } finally {
      this.sleptNanos += clock.nanos - start;
      this.wokenAt = clock.nanos;
    }
  }
}
