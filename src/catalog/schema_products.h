#pragma once
// Schema steps 1 and 2: products, their pictures and what was computed from them, changes, jobs. $ID$ and $BYTES$ are the database's own.

#include <string_view>

namespace nozama {

// 64-bit integers and 8-byte reals by their PostgreSQL names; SQLite gives them the same affinities.
// `content` is a picture's bytes, `picture` its use by a product: one embedding serves every use.
inline constexpr std::string_view kSchema1 = R"sql(
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
inline constexpr std::string_view kSchema2 = R"sql(
CREATE TABLE content_look (
  content_id BIGINT PRIMARY KEY REFERENCES content (id) ON DELETE CASCADE,
  perceptual_hash BIGINT NOT NULL,
  colour_layout $BYTES$ NOT NULL,
  colours TEXT NOT NULL,
  duplicate_group BIGINT
);
CREATE INDEX content_look_group ON content_look (duplicate_group);
)sql";

}  // namespace nozama
