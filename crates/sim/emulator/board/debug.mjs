/**
 * The debug unit of a Cortex-M0+ core: halt, step, registers, breakpoints, catching of resets and faults.
 *
 * ARMv6-M Architecture Reference Manual, chapter C1 (DHCSR, DCRSR, DCRDR, DEMCR, DFSR, breakpoint unit).
 * The second core of the RP2040 has one too, but nothing that it could run: it is parked.
 */

const DEBUG_ENABLED = 1;
const HALT = 2;
const STEP = 4;
const MASK_INTERRUPTS = 8;
const KEY = 0xa05f;

export const CAUSE = { halted: 1, breakpoint: 2, vectorCatch: 8 };
const CATCH_RESET = 1;
const CATCH_HARD_FAULT = 1 << 10;

const COMPARATORS = 4;
const SELECT_WRITES = 1 << 16;
const PARKED_AT = 0x12a;
const THUMB = 0x01000000;

export class CoreDebug {
  /** @param {import('./board.mjs').Board | undefined} board undefined for the core that is parked */
  constructor(board) {
    this.board = board;
    this.powerUp();
  }

  /** What only a power-on reset clears. */
  powerUp() {
    this.control = 0;
    this.catches = 0;
    this.cause = 0;
    this.data = 0;
    this.halted = false;
    this.lockedUp = false;
    this.hasReset = false;
    this.parkedRegisters = new Uint32Array(32);
    this.clearBreakpoints();
  }

  /** A reset of the core: the debugger stays attached, and may have asked to catch it. */
  reset() {
    this.hasReset = true;
    this.halted = false;
    this.lockedUp = false;
    this.clearBreakpoints();
    if (this.isAttached && this.catches & CATCH_RESET) this.halt(CAUSE.vectorCatch);
  }

  get isAttached() {
    return (this.control & DEBUG_ENABLED) !== 0;
  }

  /** Whether a HardFault halts the core. */
  get catchesFaults() {
    return this.isAttached && (this.catches & CATCH_HARD_FAULT) !== 0;
  }

  halt(cause) {
    if (this.halted) return;
    this.halted = true;
    this.cause |= cause;
    this.board?.onEvent({ halted: cause });
  }

  readControl() {
    const asleep = this.board?.isAsleep ?? false;
    let value = this.control | (1 << 16) | (1 << 24);
    if (this.halted) value |= 1 << 17;
    else if (asleep) value |= 1 << 18;
    if (this.lockedUp && !this.halted) value |= 1 << 19;
    if (this.hasReset) value |= 1 << 25;
    this.hasReset = false;
    return value >>> 0;
  }

  writeControl(value) {
    if (value >>> 16 !== KEY) return;
    this.control = value & 0xf;
    if (!this.isAttached) {
      this.control = 0;
      this.resume();
    } else if (value & HALT) {
      this.lockedUp = false;
      if (!this.halted) this.board?.wake();
      this.halt(CAUSE.halted);
    } else if (this.halted && value & STEP) {
      this.board?.step((value & MASK_INTERRUPTS) !== 0);
      this.cause |= CAUSE.halted;
    } else {
      this.resume();
    }
  }

  resume() {
    if (!this.halted) return;
    this.halted = false;
    this.board?.resume();
  }

  /** DCRSR: moves a register to or from DCRDR. */
  transfer(value) {
    if (!this.halted) return;
    const register = value & 0x1f;
    if (value & SELECT_WRITES) this.writeRegister(register, this.data >>> 0);
    else this.data = this.readRegister(register) >>> 0;
  }

  readRegister(register) {
    if (this.board === undefined) {
      if (register === 15) return PARKED_AT;
      return register === 16 ? THUMB : this.parkedRegisters[register];
    }
    const { core } = this.board;
    if (register < 15) return core.registers[register];
    switch (register) {
      case 15:
        return core.PC & ~1;
      case 16:
        return core.xPSR;
      case 17:
        return core.SPmain;
      case 18:
        return core.SPprocess;
      case 20:
        return (((core.SPSEL ? 2 : 0) | (core.nPRIV ? 1 : 0)) << 24) | (core.PM ? 1 : 0);
      default:
        return 0;
    }
  }

  writeRegister(register, value) {
    if (this.board === undefined) {
      this.parkedRegisters[register] = value;
      return;
    }
    const { core } = this.board;
    if (register === 13) core.SP = value;
    else if (register < 15) core.registers[register] = value;
    else if (register === 15) this.board.jump(value);
    else if (register === 16) {
      core.xPSR = value;
      core.currentMode = value & 0x3f ? 1 : 0;
    } else if (register === 17) core.SPmain = value;
    else if (register === 18) core.SPprocess = value;
    else if (register === 20) {
      core.PM = (value & 1) !== 0;
      core.nPRIV = ((value >>> 24) & 1) !== 0;
      core.switchStack((value >>> 24) & 2 ? 1 : 0);
      core.interruptsUpdated = true;
    }
  }

  clearBreakpoints() {
    this.breakpointsEnabled = false;
    this.comparators = new Uint32Array(COMPARATORS);
    /** @type {Set<number>} */
    this.breakpoints = new Set();
  }

  readBreakpointControl() {
    return (COMPARATORS << 4) | (this.breakpointsEnabled ? 1 : 0);
  }

  writeBreakpointControl(value) {
    if (value & 2) this.breakpointsEnabled = (value & 1) !== 0;
    this.matchBreakpoints();
  }

  writeComparator(index, value) {
    this.comparators[index] = value;
    this.matchBreakpoints();
  }

  /** A comparator matches the lower halfword of a word, the upper one, or both. */
  matchBreakpoints() {
    const enabled = this.breakpointsEnabled ? [...this.comparators].filter((one) => one & 1) : [];
    const addresses = enabled.flatMap((one) => {
      const word = one & 0x1ffffffc;
      const match = one >>> 30;
      return [...(match & 1 ? [word] : []), ...(match & 2 ? [word + 2] : [])];
    });
    this.breakpoints = new Set(addresses);
  }
}
