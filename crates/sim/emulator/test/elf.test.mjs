import assert from 'node:assert/strict';
import test from 'node:test';
import { readImage } from '../elf.mjs';
import { JobError } from '../job.mjs';
import { Assembler, elfFile } from './support.mjs';

const good = () => elfFile(new Assembler().nop().image());

function refusal(file) {
  try {
    readImage(file, 'app.elf');
  } catch (error) {
    assert.ok(error instanceof JobError, `${error.stack}`);
    assert.equal(error.where, 'app.elf');
    return error.message;
  }
  return 'nothing';
}

test('segments go to their place in the flash', () => {
  const image = readImage(good(), 'app.elf');
  assert.equal(image.segments.length, 1);
  assert.equal(image.segments[0].offset, 0x100);
});

test('what is no image for this chip is refused with the reason', () => {
  const changed = (change) => {
    const file = good();
    change(new DataView(file.buffer));
    return refusal(file);
  };
  assert.match(refusal(new Uint8Array(100)), /not an ELF file/);
  assert.match(changed((view) => view.setUint16(18, 243, true)), /another machine \(number 243\)/);
  assert.match(changed((view) => view.setUint32(52 + 12, 0x08000000, true)), /loaded at 0x8000000, which is not in the flash/);
  assert.match(changed((view) => view.setUint32(52 + 12, 0x10008000, true)), /nothing is loaded at 0x10000100/);
  assert.match(changed((view) => view.setUint32(84, 0x30000000, true)), /stack pointer, 0x30000000, is not in the RAM/);
  assert.match(changed((view) => view.setUint32(88, 0x10000200, true)), /reset handler, 0x10000200, is not Thumb code/);
  assert.match(changed((view) => view.setUint32(28, 0xfffffff0, true)), /cut short/);
  assert.match(refusal(good().subarray(0, 120)), /cut short/);
});
