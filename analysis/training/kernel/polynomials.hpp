// Polynomials, of numbers and of vectors of them.

#pragma once

#define INLINE inline __attribute__((always_inline))

// (exp(r) - 1) / r for |r| <= ln(2) / 2, Taylor's of degree 6.
template <typename T> static INLINE T exponent_of_rest(T r) {
  T p = r * (1.0f / 5040) + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  return p * r + 1.0f;
}

// Of erfc(x) = t exp(p(t) - x^2) with t = 1 / (1 + x / 2) for x >= 0, to a few roundings of 1: p is fitted
// at Chebyshev's nodes to the logarithm of exp(x^2) erfc(x) / t up to x = 9.3.
template <typename T> static INLINE T complement_of_share(T t) {
  T p = t * 0.138559341f - 0.645911336f;
  p = p * t + 1.0739913f;
  p = p * t - 0.585266888f;
  p = p * t - 0.172871485f;
  p = p * t + 0.0509365611f;
  p = p * t + 0.0175261684f;
  p = p * t + 0.39025715f;
  p = p * t + 0.9982059f;
  return p * t - 1.26542664f;
}
