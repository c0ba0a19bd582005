// One network, or a pair of them, from the first step to the last; or what a network says of rows.

#include "network.hpp"

struct Settings {
  double learning_rate, weight_decay, momentum;
  double label_weight, teacher_weight, temperature, agreement;
  whole steps, adam, flat;
};

// A network as torch has it, and its rows: weight (fan_out, fan_in) and bias, layer after layer.
struct Given {
  const whole *sizes;
  whole layers;
  float *const *parameters;
  const float *x;
};

template <bool BACK> static void pack(const Shape &shape, float *packed, float *const *plain) {
  const auto move = [](float *mine, float *theirs) {
    if (BACK) *theirs = *mine;
    else *mine = *theirs;
  };
  for (whole l = 0; l < shape.layers; l++) {
    const whole in = shape.in(l), out = shape.out(l);
    const bool head = l == shape.head();
    const whole along = head ? 1 : padded(out), across = head ? padded(in) : 1;
    float *weight = packed + shape.weight(l), *bias = packed + shape.bias(l);
    for (whole o = 0; o < out; o++) {
      for (whole i = 0; i < in; i++)
        move(weight + i * along + o * across, plain[2 * l] + o * in + i);
      move(bias + o, plain[2 * l + 1] + o);
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

// slope[class][row] = base[class][row] + weight softmax(logits / temperature), and where it is FLAT
// less weight / classes, exact however close to that it is
template <bool FLAT>
static void add_softmax(whole classes, whole rows, const float *logits, float temperature,
                        float weight, const float *base, float *slope) {
  const float sharp = 1 / temperature;
  for (whole r = 0; r < rows; r += LANES) {
    vec most = load(logits + r), sum{};
    for (whole c = 1; c < classes; c++) most = larger(most, load(logits + c * BLOCK + r));
    const auto e = [&](whole c) {
      return exponential<FLAT>((load(logits + c * BLOCK + r) - most) * sharp);
    };
    for (whole c = 0; c < classes; c++) sum += e(c);
    const vec scale = weight / (FLAT ? (float)classes + sum : sum);
    const vec mean = FLAT ? sum / (float)classes : vec{};
    for (whole c = 0; c < classes; c++)
      store(slope + c * BLOCK + r, load(base + c * BLOCK + r) + (e(c) - mean) * scale);
  }
}

// A network in memory of its own.
struct Network {
  Shape shape;
  float *p;
  Activations block;
  Rows x;

  Network(const Given &given, whole rows, Arena &arena)
      : shape{given.sizes, given.layers}, p(arena.take(shape.total())), block(shape, arena),
        x(rows_of(shape, given.x, rows, arena)) {
    if (p) pack<false>(shape, p, given.parameters);
  }
  void look(whole first, whole rows) const { forward(shape, p, x.from(first), rows, block); }
};

// Parameters with their slopes and the moving averages of these.
struct State {
  whole count;
  float *p, *g, *mean, *square;

  State(const Network &of, Arena &arena)
      : count(of.shape.total()), p(of.p), g(arena.take(count)), mean(arena.take(count)),
        square(arena.take(count)) {}

  // Without momentum the mean is the slope.
  void descend(const Settings &set) {
    const float rate = set.learning_rate, decay = set.weight_decay, kept = set.momentum;
    for (whole i = 0; i < count; i += LANES) {
      const vec m = kept * load(mean + i) + (load(g + i) + decay * load(p + i));
      store(mean + i, m);
      store(p + i, load(p + i) - rate * m);
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

// A network that is trained.
struct Learner : Network {
  State state;
  Slopes slope;
  float *pull; // the part of the slope along the logits that does not change: [block][class][row]

  Learner(const Given &given, const float *target, whole rows, Arena &arena)
      : Network(given, rows, arena), state(*this, arena), slope(shape, arena),
        pull(arena.take(Blocks{rows}.count * BLOCK * shape.classes())) {
    const Blocks blocks{rows};
    const whole classes = shape.classes();
    for (whole b = 0; pull && b < blocks.count; b++)
      for (whole r = 0; r < blocks.size(b); r++)
        for (whole c = 0; c < classes; c++)
          pull[(b * classes + c) * BLOCK + r] =
              -target[(blocks.first(b) + r) * classes + c] / rows;
  }
  // The slope along logit (row, class) is
  //   (label_weight softmax(s)_class + teacher_weight softmax(s / T)_class - target) / rows.
  void judge(const Settings &set, whole b, whole size, whole rows) const {
    const bool cold = set.temperature == 1, both = set.teacher_weight != 0 && !cold;
    const float own = (set.label_weight + (cold ? set.teacher_weight : 0)) / rows;
    const whole classes = shape.classes();
    add_softmax<false>(classes, size, block.logits, 1, own, pull + b * classes * BLOCK, slope.logits);
    if (both)
      (set.flat ? add_softmax<true> : add_softmax<false>)(
          classes, size, block.logits, set.temperature, set.teacher_weight / rows, slope.logits,
          slope.logits);
  }
  void learn(whole first, whole rows) const {
    for (whole c = 0; c < shape.classes(); c++)
      for (whole r = rows; r < padded(rows); r++) slope.logits[c * BLOCK + r] = 0;
    backward(shape, p, state.g, x.from(first), rows, block, slope);
  }
};

// Adds weight (a - b)^2 to a loss, a and b being the logits of two networks.
static void agree(const Learner &one, const Learner &other, whole rows, float weight) {
  for (whole c = 0; c < one.shape.classes(); c++)
    for (whole at = c * BLOCK; at < c * BLOCK + rows; at += LANES) {
      const vec pull = 2 * weight * (load(one.block.logits + at) - load(other.block.logits + at));
      store(one.slope.logits + at, load(one.slope.logits + at) + pull);
      store(other.slope.logits + at, load(other.slope.logits + at) - pull);
    }
}

// Networks of one loss: one, or two that are to agree.
template <int COUNT>
static void train_all(Learner (&all)[COUNT], whole rows, const Settings &set) {
  const Blocks blocks{rows};
  double unseen = 1, unsquared = 1;
  for (whole step = 0; step < set.steps; step++) {
    for (const Learner &of : all) turn(of.shape, of.p, of.slope.turned);
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b), size = blocks.size(b);
      for (const Learner &of : all) {
        of.look(first, size);
        of.judge(set, b, size, rows);
      }
      if constexpr (COUNT == 2)
        agree(all[0], all[1], size, set.agreement / (rows * all[0].shape.classes()));
      for (const Learner &of : all) of.learn(first, size);
    }
    unseen *= 0.9, unsquared *= 0.999;
    for (Learner &of : all) {
      if (set.adam) of.state.adam(set, unseen, unsquared);
      else of.state.descend(set);
    }
  }
}

extern "C" whole memory_to_train(const Given *given, whole rows) {
  Arena arena{nullptr};
  Learner(*given, nullptr, rows, arena);
  return arena.used;
}

extern "C" void train(const Given *given, const float *target, whole rows, const Settings *set,
                      float *memory) {
  Arena arena{memory};
  Learner all[] = {{*given, target, rows, arena}};
  train_all(all, rows, *set);
  pack<true>(all[0].shape, all[0].p, given->parameters);
}

// The loss of both is the sum of their own and of the mean over rows and classes of
//   agreement (a - b)^2.
extern "C" void train_pair(const Given *first, const Given *second, const float *target,
                           whole rows, const Settings *set, float *memory) {
  Arena arena{memory};
  Learner all[] = {{*first, target, rows, arena}, {*second, target, rows, arena}};
  train_all(all, rows, *set);
  pack<true>(all[0].shape, all[0].p, first->parameters);
  pack<true>(all[1].shape, all[1].p, second->parameters);
}

extern "C" whole memory_to_predict(const Given *given, whole rows) {
  Arena arena{nullptr};
  Network(*given, rows, arena);
  return arena.used;
}

// Logits (row, class) of a network.
extern "C" void predict(const Given *given, whole rows, float *logits, float *memory) {
  const Blocks blocks{rows};
  Arena arena{memory};
  const Network of(*given, rows, arena);
  const whole classes = of.shape.classes();
  for (whole b = 0; b < blocks.count; b++) {
    of.look(blocks.first(b), blocks.size(b));
    for (whole r = 0; r < blocks.size(b); r++)
      for (whole c = 0; c < classes; c++)
        logits[(blocks.first(b) + r) * classes + c] = of.block.logits[c * BLOCK + r];
  }
}

extern "C" whole lanes() { return LANES; }
