/**
 * The process that fwc talks to: a job comes in on stdin as one line of JSON, events go out on stdout, one a line.
 *
 * README.md has the protocol. At pace "real" the run follows the wall clock and asks for further stimuli; at pace "steps" it
 * asks how far to go on, and waits for the answer.
 * Exit codes: 0 the run came to its end; 1 the job cannot be run, which the only line on stdout explains as
 * {"error": what, "where": where, "help": what to do}; 2 a fault of the emulator itself.
 */
import { readFileSync } from 'node:fs';
import { Bridge } from './bridge.mjs';
import { readImage } from './elf.mjs';
import { JobError, parseJob, parseStimulus } from './job.mjs';
import { Machine } from './machine.mjs';
import { Output } from './output.mjs';

const SLICE_NANOS = 20e6; // between two looks at the output buffer
const STEP_MILLIS = 2;
const LONGEST_STEP_NANOS = 10e6;
const MOST_BEHIND_MILLIS = 100;

const output = new Output(1);
const bridge = new Bridge(output);
try {
  await main();
} catch (error) {
  const known = error instanceof JobError;
  output.write(
    known
      ? error.toJSON()
      : { error: `${error?.message ?? error}`, where: 'the emulator itself', help: 'this is a bug of fwc: please report it' },
  );
  if (!known) console.error(error);
  process.exitCode = known ? 1 : 2;
}
output.flush();
process.exit();

async function main() {
  const first = bridge.input.line();
  if (first === undefined) throw new JobError('no job came', 'stdin', 'send the job as one line of JSON');
  const job = parseJob(first);
  const image = readImage(readFile(job.elf), job.elf);
  const machine = new Machine(image, (event) => output.write(event), job, bridge);
  for (const stimulus of job.stimuli) machine.add(stimulus);
  const deadline = Date.now() + job.wallLimitMillis;
  const run = { fast: runFast, real: runPaced, steps: runSteps }[job.pace];
  const reason = await run(machine, job, deadline);
  const end = { t: Math.round(machine.now), end: true, reason, ...machine.summary() };
  if (job.pace !== 'real') machine.endWork(deadline);
  output.write(end);
}

function readFile(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new JobError(`the image cannot be read: ${error.code ?? error.message}`, path, 'build the firmware first');
  }
}

function runFast(machine, job, deadline) {
  return runUntil(machine, job.runForNanos, deadline);
}

function runUntil(machine, until, deadline) {
  let reason = 'time';
  while (reason === 'time' && machine.now < until) {
    reason = machine.run(Math.min(machine.now + SLICE_NANOS, until), deadline);
    output.flushIfDue();
    if (reason === 'time' && machine.look()) return 'stopped';
  }
  return reason;
}

/** Goes on as far as it is told, step by step, and waits in between. */
function runSteps(machine, job, deadline) {
  let reason = 'time';
  while (reason === 'time' && machine.now < job.runForNanos) {
    const [count, until] = bridge.ask(`step ${Math.round(machine.now)}`).split(' ').map(Number);
    takeStimuli(machine, count);
    reason = runUntil(machine, Math.min(until, job.runForNanos), deadline);
  }
  return reason;
}

/**
 * Follows the wall clock in short steps, so that stimuli act soon. A chip that is too much for this machine runs
 * slower than the clock instead of hurrying after it.
 */
async function runPaced(machine, job, deadline) {
  let start = performance.now();
  let reason = 'time';
  while (reason === 'time' && machine.now < job.runForNanos) {
    takeStimuli(machine, Number(bridge.ask('stimuli')));
    const target = (performance.now() - start) * 1e6;
    const step = Math.min(target, machine.now + LONGEST_STEP_NANOS, job.runForNanos);
    reason = machine.run(step, deadline);
    output.flush();
    const behind = performance.now() - start - machine.now / 1e6;
    if (behind > MOST_BEHIND_MILLIS) start += behind;
    if (reason === 'time' && Date.now() >= deadline) reason = 'wall-limit';
    await new Promise((resolve) => setTimeout(resolve, behind > STEP_MILLIS ? 0 : STEP_MILLIS));
  }
  return reason;
}

/** Takes so many lines of what is to happen. One that is no stimulus is answered with its error; the run goes on. */
function takeStimuli(machine, count) {
  for (let left = count; left > 0; left--) {
    const line = bridge.input.line() ?? '';
    try {
      machine.add(parseStimulus(line, Math.round(machine.now)));
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      output.write({ t: Math.round(machine.now), ...error.toJSON() });
    }
  }
}
