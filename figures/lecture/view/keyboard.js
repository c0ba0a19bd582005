/** Keys of the page: what they do, as help shows it. */
export const KEYS = [
  { keys: ["Space"], name: "play", what: "play or pause" },
  { keys: ["→"], name: "nudge", what: "one step" },
  { keys: ["Shift", "→"], name: "stage", what: "to the end of this stage: teacher, distil, compare" },
  { keys: ["r"], name: "reset", what: "reset this run" },
  { keys: ["n"], name: "reseed", what: "next seed: other data, another start" },
  { keys: ["m"], name: "many", what: "run 30 seeds" },
  { keys: ["1", "–", "9"], name: "preset", what: "a preset" },
  { keys: ["p"], name: "predict", what: "predict first, on or off" },
  { keys: ["h", "l", "u"], name: "guess", what: "predict: it helps, changes little, hurts" },
  { keys: ["s"], name: "lecturer", what: "lecturer mode: what is shown" },
  { keys: ["d"], name: "theme", what: "dark or light" },
  { keys: ["?"], name: "help", what: "this help" },
];

const ACTIONS = {
  " ": "play", r: "reset", n: "reseed", m: "many", p: "predict", h: "helps", l: "little", u: "hurts", s: "lecturer", d: "theme", "?": "help",
};

const OWN_KEYS = {
  " ": "button, summary, select, input[type=checkbox]",
  ArrowRight: "select, input, [role=slider]",
};

/**
 * Listen for keys; `actions` has a function for each name of `KEYS`. A button that was clicked gives
 * the focus back: the space bar then plays, and does not press it again.
 */
export function listen(actions) {
  addEventListener("click", ({ detail, target }) => detail > 0 && target.closest?.("button")?.blur());
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.getModifierState("AltGraph") || event.isComposing) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.matches("input[type=number], select") && event.key.length === 1 && event.key !== "?") return;
    if (event.key in OWN_KEYS && target.matches(OWN_KEYS[event.key])) return;
    const action = named(event, actions);
    if (action === null) return;
    event.preventDefault();
    action();
  });
}

function named(event, actions) {
  const key = latin(event);
  if (/^[1-9]$/.test(key)) return () => actions.preset(Number(key) - 1);
  if (key === "ArrowRight") return event.shiftKey ? actions.stage : actions.nudge;
  const name = ACTIONS[key.length === 1 ? key.toLowerCase() : key];
  return name === undefined || event.repeat ? null : actions[name];
}

/** Return what a key writes; what is written on it in Latin, where it writes another alphabet or other digits. */
function latin({ key, code }) {
  const other = /^[\p{L}\p{N}]$/u.test(key) && !/^[\p{Script=Latin}\d]$/u.test(key);
  return other ? code.replace(/^(Key|Digit)/, "") : key;
}
