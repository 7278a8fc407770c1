import assert from 'node:assert/strict';
import test from 'node:test';
import { bus, DMA, idleChip, IO_BANK0, PPB } from './support.mjs';

const UART0 = 0x40034000;
const DR = UART0 + 0x00;
const RSR = UART0 + 0x04;
const FR = UART0 + 0x18;
const IFLS = UART0 + 0x34;
const IMSC = UART0 + 0x38;
const RIS = UART0 + 0x3c;
const ICR = UART0 + 0x44;
const DMACR = UART0 + 0x48;

const BUSY = 1 << 3;
const RECEIVE_EMPTY = 1 << 4;
const TRANSMIT_FULL = 1 << 5;
const RECEIVE_FULL = 1 << 6;
const TRANSMIT_EMPTY = 1 << 7;

const RECEIVE = 1 << 4;
const TRANSMIT = 1 << 5;
const TIMEOUT = 1 << 6;
const FRAMING = 1 << 7;
const PARITY = 1 << 8;
const BREAK = 1 << 9;
const OVERRUN = 1 << 10;

const EIGHT_BITS = 0b11 << 5;
const FIFOS = 1 << 4;

/** UART0 at 115200 baud from a 125 MHz clk_peri on pins 0 and 1, with or without its FIFOs. */
function uart({ line = EIGHT_BITS | FIFOS, baudDivisor = [67, 52], control = 0x301, pins = true } = {}) {
  const idle = idleChip();
  const registers = bus(idle.mcu);
  idle.mcu.clkPeri = 125_000_000;
  registers.write(UART0 + 0x24, baudDivisor[0]);
  registers.write(UART0 + 0x28, baudDivisor[1]);
  registers.write(UART0 + 0x2c, line);
  registers.write(UART0 + 0x30, control);
  if (pins) {
    registers.write(IO_BANK0 + 4, 2);
    registers.write(IO_BANK0 + 12, 2);
  }
  const [port] = idle.chip.uarts;
  const { bitNanos } = port;
  return {
    ...idle,
    ...registers,
    port,
    bitNanos,
    sent: () => idle.events.filter((event) => event.byte !== undefined).map((event) => event.byte),
    receive: (byte, bits = 1) => port.receive(byte, bitNanos * bits),
  };
}

test('the baud rate comes from clk_peri and the divisor', () => {
  assert.equal(Math.round(1e9 / uart().bitNanos), 115_207);
});

test('a divisor takes effect with the next write of the line control', () => {
  const { write, port } = uart();
  write(UART0 + 0x24, 8);
  assert.equal(Math.round(1e9 / port.bitNanos), 115_207);
  write(UART0 + 0x2c, EIGHT_BITS | FIFOS);
  assert.equal(Math.round(1e9 / port.bitNanos), 886_525);
});

test('frames leave one after the other, each taking its bits', () => {
  const { write, clock, events, bitNanos } = uart();
  write(DR, 0x41);
  write(DR, 0x42);
  clock.tick(30 * bitNanos);
  assert.deepEqual(events, [
    { at: 10 * bitNanos, uart: 0, byte: 0x41, pins: [0] },
    { at: 20 * bitNanos, uart: 0, byte: 0x42, pins: [0] },
  ]);
});

test('parity, word length and a second stop bit make a frame longer or shorter', () => {
  const length = (line) => uart({ line: line | FIFOS }).port.frameBits;
  assert.equal(length(EIGHT_BITS), 10);
  assert.equal(length(EIGHT_BITS | 0b10), 11);
  assert.equal(length(EIGHT_BITS | 0b1010), 12);
  assert.equal(length(0b10 << 5), 9);
});

test('the transmit FIFO holds 32 bytes beside the one that is being sent, and loses the next', () => {
  const { read, write, clock, sent, bitNanos } = uart();
  for (let byte = 0; byte < 33; byte++) write(DR, byte);
  assert.equal(read(FR) & TRANSMIT_FULL, TRANSMIT_FULL);
  write(DR, 99);
  clock.tick(400 * bitNanos);
  assert.deepEqual(sent(), Array.from({ length: 33 }, (_, byte) => byte));
  assert.equal(read(FR), TRANSMIT_EMPTY | RECEIVE_EMPTY);
});

