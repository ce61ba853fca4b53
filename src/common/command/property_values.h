#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vbs::command {

/// The parts of `text` between the separators; at least one, which may be empty.
std::vector<std::string> split(std::string_view text, char separator);

/// A positive number without sign and leading zeros. Nothing for other texts.
std::optional<int> parseWholeNumber(std::string_view text);

/// Both throw std::invalid_argument that says what was expected.
std::chrono::milliseconds parseDeadline(const std::string& text);
std::vector<int> parseExitCodes(const std::string& text);

}  // namespace vbs::command
