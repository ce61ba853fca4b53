#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace vbs::service {

/// How each delegate answered the last time that it was asked, by whoever asked. Thread-safe.
class LastSeen {
public:
  /// `unanswered`: why it did not answer; nothing when it did.
  void record(const std::string& part, const std::optional<std::string>& unanswered);

  /// Why the part did not answer the last time; nothing when it did, or was not asked yet.
  std::optional<std::string> hindrance(const std::string& part) const;
  /// The same of all parts that did not answer.
  std::map<std::string, std::string> hindrances() const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> hindrances_;
};

}  // namespace vbs::service
