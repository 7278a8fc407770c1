/**
 * SPI: bits take their time, parts are selected by pins, and the DMA is asked only where that is switched on.
 *
 * RP2040 datasheet, section 4.4: 4.4.3.4 (clock ratios), 4.4.4 (registers, SSPDMACR). In rp2040js a transfer takes no
 * time, and its DMA requests ignore SSPDMACR.
 */

const RX_DMA_ENABLE = 1 << 0;
const TX_DMA_ENABLE = 1 << 1;
const SSPDMACR = 0x24;
/** What a master reads from a line that nobody drives: the pad's pull-down. */
const NOBODY = 0x00;

/**
 * @typedef {object} SpiDevice a part with a chip select of its own
 * @property {number} select the pin
 * @property {() => void} selected
 * @property {(byte: number) => number} transfer
 * @property {() => void} deselected
 *
 * @typedef {'none' | 'nack' | 'stuck' | { short: number }} SpiFault nack: no part answers, the line floats high; stuck:
 *   the line is held low; short: a part answers so many bytes after its chip select, and lets go
 */

export class SpiBus {
  /**
   * @param {import('rp2040js').RP2040} mcu
   * @param {number} index
   * @param {(select: number | undefined, sent: number[], received: number[]) => void} onTransfer
   */
  constructor(mcu, index, onTransfer) {
    this.onTransfer = onTransfer;
    /** @type {SpiFault} */
    this.fault = 'none';
    /** @type {SpiDevice | undefined} */
    this.device = undefined;
    this.sent = [];
    this.received = [];
    const spi = mcu.spi[index];
    const alarm = mcu.clock.createAlarm(() => {
      const answer = this.exchange(this.value);
      spi.completeTransmit(answer);
      if (!spi.busy && this.device === undefined) this.report();
    });
    spi.onTransmit = (value) => {
      this.value = value;
      alarm.schedule((spi.dataBits * 1e9) / clockHertz(mcu, spi));
    };
    requestOnlyWhereAsked(mcu, spi);
  }

  /** @param {SpiDevice} device */
  select(device) {
    if (this.device !== undefined) this.deselect(this.device);
    this.device = device;
    device.selected();
  }

  /** @param {SpiDevice} device */
  deselect(device) {
    if (this.device !== device) return;
    this.report();
    this.device = undefined;
    device.deselected();
  }

  exchange(value) {
    const answer = this.faulty(this.device?.transfer(value & 0xff) ?? NOBODY);
    this.sent.push(value & 0xff);
    this.received.push(answer);
    return answer;
  }

  faulty(answer) {
    if (this.fault === 'nack') return 0xff;
    if (this.fault === 'stuck') return 0x00;
    if (this.fault !== 'none' && this.received.length >= this.fault.short) return 0xff;
    return answer;
  }

  report() {
    if (this.sent.length > 0) this.onTransfer(this.device?.select, this.sent, this.received);
    this.sent = [];
    this.received = [];
  }
}

function clockHertz(mcu, spi) {
  return mcu.clkSys / ((spi.clockDivisor || 2) * (1 + ((spi.control0 >> 8) & 0xff)));
}

function requestOnlyWhereAsked(mcu, spi) {
  const request = (line, wanted) => (wanted ? mcu.dma.setDREQ(line) : mcu.dma.clearDREQ(line));
  spi.updateDMATx = () => request(spi.dreq.tx, spi.dmaControl & TX_DMA_ENABLE && !spi.txFIFO.full);
  spi.updateDMARx = () => request(spi.dreq.rx, spi.dmaControl & RX_DMA_ENABLE && !spi.rxFIFO.empty);
  const write = spi.writeUint32.bind(spi);
  spi.writeUint32 = (offset, value) => {
    write(offset, value);
    if (offset === SSPDMACR) spi.fifosUpdated();
  };
  spi.fifosUpdated();
}

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {(spi: number, select: number | undefined, sent: number[], received: number[]) => void} onTransfer
 * @returns {SpiBus[]}
 */
export function correctSpi(mcu, onTransfer) {
  return mcu.spi.map((_, index) => new SpiBus(mcu, index, (...transfer) => onTransfer(index, ...transfer)));
}
