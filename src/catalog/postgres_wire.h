// What libpq hands over, in our words: handles, errors by SQLSTATE, values as binary parameters and columns. Only postgres*.cpp see it.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/sql.h"

namespace nozama::sql {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FinishConnection {
  void operator()(PGconn* db) const { PQfinish(db); }
};
using ResultHandle = std::unique_ptr<PGresult, FreeResult>;
using PostgresHandle = std::unique_ptr<PGconn, FinishConnection>;

// By SQLSTATE; "" = the connection itself failed. `name` says which database, `text` what the server said.
Error postgres_error(std::string_view sqlstate, const std::string& name, std::string_view text);
Error result_error(const PGresult* result, const std::string& name);
Error lost_error(const PGconn* db, const std::string& name);

// Within two minutes a server that is gone without a word is noticed. The handle is connected, or an error says why not.
Result<PostgresHandle> connect_postgres(const std::string& url, const std::string& name, int timeout_ms);

// `?` → $1, $2, … outside of quotes.
std::string numbered_placeholders(std::string_view statement);

// Values in the binary form of the types that the server expects. Owns its bytes.
class BinaryValues {
 public:
  static Result<BinaryValues> encode(std::span<const Value> values, std::span<const Oid> types);

  int count() const { return static_cast<int>(lengths_.size()); }
  // Valid until the object changes or moves.
  std::vector<const char*> pointers() const;
  const std::vector<int>& lengths() const { return lengths_; }
  const std::vector<int>& formats() const { return formats_; }

 private:
  Status add(const Value& value, Oid type);
  void add_bytes(std::string_view bytes);

  std::string bytes_;
  std::vector<size_t> starts_;  // into bytes_; kNull = NULL
  std::vector<int> lengths_, formats_;
};

// A column of a binary result's row.
int64_t integer_column(const PGresult* row, int line, int column);
double real_column(const PGresult* row, int line, int column);

}  // namespace nozama::sql
