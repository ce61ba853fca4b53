#include "common/daemon/settings_parser.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "common/model/error.h"
#include "common/process/standard_streams.h"
#include "common/properties/settings_file.h"
#include "common/version.h"

namespace vbs::daemon {
namespace {

/// vbs-service, shutdown-grace: VBS_SERVICE_SHUTDOWN_GRACE
std::string environmentName(const std::string& program, const std::string& setting) {
  std::string name = program + "_" + setting;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return name;
}

/// The command line with, for each setting that it leaves out, the value that the environment gives.
std::vector<std::string> withEnvironment(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::vector<std::string> given = arguments;
  for (const CLI::Option* option : app.get_options()) {
    const char* value = option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
    if (value == nullptr || *value == '\0') continue;
    const std::string flag = option->get_name();
    const bool isGiven = std::any_of(given.begin(), given.end(), [&flag](const std::string& argument) {
      return argument == flag || argument.starts_with(flag + "=");
    });
    if (!isGiven) arguments.push_back(flag + "=" + value);
  }
  return arguments;
}

CLI::Validator validatorOf(const SettingsParser::Check& check) {
  return {[check](const std::string& value) -> std::string {
            try {
              check(value);
              return "";
            } catch (const Error& error) {
              return error.what();
            }
          },
          ""};
}

std::string withoutDashes(std::string_view flag) {
  return std::string(flag.substr(flag.starts_with("--") ? 2 : 0));
}

/// Digits, and at most three after a point. What the conversion accepts besides (hex, nan) is no time.
bool isPlainDecimal(std::string_view text) {
  const auto isDigits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  constexpr std::size_t kDecimals = 3;
  const auto point = text.find('.');
  if (point == std::string_view::npos) return isDigits(text);
  const std::string_view decimals = text.substr(point + 1);
  return isDigits(text.substr(0, point)) && isDigits(decimals) && decimals.size() <= kDecimals;
}

}  // namespace

struct SettingsParser::State {
  State(std::string name, const std::string& about) : program(std::move(name)), app(about, program) {}

  CLI::Option* declared(CLI::Option* option, const std::string& name, bool isRepeatable = false) {
    (isRepeatable ? inFile.repeatable : inFile.single).push_back(name);
    return option->envname(environmentName(program, name));
  }

  std::map<std::string, std::string> texts() const {
    std::map<std::string, std::string> texts;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_envname().empty()) continue;
      texts[withoutDashes(option->get_name())] = option->count() == 0
                                                     ? option->get_default_str()
                                                     : fmt::format("{}", fmt::join(option->results(), ","));
    }
    return texts;
  }

  std::string program;
  CLI::App app;
  CommonSettings common;
  std::string config;
  std::string listen;
  SettingNames inFile;
  std::size_t shutdownGrace = 0;
  std::vector<CLI::Option*> required;
  std::vector<CLI::Option*> modes;
  // CLI11 fills plain numbers; what they stand for is set once they are known to be good.
  std::vector<std::function<void()>> afterwards;
};

SettingsParser::SettingsParser(std::string program, const std::string& about, const std::string& listen)
    : state_(std::make_unique<State>(std::move(program), about)) {
  CLI::App& app = state_->app;
  app.set_version_flag("--version", state_->program + " " + std::string(kVersion));
  app.add_option("--config", state_->config, "Read settings from this file (lines of `name = value`)");
  app.get_formatter()->column_width(36);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);

  state_->listen = listen;
  text("listen", state_->listen,
       "HOST:PORT to listen on; port 0 picks a free one and the first log line says which", false,
       [](const std::string& value) { parseListenAddress(value); });
  text("public-url", state_->common.publicUrl,
       "http://HOST:PORT or https://HOST:PORT to put into the WSDL; without it, as each client calls it");
  texts(
      "trusted-proxy", state_->common.trustedProxies,
      "IP address of a proxy whose X-Forwarded-Proto and X-Forwarded-Host say how clients call it, once for "
      "each, or none (this machine's own by default: 127.0.0.1 and ::1)");
  text("log-level", state_->common.logLevel, "trace, debug, info, warn or error");
  app.get_option("--log-level")->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  count("max-connections", state_->common.maxConnections, 1, 65536, "Connections at once; more are refused");
  count("max-requests", state_->common.maxRequests, 1, 4096, "Requests handled at once; more wait");
  seconds("shutdown-grace", state_->common.shutdownGrace, 0, 3600,
          "Seconds that running requests get to end after SIGTERM");
}

SettingsParser::~SettingsParser() = default;

void SettingsParser::text(const std::string& name, std::string& value, const std::string& help, bool required,
                          const Check& check) {
  auto* option = state_->declared(
      state_->app.add_option("--" + name, value, required ? help + " (required)" : help), name);
  if (!value.empty()) option->capture_default_str();
  if (check) option->check(validatorOf(check));
  if (required) state_->required.push_back(option);
}

