#include "catalog/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hash.h"
#include "base/number.h"
#include "catalog/text_search.h"

namespace nozama {

namespace {

constexpr std::string_view kFormatName = "nozama catalogue";

// 64-bit integers and 8-byte reals by their PostgreSQL names; SQLite gives them the same affinities.
// `content` is a picture's bytes, `picture` its use by a product: one embedding serves every use.
constexpr std::string_view kSchema1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE category (
  id $ID$,
  parent_id BIGINT REFERENCES category (id),
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE
);
CREATE UNIQUE INDEX category_place ON category (COALESCE(parent_id, 0), name);
CREATE INDEX category_parent ON category (parent_id);
CREATE TABLE category_text (
  category_id BIGINT NOT NULL REFERENCES category (id) ON DELETE CASCADE,
  lang TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (category_id, lang)
);

CREATE TABLE product (
  id $ID$,
  external_id TEXT NOT NULL UNIQUE,
  brand TEXT NOT NULL,
  price_minor BIGINT,
  currency TEXT NOT NULL,
  stock BIGINT,
  rating DOUBLE PRECISION,
  rating_count BIGINT NOT NULL,
  url TEXT NOT NULL,
  category_id BIGINT REFERENCES category (id),
  digest TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);
CREATE INDEX product_category_id ON product (category_id);
CREATE TABLE product_category (
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  category_id BIGINT NOT NULL REFERENCES category (id),
  PRIMARY KEY (product_id, category_id)
);
CREATE INDEX product_category_members ON product_category (category_id, product_id);
CREATE TABLE product_text (
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  lang TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (product_id, lang)
);
CREATE TABLE product_attribute (
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (product_id, position)
);

CREATE TABLE variant (
  id $ID$,
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  key TEXT NOT NULL,
  title TEXT NOT NULL,
  price_minor BIGINT,
  stock BIGINT,
  UNIQUE (product_id, key)
);
CREATE TABLE variant_attribute (
  variant_id BIGINT NOT NULL REFERENCES variant (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (variant_id, position)
);

CREATE TABLE content (
  id $ID$,
  hash TEXT NOT NULL UNIQUE,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL
);
CREATE TABLE picture (
  id $ID$,
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  variant_id BIGINT REFERENCES variant (id) ON DELETE SET NULL,
  content_id BIGINT NOT NULL REFERENCES content (id),
  position BIGINT NOT NULL,
  source_ref TEXT NOT NULL,
  source_size BIGINT NOT NULL,
  source_mtime_ms BIGINT NOT NULL
);
CREATE INDEX picture_of_product ON picture (product_id, position);
CREATE INDEX picture_of_content ON picture (content_id);
CREATE INDEX picture_of_variant ON picture (variant_id);
CREATE INDEX picture_of_source ON picture (source_ref);

CREATE TABLE encoder (id $ID$, name TEXT NOT NULL UNIQUE, vector_bytes BIGINT NOT NULL);
CREATE TABLE embedding (
  id $ID$,
  content_id BIGINT NOT NULL REFERENCES content (id) ON DELETE CASCADE,
  encoder_id BIGINT NOT NULL REFERENCES encoder (id),
  vector $BYTES$ NOT NULL,
  UNIQUE (content_id, encoder_id)
);

CREATE TABLE projection (
  id $ID$, encoder TEXT NOT NULL, data $BYTES$ NOT NULL, report TEXT NOT NULL, created_ms BIGINT NOT NULL
);
CREATE TABLE head (
  id $ID$, encoder TEXT NOT NULL, data $BYTES$ NOT NULL, report TEXT NOT NULL, created_ms BIGINT NOT NULL
);
CREATE TABLE serving (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  encoder TEXT NOT NULL,
  projection_id BIGINT REFERENCES projection (id),
  head_id BIGINT REFERENCES head (id),
  parameters TEXT NOT NULL,
  generation BIGINT NOT NULL
);
INSERT INTO serving VALUES (1, '', NULL, NULL, '{}', 0);

CREATE TABLE change (seq BIGINT PRIMARY KEY, kind BIGINT NOT NULL, item BIGINT NOT NULL);
CREATE TABLE change_counter (id BIGINT PRIMARY KEY CHECK (id = 1), last_seq BIGINT NOT NULL, trimmed_seq BIGINT NOT NULL);
INSERT INTO change_counter VALUES (1, 0, 0);

CREATE TABLE job (
  id $ID$,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  state BIGINT NOT NULL,
  progress_done BIGINT NOT NULL,
  progress_total BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  unchanged BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  pictures_read BIGINT NOT NULL,
  pictures_embedded BIGINT NOT NULL,
  resume_cursor TEXT NOT NULL,
  owner TEXT NOT NULL,
  started_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX job_kind ON job (kind, state);
CREATE TABLE job_error (
  id $ID$,
  job_id BIGINT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  line BIGINT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX job_error_job ON job_error (job_id, id);
)sql";

// A picture's look. `colours`: "red:b03a2e:62;white:f4f4f0:20", largest share first. `duplicate_group`: equal for
// near-identical contents; NULL = not compared with the others yet.
constexpr std::string_view kSchema2 = R"sql(
CREATE TABLE content_look (
  content_id BIGINT PRIMARY KEY REFERENCES content (id) ON DELETE CASCADE,
  perceptual_hash BIGINT NOT NULL,
  colour_layout $BYTES$ NOT NULL,
  colours TEXT NOT NULL,
  duplicate_group BIGINT
);
CREATE INDEX content_look_group ON content_look (duplicate_group);
)sql";

// A product's distinct words, folded by search_words() and parted by spaces, so that both databases find the same.
constexpr std::string_view kSchema3 = R"sql(
CREATE TABLE product_search (product_id BIGINT PRIMARY KEY REFERENCES product (id) ON DELETE CASCADE, title TEXT NOT NULL, rest TEXT NOT NULL);
)sql";
constexpr std::string_view kSchema3Sqlite = R"sql(
CREATE VIRTUAL TABLE product_words USING fts5 (
  title, rest, content = 'product_search', content_rowid = 'product_id', tokenize = 'ascii', detail = 'column', columnsize = 0
);
)sql";
// Words of the title are in it a second time, behind a '='.
constexpr std::string_view kSchema3Postgres = R"sql(
ALTER TABLE product_search ADD COLUMN words tsvector GENERATED ALWAYS AS (
  (regexp_replace(title, '([^ ]+)', '=\1', 'g') || ' ' || title || ' ' || rest)::tsvector
) STORED;
CREATE INDEX product_search_words ON product_search USING gin (words);
)sql";

