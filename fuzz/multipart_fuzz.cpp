// Everything a stranger's request body passes through before a handler sees it: boundary, multipart, typed fields,
// JSON and the request target.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/http.h"
#include "server/multipart.h"
#include "server/request_params.h"
#include "server/utf8.h"

namespace {

void read_fields(nozama::RequestParams params, std::string_view body) {
  params.integer("limit", 1, 100);
  params.number("min_score", 0, 1);
  params.boolean("explain");
  params.choice("sort", {"default", "rating"});
  for (const auto& text : params.text_list("exclude", 3, 8)) {
    if (text.empty() || text.size() > 8 || !nozama::is_valid_utf8(text)) abort();
  }
  const auto file = params.file("image");
  // Parts borrow from the body and never from beyond it.
  if (file && !file->empty() && (file->data() < body.data() || file->data() + file->size() > body.data() + body.size())) abort();
  const auto valid = params.finish();
  if (!valid && (valid.error().message.empty() || !nozama::is_valid_utf8(valid.error().message))) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view head = input.substr(0, input.find('\n'));
  const std::string_view body = head.size() < input.size() ? input.substr(head.size() + 1) : std::string_view();

  const auto boundary = nozama::multipart_boundary(head);
  if (boundary && (boundary->empty() || boundary->size() > 70)) abort();
  for (const std::string_view used : {boundary ? std::string_view(*boundary) : std::string_view("B"), std::string_view("B")}) {
    const auto parts = nozama::parse_multipart(body, used);
    if (parts) read_fields(nozama::RequestParams::from_multipart(*parts, {"image"}), body);
  }
  auto json = nozama::RequestParams::from_json(body);
  if (json) read_fields(std::move(*json), body);
  const auto target = nozama::parse_target(head);
  if (target) read_fields(nozama::RequestParams::from_query(target->query), body);
  nozama::accept_quality(head, "gzip");
  return 0;
}
