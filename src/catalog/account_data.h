// What the shop holds about one account, beside its orders, and how all of it goes.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/audit.h"
#include "catalog/roles.h"

namespace nozama {

class Catalog;

// What the account did, oldest first.
Result<std::vector<AuditEntry>> audit_of(Catalog& catalog, const std::string& email);

// Removes the account with its sessions, links and favourites, takes it off its orders and the contact out of finished ones; out of the others as soon as they
// are done or cancelled. What was sold, when and for how much stays. All or nothing; kConflict "last_admin".
Status forget_account(Catalog& catalog, AccountId account);

// The same of every shopper whose last sign-in (or whose account, without one) is from before that time and who has no session that goes on; never of
// those who work in the shop. A few at a time, so that other writers get their turn; returns how many went. Safe to run in several processes at once.
Result<int64_t> forget_idle_accounts(Catalog& catalog, int64_t before_ms, int64_t now_ms);

}  // namespace nozama
