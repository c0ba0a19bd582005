/** Where the tail of the normal begins, and the area of each of the 256 strips beneath its density. */
export const TAIL = 3.6541528853610087963519472518;
const AREA = 0.0049286732339746549;
const MANTISSA = 2 ** 52;

/**
 * Return the strips of equal area that cover the density f(x) = exp(−x²/2), the tail's first:
 *
 *     x₂₅₅ = r,   f(xᵢ) = f(xᵢ₊₁) + A / xᵢ₊₁
 *
 * `width` is a strip's width for each of 2⁵² steps, `inside` the steps that lie beneath the
 * density whatever their height, `height` the density at its end.
 */
export function strips() {
  const width = new Float64Array(256);
  const inside = new Float64Array(256);
  const height = new Float64Array(256);
  height[255] = Math.exp(-0.5 * TAIL * TAIL);
  width[255] = TAIL / MANTISSA;
  width[0] = AREA / height[255] / MANTISSA;
  inside[0] = Math.floor(((TAIL * height[255]) / AREA) * MANTISSA);
  height[0] = 1;
  let outer = TAIL;
  for (let i = 254; i > 0; i--) {
    const x = Math.sqrt(-2 * Math.log(AREA / outer + height[i + 1]));
    inside[i + 1] = Math.floor((x / outer) * MANTISSA);
    width[i] = x / MANTISSA;
    height[i] = Math.exp(-0.5 * x * x);
    outer = x;
  }
  return { width, inside, height };
}
