// Functions of one number, in operations of which compilers make vectors.

#include <cmath>
#include <cstring>

#include "polynomials.hpp"

static INLINE float bits(int whole) {
  float real;
  std::memcpy(&real, &whole, 4);
  return real;
}
static INLINE int whole_bits(float real) {
  int whole;
  std::memcpy(&whole, &real, 4);
  return whole;
}

static INLINE float square(float x) { return x * x; }
static INLINE float cube(float x) { return x * x * x; }
static INLINE float sign_(float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; }
// A nan stays one.
template <typename T> static INLINE T atleast(T x, T least) { return x < least ? least : x; }
template <typename T> static INLINE T atmost(T x, T most) { return x > most ? most : x; }
// Both are worked out, so that there is no branch.
template <typename T> static INLINE T pick(bool first, T a, T b) { return first ? a : b; }
static INLINE bool is_within(long long place, long long size) { return (place >= 0) & (place < size); }
static INLINE long long within(long long place, long long size) {
  return pick<long long>(is_within(place, size), place, 0);
}
// Of largest numbers, in which a nan wins.
static INLINE float larger(float a, float b) { return (a > b) | (a != a) ? a : b; }

// exp(x) = 2^k exp(r), |r| <= ln(2) / 2.
struct Exponent {
  float r, p; // exp(r) = 1 + p r
  int k;
};
static INLINE Exponent exponent(float x) {
  const int k = (int)(x * 1.44269504f + (x < 0 ? -0.5f : 0.5f));
  const float r = (x - k * 0.69314575195f) - k * 1.42860677e-6f;
  return {r, exponent_of_rest(r), k};
}
static INLINE float exp_(float x) {
  const float near = x < -87.0f ? -87.0f : x > 89.0f ? 89.0f : x;
  const Exponent e = exponent(near);
  const int half = e.k >> 1;
  const float found = (e.p * e.r + 1.0f) * bits((half + 127) << 23) * bits((e.k - half + 127) << 23);
  return found * (x < -87.0f ? 0.0f : 1.0f); // no branch, which would be in the way of vectors
}
static INLINE float expm1_(float x) {
  const float near = x < -87.0f ? -87.0f : x > 89.0f ? 89.0f : x;
  const Exponent e = exponent(near);
  const int half = e.k >> 1;
  const float two = bits((half + 127) << 23) * bits((e.k - half + 127) << 23);
  return e.p * e.r * two + (two - 1.0f);
}

// 2 atanh(s) for small s.
static INLINE float twice_atanh(float s) {
  const float t = s * s;
  float p = 1.0f / 11;
  p = p * t + 1.0f / 9;
  p = p * t + 1.0f / 7;
  p = p * t + 1.0f / 5;
  p = p * t + 1.0f / 3;
  return 2.0f * s + 2.0f * s * t * p;
}
static INLINE float log_(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float y = tiny ? x * 8388608.0f : x;
  const int i = whole_bits(y), e = ((i - 0x3f3504f3) >> 23);
  const float m = bits(i - (e << 23)), k = (float)(e - (tiny ? 23 : 0));
  const float found = k * 0.69314575195f + (k * 1.42860677e-6f + twice_atanh((m - 1.0f) / (m + 1.0f)));
  return x == 0 ? -INFINITY : x < 0 ? NAN : x == INFINITY ? x : x != x ? x : found;
}
static INLINE float log1p_(float x) {
  const float near = twice_atanh(x / (2.0f + x));
  return (x > -0.25f) & (x < 0.35f) ? near : log_(1.0f + x);
}
static INLINE float tanh_(float x) {
  const float e = expm1_(-2.0f * fabsf(x)), t = -e / (e + 2.0f);
  return x < 0 ? -t : x > 0 ? t : x;
}
// Beyond 0.5 by the same polynomial as the kernel's.
static INLINE float erf_(float x) {
  const float s = fabsf(x), t = 1.0f / (1.0f + 0.5f * s), q = x * x;
  const float far = 1.0f - t * exp_(complement_of_share(t) - q);
  float n = -1.0f / 1320;
  n = n * q + 1.0f / 216;
  n = n * q - 1.0f / 42;
  n = n * q + 1.0f / 10;
  n = n * q - 1.0f / 3;
  const float near = 1.12837917f * (x + x * q * n);
  return s < 0.5f ? near : x < 0 ? -far : x > 0 ? far : x;
}
