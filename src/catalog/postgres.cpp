#include "catalog/postgres.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <unordered_map>

#include "catalog/postgres_wire.h"

namespace nozama::sql {

namespace {

constexpr int kOldestServer = 130'000;  // normalized text, gen_random_uuid(), trusted extensions
constexpr size_t kOwedMax = 512;        // statements under way that nobody waits for yet
constexpr int kDrainedRowsMax = 256;    // of a query that is given up; beyond it the server is told to stop
// The writer's place: an advisory lock of this number and the schema's. It is freed after the commit has become visible, so that
// the next writer sees it: the order of the change log is the order of commits.
constexpr int kWriterLock = 0x4E6F7A61;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

struct PreparedStatement {
  std::string name;
  std::vector<Oid> types;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

class PostgresCursor;

// What the server still owes us is a queue: answers come in the order of what was sent. At most one cursor streams; when another
// statement starts before its end, its rest is read into memory.
class PostgresConnection final : public Connection {
 public:
  PostgresConnection(PostgresHandle db, std::string name) : db_(std::move(db)), name_(std::move(name)) {}

  Dialect dialect() const override { return Dialect::kPostgres; }
  Result<std::unique_ptr<Cursor>> run(std::string_view statement, std::span<const Value> values) override;
  Status execute(std::string_view statement, std::span<const Value> values) override;
  Status run_schema(std::string_view statements) override;
  Status begin(Access access) override;
  Status commit() override;
  void roll_back() override;
  bool is_lost() const override { return PQstatus(db_.get()) == CONNECTION_BAD; }
  Result<int64_t> clock_ms() override;
  Result<std::vector<std::string>> table_names() override;
  Result<int64_t> size_bytes() override;
  Result<std::vector<std::string>> check_integrity() override;

  // Outside of pipeline mode: settings, schema.
  Status run_text(const std::string& statements);
  Status enter_pipeline();

  // For the cursor: sends its statement and makes it the streaming one; its next row, nullptr = no more.
  Status start_stream(PostgresCursor& cursor, const PreparedStatement& statement, const BinaryValues& values);
  Result<ResultHandle> receive_row();
  void leave_stream(PostgresCursor& cursor);

 private:
  enum class Owed { kAnswer, kSync, kForgetFailure };

  Result<const PreparedStatement*> prepare(std::string_view statement);
  Status send(const PreparedStatement& statement, const BinaryValues& values);
  Status sync();
  void settle_owed();
  std::unexpected<Error> failure(const PGresult* result);
  Result<ResultHandle> wanted_answer();
  Result<ResultHandle> round_trip(std::string_view statement, std::span<const Value> values);
  Status stop_streaming();
  void give_up_stream();
  Result<std::vector<std::string>> texts(std::string_view statement);

  PostgresHandle db_;
  std::string name_;
  std::unordered_map<std::string, PreparedStatement, TextHash, std::equal_to<>> prepared_;
  std::deque<Owed> owed_;
  std::optional<Error> failed_;  // of a statement that nobody waited for
  PostgresCursor* streaming_ = nullptr;
};

class PostgresCursor final : public Cursor {
 public:
  PostgresCursor(PostgresConnection& connection, const PreparedStatement& statement, BinaryValues values)
      : connection_(connection), statement_(statement), values_(std::move(values)) {}
  PostgresCursor(const PostgresCursor&) = delete;
  PostgresCursor& operator=(const PostgresCursor&) = delete;
  ~PostgresCursor() override { connection_.leave_stream(*this); }

  Result<bool> step() override {
    if (!started_) {
      started_ = true;
      if (auto sent = connection_.start_stream(*this, statement_, values_); !sent) return propagate(sent);
      streaming_ = true;
    }
    auto row = next_row();
    if (!row) return propagate(row);
    row_ = std::move(*row);
    return row_ != nullptr;
  }

  bool is_null(int column) const override { return PQgetisnull(row_.get(), 0, column) != 0; }
  int64_t integer(int column) const override { return integer_column(row_.get(), 0, column); }
  double real(int column) const override { return real_column(row_.get(), 0, column); }
  std::string_view text(int column) const override { return {PQgetvalue(row_.get(), 0, column), static_cast<size_t>(PQgetlength(row_.get(), 0, column))}; }
  std::span<const std::byte> bytes(int column) const override { return std::as_bytes(std::span(text(column))); }

  // The connection takes the wire away from it.
  void keep_row(ResultHandle row) { kept_.push_back(std::move(row)); }
  void end_stream(std::optional<Error> error) {
    streaming_ = false;
    error_ = std::move(error);
  }

 private:
  Result<ResultHandle> next_row() {
    if (!kept_.empty()) {
      ResultHandle row = std::move(kept_.front());
      kept_.pop_front();
      return row;
    }
    if (error_) return std::unexpected(*error_);
    if (!streaming_) return nullptr;
    auto row = connection_.receive_row();
    if (!row || *row == nullptr) streaming_ = false;
    return row;
  }

