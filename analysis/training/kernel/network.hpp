// A multilayer perceptron on a block of rows: what it says, and the slope of a loss.
//
// A vector holds neighbouring units of a layer for one row.  Rows go through the network in blocks,
// forward and back, so that activations stay in the nearest cache.  Layers are padded with units
// whose weights are 0, and stay 0.

#pragma once

#include "vectors.hpp"

constexpr whole BLOCK = 96; // rows; a multiple of LANES

static INLINE whole padded(whole count) { return (count + LANES - 1) / LANES * LANES; }

// Hands out pieces of one stretch of memory; a null one measures how much is needed.
struct Arena {
  float *base;
  whole used = 0;
  float *take(whole count) {
    float *piece = base ? base + used : nullptr;
    used += padded(count);
    return piece;
  }
};

// Rows of numbers, `row` apart.
struct Rows {
  const float *at;
  whole row;
  Rows from(whole first) const { return {at + first * row, row}; }
};

constexpr float LOWEST = -__builtin_inff();

// C = max(least, S + A B), or with A's transpose; rows of B, S and C are whole vectors.
struct Product {
  Rows a, b, s;
  float *c;
  whole c_row, rows, columns, terms;
  float least;
};

template <bool TURNED, int TALL, int WIDE>
static INLINE void tile(const Product &of, whole row, whole column) {
  vec sum[TALL][WIDE];
  const float *start = of.s.at + row * of.s.row + column;
#pragma GCC unroll 12
  for (int r = 0; r < TALL; r++)
#pragma GCC unroll 2
    for (int v = 0; v < WIDE; v++) sum[r][v] = load(start + r * of.s.row + v * LANES);
  const whole stride = of.a.row, b_row = of.b.row;
  const float *right = of.b.at + column, *left[TALLEST / 3];
  for (int r = 0; r < TALL; r += 3) left[r / 3] = of.a.at + (TURNED ? row + r : (row + r) * stride);
  for (whole k = of.terms; k > 0; k--) {
    vec b[WIDE];
#pragma GCC unroll 2
    for (int v = 0; v < WIDE; v++) b[v] = load(right + v * LANES);
#pragma GCC unroll 12
    for (int r = 0; r < TALL; r++) {
      const vec a = all(TURNED ? left[0][r] : left[r / 3][r % 3 * stride]);
#pragma GCC unroll 2
      for (int v = 0; v < WIDE; v++) sum[r][v] += a * b[v];
    }
    right += b_row;
#pragma GCC unroll 4
    for (int r = 0; r < TALL; r += 3) left[r / 3] += TURNED ? stride : 1;
  }
  float *to = of.c + row * of.c_row + column;
#pragma GCC unroll 12
  for (int r = 0; r < TALL; r++)
#pragma GCC unroll 2
    for (int v = 0; v < WIDE; v++)
      store(to + r * of.c_row + v * LANES, larger(sum[r][v], all(of.least)));
}

template <bool TURNED, int WIDE, int TALL = TALLEST>
static INLINE void tile_of(whole tall, const Product &of, whole row, whole column) {
  if (tall == TALL) return tile<TURNED, TALL, WIDE>(of, row, column);
  if constexpr (TALL > 1) tile_of<TURNED, WIDE, TALL - 1>(tall, of, row, column);
}

// In tiles of about equal height.
template <bool TURNED> static void multiply(const Product &of) {
  const whole tiles = (of.rows + TALLEST - 1) / TALLEST;
  for (whole column = 0; column < of.columns; column += 2 * LANES)
    for (whole t = 0; t < tiles; t++) {
      const whole row = t * of.rows / tiles, tall = (t + 1) * of.rows / tiles - row;
      if (column + LANES < of.columns) tile_of<TURNED, 2>(tall, of, row, column);
      else tile_of<TURNED, 1>(tall, of, row, column);
    }
}

enum : whole { RELU, TANH, GELU };

// Sizes of layers: channels, units of each hidden layer, classes; and what a unit makes of its sum.
struct Shape {
  const whole *size;
  whole layers; // the last one is the head
  whole activation;

  whole in(whole layer) const { return size[layer]; }
  whole out(whole layer) const { return size[layer + 1]; }
  whole head() const { return layers - 1; }
  whole classes() const { return size[layers]; }
  whole widest() const {
    whole most = 0;
    for (whole l = 0; l < layers; l++) most = padded(in(l)) > most ? padded(in(l)) : most;
    return most;
  }
  // Hidden weights lie as (fan_in, fan_out), the head's as (class, fan_in); rows are padded.
  whole weights(whole l) const {
    return l == head() ? out(l) * padded(in(l)) : in(l) * padded(out(l));
  }
  whole weight(whole layer) const {
    whole at = 0;
    for (whole l = 0; l < layer; l++) at += weights(l) + padded(out(l));
    return at;
  }
  // Beyond the first layer, weights are also wanted as (fan_out, fan_in), to go back.
  whole turns(whole layer) const {
    whole at = 0;
    for (whole l = 1; l < layer; l++) at += out(l) * padded(in(l));
    return at;
  }
  whole bias(whole layer) const { return weight(layer) + weights(layer); }
  whole total() const { return weight(layers); }
};

