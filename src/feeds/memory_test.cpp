// A feed of any length is read in the same memory.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "feeds/feeds_for_test.h"

namespace nozama {
namespace {

int64_t resident_kib() {
  const auto status = read_text_file("/proc/self/status");
  const size_t at = status ? status->find("VmRSS:") : std::string::npos;
  return at == std::string::npos ? 0 : std::strtoll(status->c_str() + at + 6, nullptr, 10);
}

// Reads the feed; the number of its items, and how far memory has grown beyond what it was after the first thousand.
std::pair<int64_t, int64_t> read_counting(const std::filesystem::path& path) {
  auto feed = open_feed(path);
  EXPECT_TRUE(feed) << feed.error().message;
  int64_t items = 0, at_first = 0, most = 0;
  while (true) {
    const auto item = (*feed)->next();
    if (!item || !*item) break;
    ++items;
    if (items == 1000) at_first = resident_kib();
    if (items % 1000 == 0) most = std::max(most, resident_kib());
  }
  return {items, most - at_first};
}

// features: G3
TEST(FeedMemory, DoesNotGrowWithTheFeed) {
  constexpr int kItems = 30'000;
  const std::string filler(1000, 'x');
  std::string lines, items = "<rss><channel>\n";
  for (int i = 0; i < kItems; ++i) {
    const std::string id = std::to_string(i) + "-" + std::to_string(i * 2654435761U);
    lines += "{'asin': '" + id + "', 'title': 'T', 'description': '" + filler + id + "'}\n";
    if (i % 2 == 0) items += "<item><g:id>" + id + "</g:id><title>T</title><description>" + filler + id + "</description></item>\n";
  }
  constexpr int64_t kGrowthKibMax = 9 << 10;  // ids that are remembered; the feeds are 30 and 15 MB
  const auto packed = write("long.json.gz", gzip(lines));
  const auto plain = write("long.json", lines);
  const auto markup = write("long.xml", items + "</channel></rss>");
  lines = {};
  items = {};
  for (const auto& [path, count] : {std::pair{packed, kItems}, std::pair{plain, kItems}, std::pair{markup, kItems / 2}}) {
    const auto [read, growth_kib] = read_counting(path);
    EXPECT_EQ(read, count) << path;
    EXPECT_LT(growth_kib, kGrowthKibMax) << path;
  }
}

}  // namespace
}  // namespace nozama
