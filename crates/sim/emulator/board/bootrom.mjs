/**
 * A stand-in for the RP2040's mask ROM: its layout, with functions that are breakpoints for the board to carry out.
 *
 * RP2040 datasheet, sections 2.8.2 (start), 2.8.3 (contents: magic, tables, lookup) and 2.8.3.1.3 (flash functions).
 * The real ROM's code is not part of it.
 */

/** The functions that flash loaders call, by the code in the ROM's table. */
const TABLE = ['IF', 'EX', 'RE', 'RP', 'FC', 'CX', 'UB'];
const FIRST_IMMEDIATE = 0xb0;
const CODE = 0x100;
const BKPT = 0xbe00;
const BX_LR = 0x4770;
const STACK_TOP = 0x20041f00;

// r0: the table, r1: the code; gives the function's address in r0, or 0.
const LOOKUP = [
  0x8802, // next: ldrh r2, [r0]
  0x2a00, // cmp r2, #0
  0xd004, // beq none
  0x428a, // cmp r2, r1
  0xd004, // beq found
  0x3004, // adds r0, #4
  0xe7f8, // b next
  0x46c0, // nop
  0x2000, // none: movs r0, #0
  0xe000, // b done
  0x8840, // found: ldrh r0, [r0, #2]
  BX_LR, // done
];

/**
 * @typedef {object} Bootrom
 * @property {Uint32Array} words the ROM's content
 * @property {Map<number, string>} traps name of what a breakpoint stands for, by its immediate
 * @property {number} stack
 * @property {number} entry where the core starts
 */

/** @returns {Bootrom} */
export function makeBootrom() {
  const words = new Uint32Array(4096);
  const view = new DataView(words.buffer);
  const traps = new Map();
  const addresses = new Map();
  let at = CODE;
  const halfword = (value) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  ['boot', ...TABLE, 'dead end'].forEach((name, index) => {
    traps.set(FIRST_IMMEDIATE + index, name);
    addresses.set(name, at | 1);
    halfword(BKPT | (FIRST_IMMEDIATE + index));
    halfword(BX_LR);
  });
  const lookup = at;
  LOOKUP.forEach(halfword);
  const vectors = [STACK_TOP, addresses.get('boot'), addresses.get('dead end'), addresses.get('dead end')];
  vectors.forEach((vector, index) => view.setUint32(index * 4, vector, true));
  // "Mu", then 1 for the layout and 2 for the version of this ROM.
  view.setUint32(0x10, 0x0201754d, true);
  view.setUint16(0x14, at, true);
  for (const name of TABLE) {
    halfword(name.charCodeAt(0) | (name.charCodeAt(1) << 8));
    halfword(addresses.get(name));
  }
  halfword(0);
  // The table of data is empty.
  view.setUint16(0x16, at, true);
  view.setUint16(0x18, lookup | 1, true);
  return { words, traps, stack: STACK_TOP, entry: addresses.get('boot') };
}

/**
 * The checksum of the second boot stage: CRC-32 with polynomial 0x04c11db7, not reflected (datasheet, section 2.8.1.3.1).
 *
 * @param {Uint8Array} bytes
 */
export function bootChecksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}
