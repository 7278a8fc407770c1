import assert from 'node:assert/strict';
import test from 'node:test';
import { Assembler, runImage } from './support.mjs';

const LOOKUP = 0x18;
const TABLE = 0x14;

/** Looks a code up as firmware does, and calls what it finds. */
function calls(code) {
  const program = new Assembler()
    .constant(1, code)
    .constant(2, TABLE)
    .raw(0x8810) // ldrh r0, [r2]
    .constant(3, LOOKUP)
    .raw(0x881b) // ldrh r3, [r3]
    .blx(3)
    .blx(0)
    .label('end')
    .branch('end');
  return runImage(program.image(), 1e6);
}

test('the boot drive is found by its code, and no image runs after it', () => {
  const { machine, events } = calls(0x4255);
  assert.deepEqual(
    events.map(({ reset }) => reset),
    ['usb-boot'],
  );
  const { retired } = machine.chip;
  machine.run(2e6);
  assert.equal(machine.chip.retired, retired);
  assert.ok(machine.now >= 2e6);
});

test('another function is not there, and calling it is a fault with a reason', () => {
  const { events } = calls(0x4652); // "RF"
  assert.match(events[0].fault, /^a function of the bootrom was called, which is not emulated/);
});
