/** Write a fraction as a percentage. */
export function percent(fraction, digits = 1) {
  return fraction === null || Number.isNaN(fraction) ? "–" : `${(100 * fraction).toFixed(digits)} %`;
}

/** Write a gain with its sign; nothing has none before a zero. */
export function signed(points, digits = 1) {
  if (points === null || Number.isNaN(points)) return "–";
  const text = Math.abs(points).toFixed(digits);
  if (Number(text) === 0) return text;
  return (points < 0 ? "−" : "+") + text;
}

/** Write a count of something. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

const LITTLE = 0.5; // points, five of a thousand test rows

/** Return what a gain, in points, says: it helps, hurts, or changes little. */
export function verdict(points) {
  if (Math.abs(points) < LITTLE) return "changes little";
  return points > 0 ? "helps" : "hurts";
}
