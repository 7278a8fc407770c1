/**
 * USB: the controller as a device, one transaction at a time, in place of rp2040js's.
 *
 * RP2040 datasheet, sections 4.1.2.5 (device memory: endpoint and buffer control), 4.1.2.6 (device controller: SETUP, IN
 * and OUT packets), 4.1.2.8 (bus reset, suspend and resume) and 4.1.4 (registers).
 * rp2040js's gives an OUT buffer back at once and empty, knows neither packet ids nor stalls nor a sleeping bus, and
 * answers on endpoints that are off. Not here: double buffers, isochronous endpoints, the controller as a host.
 *
 * The host calls `setup`, `read` and `write`; each is a transaction whose packet is on the wire in that moment.
 */
import { Peripheral } from './peripheral.mjs';

const BASE = 0x50110;
const INTERRUPT = 5;

const ADDR_ENDP = 0x00;
const MAIN_CTRL = 0x40;
const SIE_CTRL = 0x4c;
const SIE_STATUS = 0x50;
const BUFF_STATUS = 0x58;
const EP_STALL_ARM = 0x68;
const USB_PWR = 0x78;
const INTR = 0x8c;
const INTE = 0x90;
const INTF = 0x94;
const INTS = 0x98;

const CONTROLLER_ENABLED = 1 << 0;
const PULLUP = 1 << 16;
const EP0_INTERRUPTS = 1 << 29;

const VBUS_DETECTED = 1 << 0;
const SUSPENDED = 1 << 4;
const RESUME = 1 << 11;
const CONNECTED = 1 << 16;
const SETUP_RECEIVED = 1 << 17;
const TRANSACTION_COMPLETE = 1 << 18;
const BUS_RESET = 1 << 19;
const DATA_SEQUENCE_ERROR = 1 << 31;
const CLEARED_BY_WRITING =
  RESUME | SETUP_RECEIVED | TRANSACTION_COMPLETE | BUS_RESET | DATA_SEQUENCE_ERROR | CONNECTED;

const INTR_TRANSACTION_COMPLETE = 1 << 3;
const INTR_BUFFER = 1 << 4;
const INTR_DATA_SEQUENCE_ERROR = 1 << 5;
const INTR_BUS_RESET = 1 << 12;
const INTR_SUSPEND = 1 << 14;
const INTR_RESUME = 1 << 15;
const INTR_SETUP = 1 << 16;

const VBUS_OVERRIDE = 1 << 2;
const VBUS_OVERRIDE_ENABLED = 1 << 3;

const ENDPOINT_CONTROLS = 0x08;
const ENDPOINT_ENABLED = 1 << 31;
const INTERRUPT_EACH_BUFFER = 1 << 29;
const BUFFER_ADDRESS = 0xffc0;

const BUFFER_CONTROLS = 0x80;
const FULL = 1 << 15;
const DATA_1 = 1 << 13;
const STALL = 1 << 11;
const AVAILABLE = 1 << 10;
const LENGTH = 0x3ff;

const EP0_BUFFER = 0x100;
const IN = 0;
const OUT = 1;

/**
 * What a device makes of a packet; `none` is silence.
 *
 * @typedef {{ answer: 'ack', bytes: Uint8Array, data1: boolean } | { answer: 'nak' | 'stall' | 'none' | 'overflow' }} Answer
 */

export class UsbController extends Peripheral {
  constructor(mcu) {
    super(mcu);
    this.memory = mcu.usbDPRAM;
    this.words = mcu.usbDPRAMView;
    this.registers = new Map();
    this.status = 0;
    this.buffers = 0;
    this.isSuspended = false;
    this.suspendChanged = false;
    this.hasPower = false;
    /** @type {() => void} something changed that the host may wait for */
    this.onChange = () => {};
  }

  register(offset) {
    return this.registers.get(offset) ?? 0;
  }

  readUint32(offset) {
    switch (offset) {
      case SIE_STATUS:
        return (this.status | (this.isSuspended ? SUSPENDED : 0) | (this.seesPower() ? VBUS_DETECTED : 0)) >>> 0;
      case BUFF_STATUS:
        return this.buffers >>> 0;
      case INTR:
        return this.raised();
      case INTS:
        return ((this.raised() & this.register(INTE)) | this.register(INTF)) >>> 0;
      default:
        return this.register(offset);
    }
  }

  writeUint32(offset, value) {
    if (offset === SIE_STATUS) {
      this.status &= ~(value & CLEARED_BY_WRITING);
      if (value & SUSPENDED) this.suspendChanged = false;
    } else if (offset === BUFF_STATUS) {
      this.buffers &= ~value;
    } else {
      this.registers.set(offset, value >>> 0);
    }
    this.update();
    this.onChange();
  }

  /** These two are cleared by writing ones, through every alias that writes ones. */
  writeUint32Atomic(offset, value, alias) {
    const isCleared = offset === SIE_STATUS || offset === BUFF_STATUS;
    super.writeUint32Atomic(offset, value, isCleared ? 0 : alias);
  }

  /** rp2040js calls it for each word that the firmware writes to the controller's memory. */
  DPRAMUpdated() {
    this.onChange();
  }

  raised() {
    const flags = [
      [BUS_RESET, INTR_BUS_RESET],
      [RESUME, INTR_RESUME],
      [SETUP_RECEIVED, INTR_SETUP],
      [TRANSACTION_COMPLETE, INTR_TRANSACTION_COMPLETE],
      [DATA_SEQUENCE_ERROR, INTR_DATA_SEQUENCE_ERROR],
    ];
    let raised = (this.buffers === 0 ? 0 : INTR_BUFFER) | (this.suspendChanged ? INTR_SUSPEND : 0);
    for (const [flag, interrupt] of flags) if (this.status & flag) raised |= interrupt;
    return raised >>> 0;
  }