void SettingsParser::texts(const std::string& name, std::vector<std::string>& values, const std::string& help,
                           bool required, const Check& check) {
  auto* option = state_->declared(state_->app.add_option("--" + name, values, help), name, true);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->expected(1, -1)->delimiter(',');
  if (check) option->check(validatorOf(check));
  if (required) state_->required.push_back(option);
}

void SettingsParser::count(const std::string& name, std::size_t& value, std::size_t min, std::size_t max,
                           const std::string& help) {
  state_->declared(state_->app.add_option("--" + name, value, help), name)
      ->capture_default_str()
      ->check(CLI::Range(min, max));
}

void SettingsParser::seconds(const std::string& name, std::chrono::seconds& value, std::size_t min,
                             std::size_t max, const std::string& help) {
  auto number = std::make_shared<std::size_t>(value.count());
  count(name, *number, min, max, help);
  state_->afterwards.emplace_back([number, &value] { value = std::chrono::seconds(*number); });
}

void SettingsParser::seconds(const std::string& name, std::chrono::milliseconds& value,
                             std::chrono::milliseconds min, std::chrono::milliseconds max,
                             const std::string& help) {
  using Seconds = std::chrono::duration<double>;
  auto number = std::make_shared<double>(Seconds(value).count());
  state_->declared(state_->app.add_option("--" + name, *number, help), name)
      ->capture_default_str()
      ->check(
          [](const std::string& text) { return isPlainDecimal(text) ? "" : "expected seconds such as 0.25"; })
      ->check(CLI::Range(Seconds(min).count(), Seconds(max).count()));
  state_->afterwards.emplace_back(
      [number, &value] { value = std::chrono::round<std::chrono::milliseconds>(Seconds(*number)); });
}

void SettingsParser::once(const std::string& name, bool& value, const std::string& help) {
  state_->app.add_flag("--" + name, value, help);
}

void SettingsParser::mode(const std::string& name, std::string& value, const std::string& placeholder,
                          const std::string& help) {
  state_->modes.push_back(state_->app.add_option("--" + name, value, help)->type_name(placeholder));
}

void SettingsParser::modeArguments(const std::string& name, std::vector<std::string>& values,
                                   const std::string& placeholder, const std::string& help) {
  state_->modes.push_back(state_->app.add_option("--" + name, values, help)
                              ->type_name(placeholder)
                              ->expected(1, -1)
                              ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
}

void SettingsParser::footer(const std::string& text) {
  state_->app.footer("\n" + text);
}

void SettingsParser::read(const std::vector<std::string>& arguments) {
  state_->app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // as CLI11 wants them
}

/// The file's settings are read one by one first, so that what is wrong with one can be told with its line.
void SettingsParser::readAll(const std::vector<std::string>& arguments) {
  read(arguments);
  if (state_->config.empty()) return;
  const std::filesystem::path file = state_->config;
  const std::vector<Property> settings = readSettingsFile(file, state_->inFile);
  const auto argumentOf = [](const Property& setting) { return "--" + setting.key + "=" + setting.value; };
  std::vector<std::string> all = arguments;
  for (const Property& setting : settings) {
    if (state_->app.get_option("--" + setting.key)->count() == 0) all.push_back(argumentOf(setting));
  }
  std::string faults;
  for (const Property& setting : settings) {
    try {
      read({argumentOf(setting)});
    } catch (const CLI::ParseError& error) {
      faults += (faults.empty() ? "" : "\n") +
                toString(file, PropertyFault{setting.line, withoutDashes(error.what())});
    }
  }
  if (!faults.empty()) throw Error(ErrorCode::InvalidParameter, faults);
  read(all);
}

void SettingsParser::refuse(OnUsageError onUsageError, const std::string& message) const {
  if (onUsageError == OnUsageError::Throw) throw Error(ErrorCode::InvalidParameter, message);
  std::cerr << state_->program << ": " << message << "\n";
  std::exit(2);
}

CommonSettings SettingsParser::parse(int argc, const char* const* argv, OnUsageError onUsageError) {
  try {
    readAll(withEnvironment(state_->app, argc, argv));
    const bool inMode = std::any_of(state_->modes.begin(), state_->modes.end(),
                                    [](const CLI::Option* mode) { return mode->count() > 0; });
    for (const CLI::Option* option : state_->required) {
      if (!inMode && option->count() == 0) {
        throw CLI::RequiredError(
            fmt::format("{} (or {} in the environment, or in the file given with --config)",
                        option->get_name(), option->get_envname()));
      }
    }
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      state_->app.exit(error);
      flushStandardOutput();
      std::exit(0);
    }
    refuse(onUsageError, fmt::format("{}\nTry '{} --help'.", error.what(), state_->program));
  } catch (const Error& error) {
    refuse(onUsageError, error.what());
  }
  for (const auto& set : state_->afterwards) set();
  state_->common.listen = parseListenAddress(state_->listen);
  state_->common.texts = state_->texts();
  return state_->common;
}

}  // namespace vbs::daemon
