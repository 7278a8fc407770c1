/**
 * Faults: what the core cannot do raises a HardFault, and a fault inside the HardFault handler locks the core up.
 *
 * ARMv6-M Architecture Reference Manual, sections B1.5 (exceptions, HardFault, lockup) and A3.2 (unaligned accesses
 * always fault); RP2040 datasheet, section 2.2 (address map).
 * rp2040js only writes a line to its log, or carries on silently.
 *
 * An access that faults throws a `CoreFault`, which ends the instruction in the middle as the bus error does. The
 * exception comes through rp2040js's logger where rp2040js offers no other place to notice the event.
 */

export class CoreFault extends Error {
  /**
   * @param {string} reason
   * @param {number} pc the address of the instruction
   */
  constructor(reason, pc) {
    super(reason);
    this.pc = pc >>> 0;
  }
}

const HARD_FAULT = 3;
const NMI = 2;
const BOOTROM_END = 0x10000000;
const INVALID_ACCESS = /^(Read from invalid memory|Write to undefined) address: ([0-9a-f]+)$/;

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {(pc: number) => void} onBootrom called for a breakpoint in the bootrom, which throws where it is meant
 */
export function correctFaults(mcu, onBootrom) {
  checkAlignment(mcu);
  mcu.onBreak = () => {
    const pc = executing(mcu.core);
    if (pc < BOOTROM_END) {
      onBootrom(pc);
      throw new CoreFault('a function of the bootrom was called, which is not emulated', pc);
    }
    const breakpoint = mcu.readUint16(pc) >> 8 === 0xbe;
    throw new CoreFault(breakpoint ? 'breakpoint without a debugger' : 'undefined instruction', pc);
  };
}

/** The instruction that is being executed: rp2040js moves the program counter on first, and may keep the Thumb bit. */
function executing(core) {
  return ((core.PC & ~1) - 2) >>> 0;
}

function checkAlignment(mcu) {
  const { core } = mcu;
  const aligned = (width, access) => (address, value) => {
    if (address & (width - 1)) throw new CoreFault('unaligned access', executing(core));
    return access(address, value);
  };
  core.readUint32 = aligned(4, (address) => mcu.readUint32(address));
  core.readUint16 = aligned(2, (address) => mcu.readUint16(address));
  core.writeUint32 = aligned(4, (address, value) => mcu.writeUint32(address, value));
  core.writeUint16 = aligned(2, (address, value) => mcu.writeUint16(address, value));
}

/**
 * A logger for rp2040js: what is a fault on the chip becomes one, a SEV sets the event register, and accesses to
 * what rp2040js does not model are counted.
 */
export class Observer {
  /** @param {import('rp2040js').RP2040} mcu */
  constructor(mcu) {
    this.mcu = mcu;
    /** @type {Map<string, number>} */
    this.unmodelled = new Map();
  }

  debug() {}

  info(component, message) {
    // ARMv6-M Architecture Reference Manual, section B1.5.18: SEV sets the event register, which ends the next WFE.
    if (component === 'CortexM0Core' && message === 'SEV') this.mcu.core.eventRegistered = true;
  }

  warn(component, message) {
    if (component === 'RP2040') {
      const access = INVALID_ACCESS.exec(message);
      if (access !== null) {
        throw new CoreFault(`access to 0x${access[2]}, where nothing is`, accessedFrom(this.mcu.core, access[2]));
      }
    }
    if (component === 'CortexM0Core' && message.startsWith('Warning: Instruction at')) {
      throw new CoreFault('undefined instruction', executing(this.mcu.core));
    }
    const key = `${component}: ${message}`;
    this.unmodelled.set(key, (this.unmodelled.get(key) ?? 0) + 1);
  }

  error(component, message) {
    this.warn(component, message);
  }
}

/** Where nothing can be read, no instruction can be fetched either: such an address is the program counter's own. */
function accessedFrom(core, address) {
  const counter = (core.PC & ~1) >>> 0;
  return ((counter & ~3) >>> 0).toString(16) === address ? counter : executing(core);
}

/**
 * Enters the HardFault handler, or locks the core up where that is impossible.
 *
 * @param {import('rp2040js').RP2040} mcu
 * @param {CoreFault} fault
 * @returns {boolean} whether the core is locked up
 */
export function takeFault(mcu, fault) {
  const { core } = mcu;
  let lockup = core.IPSR === HARD_FAULT || core.IPSR === NMI;
  if (!lockup) {
    core.PC = fault.pc;
    try {
      core.exceptionEntry(HARD_FAULT);
    } catch (error) {
      if (!(error instanceof CoreFault)) throw error;
      lockup = true;
    }
  }
  if (lockup) {
    // No interrupt has a priority above that of a HardFault, so the core sleeps for good.
    core.IPSR = HARD_FAULT;
    core.waiting = true;
  }
  return lockup;
}
