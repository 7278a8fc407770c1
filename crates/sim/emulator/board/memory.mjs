/**
 * What a debugger sees of the chip through a core's memory access port.
 *
 * ARMv6-M Architecture Reference Manual, sections C1.6 (debug registers), C1.2.5 (ROM table); Cortex-M0+ Technical
 * Reference Manual, section 9 (identification); RP2040 datasheet, section 2.6.3 (flash is readable through the XIP window
 * once the second boot stage has set it up).
 */
import { SRAM_SIZE, SRAM_START } from '../elf.mjs';
import { CoreFault } from '../fidelity/faults.mjs';

const ROM_END = 0x4000;
const FLASH_START = 0x10000000;
const FLASH_WINDOWS_END = 0x15000000;
const NOT_MAPPED = 0x0badf1a5;
const CPUID = 0x410cc601;
const AIRCR = 0xe000ed0c;
const DEBUG_UNIT = [0xe000ed30, 0xe000edf0, 0xe000edf4, 0xe000edf8, 0xe000edfc];
const BREAKPOINT_CONTROL = 0xe0002000;
const COMPARATORS = 0xe0002008;
const ROM_TABLE = 0xe00ff000;
const ROM_TABLE_ENTRIES = [0xfff0f003, 0xfff02003, 0xfff03003];

/** An access to where nothing is. */
export class BusFault extends Error {}

export class DebugMemory {
  /**
   * @param {import('./board.mjs').Board} board
   * @param {number} core
   */
  constructor(board, core) {
    this.board = board;
    this.core = core;
    this.debug = board.cores[core];
  }

  /** @param {number} address of a word */
  readWord(address) {
    const { debug, board } = this;
    switch (address) {
      case 0xe000edf0:
        return debug.readControl();
      case 0xe000edf8:
        return debug.data >>> 0;
      case 0xe000edfc:
        return debug.catches >>> 0;
      case 0xe000ed30:
        return debug.cause >>> 0;
      case BREAKPOINT_CONTROL:
        return debug.readBreakpointControl();
      case 0xd0000000:
        return this.core;
    }
    if (address >= COMPARATORS && address < COMPARATORS + 16) return debug.comparators[(address - COMPARATORS) >> 2];
    if (address >= 0xe0000000) return this.readPrivate(address);
    if (address >= FLASH_START && address < FLASH_WINDOWS_END) return board.readFlash(address & 0xffffff);
    const ram = address - SRAM_START;
    if (ram >= 0 && ram < SRAM_SIZE) return board.chip.mcu.sramView.getUint32(ram, true);
    return accessed(() => board.chip.mcu.readUint32(address) >>> 0);
  }

  readPrivate(address) {
    const identification = address & 0xfff;
    if (address >= ROM_TABLE) {
      if (identification < 12) return ROM_TABLE_ENTRIES[identification >> 2];
      return identification === 0xfcc ? 1 : component(identification, 0x1, 0x4c0);
    }
    if (address < 0xe0002000) return component(identification, 0xe, 0x00a);
    if (address < 0xe0003000) return component(identification, 0xe, 0x00b);
    if (address >= 0xe000efd0 && address < 0xe000f000) return component(identification, 0xe, 0x008);
    if (DEBUG_UNIT.includes(address)) return 0;
    if (this.core !== 0) return address === 0xe000ed00 ? CPUID : 0;
    return this.board.chip.mcu.ppb.readUint32(identification) >>> 0;
  }

  writeWord(address, value) {
    const { debug, board } = this;
    switch (address) {
      case 0xe000edf0:
        return debug.writeControl(value);
      case 0xe000edf4:
        return debug.transfer(value);
      case 0xe000edf8:
        debug.data = value;
        return;
      case 0xe000edfc:
        debug.catches = value;
        return;
      case 0xe000ed30:
        debug.cause &= ~value;
        return;
      case AIRCR:
        if (value >>> 16 === 0x05fa && value & 4) board.reset('debugger');
        return;
      case BREAKPOINT_CONTROL:
        return debug.writeBreakpointControl(value);
    }
    if (address >= COMPARATORS && address < COMPARATORS + 16) {
      debug.writeComparator((address - COMPARATORS) >> 2, value);
    } else if (address >= 0xe0000000) {
      if (this.core === 0 && address >= 0xe000e000 && address < 0xe000f000) {
        board.chip.mcu.ppb.writeUint32(address & 0xfff, value);
      }
    } else if (address >= SRAM_START && address < SRAM_START + SRAM_SIZE) {
      board.chip.mcu.sramView.setUint32(address - SRAM_START, value, true);
    } else if (address >= ROM_END && (address < FLASH_START || address >= FLASH_WINDOWS_END)) {
      accessed(() => board.chip.mcu.writeUint32(address, value));
    }
  }

  /**
   * An access as wide as the port's CSW says; narrow data stands in the lane of its address.
   *
   * @param {number} size 0: byte, 1: halfword, 2: word
   */
  read(address, size) {
    const word = this.readWord((address & ~3) >>> 0);
    return size === 2 ? word : (word & lane(address, size)) >>> 0;
  }

  write(address, size, value) {
    if (size === 2) return this.writeWord(address, value);
    const at = (address & ~3) >>> 0;
    const mask = lane(address, size);
    this.writeWord(at, ((this.readWord(at) & ~mask) | (value & mask)) >>> 0);
  }
}

function lane(address, size) {
  const shift = (address & (size === 1 ? 2 : 3)) * 8;
  return (size === 1 ? 0xffff : 0xff) << shift;
}

function accessed(access) {
  try {
    return access();
  } catch (error) {
    if (error instanceof CoreFault) throw new BusFault(error.message);
    throw error;
  }
}

/** The identification registers of a CoreSight component by Arm (JEP106 code 4, 0x3b). */
function component(offset, kind, part) {
  switch (offset) {
    case 0xff0:
      return 0x0d;
    case 0xff4:
      return kind << 4;
    case 0xff8:
      return 0x05;
    case 0xffc:
      return 0xb1;
    case 0xfe0:
      return part & 0xff;
    case 0xfe4:
      return 0xb0 | ((part >> 8) & 0xf);
    case 0xfe8:
      return 0x0b;
    case 0xfd0:
      return 0x04;
    default:
      return 0;
  }
}