  update() {
    this.mcu.setInterrupt(INTERRUPT, this.readUint32(INTS) !== 0);
  }

  seesPower() {
    const power = this.register(USB_PWR);
    return power & VBUS_OVERRIDE_ENABLED ? (power & VBUS_OVERRIDE) !== 0 : this.hasPower;
  }

  /** Whether the device shows itself to a host: the pull-up on D+ of a full-speed device. */
  get isAttached() {
    const isOn = (this.register(MAIN_CTRL) & CONTROLLER_ENABLED) !== 0;
    return isOn && (this.register(SIE_CTRL) & PULLUP) !== 0;
  }

  /** The host resets the bus. */
  busReset() {
    this.isSuspended = false;
    this.suspendChanged = false;
    this.status |= BUS_RESET | CONNECTED;
    this.update();
  }

  /** The bus falls silent, or a host wakes it. */
  suspend(isSuspended) {
    if (isSuspended === this.isSuspended) return;
    this.isSuspended = isSuspended;
    if (isSuspended) this.suspendChanged = true;
    else this.status |= RESUME;
    this.update();
  }

  /** @returns {boolean} whether the device has taken the packet */
  setup(address, bytes) {
    if (!this.hears(address)) return false;
    this.memory.set(bytes, 0);
    this.registers.set(EP_STALL_ARM, 0);
    this.status |= SETUP_RECEIVED;
    this.update();
    return true;
  }

  /** The host asks for a packet. @returns {Answer} */
  read(address, endpoint) {
    const refusal = this.refusal(address, endpoint, IN);
    if (refusal !== undefined) return refusal;
    const control = this.bufferControl(endpoint, IN);
    if (!(control & AVAILABLE) || !(control & FULL)) return { answer: 'nak' };
    const start = this.bufferAddress(endpoint, IN);
    const bytes = this.memory.slice(start, start + (control & LENGTH));
    this.giveBack(endpoint, IN, control & ~(AVAILABLE | FULL));
    return { answer: 'ack', bytes, data1: (control & DATA_1) !== 0 };
  }

  /** The host sends a packet. @returns {Answer} */
  write(address, endpoint, bytes, data1) {
    const refusal = this.refusal(address, endpoint, OUT);
    if (refusal !== undefined) return refusal;
    const control = this.bufferControl(endpoint, OUT);
    if (!(control & AVAILABLE) || control & FULL) return { answer: 'nak' };
    if (bytes.length > (control & LENGTH)) return { answer: 'overflow' };
    if (data1 !== ((control & DATA_1) !== 0)) {
      // The packet was there before and its handshake was lost: it is acknowledged again, and dropped.
      this.status |= DATA_SEQUENCE_ERROR;
      this.update();
      return { answer: 'ack', bytes: new Uint8Array(0), data1 };
    }
    this.memory.set(bytes, this.bufferAddress(endpoint, OUT));
    this.giveBack(endpoint, OUT, (control & ~(AVAILABLE | LENGTH)) | FULL | bytes.length);
    return { answer: 'ack', bytes, data1 };
  }

  /** Whether a transaction would not be answered by a NAK. */
  isReady(endpoint, direction) {
    const control = this.bufferControl(endpoint, direction === 'in' ? IN : OUT);
    return (control & (AVAILABLE | STALL)) !== 0;
  }

  /** The length of the packet that the device holds ready. */
  waitingBytes(endpoint) {
    return this.bufferControl(endpoint, IN) & LENGTH;
  }

  hears(address) {
    return this.isAttached && (this.register(ADDR_ENDP) & 0x7f) === address;
  }

  /** What stands against a transaction before its buffer counts. */
  refusal(address, endpoint, direction) {
    if (!this.hears(address)) return { answer: 'none' };
    if (endpoint > 0 && !(this.endpointControl(endpoint, direction) & ENDPOINT_ENABLED)) return { answer: 'none' };
    // Section 4.1.2.5.1: a stall of endpoint 0 counts only while it is armed.
    const isArmed = endpoint > 0 || (this.register(EP_STALL_ARM) & (1 << direction)) !== 0;
    return this.bufferControl(endpoint, direction) & STALL && isArmed ? { answer: 'stall' } : undefined;
  }

  endpointControl(endpoint, direction) {
    return this.words.getUint32(ENDPOINT_CONTROLS + 8 * (endpoint - 1) + 4 * direction, true);
  }

  bufferControl(endpoint, direction) {
    return this.words.getUint32(BUFFER_CONTROLS + 8 * endpoint + 4 * direction, true);
  }

  bufferAddress(endpoint, direction) {
    return endpoint === 0 ? EP0_BUFFER : this.endpointControl(endpoint, direction) & BUFFER_ADDRESS;
  }

  giveBack(endpoint, direction, control) {
    this.words.setUint32(BUFFER_CONTROLS + 8 * endpoint + 4 * direction, control >>> 0, true);
    const tells =
      endpoint === 0
        ? this.register(SIE_CTRL) & EP0_INTERRUPTS
        : this.endpointControl(endpoint, direction) & INTERRUPT_EACH_BUFFER;
    if (tells) this.buffers |= 1 << (2 * endpoint + direction);
    this.status |= TRANSACTION_COMPLETE;
    this.update();
  }
}

/** @param {import('rp2040js').RP2040} mcu */
export function replaceUsb(mcu) {
  const usb = new UsbController(mcu);
  mcu.usbCtrl = usb;
  mcu.peripherals[BASE] = usb;
  return usb;
}
