import assert from 'node:assert/strict';
import test from 'node:test';
import { SRAM_SIZE, SRAM_START } from '../elf.mjs';
import { taskOf, Work } from '../work.mjs';

const POLL_ACT = 0x10001000;
const POLL_BLINK = 0x10002000;
const OTHER = 0x10003000;

/** Two tasks, of which the RAM knows the functions. */
function setUp() {
  const pool = (task, start) => ({ name: `_ZN3app5tasks${task.length}${task}4POOL17h0123456789abcdefE`, start, end: start + 64 });
  const functions = [POLL_ACT, POLL_BLINK, OTHER].map((start) => ({ start, end: start + 0x100 }));
  const statics = [pool('act', SRAM_START + 0x100), pool('blink_2', SRAM_START + 0x200)];
  const sram = new Uint8Array(SRAM_SIZE);
  const words = new DataView(sram.buffer);
  const put = (address, word) => words.setUint32(address - SRAM_START, word, true);
  put(SRAM_START + 0x10c, POLL_ACT + 1);
  put(SRAM_START + 0x20c, POLL_BLINK + 1);
  const registers = new Uint32Array(16);
  return { work: new Work({ functions, statics }), sram, put, core: { registers } };
}

test('both manglings of a path name the task', () => {
  assert.equal(taskOf('_ZN10misbehaves5tasks3act4POOL17h7e4ca8638d9c0a50E'), 'act');
  assert.equal(taskOf('_RNvNvNtCs1234_10misbehaves5tasks9heartbeat4POOL'), 'heartbeat');
  assert.equal(taskOf('_ZN10misbehaves5tasks3act3RUN17h7e4ca8638d9c0a50E'), undefined);
  assert.equal(taskOf('_SEGGER_RTT'), undefined);
});

test('the task whose function the core is in is at work', () => {
  const { work, sram, core } = setUp();
  work.learn(sram);
  core.registers[13] = SRAM_START + SRAM_SIZE;
  core.registers[15] = POLL_BLINK + 0x42;
  assert.equal(work.task(core, sram), 'blink_2');
  core.registers[15] = OTHER;
  assert.equal(work.task(core, sram), undefined);
});

test('the innermost return address into such a function counts, whatever the RAM holds by then', () => {
  const { work, sram, put, core } = setUp();
  work.learn(sram);
  sram.fill(0xff, 0, 0x400);
  work.learn(sram);
  core.registers[15] = OTHER + 8;
  core.registers[13] = SRAM_START + 0x1000;
  put(SRAM_START + 0xff0, POLL_BLINK + 0x21); // below the stack: what was there once
  put(SRAM_START + 0x1004, OTHER + 0x11);
  put(SRAM_START + 0x1008, POLL_ACT + 0x20); // an even word is no return address
  put(SRAM_START + 0x1010, POLL_ACT + 0x21);
  put(SRAM_START + 0x1020, POLL_BLINK + 0x31);
  assert.equal(work.task(core, sram), 'act');
});

test('a stack that has left the RAM is read from its beginning', () => {
  const { work, sram, put, core } = setUp();
  work.learn(sram);
  core.registers[15] = OTHER;
  core.registers[13] = SRAM_START - 0x40;
  put(SRAM_START + 0x800, POLL_ACT + 0x61);
  assert.equal(work.task(core, sram), 'act');
});

test('two tasks that share their function are both named', () => {
  const { work, sram, put, core } = setUp();
  put(SRAM_START + 0x20c, POLL_ACT + 1);
  work.learn(sram);
  core.registers[15] = POLL_ACT;
  assert.equal(work.task(core, sram), 'act` or `blink_2');
});
