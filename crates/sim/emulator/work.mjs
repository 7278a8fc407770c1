/**
 * Which task is at work: where the core stands and what its stack holds -> a name of app.toml.
 *
 * An image has no list of its tasks. But each has a static, `<crate>::tasks::<task>::POOL`, and embassy-executor 0.10
 * (`raw/mod.rs`, `TaskHeader`) keeps in its first words the address of the function that polls it. That function is in
 * the chain of calls while the task is at work: its code is where the core stands, or a return address on the stack
 * leads into it. Of several, as when one task interrupts another, the innermost is meant.
 */
import { FLASH_START, SRAM_SIZE, SRAM_START } from './elf.mjs';

const HEADER_WORDS = 12;
export const SP = 13;
const PC = 15;

export class Work {
  /** @param {Partial<import('./elf.mjs').Image>} image one that was stripped has neither functions nor statics */
  constructor({ functions = [], statics = [] }) {
    this.functions = functions;
    this.starts = new Set(functions.map(({ start }) => start));
    /** Tasks whose function is not known: it is written when the task is spawned. */
    this.unknown = statics.flatMap(({ name, start, end }) => {
      const task = taskOf(name);
      return task === undefined ? [] : [{ task, start, end }];
    });
    /** @type {Map<number, string[]>} the tasks that a function polls: the linker may have made one of two that are equal */
    this.polledBy = new Map();
  }

  /**
   * Looks for the functions that poll the tasks. To be called from time to time: what has overwritten the RAM does not
   * matter then.
   *
   * @param {Uint8Array} sram
   */
  learn(sram) {
    const words = new DataView(sram.buffer, sram.byteOffset, sram.byteLength);
    this.unknown = this.unknown.filter(({ task, start, end }) => {
      for (let at = start; at < Math.min(end, start + 4 * HEADER_WORDS); at += 4) {
        const word = words.getUint32(at - SRAM_START, true);
        const poll = (word & ~1) >>> 0;
        if (word % 2 === 0 || !this.starts.has(poll)) continue;
        this.polledBy.set(poll, [...(this.polledBy.get(poll) ?? []), task]);
        return false;
      }
      return true;
    });
  }

  /**
   * The name of the task that the core works for; of several that share their code, all.
   *
   * @param {{ registers: Uint32Array }} core
   * @param {Uint8Array} sram
   * @returns {string | undefined}
   */
  task({ registers }, sram) {
    const here = this.polls(registers[PC]);
    if (here !== undefined) return here;
    const words = new DataView(sram.buffer, sram.byteOffset, sram.byteLength);
    // A stack that has grown below the RAM ends where that begins.
    const top = Math.max(registers[SP] - SRAM_START, 0) & ~3;
    for (let at = top; at + 4 <= SRAM_SIZE; at += 4) {
      const word = words.getUint32(at, true);
      const task = word % 2 === 1 && word > FLASH_START ? this.polls(word - 1) : undefined;
      if (task !== undefined) return task;
    }
    return undefined;
  }

  /** The tasks whose polling function has its code around an address. */
  polls(address) {
    const { functions } = this;
    let [low, high] = [0, functions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (functions[middle].start <= address) low = middle + 1;
      else high = middle;
    }
    const found = functions[low - 1];
    if (found === undefined || address >= found.end) return undefined;
    return this.polledBy.get(found.start)?.join('` or `');
  }
}

/**
 * The task that a static belongs to. Both manglings of Rust write a path as its parts, each behind its length:
 * `…5tasks4echo4POOL…`.
 *
 * @param {string} symbol
 * @returns {string | undefined}
 */
export function taskOf(symbol) {
  const parts = /5tasks(\d+)(.*)$/.exec(symbol);
  if (parts === null) return undefined;
  const length = Number(parts[1]);
  return parts[2].startsWith('4POOL', length) ? parts[2].slice(0, length) : undefined;
}
