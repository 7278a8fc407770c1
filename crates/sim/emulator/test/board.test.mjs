import assert from 'node:assert/strict';
import test from 'node:test';
import { Board } from '../board/board.mjs';
import { bootChecksum } from '../board/bootrom.mjs';
import { readBlocks } from '../board/drive.mjs';
import { decode, encode } from '../board/glasgow.mjs';
import { BusFault, DebugMemory } from '../board/memory.mjs';
import { ACK, SwdBus } from '../board/swd.mjs';

const DHCSR = 0xe000edf0;
const DCRSR = 0xe000edf4;
const DCRDR = 0xe000edf8;
const KEY = 0xa05f0000;
const RAM = 0x20000000;
const FLASH = 0x10000000;
const NOP = 0x46c0;

/** A board whose core is halted in a row of NOPs, and what a debugger sees of it. */
function haltedBoard() {
  const events = [];
  const board = new Board((event) => events.push(event));
  board.powerUp();
  const memory = new DebugMemory(board, 0);
  memory.writeWord(DHCSR, KEY | 3);
  for (let at = 0; at < 64; at += 4) memory.writeWord(RAM + at, (NOP << 16) | NOP);
  memory.writeWord(DCRDR, RAM);
  memory.writeWord(DCRSR, 0x1000f);
  return { board, memory, events };
}

function counter(memory) {
  memory.writeWord(DCRSR, 15);
  return memory.readWord(DCRDR);
}

test('frames survive stuffing, whatever is in them', () => {
  for (const size of [0, 1, 253, 254, 255, 256, 600]) {
    for (const byte of [0, 7]) {
      const frame = Buffer.alloc(size, byte);
      const stuffed = encode(frame);
      assert.ok(!stuffed.includes(0));
      assert.deepEqual(decode(stuffed), frame);
    }
  }
});

test('a halted core is stepped one instruction at a time', () => {
  const { memory } = haltedBoard();
  assert.equal(counter(memory), RAM);
  memory.writeWord(DHCSR, KEY | 5);
  assert.equal(counter(memory), RAM + 2);
});

test('a breakpoint halts before its instruction', () => {
  const { board, memory } = haltedBoard();
  // The unit compares addresses of code only, which on this chip is the flash.
  for (let at = 0; at < 64; at += 2) board.chip.mcu.flash16[at / 2] = NOP;
  memory.writeWord(DCRDR, FLASH);
  memory.writeWord(DCRSR, 0x1000f);
  memory.writeWord(0xe0002008, (2 << 30) | (FLASH + 4) | 1);
  memory.writeWord(0xe0002000, 3);
  memory.writeWord(DHCSR, KEY | 1);
  board.slice();
  assert.ok(memory.readWord(DHCSR) & 0x20000);
  assert.equal(counter(memory), FLASH + 6);
});

test('a breakpoint at the start of a handler halts before it runs', () => {
  const { board, memory } = haltedBoard();
  for (let at = 0; at < 64; at += 2) board.chip.mcu.flash16[at / 2] = NOP;
  // Vectors in RAM; interrupt 3 is the timer's last alarm.
  const vectors = RAM + 0x200;
  memory.writeWord(0xe000ed08, vectors);
  memory.writeWord(vectors + (16 + 3) * 4, (FLASH + 8) | 1);
  memory.writeWord(0xe000e100, 1 << 3);
  board.chip.core.setInterrupt(3, true);
  memory.writeWord(0xe0002008, (1 << 30) | (FLASH + 8) | 1);
  memory.writeWord(0xe0002000, 3);
  memory.writeWord(DHCSR, KEY | 1);
  board.slice();
  assert.ok(memory.readWord(DHCSR) & 0x20000);
  assert.equal(counter(memory), FLASH + 8);
});

test('programming clears bits, only erasing sets them', () => {
  const { board, memory, events } = haltedBoard();
  memory.writeWord(RAM + 0x100, 0x0f0f0f0f);
  board.program(0, RAM + 0x100, 256);
  assert.equal(board.flash[0], 0x0f);
  memory.writeWord(RAM + 0x100, 0xf0f0f0f0);
  board.program(0, RAM + 0x100, 256);
  assert.equal(board.flash[0], 0);
  board.erase(0, 4096);
  assert.equal(board.flash[0], 0xff);
  board.erase(1, 4096);
  assert.match(events.at(-2).misuse, /flash_range_erase/);
});

test('an access to where nothing is is a bus fault, which the next packet reports', () => {
  const { board, memory } = haltedBoard();
  assert.throws(() => memory.readWord(0x60000000), BusFault);
  const bus = new SwdBus(board);
  bus.selected = bus.ports[0];
  const access = (isRead, register, value) => bus.transfer(true, isRead, register, value)[0];
  assert.equal(access(false, 4, 0x60000000), ACK.ok);
  assert.equal(access(true, 0xc), ACK.ok);
  assert.equal(access(true, 0xc), ACK.fault);
});

test('nobody answers before a target is selected', () => {
  const { board } = haltedBoard();
  assert.equal(new SwdBus(board).transfer(false, true, 0)[0], ACK.none);
});

test('an empty flash boots as a drive, one with a valid second stage from flash', () => {
  const { board, events } = haltedBoard();
  board.boot(0x100);
  assert.equal(events.at(-1).boot, 'drive');
  new DataView(board.flash.buffer).setUint32(252, bootChecksum(board.flash.subarray(0, 252)), true);
  board.boot(0x100);
  assert.equal(events.at(-1).boot, 'flash');
});

test('blocks of another family are not for this chip', () => {
  const block = Buffer.alloc(512);
  [0x0a324655, 0x9e5d5157, 0x2000, 0x10000100, 256, 0, 1, 0xe48bff56].forEach((word, index) =>
    block.writeUInt32LE(word, index * 4),
  );
  block.writeUInt32LE(0x0ab16f30, 508);
  assert.deepEqual(readBlocks(block).blocks.map((one) => one.offset), [0x100]);
  block.writeUInt32LE(0xe48bff59, 28);
  assert.equal(readBlocks(block).blocks.length, 0);
});
