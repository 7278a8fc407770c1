/**
 * The parts on the board: what the chip's wires carry goes over the bridge to whoever holds the parts, and what these
 * answer comes back on the wires.
 *
 * Parts outlive a reset of the chip, as their supply does; a brown-out takes both.
 */

/**
 * @typedef {{ name: string, i2c: number, address: number }} I2cMount
 * @typedef {{ name: string, spi: number, select: number }} SpiMount select: the pin of its chip select
 * @typedef {{ name: string, pins: number[] }} PinMount
 * @typedef {I2cMount | SpiMount | PinMount} Mount
 *
 * @typedef {{ ask: (question: string) => string, tell: (news: string) => void }} Bridge
 */

export class Parts {
  /**
   * @param {Mount[]} mounts
   * @param {Bridge} bridge
   * @param {() => number} now virtual time since the start of the run
   */
  constructor(mounts, bridge, now) {
    this.mounts = mounts;
    this.bridge = bridge;
    this.now = now;
    this.names = new Map(mounts.map(({ name }, index) => [name, index]));
  }

  /**
   * Puts the parts on the wires of a chip that has just been switched on or reset.
   *
   * @param {import('./chip.mjs').Chip} chip
   * @param {import('./rate.mjs').Rate} rate
   */
  connect(chip, rate) {
    this.chip = chip;
    this.rate = rate;
    /** @type {Map<number, ((level: boolean) => void)[]>} who listens to a pin that the chip drives */
    this.listeners = new Map();
    /** @type {Map<number, () => void>} what asks a part on pins for its next change */
    this.refresh = new Map();
    this.mounts.forEach((mount, part) => {
      if ('i2c' in mount) chip.i2c[mount.i2c].attach(mount.address, this.onI2c(part));
      else if ('spi' in mount) this.connectSpi(part, mount);
      else this.connectPins(part, mount);
    });
  }

  /** All parts lose their supply for a moment. */
  powerUp() {
    this.mounts.forEach((mount, part) => this.tell('power-up', part));
  }

  /** The chip's clock has another rate: what is to come comes at another of its moments. */
  clockChanged() {
    for (const refresh of this.refresh.values()) refresh();
  }

  /** The level of a pin has changed. */
  levelChanged(pin, level, driver) {
    if (driver !== 'chip') return;
    for (const listener of this.listeners?.get(pin) ?? []) listener(level);
  }

  /**
   * Exposes a part to a new value of a quantity.
   *
   * @returns {string | undefined} what is wrong with it
   */
  set(name, quantity, value) {
    const part = this.names.get(name);
    if (part === undefined) return `there is no part ${JSON.stringify(name)}`;
    const fault = this.ask('set', part, quantity, value);
    this.refresh.get(part)?.();
    return fault === '' ? undefined : fault;
  }

  ask(...words) {
    return this.bridge.ask([...words, this.time()].join(' '));
  }

  tell(...words) {
    this.bridge.tell([...words, this.time()].join(' '));
  }

  time() {
    return Math.round(this.now());
  }

  /** @returns {import('./fidelity/i2c.mjs').I2cDevice} */
  onI2c(part) {
    return {
      address: (reading) => this.ask('start', part, reading ? 1 : 0) === '1',
      write: (byte) => this.ask('write', part, byte) === '1',
      read: () => Number(this.ask('read', part)),
      stop: () => this.tell('stop', part),
    };
  }

  connectSpi(part, { spi, select }) {
    const device = {
      select,
      selected: () => this.tell('select', part),
      transfer: (byte) => Number(this.ask('transfer', part, byte)),
      deselected: () => this.tell('deselect', part),
    };
    const bus = this.chip.spi[spi];
    this.listen(select, (level) => (level ? bus.deselect(device) : bus.select(device)));
  }

  connectPins(part, { pins }) {
    const { chip } = this;
    const alarm = chip.clock.createAlarm(() => {
      const [, pin, level] = alarm.change;
      chip.pads.drive(pins[pin], level);
      this.tell('changed', part);
      ask();
    });
    const ask = () => {
      const answer = this.ask('next', part);
      alarm.cancel();
      if (answer === '') return;
      const [at, pin, level] = answer.split(' ').map(Number);
      alarm.change = [at, pin, level === 1];
      alarm.scheduleAt(this.rate.toOwn(at));
    };
    pins.forEach((pin, index) => {
      this.listen(pin, (level) => {
        this.tell('driven', part, index, level ? 1 : 0);
        ask();
      });
    });
    this.refresh.set(part, ask);
    ask();
  }

  listen(pin, listener) {
    this.listeners.set(pin, [...(this.listeners.get(pin) ?? []), listener]);
  }
}
