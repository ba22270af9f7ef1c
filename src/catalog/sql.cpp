#include "catalog/sql.h"

#include <bit>

#include "catalog/sql_lists.h"

namespace nozama::sql {

namespace {
constexpr size_t kIdleReadersMax = 16;
}

Rows::Rows(Result<std::unique_ptr<Cursor>> cursor) {
  if (cursor) {
    cursor_ = std::move(*cursor);
  } else {
    error_ = std::move(cursor.error());
  }
}

bool Rows::next() {
  if (error_) return false;
  auto stepped = cursor_->step();
  if (!stepped) {
    error_ = std::move(stepped.error());
    return false;
  }
  return *stepped;
}

Status Connection::execute(std::string_view statement, std::span<const Value> values) {
  Rows rows(run(statement, values));
  while (rows.next()) {
  }
  return rows.status();
}

size_t padded_count(size_t count) { return std::bit_ceil(count); }

std::string placeholders(size_t count, std::string_view each) {
  std::string text;
  text.reserve(count * (each.size() + 1));
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    text += each;
  }
  return text;
}

std::string with_list(std::string_view statement, size_t count) {
  const size_t place = statement.find("{}");
  return std::string(statement.substr(0, place)) + placeholders(count) + std::string(statement.substr(place + 2));
}

Pool::Pool(Connect connect) : connect_(std::move(connect)) {}
Pool::~Pool() = default;

Status Pool::begin_write() {
  if (writer_ && !writer_->is_lost()) {
    auto begun = writer_->begin(Access::kWrite);
    if (begun || !writer_->is_lost()) return begun;
  }
  writer_.reset();
  auto opened = connect_(Access::kWrite);
  if (!opened) return propagate(opened);
  writer_ = std::move(*opened);
  return writer_->begin(Access::kWrite);
}

std::unique_ptr<Connection> Pool::take_idle() {
  const std::scoped_lock lock(idle_mutex_);
  if (idle_.empty()) return nullptr;
  auto reader = std::move(idle_.back());
  idle_.pop_back();
  return reader;
}

Result<std::unique_ptr<Connection>> Pool::begin_read() {
  while (auto idle = take_idle()) {
    auto begun = idle->begin(Access::kRead);
    if (begun) return idle;
    if (!idle->is_lost()) return propagate(begun);
  }
  auto opened = connect_(Access::kRead);
  if (!opened) return opened;
  if (auto begun = (*opened)->begin(Access::kRead); !begun) return propagate(begun);
  return opened;
}

void Pool::give_back(std::unique_ptr<Connection> reader) {
  if (reader->is_lost()) return;
  const std::scoped_lock lock(idle_mutex_);
  if (idle_.size() < kIdleReadersMax) idle_.push_back(std::move(reader));
}

}  // namespace nozama::sql
