/**
 * The process of an emulated board: its description comes on stdin as one line of JSON, events go out on stdout, one a
 * line, until stdin is closed.
 *
 * Lines that follow act on the board: {"unplug": true}, {"plug": true}, {"silent": true}, {"deaf": true}, {"reset": "pin"},
 * {"drive": true}, {"dump": bytes}. The description's "acts" do so by themselves, when an event has come so many times, and so does
 * {"plan": act} from then on.
 * README.md has the fields.
 */
import { createInterface } from 'node:readline';
import { Output } from '../output.mjs';
import { Board, FLASH_SIZE } from './board.mjs';
import { Disguise } from './disguise.mjs';
import { BootDrive } from './drive.mjs';
import { Probe } from './glasgow.mjs';
import { SwdBus } from './swd.mjs';

// rp2040js has one core, and warns on the console at each look into the mailbox between the two: firmware that starts the
// second core looks for ever.
console.warn = () => {};

const output = new Output(1);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const description = JSON.parse((await lines.next()).value);
const begun = performance.now();
const waiting = [...(description.acts ?? [])];

const board = new Board((event) => emit(event), description.faults);
const disguise = description.disguise && new Disguise(description.disguise, eraseAll);
const bus = new SwdBus(board, disguise ?? undefined);
const probe = new Probe(board, bus, (event) => emit(event));

board.powerUp();
if (description.filled != null) board.flash.fill(description.filled, 0, FLASH_SIZE);
if (description.drive != null) {
  const drive = new BootDrive(board, description.drive, (event) => emit(event));
  board.onBootDrive = () => drive.mount();
  board.holdsBootButton = true;
}
if (description.probe != null) await probe.listen(description.probe);
emit({ ready: true });

for await (const line of { [Symbol.asyncIterator]: () => lines }) act(JSON.parse(line));
process.exit();

function emit(event) {
  output.write({ t: Math.round((performance.now() - begun) * 1e6), ...event });
  output.flush();
  for (const one of [...waiting]) {
    if (!(one.after in event) || --one.count > 0) continue;
    waiting.splice(waiting.indexOf(one), 1);
    act(one.act);
  }
}

function eraseAll() {
  board.flash.fill(0xff, 0, FLASH_SIZE);
  emit({ erased: 0, size: FLASH_SIZE });
}

function act(action) {
  if (action.plan) waiting.push(action.plan);
  if (action.unplug) probe.unplug();
  if (action.plug) void probe.listen(description.probe);
  if (action.silent !== undefined) probe.silent = action.silent;
  if (action.deaf !== undefined) bus.deaf = action.deaf;
  if (action.reset !== undefined) board.reset(action.reset);
  if (action.drive) {
    board.holdsBootButton = true;
    board.reset('firmware');
  }
  if (action.dump !== undefined) emit({ dumped: Buffer.from(board.flash.subarray(0, action.dump)).toString('hex') });
}
