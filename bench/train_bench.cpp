// How long the category head of a large catalogue takes, and how much memory: rows × dimension numbers in classes that overlap,
// two pictures a product. Run: build/bench/bench/train_bench [ROWS [DIMENSION [CLASSES [THREADS]]]]
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <span>

#include "train/logistic.h"

namespace nozama {
namespace {

Dataset made_up(size_t rows, size_t dim, size_t classes) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> centres(classes * dim);
  for (float& value : centres) value = std::max(0.0F, normal(random));
  Dataset data;
  data.dim = dim;
  data.features.reserve(rows * dim);
  std::vector<float> row(dim);
  for (size_t i = 0; i < rows; ++i) {
    const size_t label = i / 2 % classes;
    for (size_t j = 0; j < dim; ++j) row[j] = std::max(0.0F, 0.1F * centres[label * dim + j] + normal(random));
    data.append(row, label, static_cast<int64_t>(i / 2));
  }
  return data;
}

double seconds_of(const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); }

int run(std::span<char*> arguments) {
  const auto number = [&](size_t place, size_t fallback) { return place < arguments.size() ? std::strtoull(arguments[place], nullptr, 10) : fallback; };
  const size_t rows = number(1, 40'000), dim = number(2, 1280), classes = number(3, 50);
  const Dataset data = made_up(rows, dim, classes);
  HeadTrainingOptions options;
  options.threads = number(4, 2);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  const auto trained = train_head(data, classes, options, nullptr, {});
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  getrusage(RUSAGE_SELF, &after);
  if (!trained) {
    fmt::print(stderr, "{}\n", trained.error().message);
    return 1;
  }
  fmt::print("{} x {} in {} classes, {} threads: {:.1f} s, {:.1f} s of processor time, {} MB at most; penalty {}, accuracy {:.3f}\n", rows, dim, classes,
             options.threads, wall.count(), seconds_of(after.ru_utime) - seconds_of(before.ru_utime), after.ru_maxrss / 1024, trained->report.lambda,
             trained->report.accuracy);
  return 0;
}

}  // namespace
}  // namespace nozama

int main(int argc, char** argv) { return nozama::run({argv, static_cast<size_t>(argc)}); }
