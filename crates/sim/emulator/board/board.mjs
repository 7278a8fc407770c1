/**
 * A board with an RP2040 that is powered, reset, debugged and flashed: what a probe and a boot drive act on.
 *
 * Other than a `Machine`, which runs an image to its end on virtual time, a board starts with what is in its flash,
 * through the boot path of the mask ROM, and keeps pace with the wall clock while it sleeps.
 */
import { Chip, ChipReset } from '../chip.mjs';
import { bootChecksum, makeBootrom } from './bootrom.mjs';
import { CAUSE, CoreDebug } from './debug.mjs';

export const FLASH_SIZE = 2 * 1024 * 1024;
const SECTOR = 4096;
const PAGE = 256;
const SECOND_STAGE = 0x20041f00 - 0x20000000;
const SECOND_STAGE_SIZE = 256;
const NOT_MAPPED = 0x0badf1a5;
const ROM_END = 0x4000;

const INSTRUCTIONS_PER_ROUND = 512;
const SLICE_MILLIS = 3;
const LONGEST_SLEEP_MILLIS = 10;
const MOST_BEHIND_MILLIS = 50;
const NANOS_PER_MILLI = 1e6;

/** Thrown through the running instruction when the core halts. */
class Halted extends Error {}

/**
 * @typedef {object} FlashFaults
 * @property {number[]} [stuckSectors] offsets of sectors that programming does not change
 * @property {number[]} [keptSectors] offsets of sectors that erasing does not change
 */

export class Board {
  /**
   * @param {(event: object) => void} onEvent
   * @param {FlashFaults} [faults]
   */
  constructor(onEvent, faults = {}) {
    this.onEvent = onEvent;
    this.faults = faults;
    this.bootrom = makeBootrom();
    this.cores = [new CoreDebug(this), new CoreDebug(undefined)];
    this.isHeld = false;
    this.holdsBootButton = false;
    this.isRescued = false;
    this.wasLookedAt = false;
    this.scheduled = false;
    /** @type {Chip | undefined} */
    this.chip = undefined;
    /** Called when the boot loader wants to be a drive. */
    this.onBootDrive = () => {};
  }

  /** @returns {import('rp2040js').CortexM0Core} */
  get core() {
    return this.chip.core;
  }

  get flash() {
    return this.chip.mcu.flash;
  }

  powerUp() {
    this.replaceChip();
    this.start();
  }

  /** @param {string} cause */
  reset(cause) {
    this.onEvent({ reset: cause });
    this.isRescued = false;
    this.replaceChip();
    for (const core of this.cores) core.reset();
    this.start();
  }

  /** A reset by the rescue port: the core stays in the ROM, so that no firmware can be in the way. */
  rescue() {
    for (const core of this.cores) core.powerUp();
    this.reset('rescue');
    this.isRescued = true;
  }

  holdInReset(held) {
    const released = this.isHeld && !held;
    this.isHeld = held;
    if (released) this.reset('pin');
  }

  replaceChip() {
    const previous = this.chip;
    const chip = new Chip(
      {
        onLevel: (pin) => this.onEvent({ pin, level: chip.pads.levels[pin] ? 1 : 0 }),
        onContention: () => {},
        onByte: (uart, byte) => this.onEvent({ uart, byte }),
        // No part hangs on its buses.
        onMessage: () => {},
        onTransfer: () => {},
        onFault: (reason, pc, lockup) => this.faulted(reason, pc, lockup),
      },
      previous,
    );
    chip.mcu.bootrom.set(this.bootrom.words);
    const faultOnBreak = chip.mcu.onBreak;
    chip.mcu.onBreak = (immediate) => this.breakpoint(immediate, faultOnBreak);
    this.chip = chip;
    this.isMapped = false;
    this.wasLookedAt = false;
  }

  start() {
    const { core } = this;
    core.VTOR = 0;
    core.SP = this.bootrom.stack;
    core.PC = this.bootrom.entry & ~1;
    this.resume();
  }

  // Execution

  get isRunning() {
    return !this.cores[0].halted && !this.cores[0].lockedUp && !this.isHeld;
  }

  get isAsleep() {
    return this.core.waiting;
  }

  wake() {
    this.core.waiting = false;
  }

  jump(address) {
    this.core.PC = address & ~1;
    this.wake();
  }

  /** From now on the chip's time follows the wall clock's. */
  resume() {
    this.wallStart = performance.now();
    this.chipStart = this.chip.clock.nanos;
    this.schedule(0);
  }

  schedule(millis) {
    if (this.scheduled) return;
    this.scheduled = true;
    const run = () => {
      this.scheduled = false;
      this.slice();
    };
    if (millis > 0) setTimeout(run, millis);
    else setImmediate(run);
  }

  /** Runs for a few milliseconds, then lets the debugger have its turn. */
  slice() {
    const begun = performance.now();
    while (this.isRunning) {
      const now = performance.now();
      if (now - begun > SLICE_MILLIS) return this.schedule(0);
      const { chip } = this;
      const ahead = (chip.clock.nanos - this.chipStart) / NANOS_PER_MILLI - (now - this.wallStart);
      // A chip that is too much for this machine runs slower than the clock instead of hurrying after it.
      if (ahead < -MOST_BEHIND_MILLIS) this.wallStart -= ahead;
      const sleeps = chip.core.waiting && !chip.interrupts.wakes();
      if (sleeps && ahead > 0) return this.schedule(Math.min(Math.ceil(ahead), LONGEST_SLEEP_MILLIS));
      this.run(NANOS_PER_MILLI, this.cores[0].breakpoints.size > 0 ? 1 : INSTRUCTIONS_PER_ROUND);
    }
  }

