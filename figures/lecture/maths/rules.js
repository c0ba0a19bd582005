import { chiSquareMedian } from "./chisquare.js";

/** Given settings and the number of decisive features, whether the label of a row of latents is 1. */
export const RULES = {
  hyperplane: (_, decisive) => (z, row) => above(z, row, decisive),
  quadratic: (_, decisive) => {
    const median = chiSquareMedian(decisive);
    return (z, row) => {
      let sum = 0;
      for (let j = row; j < row + decisive; j++) sum += z[j] * z[j];
      return sum > median;
    };
  },
  parity: ({ a, g, b }) => (z, row) => above(z, row + b + g, a) !== above(z, row, b),
};

/**
 * Return the label of each row of latents (row, feature), 0 or 1, flipped with probability ε:
 *
 *     hyperplane  y = [Σⱼ zⱼ > 0]
 *     quadratic   y = [Σⱼ zⱼ² > median of χ²_d]
 *     parity      y = [Σ of a's own zⱼ > 0] xor [Σ of b's own zⱼ > 0]
 *
 * `chance` is a stream of which each label takes a number, if there are flips.
 */
export function labels(settings, latents, chance) {
  const { a, g, b, h, flip } = settings;
  const decisive = a + g + b + h;
  const rule = RULES[settings.rule](settings, decisive);
  return Uint8Array.from({ length: latents.length / decisive }, (_, row) => {
    const one = rule(latents, row * decisive);
    if (flip === 0) return one ? 1 : 0;
    return chance.double() > (one ? flip : 1 - flip) ? 1 : 0;
  });
}

/** Return whether some features' weighted sum is positive; weights of length 1, as Python rounds. */
function above(z, first, count) {
  const weight = 1 / Math.sqrt(count);
  let sum = 0;
  for (let j = first; j < first + count; j++) sum += z[j] * weight;
  return sum > 0;
}
