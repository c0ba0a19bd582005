import { TEACHERS } from "../maths/teachers.js";
import { ceilings } from "../maths/truth.js";
import { arms } from "./arms.js";
import { legend } from "./chart.js";
import { Curves } from "./curves.js";
import { by, say } from "./dom.js";
import { Predict } from "./predict.js";
import { Run } from "./run.js";
import { percent, signed, verdict } from "./words.js";

const STAGES = ["teacher", "students", "compare"];

/** The live run: its curves, its stages, and what it found. `known(settings)` says what was measured. */
export class Live {
  constructor({ ended, known }) {
    this.known = known;
    this.curves = new Curves(by("accuracy"), by("loss"));
    this.predict = new Predict(() => this.run.play());
    this.ceilings = true;
    this.resting = false;
    this.run = new Run({
      changed: () => this.draw(),
      ended: () => {
        this.predict.judge(this.run.gain);
        this.draw();
        ended();
      },
      waits: () => this.predict.waits,
    });
  }

  /** Begin anew with some settings; the worker says if they cannot be run. */
  begin(settings) {
    this.predict.reset();
    this.run.playing = false;
    this.run.start(settings);
  }

  draw() {
    const { run } = this;
    const { settings } = run;
    if (settings === undefined) return;
    this.curves.draw(settings, run.rows, run.steps, this.ceilings ? lines(settings) : []);
    const last = (arm) => run.rows.findLast((row) => row.arm === arm)?.accuracy ?? null;
    by("legend").replaceChildren(...legend(arms(settings).map((kind) => ({ ...kind, value: percent(last(kind.arm)) }))));
    say(by("play"), run.playing || this.resting ? "❚❚ Pause" : run.done ? "▶ Again" : "▶ Play");
    for (const stage of STAGES) by(`stage-${stage}`).setAttribute("aria-current", run.stage === stage ? "step" : "false");
    for (const id of ["stage", "nudge"]) by(id).disabled = run.done || run.held;
    this.predict.draw(run);
    say(by("outcome"), this.outcome());
  }

  outcome() {
    const { run } = this;
    if (run.reason !== "") return `This cannot be run: ${run.reason}`;
    if (!run.done) {
      if (run.stage === "students") return "Both students learn from labels; the KD student imitates the teacher too.";
      return run.rows.length === 0 ? "Nothing is trained yet." : "The teacher learns from labels.";
    }
    if (run.gain === null) return "A network diverged: its numbers are no longer finite. Lower the KD weight or the temperature.";
    return `${this.predict.judged}KD ${verdict(run.gain)}: ${signed(run.gain)} points in this run. ${this.known(run.settings)}`;
  }
}

/** Return the exact ceilings of teacher and student: how often anyone is right who sees as much. */
function lines(settings) {
  const exact = ceilings(settings);
  const [teacher] = arms(settings);
  const seen = exact[TEACHERS[settings.teacher].input];
  const line = (value, who, colour, side) => ({ accuracy: 100 * value, label: `${who} at best ${percent(value)}`, colour, side });
  if (Math.abs(seen - exact.student) < 1e-12) return [line(seen, "either", "--ink", "left")];
  return [line(seen, teacher.label, teacher.colour, "left"), line(exact.student, "student", "--student", "right")];
}
