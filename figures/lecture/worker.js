import { Experiment } from "./maths/experiment.js";

/** The run that was started last. */
let experiment = null;

/** What each type of message asks for: given the message, yields what is posted in answer. */
const REQUESTS = {
  *start({ settings }) {
    experiment = null; // of a run that cannot be started nothing remains
    experiment = new Experiment(settings);
    yield { type: "ready", steps: experiment.steps };
  },

  *advance({ stage, to }) {
    if (experiment === null) throw new RangeError("No run has been started.");
    const rows = experiment.advance(stage, to);
    yield { type: "progress", stage, step: experiment.step(stage), rows };
  },

  *seeds({ settings, seeds }) {
    for (const seed of seeds) {
      yield { type: "seed", seed, ...new Experiment({ ...settings, seed }).scores() };
    }
    yield { type: "done" };
  },

  *losses({ settings, steps }) {
    yield { type: "losses", ...new Experiment(settings).losses(steps) };
  },
};

self.onmessage = ({ data }) => {
  const { type, id } = data;
  try {
    if (!Object.hasOwn(REQUESTS, type)) throw new RangeError(`A message of type ${type} is not known.`);
    for (const answer of REQUESTS[type](data)) self.postMessage({ ...answer, id });
  } catch (error) {
    self.postMessage({ type: "failed", id, reason: error.message });
  }
};
