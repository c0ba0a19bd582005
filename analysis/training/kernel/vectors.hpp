// Vectors of neighbouring numbers, as wide as the machine's registers.

#pragma once

#include "polynomials.hpp"

using whole = long long;

// A tile of TALLEST rows by two vectors fills the registers.
#if defined(__AVX512F__)
constexpr int LANES = 16, TALLEST = 12;
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif defined(__AVX__)
constexpr int LANES = 8, TALLEST = 6;
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#if defined(__aarch64__)
constexpr int LANES = 4, TALLEST = 12;
#else
constexpr int LANES = 4, TALLEST = 6;
#endif
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif

// may_alias: they lie where single numbers do.
typedef float vec __attribute__((vector_size(4 * LANES), may_alias));
typedef int ints __attribute__((vector_size(4 * LANES), may_alias));

static INLINE vec all(float value) { return value - vec{}; }
static INLINE vec load(const float *from) { return *reinterpret_cast<const vec *>(from); }
static INLINE void store(float *to, vec value) { *reinterpret_cast<vec *>(to) = value; }

// A nan in a stays one, as it does in torch.
static INLINE vec larger(vec a, vec b) { return a < b ? b : a; }

#if defined(__clang__)
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else // GCC has that since 12, and this always
#define PICK(a, b, ...) __builtin_shuffle(a, b, ints{__VA_ARGS__})
#endif

// (a0 + a1, a2 + a3, ..., b0 + b1, b2 + b3, ...)
static INLINE vec pairs(vec a, vec b) { return PICK(a, b, EVEN) + PICK(a, b, ODD); }

// Rows become columns: as often as there are bits in a place, the two halves are shuffled together.
static INLINE void transpose(vec (&of)[LANES]) {
#pragma GCC unroll 4
  for (int bit = 1; bit < LANES; bit *= 2) {
    vec next[LANES];
#pragma GCC unroll 8
    for (int i = 0; i < LANES / 2; i++) {
      next[2 * i] = PICK(of[i], of[i + LANES / 2], LOW);
      next[2 * i + 1] = PICK(of[i], of[i + LANES / 2], HIGH);
    }
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) of[i] = next[i];
  }
}

// The sums of LANES vectors, as one vector.
static INLINE vec sums(vec (&of)[LANES]) {
#pragma GCC unroll 5
  for (int width = LANES; width > 1; width /= 2)
#pragma GCC unroll 8
    for (int i = 0; i < width / 2; i++) of[i] = pairs(of[2 * i], of[2 * i + 1]);
  return of[0];
}

// exp(x) for x <= 0, to 2 units in the last place: 2^k exp(r) with |r| <= ln(2) / 2, ln(2) in two
// parts, and Taylor's polynomial of degree 7 for exp(r).  Below -87 it is exp(-87), about 1e-38.
// LESS_1: exp(x) - 1, near 0 as exact as anywhere.
template <bool LESS_1> static INLINE vec exponential(vec x) {
  x = larger(x, all(-87.0f));
  const vec magic = all(12582912.0f); // adding it rounds to a whole number
  vec k = (x * 1.44269504f + magic) - magic;
  vec r = x - k * 0.69314575195f - k * 1.42860677e-6f;
  vec p = exponent_of_rest(r);
  ints power = (__builtin_convertvector(k, ints) + 127) << 23;
  if (LESS_1) return p * r * (vec)power + ((vec)power - 1.0f);
  p = p * r + 1.0f;
  return p * (vec)power;
}

// erfc(x) for x >= 0
static INLINE vec complement(vec x) {
  const vec t = 1.0f / (1.0f + 0.5f * x);
  return t * exponential<false>(complement_of_share(t) - x * x);
}

static INLINE vec size_of(vec x) { return larger(x, -x); }

// tanh(x) and 1 - tanh(x)^2, of e = exp(-2 |x|) - 1: near 0 as exact as anywhere.
static INLINE void hyperbolic(vec x, vec &value, vec &slope) {
  const vec e = exponential<true>(-2.0f * size_of(x));
  const vec t = -e / (e + 2.0f);
  value = x < 0 ? -t : x > 0 ? t : x; // a nan stays one
  slope = 1.0f - t * t;
}

// x Phi(x) and its slope Phi(x) + x phi(x), with the normal distribution Phi and its density.
static INLINE void gaussian(vec x, vec &value, vec &slope) {
  const vec tail = 0.5f * complement(size_of(x) * 0.70710678f);
  const vec share = x < 0 ? tail : 1.0f - tail;
  value = x * share;
  slope = share + x * 0.39894228f * exponential<false>(-0.5f * x * x);
}