test('without FIFOs one byte waits behind the one that is being sent', () => {
  const { read, write } = uart({ line: EIGHT_BITS });
  write(DR, 1);
  assert.equal(read(FR) & (BUSY | TRANSMIT_FULL), BUSY);
  write(DR, 2);
  assert.equal(read(FR) & TRANSMIT_FULL, TRANSMIT_FULL);
});

test('the transmit interrupt comes when the FIFO falls to its level, and stays away once cleared', () => {
  const { read, write, clock, bitNanos } = uart();
  assert.equal(read(RIS), 0);
  for (let byte = 0; byte < 20; byte++) write(DR, byte);
  clock.tick(29 * bitNanos);
  assert.equal(read(RIS) & TRANSMIT, 0);
  clock.tick(2 * bitNanos);
  assert.equal(read(RIS) & TRANSMIT, TRANSMIT);
  write(ICR, TRANSMIT);
  clock.tick(200 * bitNanos);
  assert.equal(read(RIS) & TRANSMIT, 0);
});

test('writing above the level takes the transmit interrupt back', () => {
  const { read, write } = uart();
  write(IFLS, 0);
  for (let byte = 0; byte < 6; byte++) write(DR, byte);
  write(DR, 6);
  assert.equal(read(RIS) & TRANSMIT, 0);
});

test('the receive interrupt comes at the selected level and goes below it', () => {
  for (const [select, level] of [[0, 4], [1, 8], [2, 16], [3, 24], [4, 28]]) {
    const { read, write, receive } = uart();
    write(IFLS, select << 3);
    for (let count = 1; count < level; count++) receive(count);
    assert.equal(read(RIS) & RECEIVE, 0);
    receive(level);
    assert.equal(read(RIS) & RECEIVE, RECEIVE);
    read(DR);
    assert.equal(read(RIS) & RECEIVE, 0);
  }
});

test('bytes below the level are announced after 32 bit periods of silence', () => {
  const { read, clock, receive, bitNanos } = uart();
  receive(0x55);
  clock.tick(31 * bitNanos);
  receive(0x56);
  clock.tick(31 * bitNanos);
  assert.equal(read(RIS) & TIMEOUT, 0);
  clock.tick(2 * bitNanos);
  assert.equal(read(RIS) & TIMEOUT, TIMEOUT);
  assert.deepEqual([read(DR), read(RIS) & TIMEOUT], [0x55, TIMEOUT]);
  assert.deepEqual([read(DR), read(RIS) & TIMEOUT], [0x56, 0]);
});

test('a full receive FIFO loses bytes, raises the overrun and marks the next byte', () => {
  const { read, receive } = uart();
  for (let byte = 0; byte < 32; byte++) assert.equal(receive(byte), 'received');
  assert.equal(read(FR) & RECEIVE_FULL, RECEIVE_FULL);
  assert.equal(receive(32), 'overrun');
  assert.equal(read(RIS) & OVERRUN, OVERRUN);
  for (let byte = 0; byte < 32; byte++) assert.equal(read(DR), byte);
  receive(40);
  assert.equal(read(DR), 40 | OVERRUN << 1);
  assert.equal(read(RSR), 8);
});

test('the interrupt line follows the raised and enabled interrupts', () => {
  const { read, write, receive, mcu } = uart();
  const line = () => (mcu.core.pendingInterrupts >>> 20) & 1;
  write(IFLS, 0);
  for (let byte = 0; byte < 4; byte++) receive(byte);
  assert.equal(line(), 0);
  write(IMSC, RECEIVE);
  assert.equal(line(), 1);
  read(DR);
  mcu.writeUint32(PPB + 0x280, 1 << 20);
  assert.equal(line(), 0);
});

test('the line is read in the middle of the bits, so a wrong baud rate garbles', () => {
  const { read, receive } = uart();
  assert.equal(receive(0xa5, 1.04), 'received');
  assert.equal(read(DR), 0xa5);
  assert.equal(receive(0xa5, 2), 'received');
  assert.notEqual(read(DR) & 0xff, 0xa5);
  assert.equal(receive(0x00, 4), 'received');
  assert.equal(read(RIS) & (FRAMING | BREAK), FRAMING | BREAK);
});

