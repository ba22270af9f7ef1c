// Error → HTTP: the one table of statuses, and the answer in RFC 9457's form.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "server/http.h"

namespace nozama {

// By reason where the table names it, else by code.
int http_status(const Error& error);

// "Not Found" of 404; "Error" of a status we do not use.
std::string_view status_title(int status);

// application/problem+json with type, title, status, detail, code and request_id. Of a 5xx, reason and message go to
// the log only; the answer has one of the contract's codes. Answers that are worth a retry carry Retry-After.
Response problem_response(const Error& error, std::string_view request_id);

}  // namespace nozama
