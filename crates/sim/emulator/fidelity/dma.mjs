/**
 * DMA: a transfer takes a cycle, the pacing timers have their rate, an abort aborts only what it names, and a bus
 * error stops the channel.
 *
 * RP2040 datasheet, sections 2.5 (one read and one write each cycle), 2.5.5.1 (pacing timers run at clk_sys * X / Y),
 * 2.5.5.3 (CHAN_ABORT) and 2.5.7 (registers). In rp2040js transfers take no time, X and Y of the timers are
 * exchanged and timer 3 reads the wrong bits, and CHAN_ABORT reads as all ones, so that the usual read-modify-write
 * aborts every channel.
 */
import { CoreFault } from './faults.mjs';

const CHAN_ABORT = 0x444;
const TIMER_REQUEST_FIRST = 59;
const TIMER_REQUEST_LAST = 62;
const PERMANENT_REQUEST = 63;
const BUSY = 1 << 24;
const AHB_ERROR = 1 << 31;
const READ_ERROR = 1 << 30;

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {() => number} cycleNanos
 */
export function correctDma(mcu, cycleNanos) {
  const { dma } = mcu;
  const read = dma.readUint32.bind(dma);
  dma.readUint32 = (offset) => (offset === CHAN_ABORT ? 0 : read(offset));
  for (const channel of dma.channels) {
    channel.scheduleTransfer = () => {
      const delay = transferDelay(dma, channel.treqValue, cycleNanos());
      if (delay !== undefined) channel.transferAlarm.schedule(delay);
    };
    channel.transferAlarm.ring = () => transferOrStop(channel);
  }
}

/** @returns {number | undefined} nanoseconds until the next item; undefined: nobody asks for one */
function transferDelay(dma, request, cycleNanos) {
  if (request === PERMANENT_REQUEST) return cycleNanos;
  if (request < TIMER_REQUEST_FIRST || request > TIMER_REQUEST_LAST) {
    return dma.dreq[request] ? cycleNanos : undefined;
  }
  const timer = [dma.timer0, dma.timer1, dma.timer2, dma.timer3][request - TIMER_REQUEST_FIRST];
  const numerator = timer >>> 16;
  const denominator = timer & 0xffff;
  if (numerator === 0 || denominator === 0) return undefined;
  return Math.max(1, denominator / numerator) * cycleNanos;
}

function transferOrStop(channel) {
  try {
    channel.transfer();
  } catch (error) {
    if (!(error instanceof CoreFault)) throw error;
    channel.ctrl = (channel.ctrl & ~BUSY) | AHB_ERROR | READ_ERROR;
    channel.dma.intRaw |= 1 << channel.index;
    channel.dma.checkInterrupts();
  }
}
