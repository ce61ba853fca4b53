#include "common/properties/text_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "common/model/error.h"

namespace vbs {

std::string readTextFile(const std::filesystem::path& file, std::size_t limitBytes) {
  std::error_code status;
  if (std::filesystem::is_fifo(file, status)) {
    throw Error(ErrorCode::InvalidParameter, "cannot be read: it is a named pipe, not a file");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text(limitBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    const int error = errno != 0 ? errno : EIO;
    throw Error(ErrorCode::InvalidParameter, "cannot be read: " + std::generic_category().message(error));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

}  // namespace vbs
