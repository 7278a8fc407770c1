/**
 * The flash is a chip of its own beside the RP2040, and a reset of the RP2040 leaves it as it is.
 *
 * rp2040js wipes all 16 MiB of it in each reset, so also when a chip is made. Whoever flashes or debugs resets a chip
 * often, and then waits for little else.
 */
import { RP2040 } from 'rp2040js';

const NONE = new Uint8Array(0);

export class Mcu extends RP2040 {
  reset() {
    const { flash } = this;
    this.flash = NONE;
    super.reset();
    this.flash = flash;
  }

  /** The flash as it comes from its factory: all bits are set. */
  emptyFlash() {
    this.flash.fill(0xff);
  }

  /** @param {Mcu} other whose flash this one has from now on */
  takeFlash(other) {
    this.flash = other.flash;
    this.flash16 = other.flash16;
    this.flashView = other.flashView;
  }
}
