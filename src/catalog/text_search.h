// The words of every product, kept in step with it for full-text search (Catalog::search_text()).
#pragma once

#include "catalog/internal.h"

namespace nozama {

// Within the transaction that stores the product, which has none yet.
Status write_search_words(sql::Connection& db, ProductId product, const ProductRecord& record);

// Before the product is written anew or goes.
Status remove_search_words(sql::Connection& db, ProductId product);

// Of every product, from what is stored: for a catalogue that had no words yet.
Status fill_search_words(sql::Connection& db);

}  // namespace nozama
