/** Return a plain descent: θ ← θ − η ∇. */
export function plain(rate) {
  return (parameters, gradient) => {
    for (let i = 0; i < parameters.length; i++) parameters[i] -= rate * gradient[i];
  };
}

/**
 * Return Adam's descent on a penalised loss (Kingma and Ba 2015), λ/2 ‖θ‖² being added to it:
 *
 *     ∇ ← ∇ + λ θ,   m ← β₁ m + (1 − β₁) ∇,   v ← β₂ v + (1 − β₂) ∇²
 *     θ ← θ − η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)
 */
export function adam(rate, decay, size) {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  let steps = 0;
  return (parameters, gradient) => {
    steps += 1;
    const pace = rate / (1 - beta1 ** steps);
    const scale = Math.sqrt(1 - beta2 ** steps);
    for (let i = 0; i < size; i++) {
      const slope = gradient[i] + decay * parameters[i];
      first[i] += (1 - beta1) * (slope - first[i]);
      second[i] = beta2 * second[i] + (1 - beta2) * slope * slope;
      parameters[i] -= (pace * first[i]) / (Math.sqrt(second[i]) / scale + epsilon);
    }
  };
}
