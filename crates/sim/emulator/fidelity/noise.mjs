/**
 * Noise on an analog input: drawn from a seed, so that it is the same in each run, and the same as the simulation's
 * (`crates/hal-sim/src/noise.rs`).
 */

const MASK = (1n << 64n) - 1n;

export class Noise {
  /**
   * @param {number} millivolts the most that it adds or takes away
   * @param {number} seed
   */
  constructor(millivolts, seed) {
    this.most = millivolts;
    this.state = BigInt(seed);
  }

  /** What a reading of so many millivolts becomes, this time. */
  on(millivolts) {
    const noise = Number(this.next() % BigInt(2 * this.most + 1)) - this.most;
    return Math.max(0, millivolts + noise);
  }

  /** SplitMix64, whose sequence is the same everywhere. */
  next() {
    this.state = (this.state + 0x9e3779b97f4a7c15n) & MASK;
    let mixed = ((this.state ^ (this.state >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return mixed ^ (mixed >> 31n);
  }
}
