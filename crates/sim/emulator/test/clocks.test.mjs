import assert from 'node:assert/strict';
import test from 'node:test';
import { Assembler, bus, CLOCKS, idleChip, PLL_SYS, runImage, SIO, withOutput } from './support.mjs';

// The crystal is 12 MHz. PLL: 12 MHz * 133 / (6 * 2) = 133 MHz.
function to133(write) {
  write(PLL_SYS + 0x00, 1);
  write(PLL_SYS + 0x08, 133);
  write(PLL_SYS + 0x0c, (6 << 16) | (2 << 12));
  write(CLOCKS + 0x3c, 1);
}

test('the core runs from the ring oscillator until the firmware sets up a clock', () => {
  const { chip } = idleChip();
  assert.equal(Math.round(1e9 / chip.cycleNanos), 6_500_000);
});

test('a cycle is as long as the PLL makes it', () => {
  const { chip, mcu } = idleChip();
  to133(bus(mcu).write);
  assert.equal(Math.round(1e9 / chip.cycleNanos), 133_000_000);
});

test('a loop is as fast as the clock that the firmware has set', () => {
  const toggle = (program) => {
    program.constant(0, SIO + 0x1c).constant(1, 1 << 2).label('again').store(1, 0).branch('again');
    const { events } = runImage(program.image(), 50_000);
    return Math.round((events.at(-1).t - events.at(-11).t) / 10);
  };
  assert.equal(toggle(withOutput(2)), 462); // 3 cycles of 1/6.5 MHz
  const fast = withOutput(2);
  to133((address, value) => fast.poke(address, value));
  assert.equal(toggle(fast), 23); // 3 cycles of 1/133 MHz
});

test('dividers read back, so that a read-modify-write keeps them', () => {
  const { mcu } = idleChip();
  const { read, write, set } = bus(mcu);
  for (const offset of [0x34, 0x64, 0x70]) write(CLOCKS + offset, 0x200);
  set(CLOCKS + 0x34, 0x100);
  assert.equal(read(CLOCKS + 0x34), 0x300);
  assert.equal(read(CLOCKS + 0x64), 0x200);
  assert.equal(read(CLOCKS + 0x70), 0x200);
});

test('an assembler that is used wrongly would prove nothing: a program does what it says', () => {
  const program = new Assembler().movs(0, 40).adds(0, 2).label('end').branch('end');
  const { machine } = runImage(program.image(), 10_000);
  assert.equal(machine.chip.core.registers[0], 42);
});
