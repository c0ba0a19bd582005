import { meanInterval } from "../maths/statistics.js";
import { arms } from "./arms.js";
import { Chart, colour } from "./chart.js";
import { SIGNED } from "./overlap.js";
import { worker } from "./run.js";
import { by, say } from "./dom.js";
import { count, signed } from "./words.js";

/** How many runs make the distribution of the gain. */
export const SEEDS = 30;

/** Trains the current settings for many seeds, in workers of its own, and shows every gain. */
export class Seeds {
  constructor(node) {
    this.settings = null;
    this.found = [];
    this.reason = "";
    this.workers = [];
    this.chart = new Chart(node, "Gains of many seeds", () => this.specification());
  }

  build() {
    this.chart.build();
  }

  get running() {
    return this.workers.length > 0;
  }

  /** Forget all gains, and stop. */
  clear() {
    this.stop();
    this.found = [];
    this.reason = "";
    this.draw();
  }

  /** Start, or stop what is running. */
  toggle(settings) {
    if (!this.running) return this.start(settings);
    this.stop();
    this.draw();
  }

  /** Train the seeds from 0 on, whatever the seed of the live run. */
  start(settings) {
    const changed = this.settings?.teacher !== settings.teacher;
    this.settings = settings;
    this.clear();
    if (changed) this.build();
    const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
    const hands = Math.max(1, Math.min(4, (navigator.hardwareConcurrency ?? 2) - 1));
    this.workers = Array.from({ length: hands }, (_, hand) => {
      const made = worker();
      made.onmessage = ({ data }) => this.answer(made, data);
      made.postMessage({ type: "seeds", id: 0, settings, seeds: seeds.filter((seed) => seed % hands === hand) });
      return made;
    });
    this.draw();
  }

  stop() {
    for (const each of this.workers) each.terminate();
    this.workers = [];
  }

  answer(made, message) {
    if (message.type === "seed") {
      const gain = message.kd === null || message.no_kd === null ? null : 100 * (message.kd - message.no_kd);
      this.found.push({ seed: message.seed, gain, teacher: message.teacher, no_kd: message.no_kd, kd: message.kd });
    } else {
      this.reason = message.reason ?? "";
      made.terminate();
      this.workers = this.workers.filter((each) => each !== made);
    }
    this.draw();
  }

  get gains() {
    return this.found.map((run) => run.gain).filter((gain) => gain !== null);
  }

  /** Return the runs as rows of a table, settings included. */
  get table() {
    return this.found.map((run) => ({ ...run, ...this.settings, seed: run.seed }));
  }

  /** Say what was found so far: counts, mean and interval, and what is missing. */
  get words() {
    if (this.reason !== "") return `This cannot be run: ${this.reason}`;
    if (this.found.length === 0) return this.running ? "training …" : `not run yet: ${SEEDS} seeds, each with its own data and start`;
    const { mean, low, high, n } = meanInterval(this.gains);
    const failed = this.found.length - n;
    const parts = [`mean gain ${signed(mean, 2)}`, n > 1 ? `95 % interval [${signed(low, 2)}, ${signed(high, 2)}]` : "", `${n} of ${SEEDS} seeds`];
    parts.push(`helps in ${count(this.gains.filter((gain) => gain > 0).length, "seed")}`);
    if (failed > 0) parts.push(`${count(failed, "run")} diverged`);
    return parts.filter((part) => part !== "").join(" · ");
  }

  draw() {
    const { mean, low, high, n } = meanInterval(this.gains);
    this.chart.show({ gains: stacked(this.gains), mean: n > 1 ? [{ mean, low, high }] : [] });
    say(by("seeds-words"), this.words);
    say(by("many"), this.running ? "Stop" : `Run ${SEEDS} seeds`);
  }

  specification() {
    const student = colour(arms(this.settings ?? { teacher: "teacher" })[2].colour);
    const ink = colour("--ink");
    const x = { field: "gain", type: "quantitative", title: "gain of one seed (points)", axis: { labelExpr: SIGNED, tickCount: 7, grid: false } };
    return {
      datasets: { gains: [], mean: [] },
      layer: [
        { data: { values: [{ gain: 0 }] }, mark: { type: "rule", color: ink, strokeWidth: 1.5 }, encoding: { x } },
        {
          data: { name: "gains" },
          mark: { type: "point", filled: true, size: 150, opacity: 0.75, color: student },
          encoding: { x, y: { field: "place", type: "quantitative", axis: null, scale: { domain: [-1.5, 8], clamp: true } } },
        },
        { data: { name: "mean" }, mark: { type: "rule", strokeWidth: 5, color: ink }, encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y: { datum: -0.8 } } },
        { data: { name: "mean" }, mark: { type: "point", shape: "diamond", filled: true, size: 260, opacity: 1, color: ink }, encoding: { x: { ...x, field: "mean" }, y: { datum: -0.8 } } },
      ],
    };
  }
}

/** Put gains that are close beside each other on top of each other. */
function stacked(gains) {
  const width = Math.max(0.25, (Math.max(...gains) - Math.min(...gains)) / 18);
  const heights = new Map();
  return gains.map((gain) => {
    const bin = Math.round(gain / width);
    const place = heights.get(bin) ?? 0;
    heights.set(bin, place + 1);
    return { gain, place };
  });
}
