/**
 * TIMER: an alarm rings in the microsecond it is set for, not up to one earlier.
 *
 * RP2040 datasheet, section 4.6.3: an alarm fires when the lower 32 bits of the counter match it. rp2040js takes the
 * difference to the present without its fraction of a microsecond, so alarms ring early: firmware then finds that
 * its time has not come and arms the alarm again, some of it several times over.
 */

const ALARM0 = 0x10;
const ALARM3 = 0x1c;
const TIMER_BASE = 0x40054;

/** @param {import('rp2040js').RP2040} mcu */
export function correctTimer(mcu) {
  const timer = mcu.peripherals[TIMER_BASE];
  const write = timer.writeUint32.bind(timer);
  timer.writeUint32 = (offset, value) => {
    if (offset < ALARM0 || offset > ALARM3) {
      write(offset, value);
      return;
    }
    const alarm = timer.alarms[(offset - ALARM0) / 4];
    const now = Math.floor(mcu.clock.nanos / 1000);
    const delay = (value - now) >>> 0;
    alarm.armed = true;
    alarm.targetMicros = value >>> 0;
    alarm.clockAlarm.scheduleAt((now + delay) * 1000);
  };
}