test('wrong parity is an error, right parity is not', () => {
  const even = uart({ line: EIGHT_BITS | FIFOS | 0b110 });
  even.receive(0x07);
  assert.equal(even.read(DR), 0x07);
  // A sender with odd parity: its frame has the other parity bit.
  even.port.frameOf = (byte) => [0, ...[...Array(8).keys()].map((bit) => (byte >> bit) & 1), 0, 1];
  even.receive(0x07);
  assert.equal(even.read(DR) & 0xff, 0x07);
  assert.equal(even.read(RIS) & PARITY, PARITY);
});

test('a frame without its stop bit is a framing error, with the byte as it came', () => {
  const { read, port } = uart();
  assert.equal(port.receive(0xa5, port.bitNanos, true), 'received');
  assert.equal(read(RIS) & (FRAMING | BREAK), FRAMING);
  assert.equal(read(DR), 0x1a5);
});

test('bytes need a receiver that is on and a pin to come in by', () => {
  assert.equal(uart({ control: 0x101 }).receive(1), 'receiver is off');
  assert.equal(uart({ baudDivisor: [0, 0] }).receive(1), 'receiver is off');
  assert.equal(uart({ pins: false }).receive(1), 'no pin is its RX');
});

test('a byte that leaves through no pin says so', () => {
  const { write, clock, events, bitNanos } = uart({ pins: false });
  write(DR, 1);
  clock.tick(10 * bitNanos);
  assert.deepEqual(events.map((event) => event.pins), [[]]);
});

test('each instance has its own pins', () => {
  const { write, chip } = uart({ pins: false });
  for (let pin = 0; pin < 30; pin++) write(IO_BANK0 + 8 * pin + 4, 2);
  assert.deepEqual(chip.uarts.map((port) => port.pinsOf(0)), [[0, 12, 16, 28], [4, 8, 20, 24]]);
  assert.deepEqual(chip.uarts.map((port) => port.pinsOf(1)), [[1, 13, 17, 29], [5, 9, 21, 25]]);
});

test('loopback receives what is sent', () => {
  const { read, write, clock, bitNanos } = uart({ control: 0x381, pins: false });
  write(DR, 0x5a);
  clock.tick(10 * bitNanos);
  assert.equal(read(DR), 0x5a);
});

const UART0_TX_REQUEST = 20;
const UART0_RX_REQUEST = 21;
const transfer = (request, increment) => (1 | (increment << 4) | (request << 15)) >>> 0;

test('the DMA fills the transmit FIFO as fast as the line empties it', () => {
  const { write, clock, mcu, sent, bitNanos } = uart();
  for (let index = 0; index < 100; index++) mcu.writeUint8(0x20000000 + index, index);
  write(DMACR, 0b10);
  write(DMA, 0x20000000);
  write(DMA + 4, DR);
  write(DMA + 8, 100);
  write(DMA + 12, transfer(UART0_TX_REQUEST, 0b01));
  clock.tick(505 * bitNanos);
  assert.equal(mcu.readUint32(DMA + 8), 100 - 50 - 33);
  clock.tick(500 * bitNanos);
  assert.deepEqual(sent(), Array.from({ length: 100 }, (_, byte) => byte));
});

test('the DMA takes each byte as it is received, until an error stops it', () => {
  const { write, clock, mcu, receive } = uart();
  const RECEIVE_DMA = 0b001;
  const STOP_ON_ERROR = 0b100;
  write(DMACR, RECEIVE_DMA | STOP_ON_ERROR);
  write(IMSC, FRAMING | BREAK | PARITY | OVERRUN);
  write(DMA, DR);
  write(DMA + 4, 0x20000000);
  write(DMA + 8, 10);
  write(DMA + 12, transfer(UART0_RX_REQUEST, 0b10));
  receive(0x11);
  clock.tick(1_000);
  receive(0x22);
  clock.tick(1_000);
  assert.deepEqual([...mcu.sram.subarray(0, 2)], [0x11, 0x22]);
  receive(0x00, 4);
  clock.tick(1_000);
  assert.equal(mcu.readUint32(DMA + 8), 8);
});
