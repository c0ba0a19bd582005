import { shares } from "../maths/shares.js";
import { LABELS } from "./arms.js";
import { by, html } from "./dom.js";
import { settingsOf } from "./fields.js";
import { percent, signed } from "./words.js";

const KEPT = 100;

/** The runs that came to their end, since the preset was chosen; the same settings once. */
export class Runs {
  constructor() {
    this.found = [];
  }

  clear() {
    this.found = [];
  }

  add(run, label) {
    const settings = settingsOf(run.settings);
    const key = JSON.stringify(settings);
    const [teacher, none, kd] = ["teacher", "no_kd", "kd"].map((arm) => run.result(arm));
    const row = { key, label, settings, teacher, no_kd: none, kd, gain: run.gain };
    this.found = [...this.found.filter((each) => each.key !== key), row].slice(-KEPT);
  }

  /** Return the shares and the gain of each run; the newest is told apart. */
  get marks() {
    const known = this.found.filter((row) => row.gain !== null);
    return known.map((row, i) => ({ ...shares(row.settings), gain: row.gain, last: i === known.length - 1 }));
  }

  /** Return the runs as rows of a table, settings included. */
  get table() {
    return this.found.map(({ settings, teacher, no_kd: none, kd, gain }) => ({ ...settings, teacher_accuracy: teacher, no_kd_accuracy: none, kd_accuracy: kd, gain_points: gain }));
  }

  draw() {
    const cells = ({ label, settings, teacher, no_kd: none, kd, gain }) => [
      label || `${settings.a}, ${settings.g}, ${settings.b}, ${settings.h}`,
      LABELS[settings.teacher].label, String(settings.seed), percent(teacher), percent(none), percent(kd), signed(gain),
    ];
    by("runs-body").replaceChildren(...this.found.map((row) => html("tr", {}, ...cells(row).map((text) => html("td", {}, text)))));
  }
}
