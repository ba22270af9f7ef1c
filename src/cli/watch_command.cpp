#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "cli/command.h"
#include "engine/import.h"
#include "net/guarded_fetch.h"

namespace nozama {
namespace {

constexpr size_t kFeedBytesMax = size_t{256} << 20;
constexpr long kFetchTimeoutMs = 600'000;

struct WatchFlags {
  std::string source;
  std::string currency = "USD";
  int interval_s = 300;
  bool full = false;
};

bool is_url(const std::string& source) { return source.starts_with("http://") || source.starts_with("https://"); }

// The same source again and again; what has not changed is not read twice.
class Watch {
 public:
  Watch(Workspace& workspace, GuardedFetcher& fetcher, const WatchFlags& flags) : workspace_(workspace), fetcher_(fetcher), flags_(flags) {}

  // One line, whatever came of the round.
  std::string round(const std::stop_token& stop) {
    ImportOptions options{.source = flags_.source, .currency = flags_.currency, .full = flags_.full};
    if (is_url(flags_.source)) {
      const auto changed = fetch(stop);
      if (!changed) return fmt::format("failed: {}", changed.error().message);
      if (!*changed) return "not modified";
      options.source = copy_path();
      options.files = false;
    }
    const auto report = import_feed(workspace_, options, {}, stop);
    if (report && report->complete) seen_ = fetched_;
    if (!report) return fmt::format("failed: {}", report.error().message);
    return fmt::format("{} new, {} changed, {} unchanged, {} deleted, {} failed, {} pictures embedded in {:.1f} s{}", report->created, report->updated,
                       report->unchanged, report->deleted, report->failed + report->pictures_failed, report->pictures_embedded, report->seconds,
                       report->complete ? "" : "; stopped, the next round takes up the rest");
  }

 private:
  // One copy a URL, so that an interrupted import is known again.
  std::filesystem::path copy_path() const {
    return workspace_.dir().imports() / ("watch-" + content_hash(std::as_bytes(std::span(flags_.source))).substr(0, 16));
  }

  // False = as it was when it was last imported.
  Result<bool> fetch(const std::stop_token& stop) {
    const auto file = fetcher_.fetch(flags_.source, seen_, stop);
    if (!file) return propagate(file);
    if (file->not_modified) return false;
    std::error_code error;
    std::filesystem::create_directories(workspace_.dir().imports(), error);
    fetched_ = file->version;
    const Status written = write_file_atomic(copy_path(), file->bytes);
    if (!written) return propagate(written);
    return true;
  }

  Workspace& workspace_;
  GuardedFetcher& fetcher_;
  const WatchFlags& flags_;
  FileVersion seen_, fetched_;
};

int run_watch(const CommandContext& context, const WatchFlags& flags) {
  const auto config = config_of(context);
  if (!config) return print_error(config.error());
  WorkspaceOptions place = workspace_options(*config, EncodeFor::kManyPhotos);
  place.create = true;
  const auto workspace = Workspace::open(place);
  if (!workspace) return print_error(workspace.error());
  const auto fetcher = GuardedFetcher::make({.own_networks = config->fetch_networks, .bytes_max = kFeedBytesMax, .timeout_ms = kFetchTimeoutMs});
  if (!fetcher) return print_error(fetcher.error());
  Watch watch(**workspace, **fetcher, flags);
  std::mutex mutex;
  std::condition_variable_any bell;
  while (!context.stop.stop_requested()) {
    fmt::print("{} {}\n", format_utc(unix_time_ms()), watch.round(context.stop));
    std::fflush(stdout);
    std::unique_lock lock(mutex);
    bell.wait_for(lock, context.stop, std::chrono::seconds(flags.interval_s), [] { return false; });
  }
  return 0;
}

}  // namespace

void add_watch_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("watch",
                         "Import a feed, a folder or a URL again and again, until Ctrl-C; one line a round. A URL is asked whether it has changed,\n"
                         "and files and pictures that have not are not read again");
  auto flags = std::make_shared<WatchFlags>();
  command->add_option("SOURCE", flags->source, "folder, feed file, or http(s) URL of a feed")->required();
  command->add_option("--interval", flags->interval_s, "seconds between the rounds")->capture_default_str()->check(CLI::Range(1, 86'400));
  add_currency_option(*command, flags->currency);
  command->add_flag("--full", flags->full, "the source is the whole shop: delete the products that it does not have");
  add_options(*command, context, {"data", "database", "blobs", "models", "bundle", "precision", "threads", "fetch-networks", "log-level", "log-format"});
  command->callback([&context, flags] { context.run = [&context, flags] { return run_watch(context, *flags); }; });
}

}  // namespace nozama
