// Sends what webhooks are to be told, as Standard Webhooks describes it (standardwebhooks.com): JSON, signed by HMAC-SHA-256, and again until it is taken.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

class Catalog;

// One thread; several servers of one database may each have one.
class WebhookSender {
 public:
  // `own_networks`: receivers may be there, beside the public addresses (net/address_guard.h). `catalog` must outlive it.
  static Result<std::unique_ptr<WebhookSender>> start(Catalog& catalog, const std::vector<std::string>& own_networks);
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

 private:
  struct State;
  explicit WebhookSender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The header `webhook-signature`: "v1," and the HMAC in base64. `secret` is "whsec_…".
std::string webhook_signature(const std::string& secret, const std::string& id, int64_t unix_seconds, const std::string& body);

}  // namespace nozama
