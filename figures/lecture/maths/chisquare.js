import { root } from "./numerics.js";

/** Return log Γ(k/2) of a whole number k of at least 1, from Γ(x + 1) = x Γ(x). */
export function logGammaOfHalf(k) {
  let logarithm = k % 2 === 0 ? 0 : Math.log(Math.PI) / 2; // Γ(1) = 1, Γ(1/2) = √π
  for (let twice = k % 2 === 0 ? 2 : 1; twice < k; twice += 2) logarithm += Math.log(twice / 2);
  return logarithm;
}

/**
 * Return the probability that a sum of k squares of standard normals is at most x.
 *
 *     P(χ²ₖ ≤ x) = Σₙ tₙ,   t₀ = h^(k/2) e⁻ʰ / Γ(k/2 + 1),   tₙ₊₁ = tₙ h / (k/2 + n + 1),   h = x/2
 *
 * All terms are positive, so that nothing cancels; good to 12 decimals.
 */
export function chiSquareBelow(k, x) {
  if (x <= 0) return 0;
  const h = x / 2;
  if (h > k + 700) return 1; // but for less than 1e-16; the first term could underflow
  let term = Math.exp((k / 2) * Math.log(h) - h - logGammaOfHalf(k + 2));
  let sum = 0;
  for (let next = k / 2 + 1; term > 1e-17 * sum || next < h; next++) {
    sum += term;
    term *= h / next;
  }
  return Math.min(sum, 1);
}

/** Return the median of a sum of k squares of standard normals. */
export function chiSquareMedian(k) {
  return root((x) => chiSquareBelow(k, x) - 0.5, 0, k + 1);
}

/** Return the density of the root of a sum of k squares: r^(k−1) e^(−r²/2) / (2^(k/2−1) Γ(k/2)). */
export function chiDensity(k, r) {
  if (r === 0) return k === 1 ? Math.sqrt(2 / Math.PI) : 0;
  const constant = (k / 2 - 1) * Math.LN2 + logGammaOfHalf(k);
  return Math.exp((k - 1) * Math.log(r) - (r * r) / 2 - constant);
}
