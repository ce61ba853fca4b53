#include "cli/record_format.h"

namespace vbs::cli {

std::unique_ptr<RecordFormat> makeRecordFormat(OutputFormat format, std::optional<int> width) {
  switch (format) {
    case OutputFormat::Table:
      return makeTableFormat(width);
    case OutputFormat::Text:
      return makeTextFormat();
    case OutputFormat::Json:
      return makeJsonFormat();
  }
  return makeTableFormat(width);
}

}  // namespace vbs::cli
