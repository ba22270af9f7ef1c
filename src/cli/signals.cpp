#include "cli/signals.h"

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <thread>

namespace nozama {

std::stop_token stop_on_signals() {
  // Both live as long as the program: the waiting thread is never joined.
  static std::stop_source source;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::thread([signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    std::fputs("\nstopping; press Ctrl-C again to end at once\n", stderr);
    source.request_stop();
    sigwait(&signals, &signal);
    _exit(128 + signal);
  }).detach();
  return source.get_token();
}

}  // namespace nozama
