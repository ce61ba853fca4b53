#include "vbs_service/hosts/vmm_delegates.h"

#include <algorithm>
#include <set>

#include "common/model/error.h"
#include "common/model/text.h"
#include "common/properties/nearest.h"

namespace vbs {
namespace {

constexpr std::string_view kAnyHostOf = "*.";

// A suffix rule allows any number of names, and a client may try them all.
constexpr std::size_t kMaxKept = 1024;

bool isSuffixRule(const VmmDelegateRule& rule) {
  return rule.name.starts_with(kAnyHostOf);
}

bool matchesSuffix(const VmmDelegateRule& rule, const std::string& host) {
  const std::string_view suffix = std::string_view(rule.name).substr(1);  // ".example.org"
  return host.size() > suffix.size() && host.ends_with(suffix) && host.find("..") == std::string::npos;
}

std::string withHost(const std::string& pattern, const std::string& host) {
  std::string url;
  for (const char c : pattern) {
    if (c == '*') {
      url += host;
    } else {
      url += c;
    }
  }
  return url;
}

/// What a request may name, the likeliest first: "did you mean node1? registered are node1, node2"
std::string registered(const std::vector<VmmDelegateRule>& rules, const std::string& host) {
  constexpr std::size_t kMostShown = 10;
  if (rules.empty()) return "none is";
  std::vector<std::string> names;
  names.reserve(rules.size());
  for (const VmmDelegateRule& rule : rules) names.push_back(rule.name);
  const auto likeliest = nearest(host, names);
  if (likeliest) std::rotate(names.begin(), std::find(names.begin(), names.end(), *likeliest), names.end());
  std::string text = likeliest ? "did you mean " + *likeliest + "? registered are " : "registered are ";
  for (std::size_t i = 0; i < std::min(names.size(), kMostShown); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostShown) text += " and " + std::to_string(names.size() - kMostShown) + " more";
  return text;
}

[[noreturn]] void refuse(std::string_view setting, const std::string& why) {
  throw Error(ErrorCode::InvalidParameter, "\"" + printable(setting) +
                                               "\" registers no VMM Delegate: " + why +
                                               " (expected NAME=URL or *.SUFFIX=URL, such as "
                                               "node1=http://127.0.0.1:8092/vmm-delegate)");
}

}  // namespace

VmmDelegateRule parseVmmDelegateRule(std::string_view setting) {
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos) refuse(setting, "there is no \"=\"");
  VmmDelegateRule rule{.name = std::string(setting.substr(0, equals)),
                       .url = std::string(setting.substr(equals + 1))};
  const std::string_view host = isSuffixRule(rule) ? std::string_view(rule.name).substr(kAnyHostOf.size())
                                                   : std::string_view(rule.name);
  if (!VmmHostname::isValid(host)) refuse(setting, "the name is no hostname");
  rule.name = (isSuffixRule(rule) ? std::string(kAnyHostOf) : "") + VmmHostname(std::string(host)).str();
  if (!rule.url.starts_with("http://") && !rule.url.starts_with("https://")) {
    refuse(setting, "the URL begins neither with http:// nor with https://");
  }
  if (!isSuffixRule(rule) && rule.url.find('*') != std::string::npos) {
    refuse(setting, "* in the URL stands for the hostname and needs a *.SUFFIX to its left");
  }
  if (isSuffixRule(rule) && rule.url.find('*') == std::string::npos) {
    refuse(setting, "the URL has no * for the hostname, so all hosts would share one delegate");
  }
  return rule;
}

VmmDelegates::VmmDelegates(std::vector<VmmDelegateRule> rules, Factory factory)
    : factory_(std::move(factory)) {
  replace(std::move(rules));
}

void VmmDelegates::replace(std::vector<VmmDelegateRule> rules) {
  std::set<std::string> names;
  for (const VmmDelegateRule& rule : rules) {
    if (!names.insert(rule.name).second) {
      throw Error(ErrorCode::InvalidParameter, "two VMM Delegates are registered as " + rule.name);
    }
  }
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  made_.clear();  // what a URL leads to may be another machine by now
}

std::vector<VmmHostname> VmmDelegates::named() const {
  const std::lock_guard lock(mutex_);
  std::vector<VmmHostname> hosts;
  for (const VmmDelegateRule& rule : rules_) {
    if (!isSuffixRule(rule)) hosts.emplace_back(rule.name);
  }
  return hosts;
}

std::string VmmDelegates::urlOf(const VmmHostname& host) const {
  const std::lock_guard lock(mutex_);
  return urlLocked(host);
}

std::string VmmDelegates::urlLocked(const VmmHostname& host) const {
  const VmmDelegateRule* best = nullptr;
  for (const VmmDelegateRule& rule : rules_) {
    if (rule.name == host.str()) return rule.url;
    const bool better = best == nullptr || rule.name.size() > best->name.size();
    if (isSuffixRule(rule) && better && matchesSuffix(rule, host.str())) best = &rule;
  }
  if (best == nullptr) {
    throw Error(ErrorCode::UnknownVmmHost,
                "VMM host " + host.str() + " is not registered with the VBS Service: " +
                    registered(rules_, host.str()) + "; or add it to the service's settings (vmm-delegate)",
                host.str());
  }
  return withHost(best->url, host.str());
}

std::shared_ptr<VmmDelegate> VmmDelegates::at(const VmmHostname& host) {
  const std::lock_guard lock(mutex_);
  const std::string url = urlLocked(host);
  if (const auto found = made_.find(url); found != made_.end()) return found->second;
  auto delegate = factory_(url);
  if (made_.size() < kMaxKept) made_.emplace(url, delegate);
  return delegate;
}

}  // namespace vbs
