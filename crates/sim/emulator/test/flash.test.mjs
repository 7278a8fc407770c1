import assert from 'node:assert/strict';
import test from 'node:test';
import { Chip } from '../chip.mjs';
import { idleChip } from './support.mjs';

const FLASH = 0x10000000;
const WORD = 0x12345678;

test('a flash that nobody has written has all its bits set', () => {
  assert.equal(idleChip().mcu.readUint32(FLASH) >>> 0, 0xffffffff);
});

test('a reset of the chip leaves its flash as it is', () => {
  const { mcu } = idleChip();
  mcu.flashView.setUint32(0, WORD, true);
  mcu.reset();
  assert.equal(mcu.readUint32(FLASH), WORD);
});

test('what was written before a reset, a brown-out too, is read after it in every width', () => {
  const { chip, mcu } = idleChip();
  mcu.flashView.setUint32(0, WORD, true);
  for (const lostPower of [false, true]) {
    const after = new Chip(chip.listener, chip, lostPower).mcu;
    const read = [after.readUint32(FLASH), after.readUint16(FLASH), after.readUint8(FLASH), after.flash[0]];
    assert.deepEqual(read, [WORD, 0x5678, 0x78, 0x78]);
  }
});
