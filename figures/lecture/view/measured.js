import { TEACHERS } from "../maths/teachers.js";

const NAMES = { n: "training rows", flip: "flipped labels", rule: "label rule", temperature: "temperature", weight: "KD weight", model: "networks" };

const WORDS = { linear: "linear", hidden: "with a hidden layer" };

/**
 * Return the family of measured gains to show for some settings: of the kind, with the arm, and of
 * the same model where there is one; the user's own come first, then the path that the preset names.
 */
export function chosen(families, kind, settings, path) {
  const { arm } = TEACHERS[settings.teacher];
  const fits = families.filter((family) => family.kind === kind && family.points.some((point) => arm in point.arms));
  const score = (family) =>
    4 * (family.own ?? false) + 2 * (family.model === settings.model) + (kind === "path" && family.name === path);
  return fits.toSorted((one, other) => score(other) - score(one))[0] ?? null;
}

/** Return the family's points that have an arm, with its gain. */
export function points(family, arm) {
  return family.points.filter((point) => arm in point.arms).map((point) => ({ ...point, ...point.arms[arm] }));
}

/** Return the point of a family that some settings are, or null. */
export function same(family, settings) {
  const names = ["a", "g", "b", "h", "da", "db"];
  return family.points.find((point) => names.every((name) => point[name] === settings[name])) ?? null;
}

/** Say what differs between a family and a run's settings: what was measured speaks of other ones. */
export function differences(family, settings) {
  return Object.entries(NAMES)
    .filter(([name]) => family.settings[name] !== undefined && family.settings[name] !== null)
    .filter(([name]) => family.settings[name] !== settings[name])
    .map(([name, words]) => `${words} ${written(family.settings[name])}, here ${written(settings[name])}`);
}

function written(value) {
  return WORDS[value] ?? value;
}