// Events keep the product's external id: they may come before it, and outlive it.
constexpr std::string_view kSchema4 = R"sql(
CREATE TABLE product_relation (
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  kind TEXT NOT NULL,
  other_id TEXT NOT NULL,
  PRIMARY KEY (product_id, position)
);
CREATE INDEX product_relation_other ON product_relation (other_id);
CREATE TABLE event (
  id $ID$,
  product TEXT NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  UNIQUE (product, actor, kind, at_ms)
);
CREATE INDEX event_actor ON event (actor, at_ms);
CREATE TABLE product_feature (
  product_id BIGINT NOT NULL REFERENCES product (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  data $BYTES$ NOT NULL,
  PRIMARY KEY (product_id, name)
);
)sql";

constexpr std::string_view kSchema5 = R"sql(
CREATE TABLE source_version (source_ref TEXT PRIMARY KEY, content_hash TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL);
)sql";

constexpr std::string_view kSchema6 = R"sql(
CREATE TABLE api_key (
  id $ID$,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT,
  revoked_ms BIGINT,
  last_used_ms BIGINT
);
)sql";

// Orders name the product as the shop does, and hold what it was like: it may change or go. stock_… are the rows whose stock was taken; 0 = none
// is counted. `forget_when_finished`: the shopper's account is gone.
constexpr std::string_view kSchema7 = R"sql(
CREATE TABLE orders (
  id $ID$,
  number TEXT NOT NULL UNIQUE,
  token TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  request_digest TEXT NOT NULL,
  account_id BIGINT,
  state BIGINT NOT NULL,
  currency TEXT NOT NULL,
  total_minor BIGINT NOT NULL,
  lang TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  street TEXT NOT NULL,
  street2 TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  city TEXT NOT NULL,
  region TEXT NOT NULL,
  country TEXT NOT NULL,
  note TEXT NOT NULL,
  forget_when_finished BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);
