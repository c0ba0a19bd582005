import { STEPS } from "../maths/settings.js";
import { by, still } from "./dom.js";

/** Seconds of each stage at pace 1. */
export const SECONDS = { teacher: 2.4, students: 3.2 };

const FRAME = 16; // milliseconds, until the first two frames tell
const LONGEST = 200; // milliseconds that a frame may make up for, after a hidden tab say

const SCRIPT = URL.createObjectURL(new Blob([by("worker").textContent], { type: "text/javascript" }));

/** Start a worker from the script that the page carries. */
export function worker() {
  return new Worker(SCRIPT);
}

/**
 * One run in a worker: stage "teacher" trains the teacher, "students" both students, "compare" is the
 * end. `changed()` is called when anything changes, `ended()` once at the end; where `waits()` holds,
 * the students are not trained yet.
 */
export class Run {
  constructor({ changed, ended, waits }) {
    Object.assign(this, { changed, ended, waits, id: 0, playing: false, pace: 1 });
    this.worker = worker();
    this.worker.onmessage = ({ data }) => data.id === this.id && this.heard(data);
  }

  /** Forget what was, and draw the data of some settings. */
  start(settings) {
    this.id += 1;
    this.settings = settings;
    this.steps = STEPS[settings.model];
    Object.assign(this, { stage: "teacher", step: 0, asked: 0, rows: [], ready: false, reason: "", until: null, clock: null });
    this.worker.postMessage({ type: "start", id: this.id, settings });
    this.changed();
  }

  get done() {
    return this.stage === "compare";
  }

  /** Return an arm's accuracy after the last step, or null. */
  result(arm) {
    const row = this.rows.findLast((each) => each.arm === arm);
    return row !== undefined && row.step === this.steps ? row.accuracy : null;
  }

  /** Return the gain in points, or null. */
  get gain() {
    const [kd, none] = [this.result("kd"), this.result("no_kd")];
    return kd === null || none === null ? null : 100 * (kd - none);
  }

  /** Train at the pace, to the end of a stage or of the run. */
  play(until = null) {
    if (this.done || this.held) return this.changed();
    this.until = until;
    this.clock = null;
    if (!this.playing) requestAnimationFrame((now) => this.frame(now));
    this.playing = true;
    this.changed();
  }

  pause() {
    this.playing = false;
    this.changed();
  }

  /** Go on by a sixtieth of a stage. */
  nudge() {
    this.playing = false;
    if (!this.held) this.advance(this.step + Math.ceil(this.steps / 60));
    this.changed();
  }

  get held() {
    return this.stage === "students" && this.step === 0 && this.waits();
  }

  frame(now) {
    if (!this.playing || this.done) return;
    const rate = (this.steps * this.pace) / SECONDS[this.stage] / 1000;
    const passed = this.clock === null ? FRAME : Math.min(now - this.clock, LONGEST);
    if (this.ready && this.asked === this.step) {
      this.clock = now;
      this.advance(still() ? this.steps : this.step + Math.max(1, passed * rate));
    }
    requestAnimationFrame((next) => this.frame(next));
  }

  advance(to) {
    if (!this.ready || this.done || this.asked !== this.step) return;
    this.asked = Math.min(this.steps, Math.ceil(to));
    this.worker.postMessage({ type: "advance", id: this.id, stage: this.stage, to: this.asked });
  }

  heard(message) {
    if (message.type === "failed") {
      this.reason = message.reason;
      this.playing = false;
    } else if (message.type === "ready") {
      this.ready = true;
    } else {
      this.rows.push(...message.rows);
      this.step = message.step;
      if (this.step === this.steps) this.next();
    }
    this.changed();
    if (message.type === "progress" && this.done) this.ended();
  }

  next() {
    if (this.until === this.stage) this.playing = false;
    this.stage = this.stage === "teacher" ? "students" : "compare";
    if (this.done) this.playing = false;
    else {
      this.step = this.asked = 0;
      if (this.held) this.playing = false;
    }
  }
}
