/**
 * RESETS: an I2C block that is held in reset forgets what it was doing.
 *
 * RP2040 datasheet, section 2.14.3. In rp2040js the register changes nothing; for the other blocks it still does not:
 * firmware resets them once, before it uses them.
 */

const RESETS = 0x4000c;
const RESET = 0x0;
const I2C = [1 << 3, 1 << 4];

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {import('./i2c.mjs').I2c[]} i2c
 */
export function correctResets(mcu, i2c) {
  const resets = mcu.peripherals[RESETS];
  const write = resets.writeUint32.bind(resets);
  resets.writeUint32 = (offset, value) => {
    write(offset, value);
    if (offset !== RESET) return;
    i2c.forEach((block, index) => {
      if (value & I2C[index]) block.reset();
    });
  };
}
