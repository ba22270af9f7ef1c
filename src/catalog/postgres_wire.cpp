#include "catalog/postgres_wire.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <bit>
#include <chrono>
#include <cstring>

namespace nozama::sql {

namespace {

// pg_type's numbers never change.
enum PostgresType : Oid { kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kFloat4 = 700, kFloat8 = 701 };

constexpr size_t kNull = SIZE_MAX;

template <class T>
void append_big_endian(std::string& bytes, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) bytes += static_cast<char>(static_cast<uint8_t>(value >> shift));
}

template <class T>
T read_big_endian(const char* bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return static_cast<T>(value);
}

// The server's text has several lines (detail, hint, position); the first says what happened.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

Error make(ErrorCode code, std::string_view reason, std::string message) { return Error{code, std::string(reason), std::move(message)}; }

Error connection_error(std::string_view sqlstate, const std::string& name, const std::string& text) {
  if (sqlstate.starts_with("28")) {
    return make(ErrorCode::kUnavailable, "database_login",
                fmt::format("{}: the server refuses the user or the password ({}); check both in --database, or set PGPASSWORD", name, text));
  }
  if (sqlstate == "3D000") {
    return make(ErrorCode::kUnavailable, "database_missing",
                fmt::format("{}: the server has no such database ({}); make it with createdb --encoding=UTF8 --template=template0", name, text));
  }
  if (sqlstate == "53300") {
    return make(ErrorCode::kUnavailable, "database_connections",
                fmt::format("{}: the server has no free connection ({}); raise max_connections or stop other clients", name, text));
  }
  return make(ErrorCode::kUnavailable, "database_unreachable",
              fmt::format("{}: the server cannot be reached ({}); is it running, and are host and port in --database right?", name, text));
}

}  // namespace

Error postgres_error(std::string_view sqlstate, const std::string& name, std::string_view text) {
  const std::string detail = first_line(text);
  const auto in_class = [&](std::string_view prefix) { return sqlstate.starts_with(prefix); };
  if (sqlstate.empty() || in_class("08") || in_class("28") || in_class("57P") || sqlstate == "3D000" || sqlstate == "53300" || sqlstate == "25P03") {
    return connection_error(sqlstate, name, detail);
  }
  if (in_class("40") || sqlstate == "55P03" || sqlstate == "57014") {
    return make(ErrorCode::kBusy, "database_locked", fmt::format("{}: another process has been writing for too long; try again ({})", name, detail));
  }
  if (sqlstate == "53100") {
    return make(ErrorCode::kUnavailable, "disk_full", fmt::format("{}: the server's disk is full; free some space and try again, nothing is lost", name));
  }
  if (sqlstate == "42501" || sqlstate == "25006") {
    return make(ErrorCode::kUnavailable, "read_only", fmt::format("{}: not writable: {}", name, detail));
  }
  if (in_class("53") || in_class("58")) return make(ErrorCode::kUnavailable, "disk_failed", fmt::format("{}: {} ({})", name, detail, sqlstate));
  if (in_class("54")) return make(ErrorCode::kTooLarge, "value_too_large", fmt::format("{}: {}", name, detail));
  if (in_class("22")) return make(ErrorCode::kInvalidArgument, "bad_value", fmt::format("{}: {}", name, detail));
  // Our statements are constant and tested: one that the server cannot understand means tables that are not ours.
  if (in_class("XX00") || in_class("42") || in_class("3F")) {
    return make(ErrorCode::kCorrupt, "database_damaged",
                fmt::format("{}: the database is damaged ({}, {}); run `nozama doctor`, or restore a backup", name, detail, sqlstate));
  }
  return make(ErrorCode::kInternal, "sql_failed", fmt::format("{}: {} ({})", name, detail, sqlstate));
}

Error result_error(const PGresult* result, const std::string& name) {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return postgres_error(sqlstate != nullptr ? sqlstate : "", name, primary != nullptr ? primary : PQresultErrorMessage(result));
}

Error lost_error(const PGconn* db, const std::string& name) { return postgres_error("", name, PQerrorMessage(db)); }