CREATE INDEX orders_account ON orders (account_id, id);
CREATE INDEX orders_state ON orders (state, id);
CREATE TABLE order_line (
  order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  product TEXT NOT NULL,
  variant TEXT NOT NULL,
  title TEXT NOT NULL,
  variant_title TEXT NOT NULL,
  picture TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  price_minor BIGINT NOT NULL,
  stock_product_id BIGINT NOT NULL,
  stock_variant_id BIGINT NOT NULL,
  PRIMARY KEY (order_id, position)
);
CREATE TABLE order_status (
  order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  state BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (order_id, position)
);
CREATE TABLE favourite (
  account_id BIGINT NOT NULL,
  product TEXT NOT NULL,
  added_ms BIGINT NOT NULL,
  PRIMARY KEY (account_id, product)
);
)sql";

constexpr std::string_view kSchema8 = R"sql(
ALTER TABLE api_key ADD COLUMN origins TEXT NOT NULL DEFAULT '';
CREATE TABLE account (
  id $ID$,
  email TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  verified_ms BIGINT,
  last_sign_in_ms BIGINT
);
CREATE TABLE account_session (
  token_hash TEXT PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL
);
CREATE INDEX account_session_account ON account_session (account_id);
CREATE INDEX account_session_expires ON account_session (expires_ms);
-- One-time links; account_id is 0 for those of no account.
CREATE TABLE account_link (
  token_hash TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL
);
CREATE TABLE audit_log (
  id $ID$,
  at_ms BIGINT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  address TEXT NOT NULL
);
)sql";

// `event.query_id`: NULL = imported. `first_products`: external ids, one a line.
constexpr std::string_view kSchema9 = R"sql(
ALTER TABLE event ADD COLUMN query_id TEXT;
ALTER TABLE event ADD COLUMN place BIGINT;
CREATE INDEX event_time ON event (at_ms) WHERE query_id IS NOT NULL;
CREATE INDEX event_query ON event (query_id) WHERE query_id IS NOT NULL;
CREATE TABLE query_log (
  id TEXT PRIMARY KEY,
  at_ms BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  text TEXT NOT NULL,
  category TEXT NOT NULL,
  seen_category TEXT NOT NULL,
  filter TEXT NOT NULL,
  results BIGINT NOT NULL,
  best_score DOUBLE PRECISION,
  decode_ms DOUBLE PRECISION NOT NULL,
  encode_ms DOUBLE PRECISION NOT NULL,
  search_ms DOUBLE PRECISION NOT NULL,
  rank_ms DOUBLE PRECISION NOT NULL,
  total_ms DOUBLE PRECISION NOT NULL,
  vector TEXT NOT NULL,
  first_products TEXT NOT NULL
);
CREATE INDEX query_log_time ON query_log (at_ms, id);
CREATE TABLE recall_hour (
  start_ms BIGINT NOT NULL,
  meter TEXT NOT NULL,
  searches BIGINT NOT NULL,
  expected BIGINT NOT NULL,
  found BIGINT NOT NULL,
  PRIMARY KEY (start_ms, meter)
);
)sql";

struct Step {
  std::string_view shared;
  std::string_view sqlite = {}, postgres = {};  // after the shared part, in that database
  Status (*fill)(sql::Connection& db) = nullptr;
  // Programs of the schema before could not work beside ours: what they write lacks something, or they read what is gone. New tables
  // and columns with defaults are no such thing, so that servers can be exchanged one after the other.
  bool breaks_older = false;
};
constexpr std::array kSteps = {Step{kSchema1}, Step{kSchema2}, Step{kSchema3, kSchema3Sqlite, kSchema3Postgres, fill_search_words, true},
                               Step{kSchema4}, Step{kSchema5}, Step{kSchema6},
                               Step{kSchema7}, Step{kSchema8}, Step{kSchema9}};

Result<std::optional<std::string>> meta(sql::Connection& db, std::string_view key) {
  sql::Rows rows = sql::query(db, "SELECT value FROM meta WHERE key = ?", key);
  std::optional<std::string> value;
  if (rows.next()) value = rows.text(0);
  if (!rows.ok()) return rows.failure();
  return value;
}