  PostgresConnection& connection_;
  const PreparedStatement& statement_;
  BinaryValues values_;
  ResultHandle row_;
  std::deque<ResultHandle> kept_;
  std::optional<Error> error_;
  bool started_ = false, streaming_ = false;
};

std::unexpected<Error> PostgresConnection::failure(const PGresult* result) {
  if (failed_) return std::unexpected(*std::exchange(failed_, std::nullopt));
  if (result == nullptr || is_lost()) return std::unexpected(lost_error(db_.get(), name_));
  return std::unexpected(result_error(result, name_));
}

Status PostgresConnection::send(const PreparedStatement& statement, const BinaryValues& values) {
  const auto pointers = values.pointers();
  const int sent = PQsendQueryPrepared(db_.get(), statement.name.c_str(), values.count(), pointers.data(), values.lengths().data(), values.formats().data(), 1);
  return sent == 1 ? Status() : Status(std::unexpected(lost_error(db_.get(), name_)));
}

Status PostgresConnection::sync() {
  if (PQpipelineSync(db_.get()) == 1) return {};
  return std::unexpected(lost_error(db_.get(), name_));
}

// Reads what is owed; the first failure stays for whoever waits next.
void PostgresConnection::settle_owed() {
  for (; !owed_.empty(); owed_.pop_front()) {
    if (owed_.front() == Owed::kForgetFailure) {
      failed_.reset();
      continue;
    }
    const ResultHandle answer(PQgetResult(db_.get()));
    if (answer == nullptr || is_lost()) {
      failed_ = lost_error(db_.get(), name_);
      owed_.clear();
      return;
    }
    if (owed_.front() == Owed::kSync) continue;
    if (PQresultStatus(answer.get()) == PGRES_FATAL_ERROR && !failed_) failed_ = result_error(answer.get(), name_);
    while (const ResultHandle rest{PQgetResult(db_.get())}) {
    }
  }
}

// The answer to the last thing sent, whole, after a sync.
Result<ResultHandle> PostgresConnection::wanted_answer() {
  if (auto synced = sync(); !synced) return propagate(synced);
  settle_owed();
  ResultHandle answer(PQgetResult(db_.get()));
  if (answer == nullptr || is_lost()) return failure(answer.get());
  while (const ResultHandle rest{PQgetResult(db_.get())}) {
  }
  const ResultHandle end_of_sync(PQgetResult(db_.get()));
  const auto status = PQresultStatus(answer.get());
  if (failed_ || (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)) return failure(answer.get());
  return answer;
}

Result<const PreparedStatement*> PostgresConnection::prepare(std::string_view statement) {
  if (const auto found = prepared_.find(statement); found != prepared_.end()) return &found->second;
  if (auto stopped = stop_streaming(); !stopped) return propagate(stopped);
  PreparedStatement made{.name = fmt::format("s{}", prepared_.size()), .types = {}};
  if (PQsendPrepare(db_.get(), made.name.c_str(), numbered_placeholders(statement).c_str(), 0, nullptr) != 1) return failure(nullptr);
  owed_.push_back(Owed::kAnswer);
  if (PQsendDescribePrepared(db_.get(), made.name.c_str()) != 1) return failure(nullptr);
  const auto described = wanted_answer();
  if (!described) return propagate(described);
  for (int i = 0; i < PQnparams(described->get()); ++i) made.types.push_back(PQparamtype(described->get(), i));
  return &prepared_.try_emplace(std::string(statement), std::move(made)).first->second;
}

Result<std::unique_ptr<Cursor>> PostgresConnection::run(std::string_view statement, std::span<const Value> values) {
  const auto prepared = prepare(statement);
  if (!prepared) return propagate(prepared);
  auto encoded = BinaryValues::encode(values, (*prepared)->types);
  if (!encoded) return propagate(encoded);
  return std::make_unique<PostgresCursor>(*this, **prepared, std::move(*encoded));
}

Status PostgresConnection::execute(std::string_view statement, std::span<const Value> values) {
  const auto prepared = prepare(statement);
  if (!prepared) return propagate(prepared);
  const auto encoded = BinaryValues::encode(values, (*prepared)->types);
  if (!encoded) return propagate(encoded);
  if (auto stopped = stop_streaming(); !stopped) return stopped;
  if (auto sent = send(**prepared, *encoded); !sent) return sent;
  owed_.push_back(Owed::kAnswer);
  if (owed_.size() < kOwedMax) return {};
  if (auto synced = sync(); !synced) return synced;
  owed_.push_back(Owed::kSync);
  settle_owed();
  return failed_ ? Status(failure(nullptr)) : Status();
}

Result<ResultHandle> PostgresConnection::round_trip(std::string_view statement, std::span<const Value> values) {
  const auto prepared = prepare(statement);
  if (!prepared) return propagate(prepared);
  const auto encoded = BinaryValues::encode(values, (*prepared)->types);
  if (!encoded) return propagate(encoded);
  if (auto stopped = stop_streaming(); !stopped) return propagate(stopped);
  if (auto sent = send(**prepared, *encoded); !sent) return propagate(sent);
  return wanted_answer();
}

Status PostgresConnection::start_stream(PostgresCursor& cursor, const PreparedStatement& statement, const BinaryValues& values) {
  if (auto stopped = stop_streaming(); !stopped) return stopped;
  if (auto sent = send(statement, values); !sent) return sent;
  if (auto synced = sync(); !synced) return synced;
  settle_owed();
  if (is_lost()) return failure(nullptr);
  PQsetSingleRowMode(db_.get());
  streaming_ = &cursor;
  return {};
}

Result<ResultHandle> PostgresConnection::receive_row() {
  ResultHandle row(PQgetResult(db_.get()));
  if (row != nullptr && PQresultStatus(row.get()) == PGRES_SINGLE_TUPLE) return row;
  streaming_ = nullptr;
  if (row == nullptr || is_lost()) return failure(row.get());
  while (const ResultHandle rest{PQgetResult(db_.get())}) {
  }
  const ResultHandle end_of_sync(PQgetResult(db_.get()));
  const auto status = PQresultStatus(row.get());
  if (failed_ || (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)) return failure(row.get());
  return nullptr;
}

Status PostgresConnection::stop_streaming() {
  while (PostgresCursor* cursor = streaming_) {
    auto row = receive_row();
    if (row && *row != nullptr) {
      cursor->keep_row(std::move(*row));
    } else {
      cursor->end_stream(row ? std::nullopt : std::optional(row.error()));
    }
  }
  return is_lost() ? Status(failure(nullptr)) : Status();
}

void PostgresConnection::leave_stream(PostgresCursor& cursor) {
  if (streaming_ == &cursor) give_up_stream();
}

void PostgresConnection::give_up_stream() {
  for (int rows = 0; streaming_ != nullptr; ++rows) {
    if (rows == kDrainedRowsMax) {
      PGcancel* cancel = PQgetCancel(db_.get());
      std::array<char, 256> ignored{};
      PQcancel(cancel, ignored.data(), static_cast<int>(ignored.size()));
      PQfreeCancel(cancel);
    }
    (void)receive_row();
  }
}

Status PostgresConnection::begin(Access access) {
  if (access == Access::kRead) {
    auto begun = round_trip("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {});
    return begun ? Status() : Status(propagate(begun));
  }
  if (auto begun = execute("BEGIN ISOLATION LEVEL READ COMMITTED", {}); !begun) return begun;
  const std::array<Value, 1> number = {int64_t{kWriterLock}};
  auto locked = round_trip("SELECT pg_advisory_xact_lock(?, hashtext(current_schema()))", number);
  if (locked) return {};
  roll_back();
  return propagate(locked);
}

Status PostgresConnection::commit() {
  auto committed = round_trip("COMMIT", {});
  if (!committed) return propagate(committed);
  // A transaction with a failed statement answers COMMIT with ROLLBACK.
  if (std::string_view(PQcmdStatus(committed->get())) == "COMMIT") return {};
  return fail(ErrorCode::kInternal, "sql_failed", fmt::format("{}: the transaction had failed before its commit", name_));
}

// Nobody waits: the answer is read when the next transaction begins.
void PostgresConnection::roll_back() {
  give_up_stream();
  if (is_lost() || PQtransactionStatus(db_.get()) == PQTRANS_IDLE) return;
  if (!owed_.empty()) {
    if (!sync()) return;
    owed_.push_back(Owed::kSync);
    settle_owed();
  }
  failed_.reset();
  if (!execute("ROLLBACK", {}) || !sync()) return;
  owed_.push_back(Owed::kSync);
  owed_.push_back(Owed::kForgetFailure);
}

Status PostgresConnection::run_text(const std::string& statements) {
  const ResultHandle answer(PQexec(db_.get(), statements.c_str()));
  const auto status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
  return failure(answer.get());
}

Status PostgresConnection::enter_pipeline() {
  if (PQenterPipelineMode(db_.get()) == 1) return {};
  return std::unexpected(lost_error(db_.get(), name_));
}

// Text is compared by bytes, as in SQLite, and no index breaks when the system's collations change.
Status PostgresConnection::run_schema(std::string_view statements) {
  std::string text(statements);
  replace_all(text, "$ID$", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
  replace_all(text, "$BYTES$", "BYTEA");
  for (const char end : {' ', ','}) replace_all(text, fmt::format(" TEXT{}", end), fmt::format(" TEXT COLLATE \"C\"{}", end));
  if (auto stopped = stop_streaming(); !stopped) return stopped;
  if (!owed_.empty()) {
    if (auto synced = sync(); !synced) return synced;
    owed_.push_back(Owed::kSync);
    settle_owed();
    if (failed_) return failure(nullptr);
  }
  if (PQexitPipelineMode(db_.get()) != 1) return failure(nullptr);
  auto run = run_text(text);
  if (auto entered = enter_pipeline(); !entered) return entered;
  return run;
}

Result<std::vector<std::string>> PostgresConnection::texts(std::string_view statement) {
  std::vector<std::string> answer;
  Rows rows = query(*this, statement);
  while (rows.next()) answer.push_back(rows.text(0));
  if (!rows.ok()) return rows.failure();
  return answer;
}

Result<int64_t> PostgresConnection::clock_ms() {
  auto now = query_integer(*this, "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint");
  if (!now) return propagate(now);
  return now->value_or(0);
}

Result<std::vector<std::string>> PostgresConnection::table_names() {
  return texts("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename");
}

Result<int64_t> PostgresConnection::size_bytes() {
  auto size = query_integer(*this,
                            "SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
                            " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace");
  if (!size) return propagate(size);
  return size->value_or(0);
}

// The server checks references itself; pages only where it was set up with checksums.
Result<std::vector<std::string>> PostgresConnection::check_integrity() {
  return texts(
      "SELECT checksum_failures::text || ' pages of the database have failed their checksum' FROM pg_stat_database"
      " WHERE datname = current_database() AND checksum_failures > 0"
      " UNION ALL SELECT 'index ' || c.relname::text || ' is not valid' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
      " WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace");
}

// Settings of every session. A writer that falls silent within a transaction gives its place up after a minute.
std::string session_settings(Access access, const PostgresOptions& options) {
  std::string settings = fmt::format(
      "SET client_min_messages = warning; SET jit = off; SET lock_timeout = {};"
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';",
      options.busy_timeout_ms);
  // Of a reader's query the values decide the plan: a rare word and a frequent one, a small category and a large one.
  settings += access == Access::kWrite ? "SET idle_in_transaction_session_timeout = 60000;" : "SET plan_cache_mode = force_custom_plan;";
  return settings;
}

}  // namespace

bool is_postgres_url(std::string_view text) { return text.starts_with("postgresql://") || text.starts_with("postgres://"); }

std::string postgres_display_name(const std::string& url) {
  PQconninfoOption* parts = PQconninfoParse(url.c_str(), nullptr);
  std::string host, port, database;
  for (const PQconninfoOption* part = parts; part != nullptr && part->keyword != nullptr; ++part) {
    if (part->val == nullptr) continue;
    const std::string_view keyword = part->keyword;
    if (keyword == "host" || (keyword == "hostaddr" && host.empty())) host = part->val;
    if (keyword == "port") port = fmt::format(":{}", part->val);
    if (keyword == "dbname") database = part->val;
  }
  PQconninfoFree(parts);
  return fmt::format("postgresql://{}{}/{}", host, port, database);
}

Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, Access access, const PostgresOptions& options) {
  char* complaint = nullptr;
  PQconninfoOption* parts = PQconninfoParse(url.c_str(), &complaint);
  PQconninfoFree(parts);
  if (parts == nullptr) {
    PQfreemem(complaint);  // it repeats the URL, password and all
    return fail(
        ErrorCode::kInvalidArgument, "bad_database_url",
        "the database is not a URL of the form postgresql://user:password@host:5432/database; characters like @ or / of a password are written as %40, %2F");
  }
  const std::string name = postgres_display_name(url);
  auto db = connect_postgres(url, name, options.connect_timeout_ms);
  if (!db) return propagate(db);
  if (const int version = PQserverVersion(db->get()); version < kOldestServer) {
    return fail(ErrorCode::kUnsupported, "database_too_old",
                fmt::format("{}: the server is PostgreSQL {}; Nozama needs {} or newer", name, version / 10'000, kOldestServer / 10'000));
  }
  if (const char* encoding = PQparameterStatus(db->get(), "server_encoding"); encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return fail(ErrorCode::kUnsupported, "database_encoding",
                fmt::format("{}: the database is of encoding {}; make one with createdb --encoding=UTF8 --template=template0", name,
                            encoding != nullptr ? encoding : "unknown"));
  }
  PQsetNoticeProcessor(db->get(), [](void*, const char*) {}, nullptr);
  auto connection = std::make_unique<PostgresConnection>(std::move(*db), name);
  if (auto set = connection->run_text(session_settings(access, options)); !set) return propagate(set);
  if (auto entered = connection->enter_pipeline(); !entered) return propagate(entered);
  return connection;
}

}  // namespace nozama::sql
