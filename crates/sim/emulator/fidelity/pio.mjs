/**
 * PIO: state machines run on virtual time, each at the pace of its own clock divider, and begin with an empty OSR.
 *
 * RP2040 datasheet, sections 3.4 (delay cycles, stalls), 3.5.4 (the output shift counter begins "empty"), 3.5.5 (clock
 * dividers) and 3.7 (registers). rp2040js steps all machines together from `setTimeout`, with no regard to the
 * divider, so that a run differs from the next; and its first OUT shifts out a word of zeros that nobody wrote.
 *
 * A machine that stalls costs nothing: rp2040js looks again at what it waits for whenever that may have changed.
 */

const DIVIDER_MOST = 65536;
const EMPTY = 32;

class StateMachineClock {
  constructor(mcu, pio, machine, cycleNanos) {
    this.pio = pio;
    this.machine = machine;
    this.clock = mcu.clock;
    this.cycleNanos = cycleNanos;
    this.steppedAt = 0;
    this.stepping = false;
    this.alarm = mcu.clock.createAlarm(() => this.step());
    machine.outputShiftCount = EMPTY;
    machine.clkDivRestart = () => this.restart();
    const checkWait = machine.checkWait.bind(machine);
    machine.checkWait = () => {
      const waited = machine.waiting;
      checkWait();
      if (waited && !machine.waiting && !this.stepping) this.resume();
    };
  }

  get period() {
    const { clockDivInt, clockDivFrac } = this.machine;
    return ((clockDivInt || DIVIDER_MOST) + clockDivFrac / 256) * this.cycleNanos();
  }

  /** After a write that may have enabled or disabled the machine. */
  update() {
    const { machine, alarm } = this;
    if (!machine.enabled) alarm.cancel();
    else if (!machine.waiting && !alarm.scheduled) this.restart();
  }

  restart() {
    this.steppedAt = this.clock.nanos;
    if (this.machine.enabled) this.alarm.schedule(this.period);
  }

  step() {
    const { machine } = this;
    const before = machine.cycles;
    this.steppedAt = this.clock.nanos;
    this.stepping = true;
    machine.step();
    this.stepping = false;
    this.pio.checkChangedPins();
    if (!machine.waiting) this.alarm.schedule((machine.cycles - before) * this.period);
  }

  /** The stall has ended: the instruction finishes with the next cycle of the machine, then comes its delay. */
  resume() {
    const { period, machine } = this;
    const cycles = Math.floor((this.clock.nanos - this.steppedAt) / period) + 1;
    if (machine.enabled) this.alarm.scheduleAt(this.steppedAt + (cycles + machine.waitDelay) * period);
  }
}

/**
 * @param {import('rp2040js').RP2040} mcu
 * @param {() => number} cycleNanos
 */
export function correctPio(mcu, cycleNanos) {
  for (const pio of mcu.pio) {
    const clocks = pio.machines.map((machine) => new StateMachineClock(mcu, pio, machine, cycleNanos));
    const write = pio.writeUint32.bind(pio);
    pio.run = () => {};
    pio.writeUint32 = (offset, value) => {
      write(offset, value);
      for (const clock of clocks) clock.update();
      // An instruction that the firmware executes by SMx_INSTR moves pins as well.
      pio.checkChangedPins();
    };
  }
}
