import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, idleChip } from './support.mjs';

const MEMORY = 0x50100000;
const ENDPOINT_1_OUT_CONTROL = MEMORY + 0x0c;
const BUFFER_CONTROL_1_OUT = MEMORY + 0x8c;
const BUFF_STATUS = 0x50110000 + 0x58;
const BUFFER = 0x180;
const AVAILABLE = 1 << 10;
const FULL = 1 << 15;
const LENGTH = 0x3ff;

test('an OUT buffer is given back with the packet, and not before', () => {
  const { mcu, clock } = idleChip();
  const { read, write } = bus(mcu);
  const asked = [];
  mcu.usbCtrl.onEndpointRead = (endpoint, size) => asked.push([endpoint, size]);
  write(ENDPOINT_1_OUT_CONTROL, BUFFER);
  write(BUFFER_CONTROL_1_OUT, AVAILABLE | 64);
  clock.tick(5e6);
  assert.deepEqual(asked, [[1, 64]]);
  assert.equal(read(BUFFER_CONTROL_1_OUT), AVAILABLE | 64);
  assert.equal(read(BUFF_STATUS), 0);

  mcu.usbCtrl.endpointReadDone(1, Uint8Array.of(7, 8, 9));
  clock.tick(1e6);
  assert.equal(read(BUFFER_CONTROL_1_OUT) & (AVAILABLE | FULL | LENGTH), FULL | 3);
  assert.deepEqual([...mcu.usbDPRAM.subarray(BUFFER, BUFFER + 3)], [7, 8, 9]);
  assert.equal(read(BUFF_STATUS), 1 << 3);
});
