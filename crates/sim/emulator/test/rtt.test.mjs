import assert from 'node:assert/strict';
import test from 'node:test';
import { SRAM_START } from '../elf.mjs';
import { RttReader } from '../rtt.mjs';
import { idleChip } from './support.mjs';

const BLOCK = SRAM_START + 0x100;
const BUFFER = SRAM_START + 0x400;
const SIZE = 8;

function block() {
  const { mcu } = idleChip();
  const taken = [];
  const reader = new RttReader(mcu, BLOCK, (channel, bytes) => taken.push([channel, Buffer.from(bytes).toString()]));
  const word = (offset, value) => mcu.writeUint32(BLOCK + offset, value);
  const initialise = () => {
    mcu.sram.set(Buffer.from('SEGGER RTT'), BLOCK - SRAM_START);
    [1, 0, 0, BUFFER, SIZE, 0, 0, 1].forEach((value, index) => word(16 + 4 * index, value));
  };
  const put = (text, from, written) => {
    [...text].forEach((letter, index) => mcu.writeUint8(BUFFER + ((from + index) % SIZE), letter.charCodeAt(0)));
    word(36, written);
  };
  return { mcu, reader, taken, initialise, put, word, at: (offset) => mcu.readUint32(BLOCK + offset) };
}

test('bytes are taken once, round the end of the buffer too, and the read offset follows', () => {
  const { reader, taken, initialise, put, at } = block();
  initialise();
  put('abcdef', 0, 6);
  reader.poll();
  reader.poll();
  put('ghij', 6, 2);
  reader.poll();
  assert.deepEqual(taken, [[0, 'abcdef'], [0, 'ghij']]);
  assert.equal(at(40), 2);
});

test('the firmware is asked to wait for room, as a probe asks it', () => {
  const { reader, initialise, at } = block();
  initialise();
  reader.poll();
  assert.equal(at(44), 2);
});

test('a block that is not there yet, or makes no sense, is left alone', () => {
  const { reader, taken, initialise, put, word } = block();
  put('abc', 0, 3);
  reader.poll();
  initialise();
  word(28, 0xdeadbeef);
  put('abc', 0, 3);
  reader.poll();
  word(28, BUFFER);
  word(36, SIZE + 1);
  reader.poll();
  assert.deepEqual(taken, []);
});
