/**
 * Return whole counts that sum to `total`, nearest to the weights: each rounded down, and what is
 * left over to the largest remainders.
 */
export function apportion(weights, total) {
  const sum = weights.reduce((left, right) => left + right, 0);
  const wanted = weights.map((weight) => (sum === 0 ? total / weights.length : (total * weight) / sum));
  const counts = wanted.map(Math.floor);
  let left = total - counts.reduce((one, other) => one + other, 0);
  const order = wanted.map((_, i) => i).sort((i, j) => wanted[j] - counts[j] - (wanted[i] - counts[i]));
  for (const i of order) if (left-- > 0) counts[i] += 1;
  return counts;
}

/**
 * Give one of the counts a, g, b a value; the others keep their ratio, all keep their sum, and with
 * it α + β + γ = 1. Modalities too narrow for what they now see get the channels for it.
 */
export function reshared(settings, which, value) {
  const names = ["a", "g", "b"];
  const others = names.filter((name) => name !== which);
  const visible = settings.a + settings.g + settings.b;
  const counts = apportion(others.map((name) => settings[name]), visible - value);
  return widened({ ...settings, [which]: value, [others[0]]: counts[0], [others[1]]: counts[1] });
}

/**
 * Share g features while each modality sees as many as before: the circles keep their size. The label
 * keeps its number of decisive features as long as it can, so that those set free are hidden.
 */
export function overlapped(settings, shared) {
  const { a, g, b, h } = settings;
  const [own, others] = [a + g - shared, b + g - shared];
  const hidden = Math.max(0, a + g + b + h - (own + others + shared));
  return widened({ ...settings, a: own, b: others, g: shared, h: hidden });
}

/** Give each modality at least a channel for every feature that it sees. */
export function widened(settings) {
  const { a, g, b, da, db } = settings;
  return { ...settings, da: Math.max(da, a + g, 1), db: Math.max(db, b + g, 1) };
}

/** Return α, β and γ: the shares of teacher-specific, student-specific and general features. */
export function shares({ a, g, b }) {
  const visible = a + g + b;
  return { alpha: a / visible, beta: b / visible, gamma: g / visible };
}
