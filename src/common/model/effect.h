#pragma once

#include <optional>
#include <string_view>

namespace vbs {

/// What a call that failed has changed. The code that knows it sets it: the delegate that ran the commands,
/// or the client that lost the connection. Who did more before that raises it on the way.
enum class Effect {
  None,     ///< nothing: as if it had not been asked
  Partial,  ///< something, or whatever a command that was cut off had done; no more is on its way
  Unknown,  ///< perhaps nothing, perhaps all of it; it may still be under way
};

/// The name on the wire: "none", "partial", "unknown".
std::string_view toString(Effect effect);

/// The effect of that name; nothing when there is none.
std::optional<Effect> parseEffect(std::string_view name);

}  // namespace vbs
