/** One network in training: full-batch gradient descent on its objective. */
export class Training {
  /**
   * `x` holds rows to train on, as many as the objective has labels, and then `test`, labels of
   * rows to test on.
   */
  constructor(network, x, objective, test, descend) {
    Object.assign(this, { network, x, objective, test, descend });
    this.rows = objective.y.length;
    this.gradient = new Float64Array(network.parameters.length);
    this.steps = 0;
  }

  /** Take steps until so many have been taken; none where they have been already. */
  advance(to) {
    const { network, x, objective, rows, gradient } = this;
    for (; this.steps < to; this.steps++) {
      gradient.fill(0);
      for (let row = 0; row < rows; row++) {
        const first = row * network.channels;
        const margin = network.margin(x, first);
        network.backward(x, first, objective.slope(margin, row) / rows, gradient);
      }
      this.descend(network.parameters, gradient);
      network.settle();
    }
  }

  /** Return the margins of the rows to train on. */
  margins() {
    return this.network.margins(this.x, 0, this.rows);
  }

  /** Return the objective's mean over the rows to train on, or null where training diverged. */
  loss() {
    const losses = this.margins().map((margin, row) => this.objective.loss(margin, row));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / this.rows;
    return Number.isFinite(mean) ? mean : null;
  }

  /** Return the share of test rows that are classified correctly, or null where training diverged. */
  accuracy() {
    if (!this.network.finite()) return null;
    const margins = this.network.margins(this.x, this.rows, this.rows + this.test.length);
    const right = margins.filter((margin, row) => (margin > 0 ? 1 : 0) === this.test[row]);
    return right.length / this.test.length;
  }
}
