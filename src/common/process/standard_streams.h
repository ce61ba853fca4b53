#pragma once

namespace vbs {

/// Keeps the numbers 0, 1 and 2 taken where the process was started without them (vbs ... >&-). Otherwise the
/// next file or connection gets the number, and what is printed goes into it. Reading and writing them fails
/// with EBADF as before. To be called first in main.
void holdStandardStreams() noexcept;

/// Writes out what was printed on std::cout. Throws std::runtime_error when any of it was lost: a full disk,
/// a closed descriptor, a reader that left.
void flushStandardOutput();

}  // namespace vbs
