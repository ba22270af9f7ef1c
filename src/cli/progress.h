// A progress line on standard error: redrawn in place on a terminal, a line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <optional>
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

// Work in stages: a line for each, begun when the stage is first told of.
class StageLines {
 public:
  // The unit of one stage, and that of all others.
  StageLines(std::string_view stage, std::string_view unit, std::string_view other_unit) : named_(stage), unit_(unit), other_unit_(other_unit) {}

  void operator()(std::string_view stage, int64_t done, int64_t total);
  void finish() { line_.reset(); }

 private:
  std::string named_, unit_, other_unit_, stage_;
  std::optional<ProgressLine> line_;
};

// "4 s", "2 min 05 s", "1 h 03 min"
std::string format_duration(double seconds);

}  // namespace nozama
