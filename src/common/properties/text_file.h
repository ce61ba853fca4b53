#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace vbs {

/// The bytes of a file, at most `limitBytes` + 1 of them, so the caller sees when it is longer. Never waits
/// for another program, as opening a named pipe would. Throws Error{InvalidParameter} that says why the file
/// cannot be read, without its name.
std::string readTextFile(const std::filesystem::path& file, std::size_t limitBytes);

}  // namespace vbs
