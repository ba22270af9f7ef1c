#pragma once
// Schema steps 3 to 8: what shoppers search by, events, keys, orders, accounts.

#include <string_view>

namespace nozama {

// A product's distinct words, folded by search_words() and parted by spaces, so that both databases find the same.
inline constexpr std::string_view kSchema3 = R"sql(
CREATE TABLE product_search (product_id BIGINT PRIMARY KEY REFERENCES product (id) ON DELETE CASCADE, title TEXT NOT NULL, rest TEXT NOT NULL);
)sql";
inline constexpr std::string_view kSchema3Sqlite = R"sql(
CREATE VIRTUAL TABLE product_words USING fts5 (
  title, rest, content = 'product_search', content_rowid = 'product_id', tokenize = 'ascii', detail = 'column', columnsize = 0
);
)sql";
// Words of the title are in it a second time, behind a '='.
inline constexpr std::string_view kSchema3Postgres = R"sql(
ALTER TABLE product_search ADD COLUMN words tsvector GENERATED ALWAYS AS (
  (regexp_replace(title, '([^ ]+)', '=\1', 'g') || ' ' || title || ' ' || rest)::tsvector
) STORED;
CREATE INDEX product_search_words ON product_search USING gin (words);
)sql";

// Events keep the product's external id: they may come before it, and outlive it.
inline constexpr std::string_view kSchema4 = R"sql(
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

inline constexpr std::string_view kSchema5 = R"sql(
CREATE TABLE source_version (source_ref TEXT PRIMARY KEY, content_hash TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL);
)sql";

inline constexpr std::string_view kSchema6 = R"sql(
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
inline constexpr std::string_view kSchema7 = R"sql(
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

inline constexpr std::string_view kSchema8 = R"sql(
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

}  // namespace nozama
