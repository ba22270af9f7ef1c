#include "bench/peer_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

namespace nozama {
namespace {

constexpr size_t kLineBytesMax = size_t{256} << 20;
constexpr int kPollMs = 200;
constexpr int kNotStarted = 127;                     // the exit code of a child whose program is not there
constexpr auto kFarewell = std::chrono::seconds(5);  // PostgreSQL has a server to stop

const PeerFamily kFamilies[] = {
    {"scann", {"scann"}, {}},
    {"faiss", {"faiss-flat", "faiss-sq8", "faiss-ivf", "faiss-hnsw", "faiss-pqfs", "faiss-rabitq"}, {"faiss-flat-ids", "faiss-ivf-ids", "faiss-hnsw-ids"}},
    {"hnswlib", {"hnswlib"}, {"hnswlib"}},
    {"annoy", {"annoy"}, {}},
    {"usearch", {"usearch-f32", "usearch-bf16", "usearch-i8"}, {}},
    {"voyager", {"voyager"}, {}},
    {"scalable-vs", {"scalable-vs-f32", "scalable-vs-lvq8", "scalable-vs-lvq4x8"}, {}},
    {"qdrant-edge", {"qdrant-edge"}, {"qdrant-edge"}},
    {"lancedb", {"lancedb"}, {"lancedb"}},
    {"pgvector", {"pgvector"}, {"pgvector"}},
};

std::string workloads_json(const std::vector<Workload>& workloads) {
  boost::json::array list;
  for (const Workload& workload : workloads) {
    list.push_back(boost::json::object{{"pass", workload.pass}, {"kind", std::string(filter_kind_name(workload.kind))}});
  }
  return boost::json::serialize(list);
}

// In the child: signals as a fresh program has them, its own process group so that Ctrl-C reaches only us, gone when we are.
[[noreturn]] void become(const std::vector<std::string>& arguments, int in, int out) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(kNotStarted);
}

std::string text_of(const boost::json::object& reply, std::string_view name) {
  const auto* value = reply.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

double number_of(const boost::json::object& reply, std::string_view name) {
  const auto* value = reply.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

template <class T>
std::vector<T> numbers_of(const boost::json::object& reply, std::string_view name) {
  std::vector<T> numbers;
  const auto* value = reply.if_contains(name);
  if (value == nullptr || !value->is_array()) return numbers;
  for (const auto& number : value->get_array()) numbers.push_back(number.is_number() ? static_cast<T>(number.to_number<double>()) : T{-1});
  return numbers;
}

}  // namespace

struct PeerProcess::Reply {
  boost::json::object fields;
};

std::span<const PeerFamily> peer_families() { return kFamilies; }

Result<std::vector<std::string>> engines_of(const std::vector<std::string>& names, bool filtered) {
  std::vector<std::string> engines;
  for (const std::string& name : names) {
    bool known = false;
    for (const PeerFamily& family : kFamilies) {
      for (const std::string_view engine : filtered ? family.filtered : family.engines) {
        if (name != family.name && name != engine) continue;
        if (std::ranges::find(engines, engine) == engines.end()) engines.emplace_back(engine);
        known = true;
      }
      known = known || name == family.name;
    }
    if (known) continue;
    std::vector<std::string_view> all;
    for (const PeerFamily& family : kFamilies) all.push_back(family.name);
    return fail(ErrorCode::kInvalidArgument, "unknown_peer", fmt::format("there is no peer '{}'; there are {}", name, fmt::join(all, ", ")));
  }
  return engines;
}

Result<std::unique_ptr<PeerProcess>> PeerProcess::start(const std::string& engine, const PeerOptions& options) {
  std::vector<std::string> arguments{options.python.string(), (options.folder / "peers.py").string(), engine,
                                     options.folder.string(), std::to_string(options.threads),        workloads_json(options.workloads)};
  if (options.verbose) arguments.emplace_back("--verbose");
  if (options.seconds > 0) arguments.insert(arguments.end(), {"--seconds", fmt::format("{}", options.seconds)});
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) return fail(ErrorCode::kUnavailable, "no_pipe", std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) become(arguments, to[0], from[1]);
  close(to[0]);
  close(from[1]);
  std::unique_ptr<PeerProcess> peer(new PeerProcess);
  peer->engine_ = engine;
  peer->stop_ = options.stop;
  peer->process_ = child;
  peer->to_ = to[1];
  peer->from_ = from[0];
  if (options.seconds > 0)
    peer->limit_ =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(2 * options.seconds));
  if (child < 0) return fail(ErrorCode::kUnavailable, "no_process", fmt::format("cannot start {}: {}", arguments[0], std::strerror(errno)));
  return peer;
}

