#include "catalog/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <thread>
#include <unordered_map>

#include "base/clock.h"

namespace nozama::sql {

namespace {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

struct CachedStatement {
  StatementHandle handle;
  bool in_use = false;
};

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

std::unexpected<Error> sqlite_error(sqlite3* db, int code, const std::string& path) {
  const std::string detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return fail(ErrorCode::kBusy, "database_locked", fmt::format("{}: another process has been writing for too long; try again", path));
    case SQLITE_FULL:
      return fail(ErrorCode::kUnavailable, "disk_full", fmt::format("{}: the disk is full; free some space and run the command again, nothing is lost", path));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return fail(ErrorCode::kUnavailable, "read_only", fmt::format("{}: not writable: {}", path, detail));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
    case SQLITE_NOMEM: return fail(ErrorCode::kUnavailable, "disk_failed", fmt::format("{}: {} (code {})", path, detail, code));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fail(ErrorCode::kCorrupt, "database_damaged",
                  fmt::format("{}: the database is damaged ({}); run `nozama doctor`, or restore a backup", path, detail));
    case SQLITE_TOOBIG: return fail(ErrorCode::kTooLarge, "value_too_large", fmt::format("{}: {}", path, detail));
    default: return fail(ErrorCode::kInternal, "sql_failed", fmt::format("{}: {} (code {})", path, detail, code));
  }
}

class SqliteCursor final : public Cursor {
 public:
  SqliteCursor(sqlite3* db, const std::string& path, CachedStatement& cached) : db_(db), path_(path), statement_(cached.handle.get()), cached_(&cached) {
    cached.in_use = true;
  }
  SqliteCursor(sqlite3* db, const std::string& path, StatementHandle own) : db_(db), path_(path), statement_(own.get()), own_(std::move(own)) {}
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;
  ~SqliteCursor() override {
    if (cached_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    cached_->in_use = false;
  }

  Status bind(std::span<const Value> values) {
    for (size_t i = 0; i < values.size(); ++i) {
      const int code = bind_one(static_cast<int>(i) + 1, values[i]);
      if (code != SQLITE_OK) return sqlite_error(db_, code, path_);
    }
    return {};
  }

  Result<bool> step() override {
    if (done_) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    done_ = true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(db_, code, path_);
  }

  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view text(int column) const override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (text == nullptr) return {};
    return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }
  std::span<const std::byte> bytes(int column) const override {
    const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  // SQLITE_TRANSIENT copies: a cursor may outlive the values that it was opened with.
  int bind_one(int position, const Value& value) {
    if (const auto* number = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement_, position, *number);
    if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement_, position, *real);
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      const char* data = text->data() != nullptr ? text->data() : "";
      return sqlite3_bind_text64(statement_, position, data, text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    if (const auto* bytes = std::get_if<std::span<const std::byte>>(&value)) {
      if (bytes->empty()) return sqlite3_bind_zeroblob(statement_, position, 0);
      return sqlite3_bind_blob64(statement_, position, bytes->data(), bytes->size(), SQLITE_TRANSIENT);
    }
    return sqlite3_bind_null(statement_, position);
  }

  sqlite3* db_;
  const std::string& path_;  // the connection's, which outlives its cursors
  sqlite3_stmt* statement_;
  CachedStatement* cached_ = nullptr;
  StatementHandle own_;
  bool done_ = false;
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(DatabaseHandle db, std::string path) : db_(std::move(db)), path_(std::move(path)) {}

  Dialect dialect() const override { return Dialect::kSqlite; }

  Result<std::unique_ptr<Cursor>> run(std::string_view statement, std::span<const Value> values) override {
    auto cursor = cursor_for(statement);
    if (!cursor) return propagate(cursor);
    if (auto bound = (*cursor)->bind(values); !bound) return propagate(bound);
    return std::move(*cursor);
  }

  Status run_schema(std::string_view statements) override {
    std::string text(statements);
    replace_all(text, "$ID$", "INTEGER PRIMARY KEY AUTOINCREMENT");
    replace_all(text, "$BYTES$", "BLOB");
    return run_text(text);
  }

  Status begin(Access access) override { return run_once(access == Access::kWrite ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED"); }
  Status commit() override { return run_once("COMMIT"); }
  void roll_back() override {
    // SQLite has already undone the transaction after some failures (disk full, I/O).
    if (sqlite3_get_autocommit(db_.get()) == 0) (void)run_once("ROLLBACK");
  }

  Result<int64_t> clock_ms() override { return unix_time_ms(); }

  Result<std::vector<std::string>> table_names() override {
    return texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name");
  }

  Result<int64_t> size_bytes() override {
    auto size = query_integer(*this, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
    if (!size) return propagate(size);
    return size->value_or(0);
  }

  Result<std::vector<std::string>> check_integrity() override {
    auto problems = texts("SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'");
    if (!problems) return problems;
    auto references = texts("SELECT 'row of ' || \"table\" || ' refers to a missing row of ' || \"parent\" FROM pragma_foreign_key_check LIMIT 100");
    if (!references) return references;
    problems->insert(problems->end(), references->begin(), references->end());
    return problems;
  }

  Status run_text(const std::string& statements) {
    const int code = sqlite3_exec(db_.get(), statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return constant_statement_error(code);
    return {};
  }

 private:
  static void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }

  Status run_once(std::string_view statement) { return execute(statement, {}); }

  Result<std::vector<std::string>> texts(std::string_view statement) {
    std::vector<std::string> answer;
    Rows rows = query(*this, statement);
    while (rows.next()) answer.push_back(rows.text(0));
    if (!rows.ok()) return rows.failure();
    return answer;
  }

  Result<StatementHandle> prepare(std::string_view statement, unsigned flags) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), statement.data(), static_cast<int>(statement.size()), flags, &prepared, nullptr);
    if (code == SQLITE_OK) return StatementHandle(prepared);
    return constant_statement_error(code);
  }

  // Our statements are constant and tested: one that SQLite cannot understand means a file that is not ours.
  std::unexpected<Error> constant_statement_error(int code) { return sqlite_error(db_.get(), code == SQLITE_ERROR ? SQLITE_CORRUPT : code, path_); }

  Result<std::unique_ptr<SqliteCursor>> cursor_for(std::string_view statement) {
    auto found = cache_.find(statement);
    if (found != cache_.end() && found->second.in_use) {
      auto own = prepare(statement, 0);
      if (!own) return propagate(own);
      return std::make_unique<SqliteCursor>(db_.get(), path_, std::move(*own));
    }
    if (found == cache_.end()) {
      auto handle = prepare(statement, SQLITE_PREPARE_PERSISTENT);
      if (!handle) return propagate(handle);
      found = cache_.try_emplace(std::string(statement)).first;
      found->second.handle = std::move(*handle);
    }
    return std::make_unique<SqliteCursor>(db_.get(), path_, found->second);
  }

  DatabaseHandle db_;
  std::string path_;
  std::unordered_map<std::string, CachedStatement, TextHash, std::equal_to<>> cache_;
};

// Turning a new file to WAL does not wait for another process that does the same; we do.
Status run_patiently(SqliteConnection& connection, const std::string& statements, int timeout_ms) {
  constexpr int kPauseMs = 5;
  for (int waited_ms = 0;; waited_ms += kPauseMs) {
    auto run = connection.run_text(statements);
    if (run || run.error().code != ErrorCode::kBusy || waited_ms >= timeout_ms) return run;
    std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMs));
  }
}

