#include "common/daemon/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "common/daemon/line_writer.h"

namespace vbs::daemon {
namespace {

constexpr std::chrono::milliseconds kLinePatience{100};
constexpr const char* kName = "vbs";

std::unique_ptr<spdlog::formatter> lineFormatter() {
  return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v",
                                                     spdlog::pattern_time_type::utc);
}

/// Hands lines over to the writer of stderr.
class StderrSink final : public spdlog::sinks::sink {
public:
  StderrSink()
      : formatter_(lineFormatter()),
        writer_(STDERR_FILENO, {}, [this](const LineWriter::Loss& loss) { return lossLine(loss); }) {}

  void log(const spdlog::details::log_msg& message) override { writer_.write(formatted(message)); }
  void flush() override { writer_.flushUnlessStuck(kLinePatience); }
  void flush(std::chrono::milliseconds patience) { writer_.flush(patience); }

  void set_pattern(const std::string& pattern) override {
    set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern));
  }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    const std::lock_guard lock(mutex_);
    formatter_ = std::move(formatter);
  }

private:
  std::string formatted(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    const std::lock_guard lock(mutex_);
    formatter_->format(message, line);
    return {line.data(), line.size()};
  }

  std::string lossLine(const LineWriter::Loss& loss) {
    const std::string count =
        std::to_string(loss.lines) + (loss.lines == 1 ? " log line was" : " log lines were");
    const std::string text = loss.error == 0
                                 ? count + " dropped while nobody read them"
                                 : count + " lost: " + std::generic_category().message(loss.error);
    return formatted({kName, spdlog::level::warn, text});
  }

  std::mutex mutex_;
  std::unique_ptr<spdlog::formatter> formatter_;
  LineWriter writer_;
};

std::shared_ptr<StderrSink>& sink() {
  static std::shared_ptr<StderrSink> instance;
  return instance;
}

}  // namespace

void startLogging(const std::string& level) {
  if (!sink()) {
    sink() = std::make_shared<StderrSink>();
    auto logger = std::make_shared<spdlog::logger>(kName, sink());
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
  }
  spdlog::set_level(spdlog::level::from_str(level));
}

void flushLog(std::chrono::milliseconds patience) {
  if (sink()) sink()->flush(patience);
}

}  // namespace vbs::daemon
