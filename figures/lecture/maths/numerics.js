/** Return where a rising function crosses zero between two ends, by halving, to the last bit. */
export function root(f, low, high) {
  let [left, right] = [low, high];
  for (;;) {
    const middle = (left + right) / 2;
    if (middle <= left || middle >= right) return middle;
    if (f(middle) < 0) left = middle;
    else right = middle;
  }
}

/**
 * Integrate f from `low` to `high` by the double exponential rule (Takahasi and Mori 1974):
 *
 *     x = m + h tanh(π/2 sinh t)
 *
 * so that a root at an end, where a derivative is infinite, costs nothing.
 */
export function integral(f, low, high) {
  const half = (high - low) / 2;
  const step = 1 / 32;
  let sum = 0;
  for (let t = -3.5; t <= 3.5; t += step) {
    const bend = (Math.PI / 2) * Math.sinh(t);
    const weight = ((Math.PI / 2) * Math.cosh(t)) / Math.cosh(bend) ** 2;
    sum += weight * f(low + half * (1 + Math.tanh(bend)));
  }
  return half * step * sum;
}
