/**
 * The RP2040's serial wire debug ports, packet by packet: one for each core and one for the rescue.
 *
 * Arm Debug Interface Architecture Specification ADIv5.2 (IHI 0031F): chapters B2 (DP), B4 (SWD, dormant state, multi-drop),
 * C1 and C2 (AP, MEM-AP). RP2040 datasheet, section 2.3.4 (three ports, their TARGETIDs, the rescue).
 */
import { BusFault, DebugMemory } from './memory.mjs';

export const ACK = { ok: 1, wait: 2, fault: 4, none: 7 };

const TARGET_ID = 0x01002927;
const DPIDR = 0x0bc12477;
const AP_IDR = 0x04770031;
const AP_BASE = 0xe00ff003;
const POWER_REQUESTS = 0x50000000;
const RESCUE_INSTANCE = 0xf;

const CSW_DEVICE_ENABLED = 0x40;
const CSW_WRITABLE = 0xff000f37;

class DebugPort {
  /**
   * @param {SwdBus} bus
   * @param {number} instance
   * @param {DebugMemory | undefined} memory undefined for the rescue
   */
  constructor(bus, instance, memory) {
    this.bus = bus;
    this.instance = instance;
    this.memory = memory;
    this.reset();
  }

  reset() {
    this.control = 0;
    this.select = 0;
    this.buffer = 0;
    this.csw = 0x03000052;
    this.address = 0;
    this.stickyError = false;
  }

  read(register) {
    if (register === 0) return this.bus.disguise?.debugPort ?? DPIDR;
    if (register !== 4) return this.buffer;
    switch (this.select & 0xf) {
      case 0:
        return this.status();
      case 1:
        return 0x40;
      case 2:
        return TARGET_ID;
      case 3:
        return ((this.instance << 28) | 1) >>> 0;
      default:
        return 0;
    }
  }

  /** CTRL/STAT: what was asked to have power has it at once. */
  status() {
    const requests = this.control & POWER_REQUESTS;
    const sticky = this.stickyError ? 0x20 : 0;
    return ((this.control & 0x50000f21) | (requests << 1) | sticky | 0x40) >>> 0;
  }

  write(register, value) {
    if (register === 0) {
      if (value & 5) this.stickyError = false;
    } else if (register === 8) {
      this.select = value >>> 0;
    } else if (register === 4 && (this.select & 0xf) === 0) {
      const rescues = this.memory === undefined && this.control & 0x10000000 && !(value & 0x10000000);
      this.control = value;
      if (rescues) this.bus.rescue();
    }
  }

  readAccessPort(register) {
    const { memory } = this;
    const { disguise } = this.bus;
    if (memory === undefined) return 0;
    if (this.select >>> 24 !== 0) return disguise?.readPort(this.select >>> 24, register) ?? 0;
    if (disguise?.isLocked && register >= 0x0c && register < 0x20) throw new BusFault('the chip is locked');
    switch (register) {
      case 0x00:
        return (this.csw | CSW_DEVICE_ENABLED) >>> 0;
      case 0x04:
        return this.address;
      case 0x0c: {
        const value = memory.read(this.address, this.csw & 7);
        this.increment();
        return value >>> 0;
      }
      case 0x10:
      case 0x14:
      case 0x18:
      case 0x1c:
        return memory.readWord(((this.address & ~0xf) | (register & 0xc)) >>> 0);
      case 0xf8:
        return AP_BASE;
      case 0xfc:
        return AP_IDR;
      default:
        return 0;
    }
  }

  writeAccessPort(register, value) {
    const { memory } = this;
    const { disguise } = this.bus;
    if (memory === undefined) return;
    if (this.select >>> 24 !== 0) {
      disguise?.writePort(this.select >>> 24, register, value);
      return;
    }
    if (disguise?.isLocked && register >= 0x0c) throw new BusFault('the chip is locked');
    switch (register) {
      case 0x00: {
        const size = Math.min(value & 7, 2);
        this.csw = (value & CSW_WRITABLE & ~7) | size;
        return;
      }
      case 0x04:
        this.address = value >>> 0;
        return;
      case 0x0c:
        memory.write(this.address, this.csw & 7, value);
        this.increment();
        return;
      case 0x10:
      case 0x14:
      case 0x18:
      case 0x1c:
        memory.writeWord(((this.address & ~0xf) | (register & 0xc)) >>> 0, value);
    }
  }

  /** The address goes on within its kilobyte. */
  increment() {
    if (((this.csw >> 4) & 3) === 0) return;
    const next = this.address + (1 << (this.csw & 7));
    this.address = ((this.address & ~0x3ff) | (next & 0x3ff)) >>> 0;
  }

  accessPortRegister(register) {
    return (this.select & 0xf0) | register;
  }
}

