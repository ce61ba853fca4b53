#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/service_channel.h"
#include "cli/system_clock.h"
#include "common/http/http_channel.h"
#include "common/process/inherited_state.h"
#include "common/soap/vbs_admin/client.h"
#include "common/soap/vbs_service/client.h"

namespace {

using namespace std::chrono_literals;

/// The service answers an attach or detach once it is done or rolled back: several steps, each with a time
/// limit of its own.
constexpr vbs::http::Client::Timeouts kTimeouts{.connect = 5s, .call = 300s};

std::optional<int> terminalWidth(int fd) {
  winsize size{};
  if (::isatty(fd) == 0 || ::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

std::optional<std::string> environmentVariable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::unique_ptr<vbs::http::Channel> channelTo(const std::string& endpoint) {
  return vbs::cli::serviceChannel(vbs::http::httpChannel(endpoint, kTimeouts));
}

std::unique_ptr<vbs::VbsService> connect(const std::string& endpoint) {
  return std::make_unique<vbs::soap::VbsServiceClient>(channelTo(endpoint));
}

std::unique_ptr<vbs::VbsAdmin> connectAdmin(const std::string& endpoint) {
  return std::make_unique<vbs::soap::VbsAdminClient>(channelTo(endpoint));
}

}  // namespace

int main(int argc, char** argv) {
  vbs::settleInheritedState();
  vbs::cli::FdOutput out(STDOUT_FILENO);
  vbs::cli::FdOutput err(STDERR_FILENO);
  vbs::cli::SystemClock clock;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(vbs::cli::runClient(arguments, {.out = out,
                                                          .err = err,
                                                          .outWidth = terminalWidth(STDOUT_FILENO),
                                                          .errWidth = terminalWidth(STDERR_FILENO),
                                                          .clock = clock,
                                                          .environment = environmentVariable,
                                                          .connect = connect,
                                                          .connectAdmin = connectAdmin}));
}
