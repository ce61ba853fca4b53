#include "cli/output_format.h"

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::cli {

OutputFormat parseOutputFormat(std::string_view name) {
  if (name == "table") return OutputFormat::Table;
  if (name == "text") return OutputFormat::Text;
  if (name == "json") return OutputFormat::Json;
  throw Error(ErrorCode::InvalidParameter,
              "\"" + printable(name) + "\" is not an output format: expected table, text or json");
}

}  // namespace vbs::cli
