// One network, or a pair of them, from the first step to the last; or what a network says of rows.

#include "network.hpp"

enum : whole { DESCENT, ADAM, ADAMW };

// How networks learn: see `Optimiser`.
struct Settings {
  const double *rates; // of each step
  double weight_decay, momentum, clip;
  double label_weight, teacher_weight, temperature, agreement;
  whole steps, rule, flat;
};

// A network as torch has it, and its rows: weight (fan_out, fan_in) and bias, layer after layer.
struct Given {
  const whole *sizes;
  whole layers, activation;
  float *const *parameters;
  const float *x;
};

// Which rows a network learns from, and when it is looked at.
struct Course {
  const int *order;        // of each step, `batch` of them; null: all, at every step
  whole rows, batch, held; // those to learn from, those of a step, and those after them to judge by
  whole every, patience;   // steps from one look at these to the next, and looks without a better one
  const whole *stops;      // the steps after which a network is written down, the last one last
  whole count;
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

// Numbers from one row to the next, as a network reads them: a linear one in whole vectors.
static whole row_of(const Shape &shape) {
  return shape.head() > 0 ? shape.in(0) : padded(shape.in(0));
}

static Rows rows_of(const Shape &shape, const float *x, whole rows, Arena &arena, bool fresh) {
  if (shape.head() > 0) return {x, shape.in(0)};
  const whole row = row_of(shape);
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
      : shape{given.sizes, given.layers, given.activation}, p(arena.take(shape.total())), block(shape, shared),
        x(rows_of(shape, given.x, rows, arena, fresh)) {
    if (p && fresh) pack<false>(shape, p, given.parameters);
  }
};

// Parameters with their slopes and the moving averages of these.
struct State {
  whole count;
  float *p, *g, *mean, *square;

  State(whole count, float *p, Arena &arena)
      : count(count), p(p), g(arena.take(count)), mean(arena.take(count)),
        square(arena.take(count)) {}

  // The squared length of the slope.
  float length() const {
    vec sum{};
    for (whole i = 0; i < count; i += LANES) sum += load(g + i) * load(g + i);
    float all = 0;
    for (int i = 0; i < LANES; i++) all += sum[i];
    return all;
  }
  void shorten(float share) const {
    for (whole i = 0; i < count; i += LANES) store(g + i, share * load(g + i));
  }
  // Without momentum the mean is the slope.
  void descend(const Settings &set, float rate) const {
    const float decay = set.weight_decay, kept = set.momentum;
    for (whole i = 0; i < count; i += LANES) {
      const vec m = kept * load(mean + i) + (load(g + i) + decay * load(p + i));
      store(mean + i, m);
      store(p + i, load(p + i) - rate * m);
      store(g + i, vec{});
    }
  }
  // Kingma and Ba (2015), Algorithm 1, with betas 0.9 and 0.999 and epsilon 1e-8.  A decay that is
  // APART shortens the parameters and has no part in the averages (Loshchilov and Hutter, 2019).
  template <bool APART>
  void adam(const Settings &set, double rate, double unseen, double unsquared) const {
    const float decay = APART ? 0 : set.weight_decay, kept = 1 - rate * set.weight_decay;
    const float step = rate / (1 - unseen), root = 1 / __builtin_sqrt(1 - unsquared);
    for (whole i = 0; i < count; i += LANES) {
      const vec slope = load(g + i) + decay * load(p + i);
      const vec m = load(mean + i) + 0.1f * (slope - load(mean + i));
      const vec s = 0.999f * load(square + i) + 0.001f * (slope * slope);
      vec size;
      for (int k = 0; k < LANES; k++) size[k] = __builtin_sqrtf(s[k]);
      store(mean + i, m);
      store(square + i, s);
      const vec before = APART ? kept * load(p + i) : load(p + i);
      store(p + i, before - step * m / (size * root + 1e-8f));
      store(g + i, vec{});
    }
  }
};

// One step after another down the slopes of one loss.
struct Descent {
  whole step = 0;
  double unseen = 1, unsquared = 1; // what Adam's averages lack

