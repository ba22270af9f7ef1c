// Webhooks as JSON. A secret is in the answer that made it and in no other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/webhooks.h"

namespace nozama {

std::string webhooks_json(const std::vector<Webhook>& webhooks);
std::string new_webhook_json(const Webhook& made);
std::string delivery_json(const Delivery& delivery);
std::string deliveries_json(const std::vector<Delivery>& deliveries);

// What is sent.
std::string webhook_body(const Delivery& delivery, const std::optional<JobRecord>& job);

}  // namespace nozama
