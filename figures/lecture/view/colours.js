import { colour } from "./chart.js";

/** Return the colour of a gain from −1 (the largest loss) to 1: through the paper's colour at 0. */
export function mixed(gain) {
  const stops = ["--loss-most", "--loss-some", "--nothing", "--gain-some", "--gain-most"].map((name) => channels(colour(name)));
  const at = Math.min(Math.max((gain + 1) * 2, 0), 4);
  const i = Math.min(3, Math.floor(at));
  const parts = stops[i].map((from, k) => Math.round(from + (at - i) * (stops[i + 1][k] - from)));
  return `rgb(${parts.join(", ")})`;
}

function channels(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}
