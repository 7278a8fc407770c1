/**
 * Questions to the process that holds the parts, and its answers: a line out on stdout, a line back on stdin, while
 * virtual time stands still. Whoever asks waits, so that a run with parts is as reproducible as one without.
 *
 * README.md has the questions. A line that begins with `?` is answered, one that begins with `!` is not.
 */
import { readSync } from 'node:fs';

const PIECE = 64 * 1024;
const RETRY_MILLIS = 1;

export class Bridge {
  /** @param {import('./output.mjs').Output} output */
  constructor(output) {
    this.output = output;
    this.input = new Input(0);
  }

  /**
   * @param {string} question
   * @returns {string}
   */
  ask(question) {
    this.output.writeText(`?${question}\n`);
    this.output.flush();
    const answer = this.input.line();
    // Nobody is there any more, and nobody reads what would be said about it.
    if (answer === undefined) process.exit(0);
    return answer;
  }

  /** @param {string} news */
  tell(news) {
    this.output.writeText(`!${news}\n`);
  }
}

/** Lines from a file descriptor, read synchronously. */
export class Input {
  /** @param {number} descriptor */
  constructor(descriptor) {
    this.descriptor = descriptor;
    this.rest = '';
    this.piece = Buffer.alloc(PIECE);
  }

  /** @returns {string | undefined} the next line; nothing after the last one */
  line() {
    for (;;) {
      const end = this.rest.indexOf('\n');
      if (end >= 0) {
        const line = this.rest.slice(0, end);
        this.rest = this.rest.slice(end + 1);
        return line;
      }
      const count = this.readSome();
      if (count === 0) return undefined;
      this.rest += this.piece.toString('utf8', 0, count);
    }
  }

  /** A pipe that somebody made non-blocking says EAGAIN when it is empty. */
  readSome() {
    for (;;) {
      try {
        return readSync(this.descriptor, this.piece);
      } catch (error) {
        if (error.code === 'EOF') return 0;
        if (error.code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MILLIS);
      }
    }
  }
}
