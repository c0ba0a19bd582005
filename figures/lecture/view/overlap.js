import { shares } from "../maths/shares.js";
import { TEACHERS } from "../maths/teachers.js";
import { arms } from "./arms.js";
import { Chart, colour } from "./chart.js";
import { points } from "./measured.js";

const LEAST = 1; // points above and below 0 that are always in view: less looks like little

const TITLES = { gamma: "γ, share of general features", alpha: "α, share of the teacher’s own" };

/** An axis' labels with their signs. */
export const SIGNED = 'format(datum.value, datum.value === 0 ? "" : "+")';

/** The measured gain over γ with its intervals, the current diagram, and the runs of this session. */
export class Overlap {
  constructor(node) {
    this.settings = null;
    this.axis = "gamma";
    this.chart = new Chart(node, "Gain over the share of general features", () => this.specification());
  }

  build() {
    this.chart.build();
  }

  /** Show a family (or none), where the current diagram is, and runs with their shares. */
  draw(settings, family, runs) {
    const axis = along(family);
    const changed = this.settings?.teacher !== settings.teacher || this.axis !== axis;
    Object.assign(this, { settings, axis });
    if (changed) this.build();
    const found = family === null ? [] : points(family, TEACHERS[settings.teacher].arm);
    const measured = found.toSorted((one, other) => one[axis] - other[axis]).map(({ gain, low, high, ...point }) => ({ share: point[axis], gain, low, high }));
    const marks = runs.map((run) => ({ ...run, share: run[axis] }));
    this.chart.show({ measured, runs: marks, now: [{ share: shares(settings)[axis] }] });
  }

  specification() {
    const student = colour(arms(this.settings ?? { teacher: "teacher" })[2].colour);
    const x = { field: "share", type: "quantitative", title: TITLES[this.axis], scale: { domain: [0, 1] }, axis: { tickCount: 5 } };
    const y = { field: "gain", type: "quantitative", title: "gain (points)", scale: { nice: false, padding: 14 }, axis: { tickCount: 4, minExtent: 40, labelExpr: SIGNED } };
    const ink = colour("--ink");
    return {
      datasets: { measured: [], runs: [], now: [] },
      encoding: { x, y },
      layer: [
        { data: { values: [{ gain: -LEAST }, { gain: LEAST }] }, mark: { type: "rule", opacity: 0 }, encoding: { x: null } },
        { data: { values: [{ gain: 0 }] }, mark: { type: "rule", color: ink, strokeWidth: 1.5 }, encoding: { x: null } },
        { data: { name: "now" }, mark: { type: "rule", color: colour("--general"), strokeWidth: 8, opacity: 0.35 }, encoding: { y: null } },
        { data: { name: "measured" }, mark: { type: "rule", color: student, strokeWidth: 3 }, encoding: { y: { ...y, field: "low" }, y2: { field: "high" } } },
        { data: { name: "measured" }, mark: { type: "line", color: student, strokeWidth: 3 } },
        { data: { name: "measured" }, mark: { type: "point", shape: "circle", filled: true, size: 70, opacity: 1, color: student } },
        {
          data: { name: "runs" },
          mark: { type: "point", filled: true, stroke: ink, strokeWidth: 1.5, opacity: 1 },
          encoding: {
            shape: { value: "diamond" },
            size: { condition: { test: "datum.last", value: 260 }, value: 110 },
            color: { condition: { test: "datum.last", value: colour("--accent") }, value: colour("--paper") },
          },
        },
      ],
    };
  }
}

/** Return the share that a path is drawn over: γ, or α where γ stays as it is. */
function along(family) {
  const still = family !== null && family.points.every((point) => Math.abs(point.gamma - family.points[0].gamma) < 1e-9);
  return still ? "alpha" : "gamma";
}
