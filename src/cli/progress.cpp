#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace nozama {
namespace {

constexpr int kBarWidth = 24;

std::string bar(double fraction) {
  const int full = static_cast<int>(fraction * kBarWidth);
  std::string text;
  for (int i = 0; i < kBarWidth; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

ProgressLine::ProgressLine(std::string_view label, std::string_view unit) : label_(label), unit_(unit), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() { finish(); }

void ProgressLine::update(int64_t done, int64_t total) {
  done_ = done;
  total_ = total;
  const auto now = std::chrono::steady_clock::now();
  const auto interval = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000);
  if (now - last_draw_ < interval) return;
  last_draw_ = now;
  draw(false);
}

void ProgressLine::finish() {
  if (finished_) return;
  finished_ = true;
  if (done_ > 0 || drawn_) draw(true);
}

void ProgressLine::draw(bool last) {
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  std::string line = label_ + ' ';
  if (total_ > 0) {
    const double fraction = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    if (terminal_) line += bar(fraction) + ' ';
    line += fmt::format("{:3.0f} %  {}/{} {}  {:.0f}/s", fraction * 100, done_, total_, unit_, rate);
    if (!last && rate > 0) line += "  " + format_duration(static_cast<double>(total_ - done_) / rate) + " left";
  } else {
    line += fmt::format("{} {}  {:.0f}/s", done_, unit_, rate);
  }
  if (last) line += "  in " + format_duration(seconds);
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\x1b[K" : "", line, terminal_ && !last ? "" : "\n");
  std::fflush(stderr);
}

void StageLines::operator()(std::string_view stage, int64_t done, int64_t total) {
  if (!line_ || stage != stage_) line_.emplace(stage, stage == named_ ? unit_ : other_unit_);
  stage_ = stage;
  line_->update(done, total);
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace nozama
