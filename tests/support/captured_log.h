#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace vbs::support {

/// What is logged while it lives, as "level text". Only one at a time.
class CapturedLog {
public:
  CapturedLog() : former_(spdlog::default_logger()) {
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(written_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~CapturedLog() { spdlog::set_default_logger(former_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  /// Not while others may log.
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(written_.str());
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }

private:
  std::ostringstream written_;
  std::shared_ptr<spdlog::logger> former_;
};

}  // namespace vbs::support
