/**
 * Clocks: the core runs from the ring oscillator until the firmware sets up its clocks, and the dividers read back.
 *
 * RP2040 datasheet, sections 2.15.1 (after power-up clk_sys runs from ROSC), 2.17 (6.5 MHz nominal) and 2.15.7 (the
 * list of registers). rp2040js computes clk_sys from the PLLs, but begins at 125 MHz whatever the registers say, and
 * reads CLK_REF_DIV, CLK_ADC_DIV and CLK_RTC_DIV through a wrong mask, so that a read-modify-write loses the divider.
 */

const CLK_REF_DIV = 0x34;
const CLK_ADC_DIV = 0x64;
const CLK_RTC_DIV = 0x70;
const INTEGER_PART = 0x300;

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {(cycleNanos: number) => void} onChange told how long a cycle of clk_sys is, now and after each change
 */
export function correctClocks(mcu, onChange) {
  const { clocks } = mcu;
  const read = clocks.readUint32.bind(clocks);
  clocks.readUint32 = (offset) => {
    switch (offset) {
      case CLK_REF_DIV:
        return clocks.refDiv & INTEGER_PART;
      case CLK_ADC_DIV:
        return clocks.adcDiv & INTEGER_PART;
      case CLK_RTC_DIV:
        return clocks.rtcDiv;
      default:
        return read(offset);
    }
  };
  mcu.addClockListener((frequency) => onChange(1e9 / frequency));
  mcu.updateClocks();
  onChange(1e9 / mcu.clkSys);
}
