import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, idleChip, IO_BANK0 } from './support.mjs';

const PIO0 = 0x50200000;
const CTRL = PIO0;
const TXF0 = PIO0 + 0x10;
const SM0 = PIO0 + 0xc8;
const SM1 = SM0 + 0x18;
const CLKDIV = 0x00;
const EXECCTRL = 0x04;
const SHIFTCTRL = 0x08;
const INSTR = 0x10;
const PINCTRL = 0x14;
const PIN = 6;

const setPins = (level, delay = 0) => 0xe000 | (delay << 8) | level;
const setDirections = (value) => 0xe080 | value;
const PULL_BLOCK = 0x80a0;
const OUT_PINS_1 = 0x6001;
const WAIT_PIN_3_HIGH = 0x2083;

/** State machines that run these programs, with pin 6 as their output, from a 125 MHz clock. */
function block(programs, { divider = 10, shift = 0 } = {}) {
  const idle = idleChip();
  const { read, write } = bus(idle.mcu);
  idle.chip.cycleNanos = 8;
  write(IO_BANK0 + 8 * PIN + 4, 6);
  let at = 0;
  programs.forEach((program, index) => {
    const machine = index === 0 ? SM0 : SM1;
    write(machine + CLKDIV, divider << 16);
    write(machine + PINCTRL, (1 << 26) | (1 << 20) | (PIN << 5) | PIN);
    write(machine + SHIFTCTRL, shift);
    write(machine + INSTR, setDirections(1));
    write(machine + EXECCTRL, ((at + program.length - 1) << 12) | (at << 7));
    write(machine + INSTR, at); // jmp
    for (const instruction of program) write(PIO0 + 0x48 + 4 * at++, instruction);
  });
  const edges = [];
  idle.chip.listener.onLevel = (pin) => pin === PIN && edges.push(idle.clock.nanos);
  idle.chip.pads.listener = idle.chip.listener;
  return { ...idle, read, write, edges };
}

test('instructions and their delays take cycles of the divided clock', () => {
  const { write, clock, edges } = block([[setPins(1, 2), setPins(0, 4)]]);
  write(CTRL, 1);
  clock.tick(2_000);
  // 80 ns a cycle: three cycles high, five low.
  assert.deepEqual(edges, [80, 320, 720, 960, 1360, 1600, 2000]);
});

test('a machine that is switched off stands still', () => {
  const { write, clock, edges } = block([[setPins(1), setPins(0)]]);
  write(CTRL, 1);
  clock.tick(250);
  write(CTRL, 0);
  clock.tick(10_000);
  assert.deepEqual(edges, [80, 160, 240]);
});

test('a machine that waits for data goes on with its next cycle, and costs nothing until then', () => {
  const { write, clock, edges } = block([[PULL_BLOCK, OUT_PINS_1]], { shift: 1 << 19 });
  write(CTRL, 1);
  clock.tick(1_000);
  assert.equal(clock.nextAlarm, null);
  write(TXF0, 1);
  clock.tick(1_000);
  assert.deepEqual(edges, [1_040]);
});

test('a machine that waits for a pin goes on when it changes', () => {
  const { chip, write, clock, edges } = block([[WAIT_PIN_3_HIGH, setPins(1)]]);
  write(CTRL, 1);
  clock.tick(500);
  chip.pads.drive(3, true);
  clock.tick(500);
  assert.deepEqual(edges, [560]);
});

test('the first word that is shifted out is the first that was written', () => {
  const AUTOPULL = 1 << 17;
  const SHIFT_RIGHT = 1 << 19;
  const { write, clock, edges } = block([[OUT_PINS_1]], { shift: AUTOPULL | SHIFT_RIGHT });
  write(TXF0, 0b101);
  write(CTRL, 1);
  clock.tick(400);
  assert.deepEqual(edges, [80, 160, 240, 320]);
});

test('an instruction that the firmware executes moves the pin at once', () => {
  const { write, edges } = block([[setPins(0)]]);
  write(SM0 + INSTR, setPins(1));
  assert.deepEqual(edges, [0]);
});

test('two machines keep their own pace', () => {
  const { write, clock, edges } = block([[setPins(1, 1), setPins(0, 1)], [setPins(1)]]);
  write(SM1 + CLKDIV, 1000 << 16);
  write(CTRL, 3);
  clock.tick(500);
  assert.deepEqual(edges, [80, 240, 400]);
});
