import { root } from "./numerics.js";

/**
 * Return the mean of independent values and its 95 % t interval, in their unit.
 *
 *     v̄ ± t_{n−1, 0.975} s / √n
 *
 * Returns `{ mean, low, high, n }`; low and high are NaN for fewer than two values, which say
 * nothing of spread.
 */
export function meanInterval(values) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, low: NaN, high: NaN, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = quantile(n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean, low: mean - half, high: mean + half, n };
}

/** Return the t that |t| of `freedom` degrees of freedom stays below in 95 % of cases. */
function quantile(freedom) {
  return Math.sqrt(freedom) * Math.tan(root((angle) => within(angle, freedom) - 0.95, 0, Math.PI / 2));
}

/**
 * Return the probability that |t| is below √ν tan θ (a finite sum; Zelen and Severo 1964, 26.7):
 *
 *     ν even:  sin θ (1 + ½ cos²θ + (1·3)/(2·4) cos⁴θ + …)               up to cos^(ν−2)
 *     ν odd:   2/π (θ + sin θ (cos θ + ⅔ cos³θ + (2·4)/(3·5) cos⁵θ + …))   up to cos^(ν−2)
 */
function within(angle, freedom) {
  const odd = freedom % 2;
  const square = Math.cos(angle) ** 2;
  let term = odd === 0 ? 1 : Math.cos(angle);
  let sum = 0;
  for (let power = odd; power <= freedom - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * square;
  }
  const area = Math.sin(angle) * sum;
  return odd === 0 ? area : (2 / Math.PI) * (angle + area);
}