  template <int COUNT> void take(const Settings &set, const State *const (&all)[COUNT]) {
    const double rate = set.rates[step++];
    unseen *= 0.9, unsquared *= 0.999;
    double length = 0;
    for (int i = 0; i < COUNT && set.clip > 0; i++) length += all[i]->length();
    const double share = set.clip > 0 ? set.clip / (__builtin_sqrt(length) + 1e-6) : 1;
    for (const State *of : all) {
      if (!(share >= 1)) of->shorten(share); // a nan is told
      if (set.rule == DESCENT) of->descend(set, rate);
      else if (set.rule == ADAM) of->adam<false>(set, rate, unseen, unsquared);
      else of->adam<true>(set, rate, unseen, unsquared);
    }
  }
};

// A network that is trained.
struct Learner : Network {
  const float *target;
  State state;
  Slopes slope;
  Rows now;       // the rows of this step, and
  float *drawn;   // where they are, if not all
  float *pull;    // the part of the slope along their logits that does not change: [block][class][row]
  float *best;    // the best parameters so far, if some rows are held out

  Learner(const Given &given, const float *target, const Course &course, Arena &arena)
      : Network(given, course.rows + course.held, arena), target(target),
        state(shape.total(), p, arena),
        slope(shape, arena), now(x),
        drawn(course.order ? arena.take((course.batch + BLOCK) * row_of(shape)) : nullptr),
        pull(arena.take(Blocks{course.batch}.count * BLOCK * shape.classes())),
        best(course.held ? arena.take(shape.total()) : nullptr) {
    if (pull && !drawn) draw(nullptr, course.batch);
  }
  // Turns to some rows, or to all.
  void draw(const int *which, whole rows) {
    const Blocks blocks{rows};
    const whole classes = shape.classes();
    for (whole b = 0; b < blocks.count; b++)
      for (whole r = 0; r < blocks.size(b); r++) {
        const whole place = blocks.first(b) + r, row = which ? which[place] : place;
        for (whole c = 0; c < classes; c++)
          pull[(b * classes + c) * BLOCK + r] = -target[row * classes + c] / rows;
        for (whole i = 0; which && i < x.row; i++)
          drawn[place * x.row + i] = x.at[row * x.row + i];
      }
    if (which) now = {drawn, x.row};
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
    backward(shape, p, state.g, now.from(first), rows, block, slope, nullptr);
  }
  void see(const Rows &rows, whole first, whole count) const {
    forward(shape, p, rows.from(first), count, block);
  }
  // The loss of a row of the block but for what no parameter changes: that of which `judge` gives the
  // slope.
  double loss(const Settings &set, whole row, whole r) const {
    const double label = set.label_weight, taught = set.teacher_weight, heat = set.temperature;
    double found = 0;
    for (whole c = 0; c < shape.classes(); c++)
      found -= (double)target[row * shape.classes() + c] * block.logits[c * BLOCK + r];
    if (label != 0) found += label * soft(r, 1, false);
    if (taught != 0) found += taught * soft(r, heat, set.flat);
    return found;
  }

private:
  // T log of the sum over classes of exp(s / T); of one that is flat, of their mean, less the mean of s.
  double soft(whole r, double heat, bool flat) const {
    const float *said = block.logits + r;
    const whole classes = shape.classes();
    double most = said[0], sum = 0, mean = 0;
    for (whole c = 1; c < classes; c++) most = said[c * BLOCK] > most ? said[c * BLOCK] : most;
    for (whole c = 0; c < classes; c++) {
      const double less = (said[c * BLOCK] - most) / heat;
      sum += flat ? __builtin_expm1(less) : __builtin_exp(less);
      mean += less;
    }
    if (flat) return heat * (__builtin_log1p(sum / classes) - mean / classes);
    return most + heat * __builtin_log(sum);
  }
};

// A network that is trained on a loss which somebody else works out, with parameters beside its own.
struct Pupil : Network {
  State state, further;
  Slopes slope;
  Rows now; // the rows of this step