  run(nanos, most) {
    const { chip } = this;
    const { breakpoints } = this.cores[0];
    // A handler's first instruction may be a breakpoint, so that an interrupt is taken before it is looked at.
    if (breakpoints.size > 0 && chip.core.interruptsUpdated && chip.core.checkForInterrupts()) this.wake();
    if (breakpoints.has(chip.core.PC & ~1)) {
      this.cores[0].halt(CAUSE.breakpoint);
      return;
    }
    try {
      chip.run(chip.clock.nanos + nanos, most);
    } catch (error) {
      if (error instanceof ChipReset) this.reset(error.cause);
      else if (!(error instanceof Halted)) throw error;
    }
  }

  /** One instruction, for the debugger. */
  step(masksInterrupts) {
    const { core } = this;
    const pending = core.interruptsUpdated;
    if (masksInterrupts) core.interruptsUpdated = false;
    if (!core.waiting) this.run(NANOS_PER_MILLI, 1);
    if (masksInterrupts) core.interruptsUpdated ||= pending;
  }

  faulted(reason, pc, lockup) {
    this.onEvent({ [lockup ? 'lockup' : 'fault']: reason, pc });
    this.core.PC &= ~1;
    const debug = this.cores[0];
    if (lockup) debug.lockedUp = true;
    else if (debug.catchesFaults) debug.halt(CAUSE.vectorCatch);
  }

  breakpoint(immediate, faultOnBreak) {
    const { core } = this;
    const address = ((core.PC & ~1) - core.breakRewind) >>> 0;
    const isBreakpoint = this.chip.mcu.readUint16(address) >> 8 === 0xbe;
    const trap = address < ROM_END ? this.bootrom.traps.get(immediate) : undefined;
    if (isBreakpoint && trap !== undefined) return this.callRom(trap, address);
    if (!isBreakpoint || !this.cores[0].isAttached) return faultOnBreak(immediate);
    core.PC = address;
    this.cores[0].halt(CAUSE.breakpoint);
    throw new Halted();
  }

  // The mask ROM

  callRom(name, address) {
    const { core } = this;
    const [first, second, third] = core.registers;
    if (name === 'boot') return this.boot(address);
    if (name === 'UB') return this.becomeDrive(address);
    if (name === 'dead end') return this.park(address);
    if (name === 'EX') this.isMapped = false;
    if (name === 'CX') this.isMapped = true;
    if (name === 'RE') this.erase(first >>> 0, second >>> 0);
    if (name === 'RP') this.program(first >>> 0, second >>> 0, third >>> 0);
    core.PC = core.LR & ~1;
  }

  /** RP2040 datasheet, section 2.8.1: the second stage is taken if its checksum fits, else there is the boot drive. */
  boot(address) {
    if (this.isRescued) return this.park(address);
    const stage = this.flash.subarray(0, SECOND_STAGE_SIZE);
    const sum = new DataView(stage.buffer, stage.byteOffset).getUint32(SECOND_STAGE_SIZE - 4, true);
    if (this.holdsBootButton || bootChecksum(stage.subarray(0, SECOND_STAGE_SIZE - 4)) !== sum) {
      return this.becomeDrive(address);
    }
    this.isMapped = true;
    this.chip.mcu.sram.set(stage, SECOND_STAGE);
    const { core } = this;
    // Zero tells the second stage to enter the image behind it.
    core.LR = 0;
    core.PC = 0x20000000 + SECOND_STAGE;
    this.onEvent({ boot: 'flash' });
  }

  becomeDrive(address) {
    this.onEvent({ boot: 'drive' });
    this.park(address);
    this.onBootDrive();
  }

  park(address) {
    this.core.PC = address;
    this.core.waiting = true;
  }

  // The flash

  /** A debugger's look; the first one after a reset or a change of the flash is told. */
  readFlash(offset) {
    if (!this.wasLookedAt) {
      this.wasLookedAt = true;
      this.onEvent({ looked: offset });
    }
    if (!this.isMapped) return NOT_MAPPED;
    return this.chip.mcu.flashView.getUint32(offset % FLASH_SIZE & ~3, true);
  }

  erase(offset, size) {
    this.checkFlashCall('erase', offset, size, SECTOR);
    for (let sector = offset; sector < offset + size; sector += SECTOR) {
      if (!this.faults.keptSectors?.includes(sector)) this.flash.fill(0xff, sector, sector + SECTOR);
    }
    this.wasLookedAt = false;
    this.onEvent({ erased: offset, size });
  }

  program(offset, source, size) {
    this.checkFlashCall('program', offset, size, PAGE);
    const { mcu } = this.chip;
    for (let index = 0; index < size; index++) {
      const at = offset + index;
      const isStuck = this.faults.stuckSectors?.includes(at - (at % SECTOR));
      // Programming NOR flash clears bits; only erasing sets them.
      if (!isStuck) this.flash[at] &= mcu.readUint8(source + index);
    }
    this.wasLookedAt = false;
    this.onEvent({ programmed: offset, size });
  }

  checkFlashCall(what, offset, size, unit) {
    if (offset % unit || size % unit || offset + size > FLASH_SIZE || this.isMapped) {
      this.onEvent({ misuse: `flash_range_${what}(${offset}, ${size})${this.isMapped ? ' while flash is mapped' : ''}` });
    }
  }

  /** What the boot loader does with a file's blocks. */
  writeBlocks(blocks) {
    const sectors = new Set(blocks.map(({ offset }) => offset - (offset % SECTOR)));
    for (const sector of sectors) this.flash.fill(0xff, sector, sector + SECTOR);
    for (const { offset, bytes } of blocks) this.flash.set(bytes, offset);
  }
}
