/**
 * What a network minimises: the mean over rows of
 *
 *     L = CE(y, s) + w T² KL(softmax(t/T) ‖ softmax(s/T))
 *
 * for labels y and the logits s and t of student and teacher. Of two classes both terms depend on
 * margins m alone, the probability of class 1 being σ(m) = 1 / (1 + e⁻ᵐ).
 */
export class Objective {
  /** Without `teacher`, the margins that a teacher has on the rows, it is that of labels alone. */
  constructor(y, { weight, temperature }, teacher = null) {
    this.y = y;
    this.temperature = temperature;
    this.weight = teacher === null ? 0 : weight;
    const softened = teacher === null ? [] : teacher.map((margin) => margin / temperature);
    this.targets = Float64Array.from(softened, sigmoid);
    // −Σ q log q, the part of the divergence that the student cannot change
    this.entropies = Float64Array.from(softened, (margin) =>
      sigmoid(margin) * softplus(-margin) + sigmoid(-margin) * softplus(margin));
  }

  /** Return the loss of one row at a margin. */
  loss(margin, row) {
    const labels = softplus(this.y[row] === 1 ? -margin : margin);
    if (this.weight === 0) return labels;
    const { temperature, weight } = this;
    const soft = margin / temperature;
    const target = this.targets[row];
    const crossed = target * softplus(-soft) + (1 - target) * softplus(soft);
    return labels + weight * temperature ** 2 * (crossed - this.entropies[row]);
  }

  /** Return the slope of that loss along the margin: σ(m) − y + w T (σ(m/T) − σ(t/T)). */
  slope(margin, row) {
    const labels = sigmoid(margin) - this.y[row];
    if (this.weight === 0) return labels;
    const { temperature, weight } = this;
    return labels + weight * temperature * (sigmoid(margin / temperature) - this.targets[row]);
  }
}

function sigmoid(z) {
  return 1 / (1 + Math.exp(-z));
}

/** Return log(1 + eᶻ). */
function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}
