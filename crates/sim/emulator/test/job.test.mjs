import assert from 'node:assert/strict';
import test from 'node:test';
import { JobError, parseJob, parseStimulus } from '../job.mjs';

function fault(job) {
  try {
    parseJob(typeof job === 'string' ? job : JSON.stringify({ elf: 'a.elf', runForNs: 1, ...job }));
  } catch (error) {
    assert.ok(error instanceof JobError, `${error.stack}`);
    return `${error.where}: ${error.message}`;
  }
  return 'nothing';
}

test('a job gets its defaults', () => {
  const job = parseJob('{"elf":"a.elf","runForNs":5}');
  assert.equal(job.pace, 'fast');
  assert.equal(job.rtt, true);
  assert.equal(job.watch.pins, undefined);
  assert.deepEqual(job.stimuli, []);
});

test('stimuli take their final form', () => {
  const job = parseJob(
    JSON.stringify({
      elf: 'a.elf',
      runForNs: 5,
      stimuli: [{ at: 1, pin: 3, level: null }, { at: 2, uart: 1, bytes: '0aFF', baud: 9600 }, { at: 3, stop: true }, { at: 4, adc: 2, millivolts: 900 }],
    }),
  );
  assert.deepEqual(job.stimuli, [
    { at: 1, pin: 3, level: null },
    { at: 2, uart: 1, bytes: Uint8Array.of(10, 255), baud: 9600 },
    { at: 3, stop: true },
    { at: 4, adc: 2, millivolts: 900 },
  ]);
  assert.deepEqual(parseStimulus('{"adc":1,"noise":20,"seed":7}', 1), { at: 1, adc: 1, noise: 20, seed: 7 });
  assert.deepEqual(parseStimulus('{"uart":1,"framing":true}', 1), { at: 1, uart: 1, framing: true });
  assert.deepEqual(parseStimulus('{"drift":-50}', 1), { at: 1, drift: -50 });
  assert.deepEqual(parseStimulus('{"brownOut":true}', 1), { at: 1, brownOut: true });
  assert.deepEqual(parseStimulus('{"pin":0,"level":1}', 77), { at: 77, pin: 0, level: true });
  assert.deepEqual(parseStimulus('{"plugged":false}', 1), { at: 1, plugged: false });
  assert.deepEqual(parseStimulus('{"usb":1,"bytes":"0a"}', 1), { at: 1, usb: 1, bytes: Uint8Array.of(10) });
  assert.deepEqual(parseStimulus('{"usb":0,"open":true}', 1), { at: 1, usb: 0, open: true, baud: undefined });
  assert.deepEqual(parseStimulus('{"usb":0,"baud":1200}', 1), { at: 1, usb: 0, baud: 1200 });
});

test('each fault of a job names its place', () => {
  assert.match(fault('nonsense'), /^stdin: the job is not JSON/);
  assert.match(fault('[]'), /^stdin: the job is not a JSON object/);
  assert.match(fault({ elf: 3 }), /^elf: no image is named/);
  assert.match(fault({ runForNs: -1 }), /^runForNs: -1 is not a whole number/);
  assert.match(fault({ pace: 'slow' }), /^pace: there is no pace "slow"/);
  assert.match(fault({ rtt: 'no' }), /^rtt: this is neither true nor false/);
  assert.match(fault({ watch: { pins: [30] } }), /^watch\.pins\[0\]: 30 is not a whole number from 0 to 29/);
  assert.match(fault({ stimuli: 1 }), /^stimuli: this is not a list/);
  assert.match(fault({ stimuli: [null] }), /^stimuli\[0\]\.at/);
  assert.match(fault({ stimuli: [{ at: 1 }] }), /^stimuli\[0\]: this stimulus does nothing/);
  assert.match(fault({ stimuli: [{ at: 1, pin: 1, level: 2 }] }), /^stimuli\[0\]\.level: a level is 0, 1 or null/);
  assert.match(fault({ stimuli: [{ at: 1, adc: 5, millivolts: 1 }] }), /^stimuli\[0\]\.adc/);
  assert.match(fault({ stimuli: [{ at: 1, adc: 0 }] }), /^stimuli\[0\]\.millivolts/);
  assert.match(fault({ stimuli: [{ at: 1, uart: 0, bytes: 'abc' }] }), /^stimuli\[0\]\.bytes/);
  assert.match(fault({ stimuli: [{ at: 1, uart: 0, bytes: '', baud: 0 }] }), /^stimuli\[0\]\.baud/);
  assert.match(fault({ stimuli: [{ at: 1, usb: 7, open: true }] }), /^stimuli\[0\]\.usb: 7 is not a whole number/);
  assert.match(fault({ stimuli: [{ at: 1, usb: 0 }] }), /^stimuli\[0\]: nothing is done to this port/);
  assert.match(fault({ stimuli: [{ at: 1, usb: 0, open: 1 }] }), /^stimuli\[0\]\.open: this is neither true nor false/);
  assert.match(fault({ stimuli: [{ at: 1, drift: 200_000 }] }), /^stimuli\[0\]\.drift: 200000 is no drift of a clock/);
  assert.match(fault({ stimuli: [{ at: 1, adc: 1, noise: 20 }] }), /^stimuli\[0\]\.seed/);
  assert.match(fault({ stimuli: [{ at: 1, uart: 1, framing: 1 }] }), /^stimuli\[0\]\.framing/);
  assert.match(fault({ stimuli: [{ at: 1, plugged: 1 }] }), /^stimuli\[0\]\.plugged/);
});
