// One network from its first step to its last, or what it says of rows.

#include "network.hpp"

struct Settings {
  double learning_rate, weight_decay;
  double label_weight, teacher_weight, temperature;
  whole steps, adam;
};

// Parameters come as torch has them, weight (fan_out, fan_in) and bias, layer after layer.
template <bool BACK> static void pack(const Shape &shape, float *packed, float *const *plain) {
  for (whole l = 0; l < shape.layers; l++)
    for (whole o = 0; o < shape.out(l); o++) {
      for (whole i = 0; i <= shape.in(l); i++) {
        const bool bias = i == shape.in(l);
        const whole place = l == shape.head() ? o * padded(shape.in(l)) + i
                                              : i * padded(shape.out(l)) + o;
        float *mine = packed + (bias ? shape.bias(l) + o : shape.weight(l) + place);
        float *theirs = bias ? plain[2 * l + 1] + o : plain[2 * l] + o * shape.in(l) + i;
        if (BACK) *theirs = *mine;
        else *mine = *theirs;
      }
    }
}

// Rows as the network reads them: a linear one in whole vectors, others number by number.
static Rows rows_of(const Shape &shape, const float *x, whole rows, Arena &arena) {
  if (shape.head() > 0) return {x, shape.in(0)};
  const whole row = padded(shape.in(0));
  float *copy = arena.take((rows + BLOCK) * row);
  if (copy)
    for (whole r = 0; r < rows; r++)
      for (whole i = 0; i < shape.in(0); i++) copy[r * row + i] = x[r * shape.in(0) + i];
  return {copy, row};
}

// Blocks of about equal size.
struct Blocks {
  whole rows, count = (rows + BLOCK - 1) / BLOCK;
  whole first(whole b) const { return b * rows / count; }
  whole size(whole b) const { return first(b + 1) - first(b); }
};

// slope[class][row] = base[class][row] + weight softmax(logits / temperature)
static void add_softmax(whole classes, whole rows, const float *logits, float temperature,
                        float weight, const float *base, float *slope) {
  const float sharp = 1 / temperature;
  for (whole r = 0; r < rows; r += LANES) {
    vec most = load(logits + r), sum{};
    for (whole c = 1; c < classes; c++) most = larger(most, load(logits + c * BLOCK + r));
    const auto e = [&](whole c) {
      return exponential((load(logits + c * BLOCK + r) - most) * sharp);
    };
    for (whole c = 0; c < classes; c++) sum += e(c);
    const vec scale = weight / sum;
    for (whole c = 0; c < classes; c++)
      store(slope + c * BLOCK + r, load(base + c * BLOCK + r) + e(c) * scale);
  }
}

// Parameters with their slopes and Adam's moving averages.
struct State {
  whole count;
  float *p, *g, *mean, *square;

  State(const Shape &shape, Arena &arena)
      : count(shape.total()), p(arena.take(count)), g(arena.take(count)), mean(arena.take(count)),
        square(arena.take(count)) {}

  void sgd(const Settings &set) {
    const float rate = set.learning_rate, decay = set.weight_decay;
    for (whole i = 0; i < count; i += LANES) {
      store(p + i, load(p + i) - rate * (load(g + i) + decay * load(p + i)));
      store(g + i, vec{});
    }
  }
  // Kingma and Ba (2015), Algorithm 1, with betas 0.9 and 0.999 and epsilon 1e-8.
  void adam(const Settings &set, double unseen, double unsquared) {
    const float decay = set.weight_decay, step = set.learning_rate / (1 - unseen);
    const float root = 1 / __builtin_sqrt(1 - unsquared);
    for (whole i = 0; i < count; i += LANES) {
      const vec slope = load(g + i) + decay * load(p + i);
      const vec m = load(mean + i) + 0.1f * (slope - load(mean + i));
      const vec s = 0.999f * load(square + i) + 0.001f * (slope * slope);
      vec size;
      for (int k = 0; k < LANES; k++) size[k] = __builtin_sqrtf(s[k]);
      store(mean + i, m);
      store(square + i, s);
      store(p + i, load(p + i) - step * m / (size * root + 1e-8f));
      store(g + i, vec{});
    }
  }
};

struct Training {
  State state;
  Activations block;
  float *pull;
  Rows x;

  Training(const Shape &shape, whole rows, const float *x, Arena &arena)
      : state(shape, arena), block(shape, arena),
        pull(arena.take(Blocks{rows}.count * BLOCK * shape.classes())),
        x(rows_of(shape, x, rows, arena)) {}
};

extern "C" whole memory(const whole *sizes, whole layers, whole rows) {
  Arena arena{nullptr};
  Training({sizes, layers}, rows, nullptr, arena);
  return arena.used;
}

// The slope along logit (row, class) is
//   (label_weight softmax(s)_class + teacher_weight softmax(s / T)_class - target) / rows.
extern "C" void train(const whole *sizes, whole layers, float *const *parameters, const float *x,
                      const float *target, whole rows, const Settings *set, float *memory) {
  const Shape shape{sizes, layers};
  const whole classes = shape.classes();
  const Blocks blocks{rows};
  Arena arena{memory};
  Training of(shape, rows, x, arena);
  Activations &block = of.block;
  pack<false>(shape, of.state.p, parameters);
  for (whole b = 0; b < blocks.count; b++)
    for (whole r = 0; r < blocks.size(b); r++)
      for (whole c = 0; c < classes; c++)
        of.pull[(b * classes + c) * BLOCK + r] = -target[(blocks.first(b) + r) * classes + c] / rows;
  const bool cold = set->temperature == 1, both = set->teacher_weight != 0 && !cold;
  const float own = (set->label_weight + (cold ? set->teacher_weight : 0)) / rows;
  double unseen = 1, unsquared = 1;
  for (whole step = 0; step < set->steps; step++) {
    turn(shape, of.state.p, block.turned);
    for (whole b = 0; b < blocks.count; b++) {
      const whole size = blocks.size(b);
      const Rows mine = of.x.from(blocks.first(b));
      const float *pull = of.pull + b * classes * BLOCK;
      forward(shape, of.state.p, mine, size, block);
      add_softmax(classes, size, block.logits, 1, own, pull, block.slope);
      if (both)
        add_softmax(classes, size, block.logits, set->temperature, set->teacher_weight / rows,
                    block.slope, block.slope);
      for (whole c = 0; c < classes; c++)
        for (whole r = size; r < padded(size); r++) block.slope[c * BLOCK + r] = 0;
      backward(shape, of.state.p, of.state.g, mine, size, block);
    }
    unseen *= 0.9, unsquared *= 0.999;
    if (set->adam) of.state.adam(*set, unseen, unsquared);
    else of.state.sgd(*set);
  }
  pack<true>(shape, of.state.p, parameters);
}

// Logits (row, class) of a network.
extern "C" void predict(const whole *sizes, whole layers, float *const *parameters, const float *x,
                        whole rows, float *logits, float *memory) {
  const Shape shape{sizes, layers};
  const Blocks blocks{rows};
  Arena arena{memory};
  Training of(shape, rows, x, arena);
  pack<false>(shape, of.state.p, parameters);
  for (whole b = 0; b < blocks.count; b++) {
    forward(shape, of.state.p, of.x.from(blocks.first(b)), blocks.size(b), of.block);
    for (whole r = 0; r < blocks.size(b); r++)
      for (whole c = 0; c < shape.classes(); c++)
        logits[(blocks.first(b) + r) * shape.classes() + c] = of.block.logits[c * BLOCK + r];
  }
}

extern "C" whole lanes() { return LANES; }
