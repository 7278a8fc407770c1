/**
 * USB device: an OUT buffer stays the controller's until a packet has come, however long the host has nothing to send.
 *
 * RP2040 datasheet, sections 4.1.2.5 (buffer control: AVAILABLE hands a buffer to the controller, which gives it back
 * with FULL and the length) and 4.1.2.6 (device controller: without a packet nothing happens).
 * rp2040js takes AVAILABLE away in the instant it is written, so that firmware believes that a packet has come.
 */

const BUFFER_CONTROLS = 0x80;
const BUFFER_CONTROLS_END = 0x100;
const OUT = 4;
const AVAILABLE = 1 << 10;

/** @param {import('rp2040js').RP2040} mcu */
export function correctUsb(mcu) {
  const { usbCtrl: usb, usbDPRAMView: memory } = mcu;
  const updated = usb.DPRAMUpdated.bind(usb);
  const finishRead = usb.finishRead.bind(usb);
  const change = (offset, bits) => memory.setUint32(offset, bits(memory.getUint32(offset, true)), true);
  usb.DPRAMUpdated = (offset, value) => {
    updated(offset, value);
    const isOutBuffer = offset >= BUFFER_CONTROLS && offset < BUFFER_CONTROLS_END && (offset & OUT) !== 0;
    if (isOutBuffer && value & AVAILABLE) change(offset, (control) => control | AVAILABLE);
  };
  usb.finishRead = (endpoint, buffer) => {
    change(BUFFER_CONTROLS + 8 * endpoint + OUT, (control) => control & ~AVAILABLE);
    finishRead(endpoint, buffer);
  };
}
