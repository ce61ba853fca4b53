#include "common/delegate/call.h"

#include <fmt/core.h>

#include <utility>

#include "common/model/error.h"

namespace vbs::delegate {

using command::Action;
using command::ActionOutput;

Call::Call(Actions& actions, std::shared_ptr<const command::CommandFile> file, command::Parameters parameters,
           std::string resource, std::string logContext)
    : actions_(&actions),
      file_(std::move(file)),
      parameters_(std::move(parameters)),
      resource_(std::move(resource)),
      logContext_(std::move(logContext)) {}

bool Call::has(Action action) const {
  return file_->has(action);
}

ActionOutput Call::run(Action action) {
  return run(action, {}, {});
}

ActionOutput Call::run(Action action, const std::stop_token& stop,
                       const std::function<void(int)>& onProgress) {
  const bool changes = !givesRecords(action) && has(action);
  const auto runIt = [&] {
    try {
      return actions_->run(*file_, action, parameters_, resource_,
                           {.stop = stop, .onProgress = onProgress, .logContext = logContext_});
    } catch (const Error& error) {
      // Whatever happens to the error later, what was done stays done.
      hasChanged_ = hasChanged_ || (changes && error.effect() != Effect::None);
      throw;
    }
  };
  ActionOutput output = runIt();
  hasChanged_ = hasChanged_ || changes;
  parameters_.add(output.captured);
  return output;
}

ActionOutput Call::require(Action action) {
  checkHas(action);
  return run(action);
}

bool Call::skips(Action action) {
  if (has(action)) return false;
  run(action);
  return true;
}

void Call::await(std::string_view key, const std::string& value, std::string_view remark,
                 const std::function<void()>& wait) {
  actions_->await(key, value, remark, wait);
}

void Call::remark(std::string_view text) {
  actions_->remark(text);
}

void Call::checkHas(Action action) const {
  if (has(action)) return;
  const std::string key(toString(action));
  throw Error(fmt::format("the pattern file of this host has no {}; give it that key", key), resource_,
              {.action = key, .exitCode = std::nullopt, .stderrTail = {}})
      .withEffect(Effect::None);
}

}  // namespace vbs::delegate
