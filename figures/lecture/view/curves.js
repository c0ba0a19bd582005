import { arms } from "./arms.js";
import { Chart, colour } from "./chart.js";

const EVERY = 8; // recorded rows from one mark of a curve to the next

/** The live curves of a run: test accuracy with the exact ceilings, and training loss. */
export class Curves {
  constructor(accuracy, loss) {
    this.settings = null;
    this.accuracy = new Chart(accuracy, "Test accuracy of teacher and students over training steps", () => this.specification("accuracy"));
    this.loss = new Chart(loss, "Training loss of teacher and students over training steps", () => this.specification("loss"));
  }

  build() {
    this.accuracy.build();
    this.loss.build();
  }

  /** Show the rows of a run so far. `ceilings` is empty where they are hidden. */
  draw(settings, rows, steps, ceilings) {
    const changed = this.settings?.teacher !== settings.teacher;
    this.settings = settings;
    if (changed) this.build();
    const told = rows.filter((row) => row.accuracy !== null);
    const numbered = told.map((row, i) => ({ ...row, accuracy: 100 * row.accuracy, marked: marked(told, i) }));
    const values = [...numbered.map((row) => row.accuracy), ...ceilings.map((each) => each.accuracy), 50];
    const low = Math.min(45, 5 * Math.floor(Math.min(...values) / 5));
    const high = Math.min(100, 5 * Math.ceil((Math.max(...values) + 2) / 5));
    this.accuracy.show({ rows: numbered, ceilings: ceilings.map((each) => ({ ...each, colour: colour(each.colour) })) }, { steps, low, high });
    const largest = Math.max(0.8, ...numbered.map((row) => row.loss).filter(Number.isFinite));
    this.loss.show({ rows: numbered }, { steps, low: 0, high: largest });
  }

  specification(field) {
    const kinds = arms(this.settings ?? { teacher: "teacher" });
    const domain = kinds.map((kind) => kind.arm);
    const scale = (range) => ({ field: "arm", type: "nominal", scale: { domain, range }, legend: null });
    const x = { field: "step", type: "quantitative", scale: { domainMin: 0, domainMax: { expr: "steps" }, nice: false } };
    const title = field === "accuracy" ? "accuracy (%)" : "loss";
    const y = {
      field,
      type: "quantitative",
      title,
      scale: { domainMin: { expr: "low" }, domainMax: { expr: "high" }, nice: false, zero: false, clamp: true },
      axis: { tickCount: field === "accuracy" ? 5 : 3, minExtent: 56 },
    };
    const axis = field === "accuracy" ? { title: null, labels: false, tickCount: 5 } : { title: "training step", tickCount: 5, labelFlush: true };
    const curves = {
      data: { name: "rows" },
      encoding: {
        x: { ...x, axis },
        y,
        color: scale(kinds.map((kind) => colour(kind.colour))),
      },
      layer: [
        { mark: { type: "line", strokeWidth: 3, clip: true }, encoding: { strokeDash: scale(kinds.map((kind) => (kind.dash.length ? kind.dash : [1, 0]))) } },
        {
          transform: [{ filter: "datum.marked" }],
          mark: { type: "point", filled: true, size: 110, opacity: 1, clip: false },
          encoding: { shape: scale(kinds.map((kind) => kind.shape)) },
        },
      ],
    };
    return {
      params: [{ name: "steps", value: 1 }, { name: "low", value: 0 }, { name: "high", value: 1 }],
      datasets: { rows: [], ceilings: [] },
      layer: field === "accuracy" ? [ceilings(), curves] : [curves],
    };
  }
}

/** Lines for the exact Bayes accuracies, each named at its right end. */
function ceilings() {
  const at = { y: { field: "accuracy", type: "quantitative" } };
  const color = { field: "colour", type: "nominal", scale: null, legend: null };
  return {
    data: { name: "ceilings" },
    encoding: { ...at, color },
    layer: [
      { mark: { type: "rule", strokeWidth: 2, strokeDash: [2, 4] } },
      ...[["left", { value: 6 }], ["right", { value: "width" }]].map(([side, x]) => ({
        transform: [{ filter: `datum.side === "${side}"` }],
        mark: { type: "text", align: side, baseline: { expr: "datum.accuracy > 95 ? 'top' : 'bottom'" }, dy: { expr: "datum.accuracy > 95 ? 4 : -2" } },
        encoding: { x, text: { field: "label" }, color: { value: colour("--ink") } },
      })),
    ],
  };
}

function marked(rows, i) {
  const own = rows.slice(0, i).filter((row) => row.arm === rows[i].arm).length;
  const last = !rows.slice(i + 1).some((row) => row.arm === rows[i].arm);
  return last || own % EVERY === 0;
}
