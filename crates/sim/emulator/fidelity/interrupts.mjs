/**
 * NVIC and sleep: pending interrupts are latched, PRIMASK holds them back without losing a wake-up, and the system
 * control registers that firmware uses are there.
 *
 * ARMv6-M Architecture Reference Manual, sections B3.4 (NVIC), B1.5.18 and B1.5.19 (WFE, WFI), B3.2 (AIRCR, SCR);
 * RP2040 datasheet, section 2.4.5. In rp2040js a pending interrupt vanishes when its line falls, one pended by
 * software never goes away, ICPR clears nothing, a sleeping core takes interrupts that PRIMASK masks, one that is
 * already pending does not keep the core from sleeping, and a reset request is not known.
 */

const ICPR = 0x280;
const AIRCR = 0xd0c;
const SCR = 0xd10;
const CCR = 0xd14;

const AIRCR_KEY = 0x05fa;
const AIRCR_SYSTEM_RESET = 1 << 2;
const SCR_EVENT_ON_PENDING = 1 << 4;
const CCR_VALUE = 0x208; // STKALIGN and UNALIGN_TRP, which read as one

const NMI = 2;
const SUPERVISOR_CALL = 11;
const PEND_SUPERVISOR = 14;
const SYSTICK = 15;
const FIRST_INTERRUPT = 16;
const PRIORITIES = 4;
const NONE = PRIORITIES;

// Cortex-M0+ Technical Reference Manual, section 3.6.1: 15 cycles from an interrupt to its handler.
const ENTRY_CYCLES = 15;

export class InterruptController {
  /**
   * @param {import('rp2040js').RP2040} mcu
   * @param {{ stall: (cycles: number) => void, onReset: () => void }} hooks
   */
  constructor(mcu, hooks) {
    this.core = mcu.core;
    this.hooks = hooks;
    this.lines = 0;
    this.active = 0;
    this.systemControl = 0;
    this.replaceCoreMethods();
    this.replaceRegisters(mcu.ppb);
  }

  replaceCoreMethods() {
    const { core } = this;
    const enter = core.exceptionEntry.bind(core);
    const leave = core.exceptionReturn.bind(core);
    core.setInterrupt = (interrupt, high) => this.setLine(1 << interrupt, high);
    core.checkForInterrupts = () => this.takeNext();
    core.exceptionEntry = (exception) => {
      const bit = interruptBit(exception);
      core.pendingInterrupts &= ~bit;
      this.active |= bit;
      enter(exception);
      this.hooks.stall(ENTRY_CYCLES);
    };
    core.exceptionReturn = (value) => {
      const bit = interruptBit(core.IPSR);
      leave(value);
      this.active &= ~bit;
      this.pend(this.lines & bit);
    };
  }

  replaceRegisters(ppb) {
    const { core } = this;
    const read = ppb.readUint32.bind(ppb);
    const write = ppb.writeUint32.bind(ppb);
    ppb.readUint32 = (offset) => {
      if (offset === AIRCR) return 0xfa050000;
      if (offset === SCR) return this.systemControl;
      if (offset === CCR) return CCR_VALUE;
      return read(offset);
    };
    ppb.writeUint32 = (offset, value) => {
      if (offset === ICPR) {
        core.pendingInterrupts &= ~value;
        this.pend(value & this.lines & ~this.active);
      } else if (offset === AIRCR) {
        if (value >>> 16 === AIRCR_KEY && value & AIRCR_SYSTEM_RESET) this.hooks.onReset();
      } else if (offset === SCR) {
        this.systemControl = value & 0x16;
      } else {
        write(offset, value);
      }
    };
  }

  setLine(bit, high) {
    if (!high) {
      this.lines &= ~bit;
    } else if (!(this.lines & bit)) {
      this.lines |= bit;
      this.pend(bit);
    }
  }

  pend(bits) {
    if (bits === 0) return;
    const { core } = this;
    core.pendingInterrupts |= bits;
    core.interruptsUpdated = true;
    if (this.systemControl & SCR_EVENT_ON_PENDING) {
      core.eventRegistered = true;
      core.waiting = false;
    }
    if (core.waiting && this.wakes()) core.waiting = false;
  }

  /** Whether a sleeping core has something to wake for: PRIMASK holds the handler back, not the wake-up. */
  wakes() {
    const { core } = this;
    return core.pendingNMI || this.pendingPriority() < core.exceptionPriority(core.IPSR);
  }

  /** Enters the handler that is due, if there is one. */
  takeNext() {
    const { core } = this;
    if (core.pendingNMI) {
      core.pendingNMI = false;
      core.exceptionEntry(NMI);
      return true;
    }
    const priority = this.pendingPriority();
    const executing = core.exceptionPriority(core.IPSR);
    const limit = core.PM ? Math.min(executing, 0) : executing;
    if (priority >= limit) {
      core.interruptsUpdated = false;
      return false;
    }
    core.exceptionEntry(this.claim(priority));
    return true;
  }

  /** The priority of the most urgent exception that is pending and enabled. */
  pendingPriority() {
    const { core } = this;
    const interrupts = core.pendingInterrupts & core.enabledInterrupts;
    for (let priority = 0; priority < PRIORITIES; priority++) {
      if (interrupts & core.interruptPriorities[priority]) return priority;
      if (core.pendingSVCall && priority === core.svCallPriority) return priority;
      if (core.pendingPendSV && priority === core.pendSVPriority) return priority;
      if (core.pendingSystick && priority === core.systickPriority) return priority;
    }
    return NONE;
  }

  /** The exception to take at this priority: the lowest number goes first. */
  claim(priority) {
    const { core } = this;
    if (core.pendingSVCall && priority === core.svCallPriority) {
      core.pendingSVCall = false;
      return SUPERVISOR_CALL;
    }
    if (core.pendingPendSV && priority === core.pendSVPriority) {
      core.pendingPendSV = false;
      return PEND_SUPERVISOR;
    }
    if (core.pendingSystick && priority === core.systickPriority) {
      core.pendingSystick = false;
      return SYSTICK;
    }
    const candidates = core.pendingInterrupts & core.enabledInterrupts & core.interruptPriorities[priority];
    return FIRST_INTERRUPT + 31 - Math.clz32(candidates & -candidates);
  }
}

function interruptBit(exception) {
  return exception < FIRST_INTERRUPT ? 0 : 1 << (exception - FIRST_INTERRUPT);
}
