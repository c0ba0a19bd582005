import { by, html } from "./dom.js";
import { PARTS } from "./fields.js";
import { KEYS } from "./keyboard.js";

/** Buttons of the page by their id, and the action of each. */
const BUTTONS = {
  play: "play", nudge: "nudge", stage: "stage", reset: "reset", reseed: "reseed", many: "many",
  predict: "predict", "open-lecturer": "lecturer", "switch-theme": "theme", "open-help": "help",
};

/** Give the buttons their actions, and fill the dialogs; `shown(part, yes)` hears of lecturer mode. */
export function fill(actions, shown) {
  for (const [id, name] of Object.entries(BUTTONS)) by(id).addEventListener("click", () => actions[name]());
  for (const [name, words] of Object.entries(PARTS)) {
    const input = html("input", { type: "checkbox", id: `show-${name}` });
    input.addEventListener("change", () => shown(name, input.checked));
    by("parts").append(html("label", {}, input, ` ${words}`));
  }
  for (const { keys, what } of KEYS) by("keys").append(html("dt", {}, ...keys.map(written)), html("dd", {}, what));
  for (const button of document.querySelectorAll("dialog .close")) button.addEventListener("click", () => button.closest("dialog").close());
}

function written(key) {
  return key === "–" ? " – " : html("kbd", {}, key);
}