PeerProcess::~PeerProcess() {
  close(to_);
  close(from_);
  if (process_ < 0) return;
  if (stop_.stop_requested() || std::chrono::steady_clock::now() > limit_) kill(process_, SIGTERM);
  const auto limit = std::chrono::steady_clock::now() + kFarewell;
  while (waitpid(process_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > limit) {
      kill(-process_, SIGKILL);
      waitpid(process_, nullptr, 0);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Result<std::string> PeerProcess::read_line() {
  for (;;) {
    if (const size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "stopped", "stopped on request");
    if (std::chrono::steady_clock::now() > limit_)
      return fail(ErrorCode::kUnavailable, "peer_slow", fmt::format("the peer {} was not ready in twice --peer-seconds and is left out", engine_));
    pollfd wait{from_, POLLIN, 0};
    if (poll(&wait, 1, kPollMs) <= 0) continue;
    char bytes[1 << 16];
    const ssize_t count = read(from_, bytes, sizeof bytes);
    if (count <= 0 || buffer_.size() > kLineBytesMax) {
      int status = 0;
      if (count <= 0 && waitpid(process_, &status, 0) == process_) process_ = -1;
      if (WIFEXITED(status) && WEXITSTATUS(status) == kNotStarted) return fail(ErrorCode::kNotFound, "peer_missing", "there is no Python to run it with");
      return fail(ErrorCode::kUnavailable, "peer_failed", fmt::format("the peer {} ended before it answered; the lines above say why", engine_));
    }
    buffer_.append(bytes, static_cast<size_t>(count));
  }
}

Result<PeerProcess::Reply> PeerProcess::ask(const std::string& question, const std::function<void(std::string_view)>& progress) {
  const std::string line = question + "\n";
  // When it has ended, its answer says why, or the end of the pipe does.
  [[maybe_unused]] const ssize_t written = write(to_, line.data(), line.size());
  for (;;) {
    const auto answer = read_line();
    if (!answer) return propagate(answer);
    boost::system::error_code error;
    const auto value = boost::json::parse(*answer, error);
    if (error || !value.is_object())
      return fail(ErrorCode::kInternal, "peer_failed", fmt::format("the peer {} answered '{}'", engine_, answer->substr(0, 200)));
    Reply reply{value.get_object()};
    const std::string event = text_of(reply.fields, "event");
    if (event == "step") {
      progress(text_of(reply.fields, "text"));
    } else if (event == "missing") {
      return fail(ErrorCode::kNotFound, "peer_missing", text_of(reply.fields, "text"));
    } else if (event == "failed") {
      return fail(ErrorCode::kUnavailable, "peer_failed", fmt::format("the peer {} failed: {}", engine_, text_of(reply.fields, "text")));
    } else {
      return reply;
    }
  }
}

Result<PeerProcess::Prepared> PeerProcess::prepare(const std::function<void(std::string_view)>& progress) {
  const auto reply = ask("prepare", progress);
  if (!reply) return propagate(reply);
  Prepared prepared{text_of(reply->fields, "version"),
                    number_of(reply->fields, "build_cpu_s"),
                    number_of(reply->fields, "index_bytes"),
                    number_of(reply->fields, "resident_bytes"),
                    {},
                    {}};
  limit_ = std::chrono::steady_clock::time_point::max();
  if (const auto* sweep = reply->fields.if_contains("sweep"); sweep != nullptr && sweep->is_array()) {
    for (const auto& point : sweep->get_array()) {
      if (point.is_array() && point.get_array().size() == 2 && point.get_array()[0].is_number() && point.get_array()[1].is_number())
        prepared.sweep.push_back({point.get_array()[0].to_number<double>(), point.get_array()[1].to_number<double>()});
    }
  }
  if (const auto* settings = reply->fields.if_contains("settings"); settings != nullptr && settings->is_array()) {
    for (const auto& setting : settings->get_array()) prepared.settings.emplace_back(setting.is_string() ? std::string(setting.get_string()) : "");
  }
  return prepared;
}

Result<std::vector<int32_t>> PeerProcess::round(size_t workload, Rounds& rounds) {
  const auto reply = ask(fmt::format("round {}", workload), [](std::string_view) {});
  if (!reply) return propagate(reply);
  rounds.add(numbers_of<float>(reply->fields, "us"), number_of(reply->fields, "cpu_us"));
  if (const double loop = number_of(reply->fields, "loop_us"); loop > 0) rounds.add_loop(loop);
  return numbers_of<int32_t>(reply->fields, "ids");
}

Result<double> PeerProcess::peak_bytes() {
  const auto reply = ask("memory", [](std::string_view) {});
  if (!reply) return propagate(reply);
  return number_of(reply->fields, "peak_bytes");
}

Status convert_hdf5(const PeerOptions& options, const std::filesystem::path& file) {
  PeerOptions convert = options;
  convert.workloads.clear();
  auto peer = PeerProcess::start("hdf5:" + file.string(), convert);
  if (!peer) return propagate(peer);
  const auto done = (*peer)->prepare([](std::string_view) {});
  return done ? Status() : propagate(done);
}

}  // namespace nozama
