// Normals as numpy's Generator draws them from PCG64, number for number.
//
// The ziggurat of Marsaglia and Tsang (2000): 256 strips of one area beneath exp(-x^2 / 2), of
// which each word names one, a side and a place in it.

#include <cmath>
#include <cstdint>

namespace {

using Word = std::uint64_t;
using Wide = unsigned __int128;

constexpr double tail = 3.6541528853610087963519472518;
constexpr double one_over_tail = 0.27366123732975827203338247596;

struct Stream {  // PCG64: a linear congruential generator of 128 bits, XSL-RR
  Wide state, increment;

  Word next() {
    constexpr Wide multiplier = (Wide{0x2360ed051fc65da4} << 64) | 0x4385df649fccf645;
    state = state * multiplier + increment;
    const Word high = state >> 64, mixed = high ^ static_cast<Word>(state);
    const unsigned turn = high >> 58;
    return (mixed >> turn) | (mixed << (-turn & 63));
  }

  double uniform() { return (next() >> 11) * (1.0 / 9007199254740992.0); }

  double beyond() {  // the tail's end, by rejection from an exponential
    for (;;) {
      const double x = -one_over_tail * std::log1p(-uniform()), y = -std::log1p(-uniform());
      if (y + y > x * x) return tail + x;
    }
  }
};

}  // namespace

// `place` holds the stream's state and increment, high words first; the state is written back.
extern "C" void normals(Word* place, const double* widths, const Word* inside,
                        const double* heights, double* drawn, long long count) {
  Stream stream{(Wide{place[0]} << 64) | place[1], (Wide{place[2]} << 64) | place[3]};
  for (double* const end = drawn + count; drawn != end;) {
    const Word word = stream.next(), steps = (word >> 9) & 0xfffffffffffff;
    const unsigned strip = word & 255;
    const double x = steps * widths[strip];
    const double sided = std::copysign(x, 0.5 - static_cast<double>((word >> 8) & 1));
    if (__builtin_expect(steps < inside[strip], 1)) {
      *drawn++ = sided;
    } else if (strip == 0) {
      *drawn++ = (steps >> 8) & 1 ? -stream.beyond() : stream.beyond();
    } else {
      const double height = (heights[strip - 1] - heights[strip]) * stream.uniform() + heights[strip];
      if (height < std::exp(-0.5 * x * x)) *drawn++ = sided;
    }
  }
  place[0] = stream.state >> 64, place[1] = static_cast<Word>(stream.state);
}
