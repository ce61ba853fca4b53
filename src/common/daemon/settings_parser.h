#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/daemon/common_settings.h"

namespace vbs::daemon {

/// What becomes of a usage error.
enum class OnUsageError {
  EndProcess,  ///< told on stderr, exit code 2
  Throw,       ///< Error{InvalidParameter}: for a daemon that reads its settings again
};

/// Declares a daemon's settings once. Reads them from flags, the environment and the file given with
/// --config, in this order of precedence. `--listen` of vbs-service is VBS_SERVICE_LISTEN in the environment
/// and `listen = …` in the file. A variable that is empty counts as not set. Answers --help and --version by
/// itself.
class SettingsParser {
public:
  /// Throws Error for a value that is refused; its message becomes part of one that says where the value is.
  using Check = std::function<void(const std::string& value)>;

  /// `program`: "vbs-service"; `about`: one sentence for --help; `listen`: the default address.
  SettingsParser(std::string program, const std::string& about, const std::string& listen);
  ~SettingsParser();

  // Each declares the setting `name` ("database"), whose value at the time of the call is the default.
  void text(const std::string& name, std::string& value, const std::string& help, bool required = false,
            const Check& check = {});
  /// May be given any number of times; `check` sees each value.
  void texts(const std::string& name, std::vector<std::string>& values, const std::string& help,
             bool required = false, const Check& check = {});
  void count(const std::string& name, std::size_t& value, std::size_t min, std::size_t max,
             const std::string& help);
  void seconds(const std::string& name, std::chrono::seconds& value, std::size_t min, std::size_t max,
               const std::string& help);
  /// Seconds with at most three decimals: "0.25".
  void seconds(const std::string& name, std::chrono::milliseconds& value, std::chrono::milliseconds min,
               std::chrono::milliseconds max, const std::string& help);
  /// A switch that holds for one start, so it is known on the command line only.
  void once(const std::string& name, bool& value, const std::string& help);
  /// A mode of the program such as --check-config: known on the command line only, and what is `required`
  /// otherwise may then be left out.
  void mode(const std::string& name, std::string& value, const std::string& placeholder,
            const std::string& help);
  void modeArguments(const std::string& name, std::vector<std::string>& values,
                     const std::string& placeholder, const std::string& help);

  /// A paragraph at the end of --help.
  void footer(const std::string& text);

  /// Fills the declared values and returns what all daemons share. Ends the process after --help and
  /// --version (0). A usage error names file and line when the file has it. Throws std::runtime_error when
  /// what it printed was lost.
  CommonSettings parse(int argc, const char* const* argv,
                       OnUsageError onUsageError = OnUsageError::EndProcess);

private:
  void read(const std::vector<std::string>& arguments);
  void readAll(const std::vector<std::string>& arguments);
  [[noreturn]] void refuse(OnUsageError onUsageError, const std::string& message) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vbs::daemon
