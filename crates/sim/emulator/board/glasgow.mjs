/**
 * A debug probe on a unix socket: the protocol of Glasgow's "probe-rs" applet, as probe-rs' driver speaks it.
 *
 * Frames are COBS (Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999), ended by a zero; a frame's first byte
 * is its target: 0 the probe itself, 1 the serial wire.
 */
import { createServer } from 'node:net';
import { ACK } from './swd.mjs';

const IDENTIFIER = Buffer.from('probe-rs,v01');
const BUSY = Buffer.from('busy        ');
const REFERENCE_HZ = 48_000_000;

const ROOT = { identify: 0x00, clock: 0x10, getDivisor: 0x11, setDivisor: 0x12, assertReset: 0x20, clearReset: 0x21 };
const SEQUENCE = 0x20;
const DATA = ACK.ok;
const NO_DATA = 0x10;
const NO_ANSWER = 0x20;
// Unread bytes make the end of a connection an error for the other side; a polite end leaves its driver waiting.
const UNPLUG_MILLIS = 20;
const LEAVE_MILLIS = 20;

export function encode(bytes) {
  const out = [0];
  let code = 0;
  const close = () => {
    out[code] = out.length - code;
    code = out.length;
    out.push(0);
  };
  for (const byte of bytes) {
    if (byte !== 0) out.push(byte);
    if (byte === 0 || out.length - code === 255) close();
  }
  out[code] = out.length - code;
  return Buffer.from(out);
}

export function decode(bytes) {
  const out = [];
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at];
    out.push(...bytes.subarray(at + 1, at + code));
    at += code;
    if (code < 255 && at < bytes.length) out.push(0);
  }
  return Buffer.from(out);
}

/** One debugger's connection. */
class Connection {
  constructor(probe, socket) {
    this.probe = probe;
    this.socket = socket;
    this.received = Buffer.alloc(0);
    this.pending = [Buffer.alloc(0), Buffer.alloc(0)];
    this.answers = [[], []];
    this.divisor = 0;
    this.dropping = false;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.take(data));
  }

  take(data) {
    this.received = this.received.length > 0 ? Buffer.concat([this.received, data]) : data;
    let end;
    while ((end = this.received.indexOf(0)) >= 0) {
      const frame = decode(this.received.subarray(0, end));
      this.received = this.received.subarray(end + 1);
      if (frame.length > 0) this.obey(frame[0], frame.subarray(1));
    }
    for (const target of [0, 1]) this.answer(target);
  }

  obey(target, bytes) {
    let rest = Buffer.concat([this.pending[target], bytes]);
    this.dropping = false;
    while (rest.length > 0) {
      const used = target === 0 ? this.root(rest) : this.wire(rest);
      if (used === 0) break;
      rest = rest.subarray(used);
    }
    this.pending[target] = rest;
  }

  answer(target) {
    const bytes = this.answers[target];
    if (bytes.length === 0 || this.probe.silent) return;
    this.answers[target] = [];
    this.socket.write(Buffer.concat([encode([target, ...bytes]), Buffer.of(0)]));
  }

  /** @returns {number} how many bytes the command has, 0 while it is not all there */
  root(bytes) {
    const answers = this.answers[0];
    switch (bytes[0]) {
      case ROOT.identify:
        answers.push(...IDENTIFIER);
        return 1;
      case ROOT.clock:
        answers.push(...word(REFERENCE_HZ));
        return 1;
      case ROOT.getDivisor:
        answers.push(this.divisor & 255, this.divisor >> 8);
        return 1;
      case ROOT.setDivisor:
        if (bytes.length < 3) return 0;
        this.divisor = bytes[1] | (bytes[2] << 8);
        return 3;
      case ROOT.assertReset:
      case ROOT.clearReset:
        this.probe.board.holdInReset(bytes[0] === ROOT.assertReset);
        return 1;
      default:
        throw new Error(`the debugger sent the unknown command ${bytes[0]}`);
    }
  }

  wire(bytes) {
    const command = bytes[0];
    const isRead = (command & 2) !== 0;
    const hasWord = command & SEQUENCE || !isRead;
    if (hasWord && bytes.length < 5) return 0;
    if (command & SEQUENCE) this.sequence(command & 0x1f || 32, bytes.readUInt32LE(1));
    else if (!this.dropping) this.transfer(command, isRead, isRead ? 0 : bytes.readUInt32LE(1));
    return hasWord ? 5 : 1;
  }

  sequence(count, value) {
    let text = '';
    for (let index = 0; index < count; index++) text += (value >>> index) & 1;
    this.probe.bus.drive(text);
  }

  /** After an error the debugger reads no more answers of a frame. */
  transfer(command, isRead, value) {
    const answers = this.answers[1];
    const [ack, data] = this.probe.bus.transfer((command & 1) !== 0, isRead, command & 0xc, value);
    if (ack !== ACK.ok) {
      answers.push(ack === ACK.none ? NO_ANSWER : NO_DATA | ack);
      this.dropping = true;
    } else if (isRead) {
      answers.push(DATA, ...word(data));
    } else {
      answers.push(NO_DATA | ack);
    }
  }
}

export class Probe {
  /**
   * @param {import('./board.mjs').Board} board
   * @param {import('./swd.mjs').SwdBus} bus
   * @param {(event: object) => void} onEvent
   */
  constructor(board, bus, onEvent) {
    this.board = board;
    this.bus = bus;
    this.onEvent = onEvent;
    /** Whether it has stopped to answer. */
    this.silent = false;
    /** @type {import('node:net').Socket | undefined} */
    this.owner = undefined;
  }

  /** @param {string} path of the socket */
  listen(path) {
    this.server = createServer((socket) => this.accept(socket));
    return new Promise((resolve) => this.server.listen(path, resolve));
  }

  /** A probe has one user at a time; one that leaves may be seen to go only after the next has come. */
  accept(socket) {
    socket.on('error', () => {});
    if (this.owner === undefined) return void this.own(socket);
    const late = (first) => {
      if (this.owner === undefined) this.own(socket).take(first);
      else socket.write(Buffer.concat([encode([0, ...BUSY]), Buffer.of(0)]));
    };
    socket.once('data', (first) => setTimeout(() => late(first), LEAVE_MILLIS));
  }

  own(socket) {
    this.owner = socket;
    this.onEvent({ probe: 'opened' });
    socket.on('close', () => {
      this.owner = undefined;
      this.onEvent({ probe: 'closed' });
    });
    return new Connection(this, socket);
  }

  /** Pulls the probe's plug: the connection breaks, and there is no probe any more. */
  unplug() {
    this.server?.close();
    const { owner } = this;
    if (owner === undefined) return;
    // A paused stream would still take bytes from the system.
    owner._handle.readStop();
    setTimeout(() => owner.destroy(), UNPLUG_MILLIS);
  }
}

function word(value) {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}