Result<PostgresHandle> connect_postgres(const std::string& url, const std::string& name, int timeout_ms) {
  // What the URL says itself comes last and wins.
  const std::array keywords = {"application_name", "keepalives_idle", "keepalives_interval", "keepalives_count",
                               "tcp_user_timeout", "dbname",          "client_encoding",     static_cast<const char*>(nullptr)};
  const std::array values = {"nozama", "30", "10", "6", "90000", url.c_str(), "UTF8", static_cast<const char*>(nullptr)};
  PostgresHandle db(PQconnectStartParams(keywords.data(), values.data(), 1));
  if (db == nullptr) return std::unexpected(postgres_error("", name, "out of memory"));
  // The message of a refused login then begins with "FATAL:  28P01: ": libpq gives no SQLSTATE otherwise.
  PQsetErrorVerbosity(db.get(), PQERRORS_VERBOSE);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK && PQstatus(db.get()) != CONNECTION_BAD; state = PQconnectPoll(db.get())) {
    if (state == PGRES_POLLING_FAILED) break;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd socket{.fd = PQsocket(db.get()), .events = static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), .revents = 0};
    if (left <= 0 || poll(&socket, 1, static_cast<int>(left)) == 0) {
      return std::unexpected(postgres_error("", name, fmt::format("no answer within {} ms", timeout_ms)));
    }
  }
  if (PQstatus(db.get()) == CONNECTION_OK) return db;
  const std::string_view text = PQerrorMessage(db.get());
  std::string_view sqlstate;
  std::string_view said = text;
  if (const size_t fatal = text.find("FATAL:  "); fatal != std::string_view::npos && text.size() > fatal + 15 && text[fatal + 13] == ':') {
    sqlstate = text.substr(fatal + 8, 5);
    said = text.substr(fatal + 15);
  }
  return std::unexpected(connection_error(sqlstate, name, first_line(said)));
}

std::string numbered_placeholders(std::string_view statement) {
  std::string numbered;
  numbered.reserve(statement.size() + 64);
  int count = 0;
  bool quoted = false;
  for (const char c : statement) {
    if (c == '\'') quoted = !quoted;
    if (c == '?' && !quoted) {
      numbered += fmt::format("${}", ++count);
    } else {
      numbered += c;
    }
  }
  return numbered;
}

Result<BinaryValues> BinaryValues::encode(std::span<const Value> values, std::span<const Oid> types) {
  if (values.size() != types.size()) {
    return fail(ErrorCode::kInternal, "sql_failed", fmt::format("a statement of {} values got {}", types.size(), values.size()));
  }
  BinaryValues encoded;
  for (size_t i = 0; i < values.size(); ++i) {
    if (auto added = encoded.add(values[i], types[i]); !added) return propagate(added);
  }
  encoded.formats_.assign(values.size(), 1);
  return encoded;
}

void BinaryValues::add_bytes(std::string_view bytes) {
  starts_.push_back(bytes_.size());
  lengths_.push_back(static_cast<int>(bytes.size()));
  bytes_ += bytes;
}

Status BinaryValues::add(const Value& value, Oid type) {
  if (std::holds_alternative<std::monostate>(value)) {
    starts_.push_back(kNull);
    lengths_.push_back(0);
    return {};
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    add_bytes(*text);
    return {};
  }
  if (const auto* bytes = std::get_if<std::span<const std::byte>>(&value)) {
    add_bytes({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    return {};
  }
  std::string number;
  const auto* integer = std::get_if<int64_t>(&value);
  const double real = integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
  if (type == kFloat8) {
    append_big_endian(number, std::bit_cast<uint64_t>(real));
  } else if (integer != nullptr && type == kInt8) {
    append_big_endian(number, *integer);
  } else if (integer != nullptr && type == kInt4 && *integer == static_cast<int32_t>(*integer)) {
    append_big_endian(number, static_cast<int32_t>(*integer));
  } else {
    return fail(ErrorCode::kInternal, "sql_failed", fmt::format("a number where the server expects type {}", type));
  }
  add_bytes(number);
  return {};
}

std::vector<const char*> BinaryValues::pointers() const {
  std::vector<const char*> pointers;
  pointers.reserve(starts_.size());
  for (const size_t start : starts_) pointers.push_back(start == kNull ? nullptr : bytes_.data() + start);
  return pointers;
}

int64_t integer_column(const PGresult* row, int line, int column) {
  if (PQgetisnull(row, line, column) != 0) return 0;
  const char* bytes = PQgetvalue(row, line, column);
  switch (PQftype(row, column)) {
    case kBool: return bytes[0] != 0 ? 1 : 0;
    case kInt2: return read_big_endian<int16_t>(bytes);
    case kInt4: return read_big_endian<int32_t>(bytes);
    case kInt8: return read_big_endian<int64_t>(bytes);
    default: abort_with(fmt::format("column {} is no integer but of type {}", PQfname(row, column), PQftype(row, column)));
  }
}

double real_column(const PGresult* row, int line, int column) {
  if (PQgetisnull(row, line, column) != 0) return 0;
  const char* bytes = PQgetvalue(row, line, column);
  switch (PQftype(row, column)) {
    case kFloat8: return std::bit_cast<double>(read_big_endian<uint64_t>(bytes));
    case kFloat4: return std::bit_cast<float>(read_big_endian<uint32_t>(bytes));
    default: return static_cast<double>(integer_column(row, line, column));
  }
}

}  // namespace nozama::sql
