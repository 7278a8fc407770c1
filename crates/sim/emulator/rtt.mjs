/**
 * Reads SEGGER RTT's up channels out of the RAM, as a debug probe does, and moves their read pointers on.
 *
 * The control block is that of SEGGER's "Real Time Transfer" (J-Link user guide UM08001, section 16): the identifier,
 * the numbers of up and down channels, then for each channel name, buffer, size, write offset, read offset, flags.
 */
import { SRAM_SIZE, SRAM_START } from './elf.mjs';

const IDENTIFIER = Buffer.from('SEGGER RTT\0\0\0\0\0\0');
const HEADER_SIZE = 24;
const CHANNEL_SIZE = 24;
const MOST_CHANNELS = 16;
const MODE_MASK = 3;
const MODE_BLOCK_IF_FULL = 2;

export class RttReader {
  /**
   * @param {import('rp2040js').RP2040} mcu
   * @param {number} address of `_SEGGER_RTT`
   * @param {(channel: number, bytes: Uint8Array) => void} onBytes
   */
  constructor(mcu, address, onBytes) {
    this.view = mcu.sramView;
    this.memory = mcu.sram;
    this.offset = address - SRAM_START;
    this.onBytes = onBytes;
    this.found = false;
  }

  /** Takes what the firmware has written since the last time. */
  poll() {
    if (!this.found && !this.find()) return;
    const channels = Math.min(this.view.getUint32(this.offset + 16, true), MOST_CHANNELS);
    for (let channel = 0; channel < channels; channel++) {
      const descriptor = this.offset + HEADER_SIZE + channel * CHANNEL_SIZE;
      const written = this.view.getUint32(descriptor + 12, true);
      const read = this.view.getUint32(descriptor + 16, true);
      if (written !== read) this.take(channel, descriptor, written, read);
    }
  }

  /** The block is in its place once the firmware's start-up code has filled the initialised data. */
  find() {
    const { memory, offset } = this;
    const room = HEADER_SIZE + MOST_CHANNELS * CHANNEL_SIZE;
    if (offset < 0 || offset + room > SRAM_SIZE) return false;
    this.found = IDENTIFIER.every((byte, index) => memory[offset + index] === byte);
    if (this.found) this.setBlocking(offset + HEADER_SIZE);
    return this.found;
  }

  take(channel, descriptor, written, read) {
    const start = this.view.getUint32(descriptor + 4, true) - SRAM_START;
    const size = this.view.getUint32(descriptor + 8, true);
    // Half-initialised data after a reset: wait until it makes sense.
    if (start < 0 || start + size > SRAM_SIZE || written >= size || read >= size) return;
    const { memory } = this;
    const bytes =
      written > read
        ? memory.slice(start + read, start + written)
        : Buffer.concat([memory.subarray(start + read, start + size), memory.subarray(start, start + written)]);
    this.view.setUint32(descriptor + 16, written, true);
    this.setBlocking(descriptor);
    this.onBytes(channel, bytes);
  }

  /** While somebody reads, the firmware waits for room instead of dropping bytes: probes set this mode as well. */
  setBlocking(descriptor) {
    const flags = this.view.getUint32(descriptor + 20, true);
    this.view.setUint32(descriptor + 20, (flags & ~MODE_MASK) | MODE_BLOCK_IF_FULL, true);
  }
}
