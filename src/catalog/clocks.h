#pragma once

#include "catalog/catalog.h"

namespace nozama {

struct CatalogClocks {
  int64_t database_ms = 0;  // the clock that leases of jobs go by: the server's, or this machine's for SQLite
  int64_t newest_ms = 0;    // when the newest product was written, by the clock of whoever wrote it; 0 = there are none
};

Result<CatalogClocks> read_clocks(Catalog& catalog);

}  // namespace nozama
