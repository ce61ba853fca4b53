#include "cli/settings_file.h"

#include "cli/output_format.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/properties/settings_file.h"

namespace vbs::cli {
namespace {

bool parseSwitch(const std::string& text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  throw Error(ErrorCode::InvalidParameter, "\"" + printable(text) + "\": expected true or false");
}

void take(const Property& setting, FileSettings& settings) {
  if (setting.key == "endpoint") {
    settings.endpoint = setting.value;
  } else if (setting.key == "output") {
    settings.format = parseOutputFormat(setting.value);
  } else {
    settings.verbose = parseSwitch(setting.value);
  }
}

}  // namespace

FileSettings readFileSettings(const std::filesystem::path& file) {
  FileSettings settings;
  for (const Property& setting :
       readSettingsFile(file, {.single = {"endpoint", "output", "verbose"}, .repeatable = {}})) {
    try {
      take(setting, settings);
    } catch (const Error& error) {
      throw Error(ErrorCode::InvalidParameter,
                  toString(file, PropertyFault{setting.line, setting.key + ": " + error.what()}));
    }
  }
  return settings;
}

}  // namespace vbs::cli
