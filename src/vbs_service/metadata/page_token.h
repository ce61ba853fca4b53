#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vbs::metadata {

// A page token says after which row the next page begins, by the row's place in the order of creation, so
// that it stays right while rows come and go. Clients are told nothing of its form.

/// `listing` ("volumes") keeps the tokens of two listings apart.
std::string pageToken(std::string_view listing, std::int64_t lastSeq);

/// Throws Error{InvalidParameter} for what pageToken(listing, ...) never gave.
std::int64_t parsePageToken(std::string_view listing, std::string_view token);

}  // namespace vbs::metadata
