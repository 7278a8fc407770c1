/**
 * What makes a debugger take the board's chip for another one: its debug port's number, registers that tell chips apart,
 * and a lock as the nRF52 has it.
 *
 * OpenOCD, tcl/target/nordic/nrf52.cfg (control port: RESET 0x00, ERASEALL 0x04, ERASEALLSTATUS 0x08, APPROTECTSTATUS 0x0c).
 */
import { BusFault } from './memory.mjs';

const ERASE_ALL = 0x04;
const PROTECTION = 0x0c;
const IDR = 0xfc;
/** Where each chip keeps what tells it from others: a chip has nothing where only others have it. */
const TELLING = [0x10000100, 0x40000000, 0x40015800, 0xe0042000];

/**
 * @typedef {object} DisguiseFields
 * @property {number} [debugPort] DPIDR; with it the chip has the wires for itself, as chips have that are not selected
 * @property {Record<string, number>} [words] what registers hold, by address
 * @property {{ port: number, idr: number, locked: boolean }} [controlPort]
 */

export class Disguise {
  /**
   * @param {DisguiseFields} fields
   * @param {() => void} onEraseAll
   */
  constructor(fields, onEraseAll) {
    this.debugPort = fields.debugPort;
    this.isAlone = fields.debugPort !== undefined;
    this.words = new Map(Object.entries(fields.words ?? {}).map(([address, word]) => [Number(address), word]));
    this.controlPort = fields.controlPort;
    this.onEraseAll = onEraseAll;
  }

  get isLocked() {
    return this.controlPort?.locked ?? false;
  }

  /** @param {import('./memory.mjs').DebugMemory} memory */
  over(memory) {
    const { words } = this;
    const known = (address) => {
      const aligned = (address & ~3) >>> 0;
      if (words.has(aligned)) return words.get(aligned);
      if (TELLING.includes(aligned)) throw new BusFault('there is nothing');
      return undefined;
    };
    const readWord = memory.readWord.bind(memory);
    memory.readWord = (address) => known(address) ?? readWord(address);
    return memory;
  }

  readPort(port, register) {
    if (port !== this.controlPort?.port) return 0;
    if (register === IDR) return this.controlPort.idr;
    return register === PROTECTION && !this.isLocked ? 1 : 0;
  }

  writePort(port, register, value) {
    if (port !== this.controlPort?.port || register !== ERASE_ALL || value !== 1) return;
    this.controlPort.locked = false;
    this.onEraseAll();
  }
}