  Pupil(const Given &given, whole rows, whole batch, whole beside, float *further, Arena &arena,
        Arena &shared, bool fresh)
      : Network(given, rows, arena, shared, fresh), state(shape.total(), p, arena),
        further(beside, further, arena), slope(shape, shared), now(x) {
    if (batch) now = {arena.take((batch + BLOCK) * row_of(shape)), row_of(shape)};
  }
  void draw(const int *which, whole count) const {
    float *to = const_cast<float *>(now.at);
    for (whole r = 0; r < count; r++)
      for (whole i = 0; i < x.row; i++) to[r * x.row + i] = x.at[which[r] * x.row + i];
  }
};

// Many networks of one shape: parameters, rows, memory and what they say lie one model after
// another.  Hidden layers have LANES more rows than there are, and whole vectors of units.
struct Group {
  const whole *sizes;
  whole layers, activation, models, rows, batch; // rows of each model; those of a step, 0 for all
  whole beside;               // parameters of each beside its network's, in whole vectors
  float *const *parameters;   // of all models: weight, bias, ...
  const float *const *x;      // of each model
  float *const *hidden;       // of each hidden layer: [model][batch + LANES][units]
  float *const *bend;         // the same, or null, of ReLUs
  float *logits;              // [model][class][row]
  const float *const *pull;   // slopes along hidden layers, null where there are none: [model][batch][units]
  const float *slope;         // along logits: [model][class][row]
  float *further;             // the parameters beside: [model][beside]
  const float *along;         // slopes along these
  float *memory;

  whole now() const { return batch ? batch : rows; }
  struct Needed { whole shared, own; };
  Needed needed() const {
    Arena own{nullptr}, shared{nullptr};
    Pupil({sizes, layers, activation, nullptr, nullptr}, rows, batch, beside, nullptr, own, shared,
          false);
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
      Pupil pupil({sizes, layers, activation, of_model, x[m]}, rows, batch, beside,
                  further + m * beside, own, shared, fresh);
      act(m, pupil);
    }
  }
  // Where the units of a model's rows are, from some row on.
  Activations place(whole model, whole first, const Pupil &of) const {
    Activations found = of.block;
    for (whole l = 1; l < layers; l++) {
      const whole at = (model * (now() + LANES) + first) * padded(of.shape.in(l));
      found.hidden[l] = hidden[l - 1] + at;
      found.bend[l] = bend[l - 1] ? bend[l - 1] + at : nullptr;
    }
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

// Networks of one loss, one or two that are to agree, on their course from step to step.
template <int COUNT> struct Training {
  Learner (&all)[COUNT];
  const Course &course;
  const Settings &set;
  Descent descent;
  double least = __builtin_inf(); // loss on the rows held out
  whole waiting = 0;              // looks since then

  void step() {
    const Blocks blocks{course.batch};
    for (Learner &of : all) {
      if (course.order) of.draw(course.order + descent.step * course.batch, course.batch);
      turn(of.shape, of.p, of.slope.turned);
    }
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b), size = blocks.size(b);
      for (const Learner &of : all) {
        of.see(of.now, first, size);
        of.judge(set, b, size, course.batch);
      }
      if constexpr (COUNT == 2)
        agree(all[0], all[1], size, set.agreement / (course.batch * all[0].shape.classes()));
      for (const Learner &of : all) of.learn(first, size);
    }
    if constexpr (COUNT == 2) descent.take<2>(set, {&all[0].state, &all[1].state});
    else descent.take<1>(set, {&all[0].state});
  }
  // The mean loss of the rows held out.
  double loss() const {
    const Blocks blocks{course.held};
    double found = 0;
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b), size = blocks.size(b), classes = all[0].shape.classes();
      for (const Learner &of : all) of.see(of.x.from(course.rows), first, size);
      for (const Learner &of : all)
        for (whole r = 0; r < size; r++) found += of.loss(set, course.rows + first + r, r);
      for (whole at = 0; COUNT == 2 && at < classes * size; at++) {
        const whole place = at / size * BLOCK + at % size;
        const double apart = all[0].block.logits[place] - all[COUNT - 1].block.logits[place];
        found += set.agreement / classes * apart * apart;
      }
    }
    return found / course.held;
  }
  // Looks at the rows held out; returns whether it is time to stop.
  bool look() {
    if (descent.step % course.every && descent.step < set.steps) return false;
    const double now = loss();
    if (!(now < least)) return ++waiting == course.patience;
    least = now, waiting = 0;
    for (const Learner &of : all)
      for (whole i = 0; i < of.state.count; i++) of.best[i] = of.p[i];
    return false;
  }
  // Writes down the networks of stop after stop.
  void train(float *const *const (&found)[COUNT]) {
    bool over = false;
    for (whole stop = 0; stop < course.count; stop++) {
      while (!over && descent.step < course.stops[stop]) {
        step();
        over = course.held && look();
      }
      for (int i = 0; i < COUNT; i++) {
        const bool chosen = least < __builtin_inf();
        pack<true>(all[i].shape, chosen ? all[i].best : all[i].p,
                   found[i] + stop * 2 * all[i].shape.layers);
      }
    }
  }
};

