// The one adapter between our SQL and a database. Statements use `?` for values, never text pasted
// together, and keep to what SQLite and PostgreSQL share; dialect words stand in the schema only.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama::sql {

// Borrowed for the call that binds it.
using Value = std::variant<std::monostate, int64_t, double, std::string_view, std::span<const std::byte>>;

inline Value to_value(const Value& value) { return value; }
inline Value to_value(std::string_view text) { return text; }
inline Value to_value(const std::string& text) { return std::string_view(text); }
inline Value to_value(const char* text) { return std::string_view(text); }
inline Value to_value(std::span<const std::byte> bytes) { return bytes; }
inline Value to_value(const std::vector<std::byte>& bytes) { return std::span<const std::byte>(bytes); }
inline Value to_value(double number) { return number; }
template <std::integral T>
Value to_value(T number) {
  return static_cast<int64_t>(number);
}
template <class Tag>
Value to_value(Id<Tag> id) {
  return id.value;
}
template <class T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value{};
}

// The rows of one running statement. Views last until the next step().
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual Result<bool> step() = 0;  // false = no more rows
  virtual bool is_null(int column) const = 0;
  virtual int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::span<const std::byte> bytes(int column) const = 0;
};

// Iteration with a sticky error: `while (rows.next()) …; if (!rows.ok()) return rows.failure();`
class Rows {
 public:
  explicit Rows(Result<std::unique_ptr<Cursor>> cursor);

  bool next();  // false at the end and at an error
  bool ok() const { return !error_; }
  std::unexpected<Error> failure() const { return std::unexpected(*error_); }
  Status status() const { return error_ ? Status(std::unexpected(*error_)) : Status(); }

  bool is_null(int column) const { return cursor_->is_null(column); }
  int64_t integer(int column) const { return cursor_->integer(column); }
  double real(int column) const { return cursor_->real(column); }
  std::string_view text_view(int column) const { return cursor_->text(column); }
  std::string text(int column) const { return std::string(cursor_->text(column)); }
  std::span<const std::byte> bytes(int column) const { return cursor_->bytes(column); }
  std::optional<int64_t> optional_integer(int column) const { return is_null(column) ? std::nullopt : std::optional(integer(column)); }
  std::optional<double> optional_real(int column) const { return is_null(column) ? std::nullopt : std::optional(real(column)); }

 private:
  std::unique_ptr<Cursor> cursor_;
  std::optional<Error> error_;
};

enum class Access { kRead, kWrite };
enum class Dialect { kSqlite, kPostgres };  // for what the two have no common words for: full-text search

// One session with the database, used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const = 0;
  // Prepares (or finds prepared) and binds; nothing runs before the first step.
  virtual Result<std::unique_ptr<Cursor>> run(std::string_view statement, std::span<const Value> values) = 0;
  // For statements that answer nothing. A database at the end of a wire need not wait for each: what went wrong then
  // comes out of a later call of this transaction, of its commit() at the latest.
  virtual Status execute(std::string_view statement, std::span<const Value> values);
  // Several statements of the schema, with its dialect words: $ID$ (generated 64-bit key, never used
  // twice), $BYTES$.
  virtual Status run_schema(std::string_view statements) = 0;
  // A write transaction holds the database's one writer's place from the start: no deadlock, no retry.
  virtual Status begin(Access access) = 0;
  virtual Status commit() = 0;
  virtual void roll_back() = 0;
  virtual bool is_lost() const { return false; }  // the server is gone: every further call fails
  // Milliseconds since 1970, the same clock for every process of this database.
  virtual Result<int64_t> clock_ms() = 0;
  virtual Result<std::vector<std::string>> table_names() = 0;
  virtual Result<int64_t> size_bytes() = 0;
  virtual Result<std::vector<std::string>> check_integrity() = 0;
};

template <class... Args>
Rows query(Connection& db, std::string_view statement, const Args&... args) {
  const std::vector<Value> values{to_value(args)...};
  return Rows(db.run(statement, values));
}
inline Rows query_list(Connection& db, std::string_view statement, std::span<const Value> values) { return Rows(db.run(statement, values)); }

template <class... Args>
Status execute(Connection& db, std::string_view statement, const Args&... args) {
  const std::vector<Value> values{to_value(args)...};
  return db.execute(statement, values);
}

// The first column of the first row; nullopt without a row.
template <class... Args>
Result<std::optional<int64_t>> query_integer(Connection& db, std::string_view statement, const Args&... args) {
  Rows rows = query(db, statement, args...);
  std::optional<int64_t> answer;
  if (rows.next()) answer = rows.integer(0);
  if (!rows.ok()) return rows.failure();
  return answer;
}

// Connections of one database: readers as many as run at once, and one writer at a time.
class Pool {
 public:
  using Connect = std::function<Result<std::unique_ptr<Connection>>(Access)>;
  explicit Pool(Connect connect);
  ~Pool();

  // Runs `work(Connection&)` in one transaction. Reads see one state of the database; a write is
  // committed when work succeeds and undone when it fails.
  template <class Work>
  std::invoke_result_t<Work, Connection&> read(Work&& work) {
    auto db = begin_read();
    if (!db) return propagate(db);
    auto result = work(**db);
    (*db)->roll_back();
    give_back(std::move(*db));
    return result;
  }

  template <class Work>
  std::invoke_result_t<Work, Connection&> write(Work&& work) {
    const std::scoped_lock lock(write_mutex_);
    if (auto begun = begin_write(); !begun) return propagate(begun);
    auto result = work(*writer_);
    if (!result) {
      writer_->roll_back();
      return result;
    }
    if (auto committed = writer_->commit(); !committed) {
      writer_->roll_back();
      return propagate(committed);
    }
    return result;
  }

 private:
  // Connections that the server has closed meanwhile are made anew.
  Status begin_write();
  Result<std::unique_ptr<Connection>> begin_read();
  std::unique_ptr<Connection> take_idle();
  void give_back(std::unique_ptr<Connection> reader);

  Connect connect_;
  std::mutex write_mutex_;  // guards writer_
  std::unique_ptr<Connection> writer_;
  std::mutex idle_mutex_;  // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace nozama::sql
