#pragma once
// Schema steps from 9 on: what merchants see and rule. A new step goes to the end, and into kSteps of migrations.cpp.

#include <string_view>

namespace nozama {

// `event.query_id`: NULL = imported. `first_products`: external ids, one a line.
inline constexpr std::string_view kSchema9 = R"sql(
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

// `products`: external ids, one a line.
inline constexpr std::string_view kSchema10 = R"sql(
CREATE TABLE curation_rule (
  id $ID$,
  name TEXT NOT NULL,
  enabled BIGINT NOT NULL,
  position BIGINT NOT NULL,
  starts_ms BIGINT,
  ends_ms BIGINT,
  words TEXT NOT NULL,
  category TEXT NOT NULL,
  vector TEXT NOT NULL,
  similarity_min DOUBLE PRECISION NOT NULL,
  action BIGINT NOT NULL,
  products TEXT NOT NULL,
  place BIGINT NOT NULL,
  boost DOUBLE PRECISION NOT NULL
);
)sql";

// `webhook_delivery.next_ms`: NULL = ended.
inline constexpr std::string_view kSchema11 = R"sql(
CREATE TABLE webhook (
  id $ID$,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  created_ms BIGINT NOT NULL
);
CREATE TABLE webhook_delivery (
  id $ID$,
  webhook_id BIGINT NOT NULL,
  type TEXT NOT NULL,
  job_id BIGINT,
  created_ms BIGINT NOT NULL,
  state BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_ms BIGINT,
  outcome TEXT NOT NULL
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_ms) WHERE next_ms IS NOT NULL;
CREATE INDEX webhook_delivery_of ON webhook_delivery (webhook_id, id);
)sql";

}  // namespace nozama
