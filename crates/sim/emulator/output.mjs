/**
 * Writes events as lines of JSON to a file descriptor, in large pieces, synchronously and in order.
 */
import { writeSync } from 'node:fs';

const PIECE = 64 * 1024;
const INTERVAL_MILLIS = 50;
const RETRY_MILLIS = 1;

export class Output {
  /** @param {number} descriptor */
  constructor(descriptor) {
    this.descriptor = descriptor;
    this.text = '';
    this.flushed = Date.now();
  }

  /** @param {object} event */
  write(event) {
    this.writeText(JSON.stringify(event) + '\n');
  }

  /** @param {string} text whole lines */
  writeText(text) {
    this.text += text;
    if (this.text.length >= PIECE) this.flush();
  }

  flushIfDue() {
    if (Date.now() - this.flushed >= INTERVAL_MILLIS) this.flush();
  }

  flush() {
    let bytes = Buffer.from(this.text);
    this.text = '';
    while (bytes.length > 0) bytes = bytes.subarray(this.writeSome(bytes));
    this.flushed = Date.now();
  }

  /** A pipe that somebody made non-blocking says EAGAIN when it is full; a reader that has left ends the run. */
  writeSome(bytes) {
    try {
      return writeSync(this.descriptor, bytes);
    } catch (error) {
      if (error.code === 'EPIPE') process.exit(0);
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MILLIS);
      return 0;
    }
  }
}
