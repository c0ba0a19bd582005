import { problem } from "../maths/settings.js";
import { reshared, shares, widened } from "../maths/shares.js";
import { FIELDS, PARTS, SETTINGS, settingsOf } from "./fields.js";
import { by, html, say } from "./dom.js";

const visible = ({ a, g, b }) => a + g + b;
const share = (name) => (settings) => {
  const key = { a: "alpha", g: "gamma", b: "beta" }[name];
  return { text: `${settings[name]} · ${(100 * shares(settings)[key]).toFixed(0)} %` };
};
const plain = (name) => (settings) => ({ text: String(settings[name]) });

/** Sliders of the diagram: the three shares move together, and what is hidden by itself. */
const SHARES = [
  { name: "a", label: "α teacher’s own", role: "alpha", high: visible, read: (s) => s.a, write: (s, value) => reshared(s, "a", value), shown: share("a") },
  { name: "g", label: "γ general", role: "gamma", high: visible, read: (s) => s.g, write: (s, value) => reshared(s, "g", value), shown: share("g") },
  { name: "b", label: "β student’s own", role: "beta", high: visible, read: (s) => s.b, write: (s, value) => reshared(s, "b", value), shown: share("b") },
  { name: "h", label: "hidden", role: "hidden", high: () => 40, read: (s) => s.h, write: (s, value) => ({ ...s, h: value }), shown: plain("h") },
];

/** Sliders of everything else. A modality's noise is what its channels are beyond what it sees. */
const SLIDERS = [
  { name: "visible", label: "visible features", low: 1, high: () => 40, step: 1, read: visible, write: (s, value) => rescaled(s, value), shown: (s) => ({ text: String(visible(s)) }) },
  { name: "noiseA", label: "teacher’s noise channels", low: 0, high: () => 80, step: 1, read: (s) => s.da - s.a - s.g, write: (s, value) => widened({ ...s, da: s.a + s.g + value }), shown: (s) => ({ text: String(s.da - s.a - s.g) }) },
  { name: "noiseB", label: "student’s noise channels", low: 0, high: () => 80, step: 1, read: (s) => s.db - s.b - s.g, write: (s, value) => widened({ ...s, db: s.b + s.g + value }), shown: (s) => ({ text: String(s.db - s.b - s.g) }) },
  number("n", "training rows", 20),
  number("flip", "flipped labels", SETTINGS.flip.step, (value) => `${(100 * value).toFixed(0)} %`),
  number("temperature", "temperature T", SETTINGS.temperature.step),
  number("weight", "KD weight", SETTINGS.weight.step),
];

const SELECTS = [
  { name: "model", label: "networks", words: { linear: "linear", hidden: "one hidden layer" } },
  { name: "rule", label: "label rule", words: { hyperplane: "side of a hyperplane", quadratic: "distance from the origin", parity: "parity of α and β" } },
  { name: "teacher", label: "teacher sees", words: { teacher: "its own modality", general_teacher: "general features only", multimodal_teacher: "both modalities", um_teacher: "the student’s modality" } },
];

function number(name, label, step, write = String) {
  const { low, high } = SETTINGS[name];
  return { name, label, low, high: () => high, step, read: (s) => s[name], write: (s, value) => ({ ...s, [name]: value }), shown: (s) => ({ text: write(s[name]) }) };
}

/** Give the diagram so many visible features, in the shares that it has. */
function rescaled(settings, value) {
  const whole = { ...settings, a: value, g: 0, b: 0 };
  const total = visible(settings);
  const general = Math.round((settings.g * value) / total);
  const own = Math.min(value - general, Math.round((settings.a * value) / total));
  return widened({ ...whole, a: own, g: general, b: value - own - general });
}

/** Controls of what a run depends on. `changed(settings)` hears what a person sets. */
export class Controls {
  constructor(changed) {
    this.changed = changed;
    this.sliders = [
      ...SHARES.map((slider) => this.slider(by("shares"), { low: 0, step: 1, ...slider })),
      ...SLIDERS.map((slider) => this.slider(by("sliders"), slider)),
    ];
    this.selects = SELECTS.map((select) => this.select(by("selects"), select));
    this.seed = by("seed");
    this.seed.addEventListener("change", () => this.typed());
    by("speed").addEventListener("change", () => this.changed({ speed: by("speed").value }));
  }

  draw(state) {
    const settings = settingsOf(state);
    this.settings = settings;
    by("speed").value = state.speed;
    for (const name of Object.keys(PARTS)) by(`show-${name}`).checked = !state.hide.split(".").includes(name);
    for (const { input, output, high, read, shown } of this.sliders) {
      input.max = Math.max(high(settings), read(settings));
      input.value = read(settings);
      const { text } = shown(settings);
      input.setAttribute("aria-valuetext", text);
      say(output, text);
    }
    for (const { input, name } of this.selects) {
      input.value = settings[name];
      for (const option of input.options) option.disabled = problem({ ...settings, [name]: option.value }) !== "";
    }
    if (document.activeElement !== this.seed) this.seed.value = settings.seed;
  }

  slider(parent, { name, label, role, low, high, step, read, write, shown }) {
    const input = html("input", { type: "range", id: `slider-${name}`, min: low, step });
    const output = html("output", { for: input.id });
    parent.append(html("label", { for: input.id, class: role ?? "" }, label), input, output);
    input.addEventListener("input", () => this.changed(write(this.settings, Number(input.value))));
    return { input, output, high, read, shown };
  }

  select(parent, { name, label, words }) {
    const input = html("select", { id: `select-${name}` });
    for (const value of FIELDS[name].choices) input.append(html("option", { value }, words[value]));
    parent.append(html("label", { for: input.id }, label), input);
    input.addEventListener("change", () => this.changed({ ...this.settings, [name]: input.value }));
    return { input, name };
  }

  typed() {
    const value = Number(this.seed.value);
    const { low, high } = SETTINGS.seed;
    if (this.seed.value !== "" && Number.isInteger(value) && value >= low && value <= high) this.changed({ ...this.settings, seed: value });
    else this.seed.value = this.settings.seed;
  }
}
