// Structured log lines on standard error: `2026-01-31T23:59:59.123Z info request method=GET path=/ status=200`.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace nozama {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

struct LogField {
  std::string_view key;
  std::string value;
};

// Once, before any thread starts. Default: info, text.
void configure_log(LogLevel level, LogFormat format);

// `event` is a constant slug; everything that varies is a field. Thread-safe; a line is written whole.
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) { log_event(LogLevel::kInfo, event, fields); }
inline void log_warning(std::string_view event, std::initializer_list<LogField> fields = {}) { log_event(LogLevel::kWarning, event, fields); }
inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) { log_event(LogLevel::kError, event, fields); }

}  // namespace nozama
