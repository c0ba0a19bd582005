import { by, say } from "./dom.js";
import { verdict } from "./words.js";

/** “Predict first”: the room guesses before the students are trained, and what is known is covered. */
export class Predict {
  constructor(answered) {
    this.answered = answered;
    this.on = false;
    this.right = this.asked = 0;
    this.reset();
    for (const button of by("ask").querySelectorAll("button")) button.addEventListener("click", () => this.answer(button.value));
  }

  /** Begin anew: nothing is guessed yet. */
  reset() {
    Object.assign(this, { guess: null, judged: "" });
  }

  /** Whether a run must wait: the students' turn has come, and nobody has guessed. */
  get waits() {
    return this.on && this.guess === null;
  }

  answer(guess) {
    if (by("ask").hidden) return;
    this.guess = guess;
    this.answered();
  }

  /** Hold the guess against the gain of the run, in points. */
  judge(gain) {
    if (!this.on || this.guess === null || gain === null) return;
    const right = this.guess === verdict(gain);
    this.asked += 1;
    this.right += right;
    this.judged = `The room said “${this.guess}”: ${right ? "right" : "not so"}, ${this.right} of ${this.asked} so far. `;
  }

  /** Ask where the run waits; cover what is known until it has ended. */
  draw(run) {
    by("ask").hidden = !(run.held && run.ready);
    document.body.classList.toggle("covered", this.on && !run.done);
    by("predict").setAttribute("aria-pressed", this.on);
  }
}
