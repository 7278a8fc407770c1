import assert from 'node:assert/strict';
import test from 'node:test';
import { JobError, parseJob } from '../job.mjs';
import { runImage, SIO, withOutput } from './support.mjs';

/** A bridge to somebody who notes what is asked and answers by the first word of the question. */
function bridge(answers) {
  const heard = [];
  return {
    heard,
    ask: (question) => {
      heard.push(question);
      const answer = answers[question.split(' ')[0]];
      return typeof answer === 'function' ? answer(question) : (answer ?? '');
    },
    tell: (news) => heard.push(news),
  };
}

const withoutTime = (heard) => heard.map((line) => line.slice(0, line.lastIndexOf(' ')));

test('what an I2C part is asked goes over the bridge, with the moment', () => {
  const other = bridge({ start: '1', write: '0', read: '171' });
  const { machine } = runImage(withOutput(2).label('end').branch('end').image(), 1_000, [], {
    parts: [{ name: 'memory', i2c: 1, address: 0x50 }],
  }, other);
  const device = machine.chip.i2c[1].devices.get(0x50);
  assert.equal(device.address(true), true);
  assert.equal(device.write(7), false);
  assert.equal(device.read(), 171);
  device.stop();
  assert.deepEqual(withoutTime(other.heard), ['start 0 1', 'write 0 7', 'read 0', 'stop 0']);
  assert.equal(Number(other.heard[0].split(' ').at(-1)), Math.round(machine.now));
});

test('a chip select that falls and rises selects its part', () => {
  const other = bridge({ transfer: '85' });
  const program = withOutput(17);
  for (const register of [0x14, 0x18, 0x14]) program.poke(SIO + register, 1 << 17);
  runImage(program.label('end').branch('end').image(), 100_000, [], {
    parts: [{ name: 'flash', spi: 0, select: 17 }],
  }, other);
  assert.deepEqual(withoutTime(other.heard), ['select 0', 'deselect 0']);
});

test('a part on pins is told of levels that the chip drives, and drives its own at the moment that it says', () => {
  let changes = ['50000 1 1', ''];
  const other = bridge({ next: (question) => (question.startsWith('next 0') ? changes[0] : '') });
  other.tell = (news) => {
    other.heard.push(news);
    if (news.startsWith('changed')) changes = changes.slice(1);
  };
  const { events } = runImage(withOutput(2).poke(SIO + 0x14, 4).label('end').branch('end').image(), 100_000, [], {
    parts: [{ name: 'ranger', pins: [2, 3] }],
  }, other);
  assert.ok(withoutTime(other.heard).includes('driven 0 0 1'));
  assert.deepEqual(events.filter(({ pin }) => pin === 3), [{ t: 50_000, pin: 3, level: 1, by: 'outside' }]);
  assert.ok(other.heard.includes('changed 0 50000'));
});

test('the world sets a quantity, and what the part refuses is told', () => {
  const other = bridge({ set: (question) => (question.includes('celsius 35') ? '' : 'too hot') });
  const stimuli = [
    { at: 1_000, part: 'climate', quantity: 'celsius', value: 35 },
    { at: 2_000, part: 'climate', quantity: 'celsius', value: 1e6 },
    { at: 3_000, part: 'weather', quantity: 'celsius', value: 1 },
  ];
  const { events } = runImage(withOutput(2).label('end').branch('end').image(), 10_000, stimuli, {
    parts: [{ name: 'climate', i2c: 0, address: 0x44 }],
  }, other);
  assert.equal(other.heard[0], 'set 0 celsius 35 1000');
  assert.deepEqual(
    events.filter(({ error }) => error).map(({ error, where }) => [error, where]),
    [['too hot', 'part climate'], ['there is no part "weather"', 'part weather']],
  );
});

test('parts and faults of a job are checked', () => {
  const job = (extra) => parseJob(JSON.stringify({ elf: 'a', runForNs: 1, ...extra }));
  const { parts, stimuli } = job({
    parts: [{ name: 'a', i2c: 0, address: 68 }, { name: 'b', spi: 1, select: 17 }, { name: 'c', pins: [1, 2] }],
    stimuli: [{ at: 1, i2c: 1, fault: 'short', after: 2 }, { at: 2, spi: 0, fault: 'nack' }],
  });
  assert.deepEqual(parts.map(({ name }) => name), ['a', 'b', 'c']);
  assert.deepEqual(stimuli.map(({ bus: name, index, fault }) => [name, index, fault]), [['i2c', 1, { short: 2 }], ['spi', 0, 'nack']]);
  for (const [extra, where] of [
    [{ parts: [{ i2c: 0, address: 1 }] }, 'parts[0].name'],
    [{ parts: [{ name: 'a', i2c: 0, address: 128 }] }, 'parts[0].address'],
    [{ parts: [{ name: 'a' }] }, 'parts[0]'],
    [{ stimuli: [{ at: 1, spi: 0, fault: 'hung' }] }, 'stimuli[0].fault'],
    [{ stimuli: [{ at: 1, part: 'a', quantity: 'celsius' }] }, 'stimuli[0].value'],
  ]) {
    assert.throws(() => job(extra), (error) => error instanceof JobError && error.where === where, where);
  }
});