constexpr whole DEEPEST = 15; // hidden layers

// What a network says of a block of rows, and the units that it says it with.
struct Activations {
  float *hidden[DEEPEST + 1], *logits; // from the second layer on, the units that a layer sees,
  float *bend[DEEPEST + 1];            // and their slopes along their sums: of a ReLU, whether it is > 0

  Activations(const Shape &shape, Arena &arena) : bend{} {
    for (whole l = 1; l < shape.layers; l++) {
      const whole units = BLOCK * padded(shape.in(l));
      hidden[l] = arena.take(units);
      if (shape.activation != RELU) bend[l] = arena.take(units);
    }
    logits = arena.take(BLOCK * shape.classes());
  }
  // What a layer sees: for the first one x, then the units of the hidden layer before it.
  Rows seen(const Shape &shape, const Rows &x, whole layer) const {
    if (layer == 0) return x;
    return {hidden[layer], padded(shape.in(layer))};
  }
};

// What goes back through a block: the slope along its logits, and along the units of its layers.
struct Slopes {
  float *logits, *down, *next, *turned, *zeros;

  Slopes(const Shape &shape, Arena &arena)
      : logits(arena.take(BLOCK * shape.classes())), down(arena.take(BLOCK * shape.widest())),
        next(arena.take(BLOCK * shape.widest())), turned(arena.take(shape.turns(shape.head()))),
        zeros(arena.take(shape.widest())) {}
};

// logits[class][row] = <weight of the class, what the head sees of the row> + bias
static void say(const Shape &shape, const float *p, const Rows &seen, whole rows,
                float *logits) {
  const whole in = padded(shape.in(shape.head()));
  for (whole c = 0; c < shape.classes(); c++) {
    const float *weight = p + shape.weight(shape.head()) + c * in;
    const vec bias = all(p[shape.bias(shape.head()) + c]);
    for (whole r = 0; r < rows; r += LANES) {
      vec sum[LANES];
#pragma GCC unroll 16
      for (int i = 0; i < LANES; i++) sum[i] = load(seen.at + (r + i) * in) * load(weight);
      for (whole v = LANES; v < in; v += LANES) {
        const vec w = load(weight + v);
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++) sum[i] += load(seen.at + (r + i) * in + v) * w;
      }
      store(logits + c * BLOCK + r, sums(sum) + bias);
    }
  }
}

static void turn(const Shape &shape, const float *p, float *turned) {
  for (whole l = 1; l < shape.head(); l++)
    for (whole o = 0; o < shape.out(l); o++)
      for (whole i = 0; i < shape.in(l); i++)
        turned[shape.turns(l) + o * padded(shape.in(l)) + i] =
            p[shape.weight(l) + i * padded(shape.out(l)) + o];
}

// What units make of their sums, in place, and the slopes.
static void activate(whole activation, float *units, float *bend, whole count) {
  for (whole i = 0; i < count; i += LANES) {
    vec value, slope;
    if (activation == TANH) hyperbolic(load(units + i), value, slope);
    else gaussian(load(units + i), value, slope);
    store(units + i, value);
    store(bend + i, slope);
  }
}

static void forward(const Shape &shape, const float *p, const Rows &x, whole rows,
                    const Activations &block) {
  const bool relu = shape.activation == RELU;
  for (whole l = 0; l < shape.head(); l++) {
    const whole out = padded(shape.out(l));
    Product of{block.seen(shape, x, l), {p + shape.weight(l), out}, {p + shape.bias(l), 0},
               block.hidden[l + 1], out, rows, out, shape.in(l), 0};
    if (relu) {
      multiply<false>(of);
      continue;
    }
    of.least = LOWEST;
    multiply<false>(of);
    activate(shape.activation, block.hidden[l + 1], block.bend[l + 1], rows * out);
  }
  say(shape, p, block.seen(shape, x, shape.head()), rows, block.logits);
}

