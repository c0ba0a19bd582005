import { chiDensity, chiSquareBelow, chiSquareMedian } from "./chisquare.js";
import { integral } from "./numerics.js";

/**
 * Return how often the label can be told at best, the Bayes accuracy, from what is seen:
 * `teacher` and `student`, the modalities; `both`; `general`, the features that both see.
 *
 * The accuracy A of the label without flips becomes (1 − ε) A + ε (1 − A) with them.
 */
export function ceilings(settings) {
  const { a, g, b, h, flip } = settings;
  const decisive = a + g + b + h;
  const seen = { teacher: a + g, student: b + g, both: a + g + b, general: g };
  const known = RULES[settings.rule](seen, decisive);
  const names = Object.keys(seen);
  return Object.fromEntries(
    names.map((name) => [name, (1 - flip) * known[name] + flip * (1 - known[name])]),
  );
}

const RULES = {
  hyperplane: (seen, decisive) => each(seen, (features) => hyperplane(features, decisive)),
  quadratic: (seen, decisive) => each(seen, (features) => quadratic(features, decisive)),
  // Who lacks one of the bits knows nothing of the label.
  parity: () => ({ teacher: 0.5, student: 0.5, both: 1, general: 0.5 }),
};

/** ½ + arcsin(ρ) / π with ρ² the share of the features that are seen (Sheppard 1899). */
function hyperplane(seen, decisive) {
  return 0.5 + Math.atan2(Math.sqrt(seen), Math.sqrt(decisive - seen)) / Math.PI;
}

/**
 * E max(p, 1 − p),   p(u) = P(χ²_{d−s} ≤ c − u),   u ~ χ²ₛ,
 *
 * with c the median of χ²_d: an integral over the root r of the seen part u. Beyond √c the label is
 * certain; nearer to 0 it is as likely as not where c − r² is the median of the unseen part.
 */
function quadratic(seen, decisive) {
  if (seen === 0) return 0.5;
  if (seen === decisive) return 1;
  const unseen = decisive - seen;
  const cut = chiSquareMedian(decisive);
  const even = Math.sqrt(cut - chiSquareMedian(unseen));
  const inner = (r) => chiSquareBelow(unseen, cut - r * r);
  const low = integral((r) => chiDensity(seen, r) * inner(r), 0, even);
  const high = integral((r) => chiDensity(seen, r) * (1 - inner(r)), even, Math.sqrt(cut));
  return low + high + 1 - chiSquareBelow(seen, cut);
}

function each(values, f) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value)]));
}
