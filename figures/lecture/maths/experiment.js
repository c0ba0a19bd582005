import { draw, seen } from "./data.js";
import { KEYS } from "./keys.js";
import { Network } from "./networks.js";
import { Objective } from "./objectives.js";
import { adam, plain } from "./optimisers.js";
import { Stream } from "./random.js";
import { problem, STEPS } from "./settings.js";
import { TEACHERS } from "./teachers.js";
import { Training } from "./training.js";

/** Hidden units of each model, and how parameters of a size descend. */
const RECIPES = {
  linear: { width: 0, descent: () => plain(0.1) },
  hidden: { width: 64, descent: (size) => adam(0.01, 0.1, size) },
};

/** A stage's curves have a point at its first step, its last, and about so many between. */
const RECORDS = 60;

/**
 * A run: rows, a teacher, and two students that start from one point and see the same rows, one
 * trained on labels alone, `no_kd`, the other on the teacher's outputs too, `kd`.
 *
 * It has two stages, "teacher" and "students", each advanced step by step; the students need the
 * teacher's outputs at its last step.
 */
export class Experiment {
  constructor(settings) {
    const why = problem(settings);
    if (why !== "") throw new RangeError(why);
    this.settings = settings;
    this.steps = STEPS[settings.model];
    this.data = draw(settings);
    const { input, initStream } = TEACHERS[settings.teacher];
    this.stages = { teacher: { teacher: this.training(input, initStream) }, students: null };
    this.recorded = { teacher: -1, students: -1 };
  }

  /**
   * Train a stage until a step and return what is recorded on the way, rows
   * `{ step, stage, arm, loss, accuracy }`: the same rows however a stage is cut into advances.
   */
  advance(stage, to) {
    const trainings = Object.entries(this.trainings(stage));
    if (!Number.isInteger(to) || to < 0 || to > this.steps) {
      throw new RangeError(`to = ${to} is not a step from 0 to ${this.steps}.`);
    }
    const due = grid(this.steps).filter((step) => step > this.recorded[stage] && step <= to);
    const rows = due.flatMap((step) => trainings.map(([arm, training]) => {
      training.advance(step);
      return { step, stage, arm, loss: training.loss(), accuracy: training.accuracy() };
    }));
    for (const [, training] of trainings) training.advance(to);
    this.recorded[stage] = Math.max(this.recorded[stage], to);
    return rows;
  }

  /** Return the step at which a stage is. */
  step(stage) {
    return Object.values(this.trainings(stage))[0].steps;
  }

  /** Train all to the end and return the test accuracies, `{ teacher, no_kd, kd }`. */
  scores() {
    return this.all((training) => {
      training.advance(this.steps);
      return training.accuracy();
    });
  }

  /** Train all to the end and return the losses at each step from 0 to `steps` of each. */
  losses(steps) {
    if (!Number.isInteger(steps) || steps < 0 || steps > this.steps) {
      throw new RangeError(`steps = ${steps} is not a number of steps from 0 to ${this.steps}.`);
    }
    return this.all((training) => {
      const losses = Array.from({ length: steps + 1 }, (_, step) => {
        training.advance(step);
        return training.loss();
      });
      training.advance(this.steps);
      return losses;
    });
  }

  /** Return what `ask` says of each training, the teacher's first. */
  all(ask) {
    const { teacher } = this.trainings("teacher");
    const asked = { teacher: ask(teacher) };
    const { no_kd, kd } = this.trainings("students");
    return { ...asked, no_kd: ask(no_kd), kd: ask(kd) };
  }

  /** Return the trainings of a stage by their arms. */
  trainings(stage) {
    if (!Object.hasOwn(this.stages, stage)) {
      throw new RangeError(`stage = ${stage} is not one of ${Object.keys(this.stages).join(", ")}.`);
    }
    if (this.stages[stage] === null) {
      const { teacher } = this.stages.teacher;
      if (teacher.steps < this.steps) throw new RangeError("The students wait for the teacher’s last step.");
      const start = (margins) => this.training("student", "student", margins);
      this.stages.students = { no_kd: start(null), kd: start(teacher.margins()) };
    }
    return this.stages[stage];
  }

  /** Return a network in training; it imitates a teacher of which it is given the margins. */
  training(input, initStream, teacher = null) {
    const { settings, data } = this;
    const { width, descent } = RECIPES[settings.model];
    const { x, channels } = seen(data, settings, input);
    const network = new Network(channels, width, new Stream(settings.seed, KEYS.initial[initStream]));
    const objective = new Objective(data.y.subarray(0, settings.n), settings, teacher);
    const descend = descent(network.parameters.length);
    return new Training(network, x, objective, data.y.subarray(settings.n), descend);
  }
}

/** Return the steps at which something is recorded. */
function grid(steps) {
  return Array.from({ length: RECORDS + 1 }, (_, i) => Math.round((i * steps) / RECORDS));
}
