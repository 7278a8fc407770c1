import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { elfFile, PADS_BANK0, SIO, withOutput } from './support.mjs';

const RUN = fileURLToPath(new URL('../run.mjs', import.meta.url));

/** Copies pin 3 to pin 2, for ever. */
function follower() {
  const program = withOutput(2).poke(PADS_BANK0 + 4 + 12, 0x44).constant(0, SIO).constant(1, 1 << 3);
  program.label('again').load(2, 0, 4).raw(0x400a, 0x0852).store(2, 0, 0x10).branch('again'); // ands r2, r1; lsrs r2, #1
  return elfFile(program.image());
}

function withElf(use) {
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
  try {
    const elf = join(directory, 'follower.elf');
    writeFileSync(elf, follower());
    return use(elf);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(line) {
  const { stdout, status } = spawnSync(process.execPath, [RUN], { input: `${line}\n`, encoding: 'utf8' });
  return { status, stdout, lines: stdout.trim().split('\n').map((text) => JSON.parse(text)) };
}

test('a job runs to its end, and a second time to the same bytes', () => {
  withElf((elf) => {
    const stimuli = [{ at: 100_000, pin: 3, level: 1 }, { at: 200_000, pin: 3, level: 0 }];
    const job = JSON.stringify({ elf, runForNs: 1_000_000, stimuli });
    const first = run(job);
    assert.equal(first.status, 0);
    assert.deepEqual(
      first.lines.slice(0, -1).map(({ pin, level, by }) => [pin, level, by]),
      [[3, 1, 'outside'], [2, 1, 'chip'], [3, 0, 'outside'], [2, 0, 'chip']],
    );
    const end = first.lines.at(-1);
    assert.equal(end.end, true);
    assert.equal(end.reason, 'time');
    assert.ok(end.t >= 1_000_000 && end.retiredInstructions > 0);
    assert.equal(run(job).stdout, first.stdout);
  });
});

test('a job that cannot be run is explained in one line', () => {
  const missing = run('{"elf":"/nowhere/app.elf","runForNs":1}');
  assert.equal(missing.status, 1);
  assert.deepEqual(missing.lines, [
    { error: 'the image cannot be read: ENOENT', where: '/nowhere/app.elf', help: 'build the firmware first' },
  ]);
  assert.equal(run('{"elf":"x"}').lines[0].where, 'runForNs');
  assert.equal(spawnSync(process.execPath, [RUN], { input: '' }).status, 1);
});

test('a run by steps asks how far to go on, and is as reproducible as a whole one', () => {
  withElf((elf) => {
    const job = JSON.stringify({ elf, runForNs: 300_000, pace: 'steps' });
    const steps = ['0 100000', '1 200000', '{"at":150000,"pin":3,"level":1}', '0 300000'];
    const stepped = spawnSync(process.execPath, [RUN], { input: [job, ...steps, ''].join('\n'), encoding: 'utf8' });
    const [questions, events] = [[], []];
    for (const line of stepped.stdout.trim().split('\n')) (line.startsWith('?') ? questions : events).push(line);
    // A step ends with an instruction, so a little behind its moment.
    const moments = questions.map((line) => Math.floor(Number(line.replace('?step ', '')) / 100_000));
    assert.deepEqual(moments, [0, 1, 2]);
    const whole = run(JSON.stringify({ elf, runForNs: 300_000, stimuli: [{ at: 150_000, pin: 3, level: 1 }] }));
    const pins = (lines) => lines.filter((event) => 'pin' in event);
    assert.equal(pins(whole.lines).length, 2);
    assert.deepEqual(pins(events.map((line) => JSON.parse(line))), pins(whole.lines));
    const unled = spawnSync(process.execPath, [RUN], { input: `${job}\n`, encoding: 'utf8' });
    assert.deepEqual([unled.stdout, unled.status], ['?step 0\n', 0]);
  });
});

test('at the pace of the wall clock, stimuli that it asks for while it runs act on the chip', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
  const elf = join(directory, 'follower.elf');
  writeFileSync(elf, follower());
  const child = spawn(process.execPath, [RUN], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify({ elf, runForNs: 60e9, pace: 'real' })}\n`);
  const events = [];
  const waiting = ['{"pin":3,"level":7}'];
  let rest = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line === '?stimuli') {
        child.stdin.write([waiting.length, ...waiting.splice(0)].join('\n') + '\n');
        continue;
      }
      const event = JSON.parse(line);
      events.push(event);
      if (event.error) waiting.push('{"pin":3,"level":1}');
      if (event.pin === 2) waiting.push('{"stop":true}');
    }
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  rmSync(directory, { recursive: true });
  assert.equal(status, 0);
  assert.match(events[0].error, /a level is 0, 1 or null/);
  assert.deepEqual(events.slice(1, 3).map((event) => [event.pin, event.level]), [[3, 1], [2, 1]]);
  assert.equal(events.at(-1).reason, 'stopped');
  assert.ok(events.at(-1).t < 60e9);
});