Result<DatabaseHandle> open_handle(const std::string& path, int flags, int busy_timeout_ms) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  DatabaseHandle handle(opened);
  if (code != SQLITE_OK) return sqlite_error(opened, code, path);
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  return handle;
}

Status run_on(sqlite3* db, const char* statements, const std::string& path) {
  const int code = sqlite3_exec(db, statements, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : sqlite_error(db, code, path);
}

Status copy_pages(sqlite3* from, sqlite3* to, const std::string& to_path, const CopyProgress& progress) {
  constexpr int kPagesAtOnce = 1024;
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return sqlite_error(to, sqlite3_extended_errcode(to), to_path);
  Status told;
  int code = SQLITE_OK;
  while (told && code == SQLITE_OK) {
    code = sqlite3_backup_step(backup, kPagesAtOnce);
    const int64_t pages = sqlite3_backup_pagecount(backup), left = sqlite3_backup_remaining(backup);
    constexpr int64_t kPageBytes = 8192;  // of our own databases; for the progress only
    told = progress((pages - left) * kPageBytes, pages * kPageBytes);
  }
  const int finished = sqlite3_backup_finish(backup);
  if (!told) return told;
  if (code != SQLITE_DONE) return sqlite_error(to, code, to_path);
  return finished == SQLITE_OK ? Status() : sqlite_error(to, finished, to_path);
}

}  // namespace

Status copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to, const CopyProgress& progress) {
  const auto source = open_handle(from.string(), 0, SqliteOptions{}.busy_timeout_ms);
  if (!source) return propagate(source);
  // A transaction that reads holds one state for the whole copy, whoever writes meanwhile; without it each write would begin it anew.
  if (const Status held = run_on(source->get(), "BEGIN; SELECT COUNT(*) FROM sqlite_schema;", from.string()); !held) return held;
  Status copied;
  {
    const auto target = open_handle(to.string(), SQLITE_OPEN_CREATE, 0);
    if (!target) return propagate(target);
    copied = run_on(target->get(), "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL;", to.string());
    if (copied) copied = copy_pages(source->get(), target->get(), to.string(), progress);
  }
  std::error_code ignored;
  if (!copied) std::filesystem::remove(to, ignored);
  return copied;
}

Result<std::unique_ptr<Connection>> open_sqlite(const std::filesystem::path& path, Access access, const SqliteOptions& options) {
  const std::string name = path.string();
  auto handle = open_handle(name, access == Access::kWrite ? SQLITE_OPEN_CREATE : 0, options.busy_timeout_ms);
  if (!handle) return propagate(handle);
  sqlite3_db_config(handle->get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);

  auto connection = std::make_unique<SqliteConnection>(std::move(*handle), name);
  // 8 KiB pages hold three embeddings of 1280 half numbers; 4 KiB pages hold one and waste a third.
  // FULL: a commit is on the disk before it is acknowledged, so loss of power costs nothing either.
  std::string settings = access == Access::kWrite ? "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                                    "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864;"
                                                  : "PRAGMA query_only = ON; PRAGMA cache_size = -8192;";
  if (options.pages_max > 0) settings += fmt::format("PRAGMA max_page_count = {};", options.pages_max);
  settings += "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;";
  if (auto set = run_patiently(*connection, settings, options.busy_timeout_ms); !set) return propagate(set);
  return connection;
}

}  // namespace nozama::sql
