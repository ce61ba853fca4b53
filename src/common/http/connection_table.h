#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace vbs::http {

class Connection;

/// What a connection is busy with.
enum class Phase {
  Idle,       ///< the first byte of a request has not come
  Receiving,  ///< a request is coming in
  Handling,   ///< its message waits for a worker or is being handled
  Answering,  ///< the answer is going out
  Closing,    ///< the last answer is out, the client has not closed yet
};

/// The open connections of a server, which it keeps alive, by phase and in the order they entered it. Not
/// thread-safe.
class ConnectionTable {
public:
  using Place = std::pair<Phase, std::uint64_t>;

  Place add(std::shared_ptr<Connection> connection, Phase phase) {
    const Place place{phase, ++lastNumber_};
    connections_.emplace(place, std::move(connection));
    return place;
  }
  Place move(const Place& from, Phase phase) {
    auto node = connections_.extract(from);
    node.key() = {phase, ++lastNumber_};
    return connections_.insert(std::move(node)).position->first;
  }
  void remove(const Place& place) { connections_.erase(place); }

  /// The one that has been in the phase longest; null when none is.
  std::shared_ptr<Connection> oldest(Phase phase) const {
    const auto found = connections_.lower_bound({phase, 0});
    return found != connections_.end() && found->first.first == phase ? found->second : nullptr;
  }

  std::vector<std::shared_ptr<Connection>> all() const {
    std::vector<std::shared_ptr<Connection>> result;
    result.reserve(connections_.size());
    for (const auto& [place, connection] : connections_) result.push_back(connection);
    return result;
  }

  std::size_t size() const { return connections_.size(); }

private:
  std::map<Place, std::shared_ptr<Connection>> connections_;
  std::uint64_t lastNumber_ = 0;
};

}  // namespace vbs::http
