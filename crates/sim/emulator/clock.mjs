/**
 * Virtual time: a counter of nanoseconds and the alarms that are set on it.
 *
 * It takes the place of rp2040js's own `SimulationClock`, whose interface it keeps, and adds what a reproducible run
 * needs: alarms for the same moment ring in the order in which they were set, and an alarm can be set for an exact
 * moment, where adding a difference to the present would round.
 */

export class Alarm {
  /**
   * @param {VirtualClock} clock
   * @param {() => void} ring
   */
  constructor(clock, ring) {
    this.clock = clock;
    this.ring = ring;
    this.at = 0;
    /** @type {Alarm | null} */
    this.next = null;
    this.scheduled = false;
  }

  /** @param {number} delay in nanoseconds */
  schedule(delay) {
    this.scheduleAt(this.clock.nanos + delay);
  }

  /** @param {number} nanos the moment; one that has passed rings at once */
  scheduleAt(nanos) {
    this.cancel();
    this.at = Math.max(nanos, this.clock.nanos);
    this.clock.insert(this);
  }

  cancel() {
    if (this.scheduled) this.clock.remove(this);
  }
}

export class VirtualClock {
  constructor() {
    this.nanos = 0;
    /** @type {Alarm | null} the first alarm to ring */
    this.nextAlarm = null;
  }

  get micros() {
    return this.nanos / 1000;
  }

  /** @param {() => void} ring */
  createAlarm(ring) {
    return new Alarm(this, ring);
  }

  /** @param {number} delta how far time advances, in nanoseconds */
  tick(delta) {
    const target = this.nanos + delta;
    let alarm = this.nextAlarm;
    while (alarm !== null && alarm.at <= target) {
      this.nextAlarm = alarm.next;
      alarm.next = null;
      alarm.scheduled = false;
      this.nanos = alarm.at;
      alarm.ring();
      alarm = this.nextAlarm;
    }
    this.nanos = target;
  }

  /** @param {number} nanos the moment to which time advances */
  tickTo(nanos) {
    this.tick(nanos - this.nanos);
    this.nanos = nanos;
  }

  /** @param {Alarm} alarm */
  insert(alarm) {
    let previous = null;
    let following = this.nextAlarm;
    while (following !== null && following.at <= alarm.at) {
      previous = following;
      following = following.next;
    }
    alarm.next = following;
    alarm.scheduled = true;
    if (previous === null) this.nextAlarm = alarm;
    else previous.next = alarm;
  }

  /** @param {Alarm} alarm */
  remove(alarm) {
    let previous = null;
    let current = this.nextAlarm;
    while (current !== alarm) {
      previous = current;
      current = current.next;
    }
    if (previous === null) this.nextAlarm = alarm.next;
    else previous.next = alarm.next;
    alarm.next = null;
    alarm.scheduled = false;
  }
}
