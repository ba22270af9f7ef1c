#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "catalog/accounts.h"
#include "catalog/audit.h"
#include "catalog/catalog.h"
#include "cli/command.h"
#include "server/account_views.h"

namespace nozama {
namespace {

constexpr int64_t kDayMs = 86'400'000;

struct KeyFlags {
  std::string name;
  std::vector<std::string> scopes, origins;
  int64_t days = 0, id = 0;
};

int audited(Catalog& catalog, std::string action, std::string detail) {
  const Status added = AuditLog(catalog).add({.who = "command line", .action = std::move(action), .detail = std::move(detail)});
  return added ? 0 : print_error(added.error());
}

int create(const CommandContext& context, const KeyFlags& flags) {
  ScopeSet scopes;
  for (const std::string& name : flags.scopes) scopes.add(*scope_from_name(name));  // CLI11 lets no other through
  return with_catalog(context, [&](Catalog& catalog) {
    const auto expires = flags.days > 0 ? std::optional(unix_time_ms() + flags.days * kDayMs) : std::nullopt;
    const auto made = AccountStore(catalog).create_key({.name = flags.name, .scopes = scopes, .expires_ms = expires, .origins = flags.origins});
    if (!made) return print_error(made.error());
    if (context.json) {
      fmt::print("{}\n", new_key_json(*made));
    } else {
      fmt::print("{}\n", made->secret);
      fmt::print(stderr, "key {} '{}' for {}; it is shown this once: keep it where programs keep passwords\n", made->key.id.value, flags.name,
                 fmt::join(flags.scopes, ", "));
    }
    return audited(catalog, "key create", fmt::format("key {} ({}) for {}", made->key.id.value, flags.name, fmt::join(flags.scopes, ", ")));
  });
}

std::string state_of(const ApiKey& key) {
  if (key.revoked_ms) return "revoked";
  if (!key.expires_ms) return "valid";
  return fmt::format("{} {}", *key.expires_ms <= unix_time_ms() ? "expired" : "until", format_utc(*key.expires_ms).substr(0, 10));
}

int list(const CommandContext& context) {
  return with_catalog(context, [&](Catalog& catalog) {
    const auto keys = AccountStore(catalog).keys();
    if (!keys) return print_error(keys.error());
    if (context.json) {
      fmt::print("{}\n", keys_json(*keys));
      return 0;
    }
    if (keys->empty()) fmt::print(stderr, "there are no keys; `nozama key create --name … --scope catalogue` makes one\n");
    for (const ApiKey& key : *keys) {
      fmt::print("{:>4}  {:<24} {:<30} {:<18} {}\n", key.id.value, key.name, fmt::format("{}", fmt::join(key.scopes.names(), ",")), state_of(key),
                 key.last_used_ms ? "last used " + format_utc(*key.last_used_ms).substr(0, 16) : "never used");
    }
    return 0;
  });
}

int revoke(const CommandContext& context, const KeyFlags& flags) {
  return with_catalog(context, [&](Catalog& catalog) {
    const Status revoked = AccountStore(catalog).revoke_key({flags.id});
    if (!revoked) return print_error(revoked.error());
    fmt::print(stderr, "key {} is revoked\n", flags.id);
    return audited(catalog, "key revoke", fmt::format("key {}", flags.id));
  });
}

void add_common(CLI::App& command, CommandContext& context) {
  add_options(command, context, {"data", "database", "models", "bundle", "log-level", "log-format"});
  add_json_flag(command, context);
}

}  // namespace

void add_key_command(CLI::App& app, CommandContext& context) {
  auto flags = std::make_shared<KeyFlags>();
  CLI::App* command = app.add_subcommand("key", "Make, list and revoke the keys that programs use with the API");
  command->require_subcommand(1);

  CLI::App* made = command->add_subcommand("create", "Make a key and print its secret, once");
  made->add_option("--name", flags->name, "what the key is for")->required();
  made->add_option("--scope", flags->scopes, "what it may do; several are allowed")
      ->required()
      ->check(CLI::IsMember({"search", "catalogue", "orders", "analytics", "admin"}));
  made->add_option("--origin", flags->origins,
                   "a site whose pages may show and use the key, such as https://shop.example; several are allowed, for the scope search only");
  made->add_option("--days", flags->days, "how long it is valid; without it, until it is revoked")->check(CLI::Range(1, 36'500));
  add_common(*made, context);
  made->callback([&context, flags] { context.run = [&context, flags] { return create(context, *flags); }; });

  CLI::App* listed = command->add_subcommand("list", "List the keys, without their secrets");
  add_common(*listed, context);
  listed->callback([&context] { context.run = [&context] { return list(context); }; });

  CLI::App* revoked = command->add_subcommand("revoke", "End a key at once");
  revoked->add_option("id", flags->id, "its number in the list")->required();
  add_common(*revoked, context);
  revoked->callback([&context, flags] { context.run = [&context, flags] { return revoke(context, *flags); }; });
}

}  // namespace nozama
