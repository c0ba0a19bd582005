import { by, html, say } from "./dom.js";
import { PRESETS } from "./presets.js";

/** The presets, the caption of the one that is shown, and its scenes. */
export class Story {
  constructor({ choose, show }) {
    this.show = show;
    this.preset = null;
    PRESETS.forEach(({ title }, i) => {
      const button = html("button", { type: "button", title, "aria-label": `preset ${i + 1}: ${title}` }, String(i + 1));
      button.addEventListener("click", () => choose(i));
      by("presets").append(button);
    });
  }

  draw(preset, scene) {
    say(by("preset-title"), preset.title);
    say(by("shown"), preset.shown);
    say(by("told"), preset.told);
    [...by("presets").children].forEach((button, i) => button.setAttribute("aria-current", PRESETS[i] === preset));
    if (this.preset !== preset) this.scenes(preset);
    [...by("scenes").children].forEach((button, i) => button.setAttribute("aria-current", i === scene));
  }

  scenes(preset) {
    this.preset = preset;
    const buttons = preset.scenes.map(({ label }, i) => {
      const button = html("button", { type: "button" }, label);
      button.addEventListener("click", () => this.show(i));
      return button;
    });
    by("scenes").replaceChildren(...buttons);
  }
}
