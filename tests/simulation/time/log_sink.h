#pragma once

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

#include "simulation/time/trace.h"
#include "simulation/time/virtual_scheduler.h"

namespace vbs::simulation {

/// What the programs log, in the trace for people: it tells how long things really took.
class LogSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  LogSink(const VirtualScheduler& scheduler, const Trace& trace) : scheduler_(scheduler), trace_(trace) {}

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text(message.payload.data(), message.payload.size());
    const auto level = spdlog::level::to_string_view(message.level);
    trace_.comment(scheduler_.now(), scheduler_.processName(),
                   "| " + std::string(level.data(), level.size()) + " " + text);
  }
  void flush_() override {}

private:
  const VirtualScheduler& scheduler_;
  const Trace& trace_;
};

/// Has the programs log into the trace while it lives, or nowhere when nobody reads that.
class LoggingToTrace {
public:
  LoggingToTrace(const VirtualScheduler& scheduler, const Trace& trace) : former_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("trace", std::make_shared<LogSink>(scheduler, trace));
    logger->set_level(trace.isWritten() ? former_->level() : spdlog::level::off);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LoggingToTrace() { spdlog::set_default_logger(former_); }
  LoggingToTrace(const LoggingToTrace&) = delete;
  LoggingToTrace& operator=(const LoggingToTrace&) = delete;

private:
  std::shared_ptr<spdlog::logger> former_;
};

}  // namespace vbs::simulation
