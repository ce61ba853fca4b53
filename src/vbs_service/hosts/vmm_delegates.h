#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/api/vmm_delegate.h"
#include "common/model/ids.h"

namespace vbs {

/// One setting NAME=URL. `NAME` is a VMM hostname, in lower case, or `*.SUFFIX` for all hosts of a domain:
/// then each `*` in the URL stands for the hostname, as in `*.example.org=http://*:8092/vmm-delegate`.
struct VmmDelegateRule {
  std::string name;
  std::string url;
  bool operator==(const VmmDelegateRule&) const = default;
};

/// Folds the name to lower case. Throws Error{InvalidParameter} that quotes the setting and says what is
/// wrong with it.
VmmDelegateRule parseVmmDelegateRule(std::string_view setting);

/// The VMM Delegates that the service's settings register. The service never connects to a host that only a
/// request names. Thread-safe.
class VmmDelegates {
public:
  /// Makes the client of the delegate at a URL. Called from any thread.
  using Factory = std::function<std::shared_ptr<VmmDelegate>(const std::string& url)>;

  /// Throws Error{InvalidParameter} when a name comes twice.
  VmmDelegates(std::vector<VmmDelegateRule> rules, Factory factory);

  /// From now on these are registered, and no others; a call that has its delegate keeps it. Throws as the
  /// constructor does, and then nothing has changed.
  void replace(std::vector<VmmDelegateRule> rules);

  /// The delegate of the host: of the rule with its very name, else of the longest suffix that matches.
  /// Throws Error{UnknownVmmHost} that names those which are registered, the likeliest first.
  std::shared_ptr<VmmDelegate> at(const VmmHostname& host);
  /// The hosts that have a rule of their own, in the order of the rules. Those of a suffix rule cannot be
  /// listed.
  std::vector<VmmHostname> named() const;
  /// Throws Error{UnknownVmmHost}.
  std::string urlOf(const VmmHostname& host) const;

private:
  std::string urlLocked(const VmmHostname& host) const;

  const Factory factory_;
  mutable std::mutex mutex_;
  std::vector<VmmDelegateRule> rules_;
  std::map<std::string, std::shared_ptr<VmmDelegate>> made_;  // by URL
};

}  // namespace vbs
