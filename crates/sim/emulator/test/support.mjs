/**
 * What the tests share: a chip without firmware, a small Thumb assembler, and images made with it.
 */
import { Chip } from '../chip.mjs';
import { FLASH_START, SRAM_START, VECTOR_TABLE } from '../elf.mjs';
import { Machine } from '../machine.mjs';

export const STACK_TOP = SRAM_START + 0x10000;
export const CODE = FLASH_START + 0x200;
const IDLE = FLASH_START + 0x1fe;
const VECTORS = 48;
const BRANCH_TO_ITSELF = 0xe7fe;

export const SIO = 0xd0000000;
export const IO_BANK0 = 0x40014000;
export const PADS_BANK0 = 0x4001c000;
export const TIMER = 0x40054000;
export const WATCHDOG = 0x40058000;
export const DMA = 0x50000000;
export const PPB = 0xe000e000;
export const CLOCKS = 0x40008000;
export const PLL_SYS = 0x40028000;

/** A chip that runs no firmware: for tests of registers. `events` records what it tells its listener. */
export function idleChip() {
  const events = [];
  const chip = new Chip(
    {
      onLevel: (pin) => events.push({ pin, level: chip.pads.levels[pin] }),
      onContention: (pin) => events.push({ contention: pin }),
      onByte: (uart, byte, pins) => events.push({ at: chip.clock.nanos, uart, byte, pins }),
      onMessage: (i2c, message) => events.push({ i2c, ...message }),
      onTransfer: (spi, select, sent, received) => events.push({ spi, select, sent, received }),
      onFault: (reason, pc, lockup) => events.push({ reason, pc, lockup }),
    },
    undefined,
  );
  return { chip, mcu: chip.mcu, clock: chip.clock, events };
}

/** Registers as the core accesses them. */
export function bus(mcu) {
  return {
    read: (address) => mcu.readUint32(address) >>> 0,
    write: (address, value) => mcu.writeUint32(address, value),
    set: (address, bits) => mcu.writeUint32(address + 0x2000, bits),
    clear: (address, bits) => mcu.writeUint32(address + 0x3000, bits),
  };
}

/** Assembles Thumb code at `CODE`: each method appends an instruction. */
export class Assembler {
  constructor() {
    /** @type {(number | ((address: number) => number))[]} */
    this.halfwords = [];
    this.labels = new Map();
    this.literals = [];
  }

  raw(...halfwords) {
    this.halfwords.push(...halfwords);
    return this;
  }

  label(name) {
    this.labels.set(name, this.halfwords.length);
    return this;
  }

  address(name) {
    return CODE + 2 * this.labels.get(name);
  }

  movs = (register, value) => this.raw(0x2000 | (register << 8) | value);
  adds = (register, value) => this.raw(0x3000 | (register << 8) | value);
  subs = (register, value) => this.raw(0x3800 | (register << 8) | value);
  cmp = (register, value) => this.raw(0x2800 | (register << 8) | value);
  /** Loads the word at `base + offset`. */
  load = (to, base, offset = 0) => this.raw(0x6800 | ((offset / 4) << 6) | (base << 3) | to);
  store = (from, base, offset = 0) => this.raw(0x6000 | ((offset / 4) << 6) | (base << 3) | from);
  bx = (register) => this.raw(0x4700 | (register << 3));
  blx = (register) => this.raw(0x4780 | (register << 3));
  nop = () => this.raw(0xbf00);
  wfe = () => this.raw(0xbf20);
  wfi = () => this.raw(0xbf30);
  sev = () => this.raw(0xbf40);
  maskInterrupts = () => this.raw(0xb672);
  unmaskInterrupts = () => this.raw(0xb662);
  breakpoint = () => this.raw(0xbe00);
  undefinedInstruction = () => this.raw(0xde00);

  /** Loads a constant from the pool behind the code. */
  constant(register, value) {
    const index = this.literals.push(value) - 1;
    this.halfwords.push((at) => 0x4800 | (register << 8) | ((this.literalAt(index) - ((at + 4) & ~3)) >> 2));
    return this;
  }

  branch(name) {
    this.halfwords.push((at) => 0xe000 | (((this.address(name) - at - 4) >> 1) & 0x7ff));
    return this;
  }

  branchIfNotZero(name) {
    this.halfwords.push((at) => 0xd100 | (((this.address(name) - at - 4) >> 1) & 0xff));
    return this;
  }

  /** Writes a constant to an address, through registers 6 and 7. */
  poke(address, value) {
    return this.constant(7, address).constant(6, value).store(6, 7);
  }

  literalAt(index) {
    return CODE + 4 * Math.ceil(this.halfwords.length / 2) + 4 * index;
  }

  /**
   * @param {Record<number, string>} [handlers] labels of exception handlers by exception number
   * @returns {import('../elf.mjs').Image}
   */
  image(handlers = {}) {
    const end = this.literalAt(this.literals.length) - VECTOR_TABLE;
    const bytes = new Uint8Array(end);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, STACK_TOP, true);
    view.setUint32(4, CODE | 1, true);
    for (let exception = 2; exception < VECTORS; exception++) {
      const name = handlers[exception];
      view.setUint32(4 * exception, (name === undefined ? IDLE : this.address(name)) | 1, true);
    }
    view.setUint16(IDLE - VECTOR_TABLE, BRANCH_TO_ITSELF, true);
    this.halfwords.forEach((halfword, index) => {
      const at = CODE + 2 * index;
      view.setUint16(at - VECTOR_TABLE, typeof halfword === 'number' ? halfword : halfword(at), true);
    });
    this.literals.forEach((value, index) => view.setUint32(this.literalAt(index) - VECTOR_TABLE, value >>> 0, true));
    return { segments: [{ offset: VECTOR_TABLE - FLASH_START, bytes }], symbols: new Map() };
  }
}

/** Boots an image and runs it; gives the machine and its events. */
export function runImage(image, nanos, stimuli = [], settings = {}, bridge = undefined) {
  const events = [];
  const machine = new Machine(image, (event) => events.push(event), settings, bridge);
  for (const stimulus of stimuli) machine.add(stimulus);
  machine.run(nanos);
  return { machine, events };
}

/** A program that drives a pin as output, low at first. */
export function withOutput(pin) {
  return new Assembler()
    .poke(IO_BANK0 + 8 * pin + 4, 5)
    .poke(SIO + 0x24, 1 << pin);
}

/** The smallest ELF file that holds an image. */
export function elfFile(image) {
  const [segment] = image.segments;
  const header = 52 + 32;
  const file = new Uint8Array(header + segment.bytes.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, CODE | 1, true);
  view.setUint32(28, 52, true);
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  const program = [1, header, FLASH_START + segment.offset, FLASH_START + segment.offset];
  program.push(segment.bytes.length, segment.bytes.length, 5, 4);
  program.forEach((word, index) => view.setUint32(52 + 4 * index, word, true));
  file.set(segment.bytes, header);
  return file;
}

/** Toggles a pin each time the timer's alarm ends a sleep, 100 us apart. */
export function blink(pin) {
  const program = withOutput(pin).poke(TIMER + 0x38, 1).poke(0xe000e100, 1).constant(0, SIO + 0x1c);
  program.constant(1, 1 << pin).constant(2, TIMER).movs(4, 0);
  program.label('again').adds(4, 100).store(4, 2, 0x10).wfi().store(1, 0).branch('again');
  program.label('alarm').movs(3, 1).store(3, 2, 0x34).bx(14);
  return program.image({ 16: 'alarm' });
}
