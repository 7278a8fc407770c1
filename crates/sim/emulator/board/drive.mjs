/**
 * The RP2040's boot drive as a folder: a UF2 file that is copied there goes into the flash, and the folder goes away.
 *
 * The blocks are read by the published specification (https://github.com/microsoft/uf2) and taken as RP2040 datasheet,
 * section 2.8.4.2, says: this family only, 256 bytes at multiples of 256, and a restart when all are there.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK = 512;
const FAMILY_RP2040 = 0xe48bff56;
const FLAG_NOT_MAIN_FLASH = 0x1;
const FLAG_FAMILY = 0x2000;
const FLASH_START = 0x10000000;
const PAYLOAD = 256;
const LOOK_MILLIS = 10;
const INFO = 'UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n';

/**
 * @returns {{ total: number, blocks: { offset: number, bytes: Buffer }[] }} the blocks that are for this chip, and how
 *   many they say there are
 */
export function readBlocks(file) {
  const blocks = new Map();
  let total = 0;
  for (let at = 0; at + BLOCK <= file.length; at += BLOCK) {
    const block = file.subarray(at, at + BLOCK);
    const word = (offset) => block.readUInt32LE(offset);
    const isBlock = word(0) === 0x0a324655 && word(4) === 0x9e5d5157 && word(508) === 0x0ab16f30;
    const isOurs = word(8) & FLAG_FAMILY && !(word(8) & FLAG_NOT_MAIN_FLASH) && word(28) === FAMILY_RP2040;
    if (!isBlock || !isOurs || word(16) !== PAYLOAD || word(12) % PAYLOAD !== 0) continue;
    total = word(24);
    blocks.set(word(20), { offset: word(12) - FLASH_START, bytes: block.subarray(32, 32 + PAYLOAD) });
  }
  return { total, blocks: [...blocks.values()] };
}

export class BootDrive {
  /**
   * @param {import('./board.mjs').Board} board
   * @param {string} folder
   * @param {(event: object) => void} onEvent
   */
  constructor(board, folder, onEvent) {
    this.board = board;
    this.folder = folder;
    this.onEvent = onEvent;
  }

  mount() {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'INFO_UF2.TXT'), INFO);
    this.onEvent({ drive: 'mounted' });
    this.timer = setInterval(() => this.look(), LOOK_MILLIS);
  }

  look() {
    for (const name of readdirSync(this.folder)) {
      if (!/\.uf2$/i.test(name)) continue;
      const { total, blocks } = readBlocks(readFileSync(join(this.folder, name)));
      if (total > 0 && blocks.length === total) this.take(blocks);
    }
  }

  take(blocks) {
    clearInterval(this.timer);
    this.board.writeBlocks(blocks);
    rmSync(this.folder, { recursive: true });
    this.onEvent({ drive: 'ejected', blocks: blocks.length });
    this.board.holdsBootButton = false;
    this.board.reset('boot loader');
  }
}