// For WIDE vectors of units and CLASSES classes: adds to the slopes of the head's weights, and to
// those of the sums of the units that it sees, where `down` asks for them, which begin with `pull`
// along the units if there is any.
template <int WIDE, int CLASSES, bool BENT>
static void descend_head(const float *slope, const float *w, float *g, whole in, const float *seen,
                         const float *bend, float *down, const float *pull, whole rows, bool first) {
  vec sum[CLASSES][WIDE], weight[CLASSES][WIDE];
#pragma GCC unroll 2
  for (int c = 0; c < CLASSES; c++)
#pragma GCC unroll 2
    for (int v = 0; v < WIDE; v++) {
      sum[c][v] = load(g + c * in + v * LANES);
      weight[c][v] = load(w + c * in + v * LANES);
    }
  for (whole r = 0; r < rows; r++) {
    vec k[CLASSES];
#pragma GCC unroll 2
    for (int c = 0; c < CLASSES; c++) k[c] = all(slope[c * BLOCK + r]);
#pragma GCC unroll 2
    for (int v = 0; v < WIDE; v++) {
      const vec h = load(seen + r * in + v * LANES);
#pragma GCC unroll 2
      for (int c = 0; c < CLASSES; c++) sum[c][v] += k[c] * h;
      if (!down) continue;
      const whole at = r * in + v * LANES;
      vec d = !first ? load(down + at) : pull ? load(pull + at) : vec{};
      const vec before = BENT && !first ? d : vec{};
      d -= before;
#pragma GCC unroll 2
      for (int c = 0; c < CLASSES; c++) d += k[c] * weight[c][v];
      if constexpr (BENT) store(down + at, before + d * load(bend + at));
      else store(down + at, h > 0 ? d : vec{}); // through the ReLU
    }
  }
#pragma GCC unroll 2
  for (int c = 0; c < CLASSES; c++)
#pragma GCC unroll 2
    for (int v = 0; v < WIDE; v++) store(g + c * in + v * LANES, sum[c][v]);
}

// Turns slopes along units into slopes along their sums.
template <bool BENT>
static void bend_back(const float *units, const float *bend, float *slope, whole count) {
  for (whole i = 0; i < count; i += LANES) {
    const vec d = load(slope + i);
    store(slope + i, BENT ? d * load(bend + i) : load(units + i) > 0 ? d : vec{});
  }
}

// The slopes of a block are 0 beyond its rows.
static void head_backward(const Shape &shape, const float *p, float *g, const float *slope,
                          const float *seen, const float *bend, float *down, const float *pull,
                          whole rows) {
  const whole in = padded(shape.in(shape.head())), weight = shape.weight(shape.head());
  for (whole c = 0; c < shape.classes(); c++) {
    vec sum{};
    for (whole r = 0; r < rows; r += LANES) sum += load(slope + c * BLOCK + r);
    float *bias = g + shape.bias(shape.head()) + c;
    for (int i = 0; i < LANES; i++) *bias += sum[i];
  }
  for (whole c = 0; c < shape.classes(); c += 2)
    for (whole v = 0; v < in; v += 2 * LANES) {
      const bool wide = v + LANES < in, pair = c + 1 < shape.classes();
      const auto relu = wide ? (pair ? descend_head<2, 2, false> : descend_head<2, 1, false>)
                             : (pair ? descend_head<1, 2, false> : descend_head<1, 1, false>);
      const auto bent = wide ? (pair ? descend_head<2, 2, true> : descend_head<2, 1, true>)
                             : (pair ? descend_head<1, 2, true> : descend_head<1, 1, true>);
      const auto on = [&](auto *of) { return of ? of + v : nullptr; };
      (bend ? bent : relu)(slope + c * BLOCK, p + weight + c * in + v, g + weight + c * in + v, in,
                           seen + v, on(bend), on(down), on(pull), rows, c == 0);
    }
}

// Adds to g the slope of the loss along every parameter, given that along the logits and, where a
// loss has any part in them, along the units that a layer sees: `pull`.  A ReLU that is 0 has no
// slope.  The weights have been turned.
static void backward(const Shape &shape, const float *p, float *g, const Rows &x, whole rows,
                     const Activations &block, Slopes slope, const float *const *pull) {
  const auto pulled = [&](whole l) { return pull ? pull[l] : nullptr; };
  const whole head = shape.head();
  head_backward(shape, p, g, slope.logits, block.seen(shape, x, head).at,
                head ? block.bend[head] : nullptr, head ? slope.down : nullptr, pulled(head), rows);
  for (whole l = head - 1; l >= 0; l--) {
    const whole out = padded(shape.out(l)), in = padded(shape.in(l));
    const Rows seen = block.seen(shape, x, l);
    float *weight = g + shape.weight(l), *bias = g + shape.bias(l);
    for (whole v = 0; v < out; v += LANES) {
      vec sum = load(bias + v);
      for (whole r = 0; r < rows; r++) sum += load(slope.down + r * out + v);
      store(bias + v, sum);
    }
    multiply<true>({seen, {slope.down, out}, {weight, out}, weight, out, shape.in(l), out, rows,
                    LOWEST});
    if (l == 0) return;
    const Rows own = pulled(l) ? Rows{pulled(l), in} : Rows{slope.zeros, 0};
    multiply<false>({{slope.down, out}, {slope.turned + shape.turns(l), in}, own, slope.next, in,
                     rows, in, shape.out(l), LOWEST});
    (block.bend[l] ? bend_back<true> : bend_back<false>)(seen.at, block.bend[l], slope.next, rows * in);
    float *swap = slope.down;
    slope.down = slope.next, slope.next = swap;
  }
}
