/**
 * Descriptors -> what a host makes of them: an identity, and serial ports with their endpoints.
 *
 * USB 2.0, section 9.6; USB CDC 1.2, section 5.2.3.2 (union).
 */

const INTERFACE = 4;
const ENDPOINT = 5;
const FUNCTIONAL = 0x24;
const UNION = 6;
const CDC = 2;
const ABSTRACT_CONTROL_MODEL = 2;
const BULK = 2;

/**
 * @typedef {{ control: number, in: number, out: number }} SerialPort interface of control, endpoints of data
 */

/** @param {Uint8Array} device */
export function identity(device) {
  const view = new DataView(device.buffer, device.byteOffset, device.byteLength);
  return {
    vendor: view.getUint16(8, true),
    product: view.getUint16(10, true),
    strings: { manufacturer: device[14], product: device[15], serial: device[16] },
  };
}

/** The text of a string descriptor. */
export function text(descriptor) {
  return Buffer.from(descriptor.subarray(2, descriptor[0])).toString('utf16le');
}

/**
 * @param {Uint8Array} configuration
 * @returns {SerialPort[]} in the order of their interfaces
 */
export function serialPorts(configuration) {
  const endpoints = new Map();
  const unions = [];
  let current;
  for (let at = 0; at + 1 < configuration.length && configuration[at] >= 2; at += configuration[at]) {
    const [, type, third, fourth, fifth, kind, subclass] = configuration.subarray(at, at + configuration[at]);
    if (type === INTERFACE) {
      current = { number: third, isControl: kind === CDC && subclass === ABSTRACT_CONTROL_MODEL };
      endpoints.set(third, {});
    } else if (type === ENDPOINT && (fourth & 3) === BULK) {
      endpoints.get(current.number)[third & 0x80 ? 'in' : 'out'] = third & 0x0f;
    } else if (type === FUNCTIONAL && third === UNION && current?.isControl) {
      unions.push({ control: fourth, data: fifth });
    }
  }
  return unions
    .map(({ control, data }) => ({ control, ...endpoints.get(data) }))
    .filter((port) => port.in !== undefined && port.out !== undefined);
}
