// Who did what, when and from where: what changes access, and what merchants write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Catalog;

namespace sql {
class Pool;
}

struct AuditEntry {
  int64_t id = 0;
  int64_t at_ms = 0;    // set by add()
  std::string who;      // "ana@mail.example", "key 3 (till)", "command line"; "" = anybody
  std::string action;   // "PATCH /api/v1/accounts/{id}"
  std::string subject;  // "/api/v1/accounts/7"
  std::string detail;   // "role editor"
  std::string from;     // the client's address
};

// Only ever added to. Thread-safe, in the catalogue's database; errors as Catalog's.
class AuditLog {
 public:
  explicit AuditLog(Catalog& catalog);

  Status add(const AuditEntry& entry);
  // Newest first, those with an id below `before`.
  Result<std::vector<AuditEntry>> entries(int64_t before, int limit);

 private:
  sql::Pool& pool_;
};

}  // namespace nozama
