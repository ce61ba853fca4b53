#include "common/process/inherited_state.h"

#include <sys/stat.h>

#include <csignal>

#include "common/process/descriptor_limit.h"
#include "common/process/own_init.h"
#include "common/process/standard_streams.h"

namespace vbs {
namespace {

void setHandler(int signal, void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

void settleSignals() noexcept {
  setHandler(SIGCHLD, SIG_DFL);
  setHandler(SIGPIPE, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void settleFileModes() noexcept {
  constexpr mode_t kOwner = S_IRWXU;
  constexpr mode_t kOthersWrites = S_IWGRP | S_IWOTH;
  const mode_t inherited = ::umask(kOthersWrites);
  ::umask((inherited | kOthersWrites) & ~kOwner);
}

}  // namespace

void settleInheritedState() noexcept {
  holdStandardStreams();
  settleSignals();
  settleFileModes();
  raiseDescriptorLimit();
  liveUnderOwnInit();
}

}  // namespace vbs
