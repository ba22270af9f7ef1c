#include "bench/measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace nozama {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::string json_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result + '"';
}

}  // namespace

void Rounds::add(std::vector<float> times_us, double cpu_us) {
  rounds_.push_back(std::move(times_us));
  cpu_.push_back(cpu_us);
}

void Rounds::append(const Rounds& others) {
  rounds_.insert(rounds_.end(), others.rounds_.begin(), others.rounds_.end());
  cpu_.insert(cpu_.end(), others.cpu_.begin(), others.cpu_.end());
}

QueryTimes Rounds::summary() const {
  if (rounds_.empty() || rounds_[0].empty()) return {};
  std::vector<double> times;
  for (size_t query = 0; query < rounds_[0].size(); ++query) {
    std::vector<double> of_query;
    for (const auto& round : rounds_) of_query.push_back(round[query]);
    times.push_back(median(std::move(of_query)));
  }
  std::ranges::sort(times);
  const auto at = [&](double share) { return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1) + 0.5)]; };
  double mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  if (!loops_.empty()) mean = std::min(mean, median(loops_));
  return {1e6 / mean, at(0.5), at(0.99), median(cpu_)};
}

std::string_view filter_kind_name(FilterKind kind) {
  switch (kind) {
    case FilterKind::kRandom: return "random";
    case FilterKind::kCluster: return "cluster";
    case FilterKind::kNone: break;
  }
  return "none";
}

std::string measurement_json(const Measurement& m, const Machine& machine) {
  const auto per_row = [&](double bytes) { return bytes / static_cast<double>(std::max<int64_t>(1, m.rows)); };
  std::string line = fmt::format(R"({{"engine":{},"version":{},"setting":{},"data":{},"rows":{},"dim":{},"threads":{},)", json_text(m.engine),
                                 json_text(m.version), json_text(m.setting), json_text(m.data), m.rows, m.dimension, m.threads);
  line += fmt::format(R"("filter_pass":{},"filter_kind":"{}","recall_at_30":{:.5f},"qps":{:.1f},"p50_us":{:.2f},"p99_us":{:.2f},"cpu_us":{:.2f},)",
                      m.workload.pass, filter_kind_name(m.workload.kind), m.recall, m.times.qps, m.times.p50_us, m.times.p99_us, m.times.cpu_us);
  line += fmt::format(R"("build_cpu_s":{:.3f},"bytes_per_row":{:.1f},"resident_bytes_per_row":{:.1f},"peak_bytes":{:.0f},)", m.build_cpu_s,
                      per_row(m.index_bytes), per_row(m.resident_bytes), m.peak_bytes);
  if (m.ours_qps > 0) line += fmt::format(R"("ours_qps":{:.1f},"ratio":{:.3f},)", m.ours_qps, m.ours_qps / m.times.qps);
  if (!m.sweep.empty()) {
    line += R"("sweep":[)";
    for (size_t i = 0; i < m.sweep.size(); ++i) line += fmt::format("{}[{},{}]", i == 0 ? "" : ",", m.sweep[i].recall, m.sweep[i].us);
    line += "],";
  }
  if (m.opened) {
    for (const auto& [name, start] : {std::pair("cold", &m.opened->cold), std::pair("warm", &m.opened->warm)}) {
      line += fmt::format(R"("{0}_start_s":{1:.4f},"{0}_start_cpu_s":{2:.4f},"{0}_cached":{3:.4f},"{0}_p50_us":{4:.1f},"{0}_p99_us":{5:.1f},)", name,
                          start->first_answer_s, start->cpu_s, start->cached, start->times.p50_us, start->times.p99_us);
    }
    line += fmt::format(R"("mapped_bytes":{:.0f},)", m.opened->mapped_bytes);
  }
  return line + fmt::format(R"("local_dimension":{:.1f},"cpu":{},"flags":{}}})", m.local_dimension, json_text(machine.cpu), json_text(machine.flags));
}

std::string measurement_table_head() {
  return fmt::format("{:<18} {:>9} {:>14} {:>7} {:>9} {:>9} {:>9} {:>7} {:>9} {:>8} {:>8}  {}", "engine", "rows", "filter", "recall", "queries/s", "p50, us",
                     "p99, us", "ours/it", "build, s", "B/row", "RAM/row", "setting");
}

std::string measurement_table_row(const Measurement& m) {
  const std::string filter = m.workload.kind == FilterKind::kNone ? "-" : fmt::format("{} {:g} %", filter_kind_name(m.workload.kind), 100 * m.workload.pass);
  const std::string ratio = m.ours_qps > 0 ? fmt::format("{:.2f}", m.ours_qps / m.times.qps) : "";
  const auto rows = static_cast<double>(std::max<int64_t>(1, m.rows));
  return fmt::format("{:<18} {:>9} {:>14} {:>7.4f} {:>9.0f} {:>9.1f} {:>9.1f} {:>7} {:>9.2f} {:>8.0f} {:>8.0f}  {}", m.engine, m.rows, filter, m.recall,
                     m.times.qps, m.times.p50_us, m.times.p99_us, ratio, m.build_cpu_s, m.index_bytes / rows, m.resident_bytes / rows, m.setting);
}

}  // namespace nozama
