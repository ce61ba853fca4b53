#include "simulation/time/trace.h"

#include <fmt/format.h>

#include "simulation/time/virtual_time.h"

namespace vbs::simulation {

void Trace::mix(std::string_view text) {
  for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
}

void Trace::mix(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 1099511628211ULL;
}

void Trace::note(system::Clock::TimePoint when, std::string_view who, std::string_view what) {
  mix(static_cast<std::uint64_t>(when.time_since_epoch().count()));
  mix(who);
  mix(what);
  comment(when, who, what);
}

void Trace::comment(system::Clock::TimePoint when, std::string_view who, std::string_view what) const {
  if (write_) write_(fmt::format("{:>11.6f} {:<8} {}", secondsSinceStart(when), who, what));
}

}  // namespace vbs::simulation
