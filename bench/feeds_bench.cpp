// feeds_bench FILE: reads a feed to its end; prints its products, errors, time and the memory at its highest.
#include <fmt/format.h>
#include <sys/resource.h>

#include <variant>

#include "base/clock.h"
#include "feeds/reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const nozama::Stopwatch watch;
  auto feed = nozama::open_feed(argv[1]);
  if (!feed) {
    fmt::print(stderr, "{}\n", feed.error().message);
    return 1;
  }
  int64_t items = 0, errors = 0;
  while (true) {
    auto item = (*feed)->next();
    if (!item || !*item) break;
    ++(std::holds_alternative<nozama::RowError>(**item) ? errors : items);
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const double cpu =
      static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  fmt::print("{{\"dialect\":\"{}\",\"items\":{},\"errors\":{},\"bytes\":{},\"seconds\":{:.2f},\"processor_seconds\":{:.2f},\"peak_mib\":{}}}\n",
             (*feed)->dialect(), items, errors, (*feed)->size(), watch.elapsed_ms() / 1000, cpu, used.ru_maxrss / 1024);
}
