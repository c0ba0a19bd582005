import { strips, TAIL } from "./ziggurat.js";

const MULTIPLIER = [0xf645, 0x9fcc, 0xdf64, 0x4385, 0x5da4, 0x1fc6, 0xed05, 0x2360];
const STRIPS = strips();

/**
 * Mix a seed and the four words of a purpose into eight words, as numpy's `SeedSequence` does
 * with a spawn key: a pool of four words is hashed from all of them, and words from the pool.
 */
export function seedWords(seed, key) {
  const entropy = [seed >>> 0, Math.floor(seed / 2 ** 32), 0, 0, ...key];
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = entropy.slice(0, 4).map(hash);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (to !== from) pool[to] = mixed(pool[to], hash(pool[from]));
  }
  for (const word of key) {
    for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hash(word));
  }
  const draw = hasher(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: 8 }, (_, i) => draw(pool[i % 4]));
}

function hasher(start, multiplier) {
  let constant = start;
  return (word) => {
    const first = word ^ constant;
    constant = Math.imul(constant, multiplier);
    const second = Math.imul(first, constant);
    return (second ^ (second >>> 16)) >>> 0;
  };
}

function mixed(one, other) {
  const word = (Math.imul(0xca01f9dd, one) - Math.imul(0x4973f715, other)) >>> 0;
  return (word ^ (word >>> 16)) >>> 0;
}

/**
 * The random stream of a seed and a purpose: the numbers that
 * `numpy.random.default_rng(SeedSequence(seed, spawn_key=key))` draws.
 *
 *     state ← state · multiplier + increment (mod 2¹²⁸),
 *     output = (high word xor low word) rotated right by the state's six highest bits
 *
 * (PCG64, XSL-RR). `seed` is a whole number from 0 to 2⁵³ − 1, `key` four words of 32 bits.
 */
export class Stream {
  constructor(seed, key) {
    const words = seedWords(seed, key);
    // Limbs of 16 bits, the lowest first: sums of their products are exact in doubles.
    const limbs = (order) => order.flatMap((i) => [words[i] & 0xffff, words[i] >>> 16]);
    const start = limbs([2, 3, 0, 1]);
    const odd = limbs([6, 7, 4, 5]);
    this.increment = Float64Array.from(odd, (limb, i) =>
      ((limb << 1) & 0xffff) | (i === 0 ? 1 : odd[i - 1] >>> 15));
    this.state = new Float64Array(8);
    this.step();
    add(this.state, start);
    this.step();
    this.high = 0;
    this.low = 0;
  }

  step() {
    const { state, increment } = this;
    for (let i = 7; i >= 0; i--) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += state[j] * MULTIPLIER[i - j];
      state[i] = sum; // read by no lower limb
    }
    add(state, increment);
  }

  /** Draw 64 bits into `high` and `low`. */
  next() {
    this.step();
    const s = this.state;
    const turn = s[7] >>> 10;
    const one = ((s[7] << 16) | s[6]) ^ ((s[3] << 16) | s[2]);
    const other = ((s[5] << 16) | s[4]) ^ ((s[1] << 16) | s[0]);
    const [high, low] = turn < 32 ? [one, other] : [other, one];
    const by = turn & 31;
    this.high = by === 0 ? high >>> 0 : ((high >>> by) | (low << (32 - by))) >>> 0;
    this.low = by === 0 ? low >>> 0 : ((low >>> by) | (high << (32 - by))) >>> 0;
  }

  /** Draw from U[0, 1), in steps of 2⁻⁵³. */
  double() {
    this.next();
    return (this.high * 2 ** 21 + (this.low >>> 11)) / 2 ** 53;
  }

  /** Draw from U(−bound, bound). */
  uniform(bound) {
    return -bound + 2 * bound * this.double();
  }

  /** Draw from N(0, 1) by the ziggurat: a point in a strip, kept if it lies beneath the density. */
  normal() {
    const { width, inside, height } = STRIPS;
    for (;;) {
      this.next();
      const strip = this.low & 255;
      const steps = (this.high & 0x1fffffff) * 2 ** 23 + (this.low >>> 9);
      const right = (this.low & 256) === 0;
      const x = steps * width[strip];
      if (steps < inside[strip]) return right ? x : -x;
      if (strip === 0) return (this.low & 2 ** 17) === 0 ? this.beyond() : -this.beyond();
      const y = (height[strip - 1] - height[strip]) * this.double() + height[strip];
      if (y < Math.exp(-0.5 * x * x)) return right ? x : -x;
    }
  }

  /** Draw from the normal's tail, by rejection from an exponential (Marsaglia 1964). */
  beyond() {
    for (;;) {
      const x = -Math.log1p(-this.double()) / TAIL;
      const y = -Math.log1p(-this.double());
      if (2 * y > x * x) return TAIL + x;
    }
  }
}

/** Add limbs to others that need not be below 2¹⁶, and carry. */
function add(limbs, others) {
  let carry = 0;
  for (let i = 0; i < 8; i++) {
    const sum = limbs[i] + others[i] + carry;
    carry = Math.floor(sum / 65536);
    limbs[i] = sum - carry * 65536;
  }
}
