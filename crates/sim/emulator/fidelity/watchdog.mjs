/**
 * Watchdog: it resets the chip, and its scratch registers and the reason of the reset outlive that.
 *
 * RP2040 datasheet, sections 4.7.3 (counter), 4.7.4 (scratch registers) and 4.7.6 (REASON, CTRL.TRIGGER). rp2040js reports that the
 * watchdog has fired and leaves the rest to its user.
 */

const WATCHDOG_BASE = 0x40058;

/**
 * @typedef {object} WatchdogState what the watchdog keeps through a reset
 * @property {Uint32Array} scratch
 * @property {number} reason
 */

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {WatchdogState | undefined} kept
 * @param {() => void} onReset
 */
export function correctWatchdog(mcu, kept, onReset) {
  const watchdog = mcu.peripherals[WATCHDOG_BASE];
  if (kept !== undefined) {
    watchdog.scratchData.set(kept.scratch);
    watchdog.reason = kept.reason;
  }
  watchdog.onWatchdogTrigger = onReset;
}

/**
 * @param {import('rp2040js').RP2040} mcu
 * @returns {WatchdogState}
 */
export function watchdogState(mcu) {
  const watchdog = mcu.peripherals[WATCHDOG_BASE];
  return { scratch: watchdog.scratchData, reason: watchdog.reason };
}
