import { PRESETS } from "./presets.js";
import { SECONDS } from "./run.js";

const STORY = 8.5; // seconds in which a preset of several scenes is told, at speed 1
const REST = 0.5; // of them, after each scene

/** The scenes of a preset, played one after the other. */
export class Tour {
  constructor({ show, rested }) {
    Object.assign(this, { show, rested, on: false, waiting: null });
  }

  /** Return the preset that a state names. */
  preset(state) {
    return PRESETS.find((each) => each.name === state.preset);
  }

  /** Return which of its scenes the state is, or −1 if a person has changed something. */
  scene(state) {
    const fits = ({ settings }) => Object.entries(settings).every(([name, value]) => state[name] === value);
    return this.preset(state).scenes.findIndex(fits);
  }

  /** Go on tour from where the state is; a state that is no scene stays where it is. */
  start(state) {
    this.on = this.scene(state) >= 0 && this.preset(state).scenes.length > 1;
  }

  stop() {
    this.on = false;
    clearTimeout(this.waiting);
    this.waiting = null;
  }

  /** Return the pace at which the tour, or a single run, is played. */
  pace(state) {
    const seconds = SECONDS.teacher + SECONDS.students;
    const scenes = this.preset(state).scenes.length;
    return Number(state.speed) * (this.on ? Math.max(1, seconds / (STORY / scenes - REST)) : 1);
  }

  /** Show the next scene after a rest; at the last the tour ends. */
  next(state) {
    const following = this.scene(state) + 1;
    if (!this.on || following === 0 || following >= this.preset(state).scenes.length) return this.stop();
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.show(following, true);
    }, (1000 * REST) / Number(state.speed));
    this.rested();
  }
}
