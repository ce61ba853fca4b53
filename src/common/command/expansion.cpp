#include "common/command/expansion.h"

#include <utility>

#include "common/command/parameter_type.h"
#include "common/model/error.h"

namespace vbs::command {
namespace {

constexpr std::string_view kMask = "***";

struct Value {
  std::string text;
  bool secret;
};

/// A parameter's value: the call's (or an earlier command's), else the constant.
Value valueOf(std::string_view name, const CommandFile& file, const Parameters& parameters,
              const std::string& key) {
  if (const std::string* given = parameters.find(name)) return {*given, isSecret(name)};
  const auto constant = file.constants().find(name);
  if (constant != file.constants().end()) return {constant->second.value, constant->second.secret};
  const std::string why = file.isCaptured(name)
                              ? "no earlier command's output had it"
                              : "the call did not give it and the file has no param." + std::string(name);
  throw Error(ErrorCode::InvalidParameter, key + ": no value for <" + std::string(name) + ">: " + why);
}

template <class ValueOf>
ExpandedCommand expandWith(const CommandPattern& command, ValueOf valueOfName) {
  ExpandedCommand expanded{command.key, {}, {}, {}, {}, {}, {}};
  expanded.argv = command.pattern.expand([&](std::string_view name) {
    Value value = valueOfName(name);
    if (value.secret) expanded.secrets.push_back(value.text);
    return std::move(value.text);
  });
  const std::vector<std::string> shown = command.pattern.expand([&](std::string_view name) {
    Value value = valueOfName(name);
    return value.secret ? std::string(kMask) : std::move(value.text);
  });
  expanded.shown = commandLine(shown);
  const auto textOf = [&](const Pattern& pattern) {
    return pattern.expand([&](std::string_view name) { return valueOfName(name).text; })[0];
  };
  if (command.expect) expanded.expect = textOf(*command.expect);
  if (command.doneUnless) expanded.doneUnless = textOf(*command.doneUnless);
  if (command.refuse) expanded.refuse = textOf(*command.refuse);
  return expanded;
}

}  // namespace

std::vector<ExpandedCommand> expand(const CommandFile& file, Action action, const Parameters& parameters) {
  std::vector<ExpandedCommand> expanded;
  for (const CommandPattern& command : file.commands(action)) {
    expanded.push_back(expandWith(command, [&](std::string_view name) -> Value {
      const bool isKnown = parameters.find(name) != nullptr || file.constants().contains(name);
      if (!isKnown && file.isCaptured(name)) return {"<" + std::string(name) + ">", false};
      return valueOf(name, file, parameters, command.key);
    }));
  }
  return expanded;
}

ExpandedCommand expand(const CommandFile& file, const CommandPattern& command, const Parameters& parameters) {
  return expandWith(command,
                    [&](std::string_view name) { return valueOf(name, file, parameters, command.key); });
}

std::string hostDevice(const CommandFile& file, const Parameters& parameters) {
  if (file.hostDevice() == nullptr) {
    throw Error(ErrorCode::InvalidParameter, "host.device: the pattern file has no such key");
  }
  std::string device = file.hostDevice()->pattern.expand(
      [&](std::string_view name) { return valueOf(name, file, parameters, "host.device").text; })[0];
  checkValue("vmmDev", device);
  return device;
}

Parameters exampleParameters() {
  Parameters parameters;
  for (const ParameterType& type : parameterTypes()) parameters.set(type.name, std::string(type.example));
  return parameters;
}

std::string masked(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kMask.size())) {
      text.replace(at, secret.size(), kMask);
    }
  }
  return text;
}

}  // namespace vbs::command