Status set_meta(sql::Connection& db, std::string_view key, std::string_view value) {
  return sql::execute(db, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value);
}

std::unexpected<Error> not_a_catalogue(std::string_view why) {
  return fail(ErrorCode::kCorrupt, "not_a_catalogue",
              fmt::format("the file is not a Nozama catalogue ({}); name another with --data, or restore a backup", why));
}

// 0 = an empty database.
Result<int> schema_version(sql::Connection& db) {
  auto tables = db.table_names();
  if (!tables) return propagate(tables);
  if (tables->empty()) return 0;
  if (std::ranges::find(*tables, "meta") == tables->end()) return not_a_catalogue("it holds other tables");
  auto format = meta(db, "format");
  if (!format) return not_a_catalogue(format.error().message);
  if (*format != kFormatName) return not_a_catalogue("its format is not named");
  auto text = meta(db, "schema_version");
  if (!text) return propagate(text);
  int version = 0;
  const std::string digits = text->value_or("");
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (parsed.ec != std::errc() || version < 1) return not_a_catalogue("its version is unreadable");
  return version;
}

// The oldest schema whose programs can work on this one.
int compatible_since(int version) {
  while (version > 1 && !kSteps[static_cast<size_t>(version - 1)].breaks_older) --version;
  return version;
}

Status apply_step(sql::Connection& db, int version) {
  const Step& step = kSteps[static_cast<size_t>(version - 1)];
  const std::string_view own = db.dialect() == sql::Dialect::kSqlite ? step.sqlite : step.postgres;
  for (const std::string_view statements : {step.shared, own}) {
    if (auto run = db.run_schema(statements); !run) return propagate(run, fmt::format("schema {}", version));
  }
  if (step.fill != nullptr) {
    if (auto filled = step.fill(db); !filled) return propagate(filled, fmt::format("schema {}", version));
  }
  if (version == 1) {
    if (auto set = set_meta(db, "format", kFormatName); !set) return set;
    if (auto set = set_meta(db, "catalogue_id", random_hex(16)); !set) return set;
  }
  if (auto set = set_meta(db, "compatible_since", std::to_string(compatible_since(version))); !set) return set;
  return set_meta(db, "schema_version", std::to_string(version));
}

// A newer program has made the database, and says whether this one may use it.
Status check_newer(sql::Connection& db, int version) {
  if (version <= newest_schema_version()) return {};
  const auto text = meta(db, "compatible_since");
  if (!text) return propagate(text);
  const auto since = parse_number<int>(text->value_or(""));
  if (since && *since >= 1 && *since <= newest_schema_version()) return {};
  return fail(ErrorCode::kUnsupported, "newer_database",
              fmt::format("the catalogue has schema version {}, made by a newer Nozama; this one knows versions up to {}: "
                          "run the newer program, or restore a backup from before the upgrade",
                          version, newest_schema_version()));
}

}  // namespace

int newest_schema_version() { return static_cast<int>(kSteps.size()); }

Result<std::string> migrate(sql::Pool& pool, bool create) {
  auto found = pool.read([](sql::Connection& db) -> Result<int> {
    auto version = schema_version(db);
    if (!version) return version;
    if (auto usable = check_newer(db, *version); !usable) return propagate(usable);
    return version;
  });
  if (!found) return propagate(found);
  if (*found == 0 && !create) return fail(ErrorCode::kNotFound, "no_catalogue", "there is no catalogue here yet; run `nozama import` first");

  for (int version = *found + 1; version <= newest_schema_version(); ++version) {
    auto done = pool.write([&](sql::Connection& db) -> Status {
      // Another process may have done the step while this one waited for the lock.
      auto now = schema_version(db);
      if (!now) return propagate(now);
      return *now >= version ? Status() : apply_step(db, version);
    });
    if (!done) return propagate(done);
  }
  return pool.read([](sql::Connection& db) -> Result<std::string> {
    auto id = meta(db, "catalogue_id");
    if (!id) return propagate(id);
    if (!*id) return not_a_catalogue("it has no id");
    return **id;
  });
}

}  // namespace nozama
