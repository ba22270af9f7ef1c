// A progress line on standard error: redrawn in place on a terminal, a line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace nozama {

class ProgressLine {
 public:
  // `unit` is the plural of what is counted: "pictures".
  explicit ProgressLine(std::string_view label, std::string_view unit);
  ~ProgressLine();

  // total 0 = not known; done and total may both grow.
  void update(int64_t done, int64_t total);
  void finish();

 private:
  void draw(bool last);

  std::string label_, unit_;
  bool terminal_;
  bool drawn_ = false, finished_ = false;
  int64_t done_ = 0, total_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_draw_ = start_;
};

// "4 s", "2 min 05 s", "1 h 03 min"
std::string format_duration(double seconds);

}  // namespace nozama
