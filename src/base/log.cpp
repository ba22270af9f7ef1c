#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/trace.h"

namespace nozama {
namespace {

std::atomic<LogFormat> log_format{LogFormat::kText};

spdlog::logger& logger() {
  // Intentionally never destroyed: worker threads may log while the process ends.
  static auto* instance = [] {
    auto* made = new spdlog::logger("nozama", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
    case LogLevel::kOff: return "off";
  }
  return "info";
}

void append_escaped(std::string& line, std::string_view value) {
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      line += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '"';
}

std::string as_json(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":)", format_utc(unix_time_ms()), level_name(level));
  append_escaped(line, event);
  for (const LogField& field : fields) {
    line += ',';
    append_escaped(line, field.key);
    line += ':';
    append_escaped(line, field.value);
  }
  return line + "}";
}

std::string as_text(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string line = fmt::format("{} {} {}", format_utc(unix_time_ms()), level_name(level), event);
  for (const LogField& field : fields) {
    line += fmt::format(" {}=", field.key);
    const bool plain = !field.value.empty() && field.value.find_first_of(" \"=\\\t\n\r") == std::string::npos;
    if (plain) {
      line += field.value;
    } else {
      append_escaped(line, field.value);
    }
  }
  return line;
}

}  // namespace

void configure_log(LogLevel level, LogFormat format) {
  logger().set_level(to_spdlog(level));
  log_format = format;
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!logger().should_log(to_spdlog(level))) return;
  std::vector<LogField> all(fields);
  if (const TraceContext* trace = current_trace(); trace != nullptr) all.push_back({"trace_id", trace->trace_id});
  const bool json = log_format == LogFormat::kJson;
  logger().log(to_spdlog(level), json ? as_json(level, event, all) : as_text(level, event, all));
}

}  // namespace nozama
