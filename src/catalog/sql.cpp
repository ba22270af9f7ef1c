#include "catalog/sql.h"

#include <bit>

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

size_t padded_count(size_t count) { return std::bit_ceil(count); }

std::string placeholders(size_t count) {
  std::string text;
  text.reserve(2 * count);
  for (size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ",?";
  return text;
}

Pool::Pool(Connect connect) : connect_(std::move(connect)) {}
Pool::~Pool() = default;

Status Pool::open_writer() {
  if (writer_) return {};
  auto opened = connect_(Access::kWrite);
  if (!opened) return propagate(opened);
  writer_ = std::move(*opened);
  return {};
}

Result<std::unique_ptr<Connection>> Pool::take_reader() {
  {
    const std::scoped_lock lock(idle_mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  return connect_(Access::kRead);
}

void Pool::give_back(std::unique_ptr<Connection> reader) {
  const std::scoped_lock lock(idle_mutex_);
  if (idle_.size() < kIdleReadersMax) idle_.push_back(std::move(reader));
}

}  // namespace nozama::sql
