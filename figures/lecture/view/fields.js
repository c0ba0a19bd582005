import { CHOICES, problem } from "../maths/settings.js";

const whole = (initial, low, high) => ({ kind: "whole", initial, low, high });
const real = (initial, low, high, step) => ({ kind: "real", initial, low, high, step });
const choice = (initial, choices) => ({ kind: "choice", initial, choices });

/** Parts of the page that a lecturer may hide. */
export const PARTS = {
  presets: "presets and scenes",
  story: "caption",
  seed: "seed",
  shares: "sliders of the shares",
  channels: "channels",
  ceilings: "exact ceilings",
  loss: "loss",
  gain: "gain over γ",
  map: "map of all shares",
  seeds: "30 seeds",
  runs: "runs so far",
  settings: "settings",
};

/** What a run depends on; `maths/` says what each is. */
export const SETTINGS = {
  a: whole(5, 0, 80),
  g: whole(5, 0, 80),
  b: whole(5, 0, 80),
  h: whole(5, 0, 400),
  da: whole(25, 1, 240),
  db: whole(50, 1, 240),
  n: whole(200, 20, 2000),
  flip: real(0, 0, 0.5, 0.05),
  rule: choice(CHOICES.rule[0], CHOICES.rule),
  model: choice(CHOICES.model[0], CHOICES.model),
  teacher: choice(CHOICES.teacher[0], CHOICES.teacher),
  temperature: real(1, 0.5, 8, 0.5),
  weight: real(0.5, 0, 4, 0.25),
  seed: whole(0, 0, 2 ** 53 - 1),
};

/** The whole state of the page, field by field: its kind, its first value, and what is allowed. */
export const FIELDS = {
  ...SETTINGS,
  preset: { kind: "name", initial: "growing" },
  speed: choice("1", ["0.25", "0.5", "1", "2", "4"]),
  predict: choice("no", ["no", "yes"]),
  theme: choice("auto", ["auto", "light", "dark"]),
  hide: { kind: "parts", initial: "" },
};

/** The state in which the page opens. */
export const INITIAL = Object.fromEntries(
  Object.entries(FIELDS).map(([name, field]) => [name, field.initial]),
);

/** Return of a state what a run depends on. */
export function settingsOf(state) {
  return Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, state[name]]));
}

/** Return a state as the text of a URL's hash: its preset, and what is not as in its first scene. */
export function encode(state, presets) {
  const first = firstOf(state.preset, presets);
  const changed = Object.keys(FIELDS).filter((name) => name === "preset" || state[name] !== first[name]);
  return changed.map((name) => `${name}=${encodeURIComponent(state[name])}`).join("&");
}

/**
 * Read a hash: any text gives a state, and a note for each thing in it that is not one. What it leaves
 * out is as in the first scene of its preset; settings that exclude one another are all taken from it.
 */
export function decode(text, presets) {
  const notes = [];
  const given = {};
  const names = presets.map((preset) => preset.name);
  for (const [name, written] of new URLSearchParams(text)) {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : null;
    const value = field === null ? null : read(field, written, names);
    if (field === null) notes.push(`“${short(name)}” is no setting of this page`);
    else if (value === null) notes.push(refused(name, written, names));
    else given[name] = value;
  }
  const first = firstOf(given.preset ?? INITIAL.preset, presets);
  const state = { ...first, ...given };
  const why = problem(settingsOf(state));
  if (why === "") return { state, notes };
  return { state: { ...state, ...settingsOf(first) }, notes: [...notes, why] };
}

/** Say which number of a state is beyond its bounds, or "". */
export function outside(state) {
  const beyond = ([name, { low, high }]) => state[name] < low || state[name] > high;
  const [name] = Object.entries(FIELDS).find(beyond) ?? [];
  return name === undefined ? "" : `${refused(name, String(state[name]))}.`;
}

function firstOf(preset, presets) {
  return { ...INITIAL, ...presets.find(({ name }) => name === preset).scenes[0].settings };
}

function read(field, given, presets) {
  if (field.kind === "choice") return field.choices.includes(given) ? given : null;
  if (field.kind === "name") return presets.includes(given) ? given : null;
  if (field.kind === "parts") {
    const named = given === "" ? [] : given.split(".");
    return named.every((name) => Object.hasOwn(PARTS, name)) ? [...new Set(named)].join(".") : null;
  }
  const pattern = field.kind === "whole" ? /^\d{1,16}$/ : /^\d{1,3}(\.\d{1,4})?$/;
  const value = Number(given);
  return pattern.test(given) && value >= field.low && value <= field.high ? value : null;
}

function refused(name, written, presets) {
  return `${name} = “${short(written)}” is not allowed: ${allowed(FIELDS[name], presets)}`;
}

function allowed(field, presets) {
  if (field.kind === "choice") return field.choices.join(", ");
  if (field.kind === "name") return presets.join(", ");
  if (field.kind === "parts") return `names of parts joined by dots: ${Object.keys(PARTS).join(", ")}`;
  return `a ${field.kind === "whole" ? "whole " : ""}number from ${field.low} to ${field.high}`;
}

function short(text) {
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}
