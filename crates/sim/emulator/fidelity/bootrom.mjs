/**
 * The bootrom's table of functions, of which one is there: the one that restarts the chip as a USB boot drive.
 *
 * RP2040 datasheet, section 2.8.2 (contents: version, table and lookup function at fixed addresses) and 2.8.3.1.6
 * (`reset_to_usb_boot`, code "UB"). rp2040js has no bootrom. Breakpoints in its place turn any other call into a fault
 * with a reason.
 */

const BREAKPOINTS = 0xbe00be00;
const VERSION = 0x13;
const FUNCTION_TABLE = 0x14;
const LOOKUP = 0x18;

const TABLE_AT = 0x40;
const LOOKUP_AT = 0x80;
/** Where `reset_to_usb_boot` begins: a breakpoint. */
export const USB_BOOT = 0x100;
const THUMB = 1;

const CODE_USB_BOOT = 0x4255; // "UB"

// Looks for the code r1 in the table at r0, whose last entry is 0, and gives the pointer, or 0.
const LOOKUP_CODE = [
  0x8802, // next:  ldrh r2, [r0]
  0x428a, //        cmp  r2, r1
  0xd004, //        beq  found
  0x3004, //        adds r0, #4
  0x2a00, //        cmp  r2, #0
  0xd1f9, //        bne  next
  0x2000, //        movs r0, #0
  0x4770, //        bx   lr
  0x8840, // found: ldrh r0, [r0, #2]
  0x4770, //        bx   lr
];

/** @param {import('rp2040js').RP2040} mcu */
export function placeBootrom(mcu) {
  mcu.bootrom.fill(BREAKPOINTS);
  const view = new DataView(mcu.bootrom.buffer, mcu.bootrom.byteOffset, mcu.bootrom.byteLength);
  view.setUint8(VERSION, 2);
  view.setUint16(FUNCTION_TABLE, TABLE_AT, true);
  view.setUint16(LOOKUP, LOOKUP_AT | THUMB, true);
  [CODE_USB_BOOT, USB_BOOT | THUMB, 0, 0].forEach((value, index) => view.setUint16(TABLE_AT + 2 * index, value, true));
  LOOKUP_CODE.forEach((code, index) => view.setUint16(LOOKUP_AT + 2 * index, code, true));
}
