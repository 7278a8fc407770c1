/**
 * Reads an ELF file into what the emulator needs of it: the bytes for the flash and the addresses of symbols.
 *
 * The file layout is that of "Tool Interface Standard (TIS) Executable and Linking Format", version 1.2, 32-bit part.
 */
import { JobError } from './job.mjs';

export const FLASH_START = 0x10000000;
const FLASH_SIZE = 16 * 1024 * 1024;
export const SRAM_START = 0x20000000;
export const SRAM_SIZE = 264 * 1024;

// RP2040 datasheet, section 2.8.1.3: the first 256 bytes of flash hold the second boot stage, which ends by
// entering the image through the vector table that follows it.
export const VECTOR_TABLE = 0x10000100;

const LOADABLE = 1;
const SYMBOL_TABLE = 2;
const MACHINE_ARM = 40;
const PROGRAM_HEADER_SIZE = 32;
const SECTION_HEADER_SIZE = 40;
const SYMBOL_SIZE = 16;
const OBJECT = 1;
const FUNCTION = 2;

/**
 * @typedef {object} Image
 * @property {{ offset: number, bytes: Uint8Array }[]} segments what to place in the flash, by offset from its start
 * @property {Map<string, number>} symbols address of each named symbol; empty for a stripped file
 * @property {Span[]} functions where each function's code is, by address
 * @property {(Span & { name: string })[]} statics where each static lies in the RAM
 *
 * @typedef {object} Span
 * @property {number} start
 * @property {number} end the first address behind it
 */

/**
 * @param {Uint8Array} file the whole ELF file
 * @param {string} name what to call the file in messages
 * @returns {Image}
 */
export function readImage(file, name) {
  const refuse = (what, help) => {
    throw new JobError(what, name, help);
  };
  if (file.length < 52 || file[0] !== 0x7f || file[1] !== 0x45 || file[2] !== 0x4c || file[3] !== 0x46) {
    refuse('this is not an ELF file', 'give the file that cargo linked, not a UF2, BIN or HEX file');
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const machine = view.getUint16(18, true);
  if (file[4] !== 1 || file[5] !== 1 || machine !== MACHINE_ARM) {
    refuse(
      `this ELF file is for another machine (number ${machine}), not for a 32-bit ARM`,
      'build the firmware for the target thumbv6m-none-eabi',
    );
  }
  try {
    const image = { segments: flashSegments(view, file, refuse), ...symbols(view, file) };
    checkVectorTable(image, refuse);
    return image;
  } catch (error) {
    if (error instanceof RangeError) {
      refuse('this ELF file is cut short: its headers point past its end', 'build it again');
    }
    throw error;
  }
}

function flashSegments(view, file, refuse) {
  const segments = [];
  const start = view.getUint32(28, true);
  const count = view.getUint16(44, true);
  for (let index = 0; index < count; index++) {
    const header = start + index * PROGRAM_HEADER_SIZE;
    const size = view.getUint32(header + 16, true);
    if (view.getUint32(header, true) !== LOADABLE || size === 0) continue;
    const from = view.getUint32(header + 4, true);
    const address = view.getUint32(header + 12, true);
    if (address < FLASH_START || address + size > FLASH_START + FLASH_SIZE) {
      refuse(
        `a segment of ${size} bytes is to be loaded at 0x${address.toString(16)}, which is not in the flash`,
        'link the image for an RP2040 that runs from flash at 0x10000000',
      );
    }
    if (from + size > file.length) throw new RangeError('segment');
    segments.push({ offset: address - FLASH_START, bytes: file.subarray(from, from + size) });
  }
  return segments;
}

function symbols(view, file) {
  const found = new Map();
  const functions = [];
  const statics = [];
  const sections = view.getUint32(32, true);
  const count = view.getUint16(48, true);
  for (let index = 0; index < count; index++) {
    const header = sections + index * SECTION_HEADER_SIZE;
    if (view.getUint32(header + 4, true) !== SYMBOL_TABLE) continue;
    const start = view.getUint32(header + 16, true);
    const end = start + view.getUint32(header + 20, true);
    const strings = sections + view.getUint32(header + 24, true) * SECTION_HEADER_SIZE;
    const names = view.getUint32(strings + 16, true);
    for (let entry = start; entry < end; entry += SYMBOL_SIZE) {
      const name = text(file, names + view.getUint32(entry, true));
      if (!name) continue;
      const address = view.getUint32(entry + 4, true);
      found.set(name, address);
      const kind = view.getUint8(entry + 12) & 0xf;
      // Bit 0 of a function's address says that it is Thumb code (ELF for the Arm Architecture, section 5.5.3).
      const start = kind === FUNCTION ? (address & ~1) >>> 0 : address;
      const end = start + view.getUint32(entry + 8, true);
      if (kind === FUNCTION && end > start) functions.push({ start, end });
      if (kind === OBJECT && end > start && start >= SRAM_START) statics.push({ name, start, end });
    }
  }
  functions.sort((one, other) => one.start - other.start);
  return { symbols: found, functions, statics };
}

function text(file, start) {
  const end = file.indexOf(0, start);
  return Buffer.from(file.buffer, file.byteOffset + start, (end < 0 ? file.length : end) - start).toString('latin1');
}

function checkVectorTable(image, refuse) {
  const word = (address) => {
    const offset = address - FLASH_START;
    for (const segment of image.segments) {
      const at = offset - segment.offset;
      if (at >= 0 && at + 4 <= segment.bytes.length) {
        return new DataView(segment.bytes.buffer, segment.bytes.byteOffset).getUint32(at, true);
      }
    }
    return undefined;
  };
  const stack = word(VECTOR_TABLE);
  const entry = word(VECTOR_TABLE + 4);
  const help = 'link the image with a memory.x whose FLASH begins at 0x10000100, after the 256 bytes of BOOT2';
  if (stack === undefined || entry === undefined) {
    refuse(`nothing is loaded at 0x${VECTOR_TABLE.toString(16)}, where the vector table must be`, help);
  }
  if (stack < SRAM_START || stack > SRAM_START + SRAM_SIZE || stack % 4 !== 0) {
    refuse(`the vector table's stack pointer, 0x${stack.toString(16)}, is not in the RAM`, help);
  }
  if (entry % 2 !== 1 || entry < FLASH_START || entry >= FLASH_START + FLASH_SIZE) {
    refuse(`the vector table's reset handler, 0x${entry.toString(16)}, is not Thumb code in the flash`, help);
  }
}
