/**
 * What the peripherals that replace rp2040js's have in common: the aliases of their registers, and DMA requests.
 */

const EXCLUSIVE_OR = 1;
const SET = 2;
const CLEAR = 3;

export class Peripheral {
  /** @param {import('rp2040js').RP2040} mcu */
  constructor(mcu) {
    this.mcu = mcu;
  }

  /**
   * RP2040 datasheet, section 2.1.2: each register has aliases that exclusive-or, set and clear its bits.
   *
   * @param {number} offset
   * @param {number} value
   * @param {number} alias 0 for a plain write
   */
  writeUint32Atomic(offset, value, alias) {
    if (alias === EXCLUSIVE_OR) this.writeUint32(offset, this.readUint32(offset) ^ value);
    else if (alias === SET) this.writeUint32(offset, this.readUint32(offset) | value);
    else if (alias === CLEAR) this.writeUint32(offset, this.readUint32(offset) & ~value);
    else this.writeUint32(offset, value);
  }

  /**
   * Raises or lowers a DMA request.
   *
   * @param {number} line RP2040 datasheet, section 2.5.3.1
   * @param {unknown} wanted
   */
  request(line, wanted) {
    if (wanted) this.mcu.dma.setDREQ(line);
    else this.mcu.dma.clearDREQ(line);
  }
}