extern "C" whole memory_to_train(const Given *given, const Course *course) {
  Arena arena{nullptr};
  Learner(*given, nullptr, *course, arena);
  return arena.used;
}

// `found` are the parameters of one stop after another.
extern "C" void train(const Given *given, const float *target, const Course *course,
                      const Settings *set, float *const *found, float *memory) {
  Arena arena{memory};
  Learner all[] = {{*given, target, *course, arena}};
  Training<1>{all, *course, *set, {}}.train({found});
}

// The loss of both is the sum of their own and of the mean over rows and classes of
//   agreement (a - b)^2.
extern "C" void train_pair(const Given *first, const Given *second, const float *target,
                           const Course *course, const Settings *set, float *const *found,
                           float *const *other, float *memory) {
  Arena arena{memory};
  Learner all[] = {{*first, target, *course, arena}, {*second, target, *course, arena}};
  Training<2>{all, *course, *set, {}}.train({found, other});
}

extern "C" whole memory_of_group(const Group *group) {
  const Group::Needed need = group->needed();
  return need.shared + group->models * need.own;
}

extern "C" void group_opens(const Group *group) {
  group->each(true, [](whole, const Pupil &) {});
}

// Turns to some rows of each: [model][batch].
extern "C" void group_draws(const Group *group, const int *which) {
  group->each(false, [&](whole m, const Pupil &of) {
    of.draw(which + m * group->batch, group->batch);
  });
}

// What all say of their rows, and their hidden layers.
extern "C" void group_says(const Group *group) {
  const Blocks blocks{group->now()};
  group->each(false, [&](whole m, const Pupil &of) {
    const whole classes = of.shape.classes();
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b);
      const Activations block = group->place(m, first, of);
      forward(of.shape, of.p, of.now.from(first), blocks.size(b), block);
      for (whole c = 0; c < classes; c++)
        for (whole r = 0; r < blocks.size(b); r++)
          group->logits[(m * classes + c) * blocks.rows + first + r] = block.logits[c * BLOCK + r];
    }
  });
}

