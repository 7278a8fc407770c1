import assert from 'node:assert/strict';
import test from 'node:test';
import { Assembler, CODE, runImage, STACK_TOP } from './support.mjs';

const HARD_FAULT = 3;

/** What becomes of a program: its first fault, and whether the HardFault handler ran. */
function faultOf(program) {
  program.label('end').branch('end').label('handler').movs(5, 77).label('rest').branch('rest');
  const { machine, events } = runImage(program.image({ [HARD_FAULT]: 'handler' }), 100_000);
  const core = machine.chip.core;
  return { event: events[0], handled: core.registers[5] === 77, core };
}

test('each access or instruction that the core cannot do is a HardFault at its address', () => {
  const cases = [
    [new Assembler().constant(0, 0x20000002).load(1, 0), 'unaligned access', CODE + 2],
    [new Assembler().constant(0, 0x20000001).store(1, 0), 'unaligned access', CODE + 2],
    [new Assembler().constant(0, 0x30000000).load(1, 0), 'access to 0x30000000, where nothing is', CODE + 2],
    [new Assembler().constant(0, 0x30000000).store(1, 0), 'access to 0x30000000, where nothing is', CODE + 2],
    [new Assembler().nop().breakpoint(), 'breakpoint without a debugger', CODE + 2],
    [new Assembler().undefinedInstruction(), 'undefined instruction', CODE],
    [new Assembler().raw(0xb100), 'undefined instruction', CODE],
    [new Assembler().constant(0, 0x30000001).bx(0), 'access to 0x30000000, where nothing is', 0x30000000],
    [new Assembler().constant(0, 0x00000031).blx(0), 'a function of the bootrom was called, which is not emulated', 0x30],
  ];
  for (const [program, reason, pc] of cases) {
    const { event, handled } = faultOf(program);
    assert.equal(event?.fault, reason);
    assert.equal(event.pc, pc, reason);
    assert.ok(handled, reason);
  }
});

test('the handler finds the address of the instruction on the stack', () => {
  const { core } = faultOf(new Assembler().nop().undefinedInstruction());
  assert.equal(core.rp2040.readUint32(STACK_TOP - 0x20 + 0x18), CODE + 2);
});

test('a fault in the HardFault handler locks the core up, once', () => {
  const program = new Assembler().undefinedInstruction().label('handler').breakpoint();
  const { machine, events } = runImage(program.image({ [HARD_FAULT]: 'handler' }), 100_000);
  assert.deepEqual(events.map((event) => event.fault ?? `lockup: ${event.lockup}`), [
    'undefined instruction',
    'lockup: breakpoint without a debugger',
  ]);
  assert.equal(machine.now, 100_000);
});

test('a stack that has run out of the RAM locks the core up', () => {
  const program = new Assembler().constant(0, 0x1ffffff0).raw(0x4685).undefinedInstruction(); // mov sp, r0
  const { events } = runImage(program.image(), 100_000);
  assert.deepEqual(events.map((event) => event.lockup), ['the stack has grown out of the RAM: undefined instruction']);
});
