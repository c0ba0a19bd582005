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
static Rows rows_of(const Shape &shape, const float *x, whole rows, Arena &arena, bool fresh) {
  if (shape.head() > 0) return {x, shape.in(0)};
  const whole row = padded(shape.in(0));
  float *copy = arena.take((rows + BLOCK) * row);
  if (copy && fresh)
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

// A network in memory of its own, which it has already unless it is `fresh`; what lasts no longer
// than a block may be in memory that others use in turn.
struct Network {
  Shape shape;
  float *p;
  Activations block;
  Rows x;

  Network(const Given &given, whole rows, Arena &arena) : Network(given, rows, arena, arena, true) {}
  Network(const Given &given, whole rows, Arena &arena, Arena &shared, bool fresh)
      : shape{given.sizes, given.layers}, p(arena.take(shape.total())), block(shape, shared),
        x(rows_of(shape, given.x, rows, arena, fresh)) {
    if (p && fresh) pack<false>(shape, p, given.parameters);
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
    backward(shape, p, state.g, x.from(first), rows, block, slope, nullptr);
  }
};

// A network that is trained on a loss which somebody else works out.
struct Pupil : Network {
  State state;
  Slopes slope;

  Pupil(const Given &given, whole rows, Arena &arena, Arena &shared, bool fresh)
      : Network(given, rows, arena, shared, fresh), state(*this, arena), slope(shape, shared) {}
};

// Many networks of one shape: parameters, rows, memory and what they say lie one model after
// another.  Hidden layers have LANES more rows than there are, and whole vectors of units.
struct Group {
  const whole *sizes;
  whole layers, models, rows;
  float *const *parameters;   // of all models: weight, bias, ...
  const float *const *x;      // of each model
  float *const *hidden;       // of each hidden layer: [model][rows + LANES][units]
  float *logits;              // [model][class][row]
  const float *const *pull;   // slopes along hidden layers, null where there are none: [model][rows][units]
  const float *slope;         // along logits: [model][class][row]
  float *memory;

  Shape shape() const { return {sizes, layers}; }
  struct Needed { whole shared, own; };
  Needed needed() const {
    Arena own{nullptr}, shared{nullptr};
    Pupil({sizes, layers, nullptr, nullptr}, rows, own, shared, false);
    return {shared.used, own.used};
  }
  template <typename Action> void each(bool fresh, const Action &act) const {
    const Needed need = needed();
    float *of_model[2 * (DEEPEST + 1)];
    for (whole m = 0; m < models; m++) {
      for (whole l = 0; l < layers && parameters; l++) {
        of_model[2 * l] = parameters[2 * l] + m * sizes[l] * sizes[l + 1];
        of_model[2 * l + 1] = parameters[2 * l + 1] + m * sizes[l + 1];
      }
      Arena shared{memory}, own{memory + need.shared + m * need.own};
      Pupil pupil({sizes, layers, of_model, x[m]}, rows, own, shared, fresh);
      act(m, pupil);
    }
  }
  // Where the units of a model's rows are, from some row on.
  Activations place(whole model, whole first, const Pupil &of) const {
    Activations found = of.block;
    for (whole l = 1; l < layers; l++)
      found.hidden[l] =
          hidden[l - 1] + (model * (rows + LANES) + first) * padded(of.shape.in(l));
    return found;
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

extern "C" whole memory_of_group(const Group *group) {
  const Group::Needed need = group->needed();
  return need.shared + group->models * need.own;
}

extern "C" void group_opens(const Group *group) {
  group->each(true, [](whole, const Pupil &) {});
}

// What all say of their rows, and their hidden layers.
extern "C" void group_says(const Group *group) {
  const Blocks blocks{group->rows};
  group->each(false, [&](whole m, const Pupil &of) {
    const whole classes = of.shape.classes();
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b);
      const Activations block = group->place(m, first, of);
      forward(of.shape, of.p, of.x.from(first), blocks.size(b), block);
      for (whole c = 0; c < classes; c++)
        for (whole r = 0; r < blocks.size(b); r++)
          group->logits[(m * classes + c) * group->rows + first + r] = block.logits[c * BLOCK + r];
    }
  });
}

// A step down the slopes of their losses; `unseen` and `unsquared` are what Adam's averages lack.
extern "C" void group_learns(const Group *group, const Settings *set, double unseen,
                             double unsquared) {
  const Blocks blocks{group->rows};
  group->each(false, [&](whole m, Pupil &of) {
    const whole classes = of.shape.classes();
    turn(of.shape, of.p, of.slope.turned);
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b), size = blocks.size(b);
      const float *pull[DEEPEST + 1] = {};
      for (whole l = 1; l < group->layers; l++)
        if (group->pull[l - 1])
          pull[l] = group->pull[l - 1] + (m * group->rows + first) * padded(of.shape.in(l));
      for (whole c = 0; c < classes; c++)
        for (whole r = 0; r < padded(size); r++)
          of.slope.logits[c * BLOCK + r] =
              r < size ? group->slope[(m * classes + c) * group->rows + first + r] : 0;
      backward(of.shape, of.p, of.state.g, of.x.from(first), size, group->place(m, first, of),
               of.slope, pull);
    }
    if (set->adam) of.state.adam(*set, unseen, unsquared);
    else of.state.descend(*set);
  });
}

extern "C" void group_closes(const Group *group) {
  group->each(false, [&](whole m, const Pupil &of) {
    float *plain[2 * (DEEPEST + 1)];
    for (whole l = 0; l < group->layers; l++) {
      plain[2 * l] = group->parameters[2 * l] + m * of.shape.in(l) * of.shape.out(l);
      plain[2 * l + 1] = group->parameters[2 * l + 1] + m * of.shape.out(l);
    }
    pack<true>(of.shape, of.p, plain);
  });
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