// A step down the slopes of their losses.
extern "C" void group_learns(const Group *group, const Settings *set, Descent *descent) {
  const Blocks blocks{group->now()};
  Descent before = *descent;
  group->each(false, [&](whole m, Pupil &of) {
    const whole classes = of.shape.classes();
    turn(of.shape, of.p, of.slope.turned);
    for (whole b = 0; b < blocks.count; b++) {
      const whole first = blocks.first(b), size = blocks.size(b);
      const float *pull[DEEPEST + 1] = {};
      for (whole l = 1; l < group->layers; l++)
        if (group->pull[l - 1])
          pull[l] = group->pull[l - 1] + (m * blocks.rows + first) * padded(of.shape.in(l));
      for (whole c = 0; c < classes; c++)
        for (whole r = 0; r < padded(size); r++)
          of.slope.logits[c * BLOCK + r] =
              r < size ? group->slope[(m * classes + c) * blocks.rows + first + r] : 0;
      backward(of.shape, of.p, of.state.g, of.now.from(first), size, group->place(m, first, of),
               of.slope, pull);
    }
    for (whole i = 0; i < group->beside; i++)
      of.further.g[i] = group->along[m * group->beside + i];
    *descent = before;
    descent->take<2>(*set, {&of.state, &of.further});
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
    forward(of.shape, of.p, of.x.from(blocks.first(b)), blocks.size(b), of.block);
    for (whole r = 0; r < blocks.size(b); r++)
      for (whole c = 0; c < classes; c++)
        logits[(blocks.first(b) + r) * classes + c] = of.block.logits[c * BLOCK + r];
  }
}

// C = A B of many models; a matrix has its numbers `row` and `column` apart, and C is in one piece.
struct Matrices {
  const float *at;
  whole model, row, column;
};
struct Products {
  whole models, rows, columns, terms;
  Matrices a, b;
  float *c, *memory;
};

struct Factors {
  float *a, *b, *c, *zeros;

  Factors(const Products &of, Arena &arena)
      : a(arena.take(of.rows * of.terms)), b(arena.take(of.terms * padded(of.columns))),
        c(arena.take(of.rows * padded(of.columns))), zeros(arena.take(padded(of.columns))) {}
};

constexpr whole TERMS = 256; // so many rows of B by two vectors stay in the nearest cache

extern "C" whole memory_of_products(const Products *of) {
  Arena arena{nullptr};
  Factors(*of, arena);
  return arena.used;
}

extern "C" void products(const Products *of) {
  Arena arena{of->memory};
  const Factors own(*of, arena);
  const whole width = padded(of->columns);
  for (whole m = 0; m < of->models; m++) {
    const float *a = of->a.at + m * of->a.model, *b = of->b.at + m * of->b.model;
    const bool across = of->a.column != 1 && of->a.row == 1, along = of->a.column == 1;
    for (whole r = 0; !across && !along && r < of->rows; r++)
      for (whole k = 0; k < of->terms; k++)
        own.a[r * of->terms + k] = a[r * of->a.row + k * of->a.column];
    for (whole k = 0; k < of->terms; k++)
      for (whole c = 0; c < of->columns; c++)
        own.b[k * width + c] = b[k * of->b.row + c * of->b.column];
    const Rows left = along    ? Rows{a, of->a.row}
                      : across ? Rows{a, of->a.column}
                               : Rows{own.a, of->terms};
    for (whole k = 0; k < of->terms; k += TERMS) {
      const whole terms = of->terms - k < TERMS ? of->terms - k : TERMS;
      const Rows now = across ? left.from(k) : Rows{left.at + k, left.row};
      (across ? multiply<true> : multiply<false>)({now,
                                                   {own.b + k * width, width},
                                                   k ? Rows{own.c, width} : Rows{own.zeros, 0},
                                                   own.c,
                                                   width,
                                                   of->rows,
                                                   width,
                                                   terms,
                                                   LOWEST});
    }
    for (whole r = 0; r < of->rows; r++)
      for (whole c = 0; c < of->columns; c++)
        of->c[(m * of->rows + r) * of->columns + c] = own.c[r * width + c];
  }
}

extern "C" whole lanes() { return LANES; }