// ADIv5.2, section B5.3.4: the selection alert, then four cycles low and the activation code of SWD.
const ALERT = bits([0x6209f392, 0x86852d95, 0xe3ddafe9, 0x19bc0ea2], 128);
const ACTIVATION = '0000' + '01011000';
const SWD_TO_DORMANT = bits([0xe3bc], 16);
const JTAG_TO_DORMANT = bits([0x33bbbbba], 31);
const LINE_RESET = /1{50}0{0,8}$/;
const TARGET_SELECT_HEADER = '10011001';
const TARGET_SELECT_BITS = 48;
const REMEMBERED = 400;

export class SwdBus {
  /**
   * @param {import('./board.mjs').Board} board
   * @param {import('./disguise.mjs').Disguise} [disguise] what it answers instead, to be taken for another chip
   */
  constructor(board, disguise) {
    this.board = board;
    this.disguise = disguise;
    const memory = (index) => disguise?.over(new DebugMemory(board, index)) ?? new DebugMemory(board, index);
    const core = (index) => new DebugPort(this, index, memory(index));
    this.ports = [core(0), core(1), new DebugPort(this, RESCUE_INSTANCE, undefined)];
    this.history = '';
    this.dormant = true;
    /** @type {DebugPort | null} */
    this.selected = null;
    /** A target that does not answer, as when its wires are off. */
    this.deaf = false;
  }

  rescue() {
    for (const port of this.ports) if (port.memory !== undefined) port.reset();
    this.board.rescue();
  }

  /** Bits that the probe drives outside of packets: line reset, dormant state, target selection. */
  drive(sequence) {
    this.history = (this.history + sequence).slice(-REMEMBERED);
    const { history } = this;
    if (this.disguise?.isAlone) {
      // It has the wires for itself: a line reset is all that it takes.
      if (LINE_RESET.test(history)) this.selected = this.ports[0];
      return;
    }
    const alert = history.lastIndexOf(ALERT);
    if (alert >= 0 && history.startsWith(ACTIVATION, alert + ALERT.length)) {
      this.dormant = false;
      this.selected = null;
      this.history = history.slice(alert + ALERT.length + ACTIVATION.length);
    } else if (history.endsWith(SWD_TO_DORMANT) || history.endsWith(JTAG_TO_DORMANT)) {
      this.dormant = true;
      this.selected = null;
    } else if (!this.dormant) {
      this.select(history);
    }
  }

  select(history) {
    if (LINE_RESET.test(history)) {
      this.selected = null;
      return;
    }
    const packet = history.slice(-TARGET_SELECT_BITS);
    if (packet.length < TARGET_SELECT_BITS || !packet.startsWith(TARGET_SELECT_HEADER)) return;
    // Header, five cycles in which nobody answers, 32 bits, parity.
    const id = parseInt([...packet.slice(13, 45)].reverse().join(''), 2);
    const known = (id & 0x0fffffff) === TARGET_ID;
    this.selected = (known && this.ports.find((port) => port.instance === id >>> 28)) || null;
    if (this.selected) this.selected.select = 0;
    this.history = '';
  }

  /**
   * One packet.
   *
   * @returns {[number, number]} the acknowledgement and, for a read, the data
   */
  transfer(isAccessPort, isRead, register, value) {
    const port = this.selected;
    if (port === null || this.deaf) return [ACK.none, 0];
    try {
      return isAccessPort ? accessPort(port, isRead, register, value) : debugPort(port, isRead, register, value);
    } catch (error) {
      if (!(error instanceof BusFault)) throw error;
      // The next access reports it.
      port.stickyError = true;
      return [ACK.ok, 0];
    }
  }
}

function debugPort(port, isRead, register, value) {
  if (!isRead) {
    port.write(register, value >>> 0);
    return [ACK.ok, 0];
  }
  if (register === 0xc && port.stickyError) return fault(port);
  return [ACK.ok, port.read(register) >>> 0];
}

/** Reads are posted: each gives the result of the one before. */
function accessPort(port, isRead, register, value) {
  if (port.stickyError) return fault(port);
  const wide = port.accessPortRegister(register);
  if (!isRead) {
    port.writeAccessPort(wide, value >>> 0);
    return [ACK.ok, 0];
  }
  const earlier = port.buffer;
  port.buffer = port.readAccessPort(wide) >>> 0;
  return [ACK.ok, earlier];
}

/** probe-rs' driver for this probe leaves sticky errors as they are, so reporting one clears it. */
function fault(port) {
  port.stickyError = false;
  return [ACK.fault, 0];
}

function bits(words, count) {
  let text = '';
  for (let index = 0; index < count; index++) text += (words[index >> 5] >>> (index & 31)) & 1;
  return text;
}
