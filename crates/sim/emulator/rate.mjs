/**
 * How a chip's clock runs beside the world's: a moment of one to the moment of the other.
 *
 * Both go on together from the chip's start. A clock that drifts is fast by so many parts per million, or slow, from then on.
 */

const MILLION = 1e6;

export class Rate {
  /** @param {number} startedAt when this chip's clock read zero, in whole nanoseconds of the world */
  constructor(startedAt) {
    this.world = startedAt;
    this.own = 0;
    this.millionths = 0;
  }

  /**
   * @param {number} millionths how much faster the chip's clock is from now on
   * @param {number} own what it shows now
   */
  drift(millionths, own) {
    this.world = this.toWorld(own);
    this.own = own;
    this.millionths = millionths;
  }

  /**
   * @param {number} own
   * @returns {number}
   */
  toWorld(own) {
    const passed = own - this.own;
    return this.world + (this.millionths === 0 ? passed : (passed * MILLION) / (MILLION + this.millionths));
  }

  /**
   * @param {number} world
   * @returns {number} a moment of the chip's clock at which this moment has come: where it drifts, up to a nanosecond later
   */
  toOwn(world) {
    const passed = world - this.world;
    if (this.millionths === 0) return this.own + passed;
    return this.own + Math.floor((passed * (MILLION + this.millionths)) / MILLION) + 1;
  }
}
