#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "catalog/accounts.h"
#include "catalog/audit.h"
#include "cli/account_links.h"
#include "cli/command.h"

namespace nozama {
namespace {

int print_admin_link(const CommandContext& context) {
  return with_catalog(context, [&](Catalog& catalog) {
    const auto config = config_of(context);
    if (!config) return print_error(config.error());
    const auto token = AccountStore(catalog).create_link(LinkKind::kAdmin);
    if (!token) return print_error(token.error());
    const std::string site = config->public_url.empty() ? "http://" + config->listen : config->public_url;
    fmt::print("{}\n", admin_link(site, *token));
    fmt::print(stderr, "whoever opens it first within 24 hours becomes an admin; earlier links no longer work\n");
    const Status added = AuditLog(catalog).add({.who = "command line", .action = "account admin-link"});
    return added ? 0 : print_error(added.error());
  });
}

}  // namespace

void add_account_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("account", "Let somebody into the shop as an admin");
  command->require_subcommand(1);
  CLI::App* link = command->add_subcommand("admin-link", "Print a link that makes its first visitor an admin, once");
  add_options(*link, context, {"data", "database", "models", "bundle", "listen", "public-url", "log-level", "log-format"});
  link->callback([&context] { context.run = [&context] { return print_admin_link(context); }; });
}

}  // namespace nozama
