// The multiply-add peak: chains of fused multiply-adds that never leave the registers.
//
//     multiply_add THREADS ROUNDS
//
// prints the floating-point operations that all threads did.

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int BYTES = 64, CHAINS = 24;  // 32 registers
#elif defined(__AVX__)
constexpr int BYTES = 32, CHAINS = 12;  // 16 registers
#elif defined(__aarch64__)
constexpr int BYTES = 16, CHAINS = 24;
#else
constexpr int BYTES = 16, CHAINS = 12;
#endif

typedef float Lanes __attribute__((vector_size(BYTES)));

static void work(long rounds, float factor, float summand, float* result) {
  Lanes value[CHAINS], a, b;
  for (unsigned lane = 0; lane < BYTES / sizeof(float); ++lane) a[lane] = factor, b[lane] = summand;
  for (int i = 0; i < CHAINS; ++i) value[i] = a * float(i);
  for (long round = 0; round < rounds; ++round)
#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; ++i) value[i] = value[i] * a + b;
  Lanes sum = b;
  for (int i = 0; i < CHAINS; ++i) sum += value[i];
  *result = sum[0];
}

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const int threads = std::atoi(arguments[1]);
  const long rounds = std::atol(arguments[2]);
  std::vector<float> results(threads * 64);  // a cache line or more apart
  std::vector<std::thread> started;
  for (int i = 0; i < threads; ++i)
    started.emplace_back(work, rounds, 0.999f, 0.001f * count, &results[i * 64]);
  for (auto& each : started) each.join();
  if (results[0] == 0) return 1;  // so that the work is not left out
  std::printf("%.0f\n", 2.0 * CHAINS * (BYTES / sizeof(float)) * rounds * threads);
}
