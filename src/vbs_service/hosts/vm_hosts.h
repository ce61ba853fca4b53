#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/api/vmm_delegate.h"
#include "common/model/ids.h"
#include "vbs_service/hosts/vmm_delegates.h"
#include "vbs_service/metadata/metadata_store.h"

namespace vbs {

/// The VM hosts that the service commands, each under one name. A host under two names would lose under one
/// name what it has under the other. A host is told from others by the identity of its VMM Delegate, which is
/// remembered with the name under which it was met first. Thread-safe.
class VmHosts {
public:
  /// `service`: who this is, told to the delegates. All must outlive it.
  VmHosts(metadata::MetadataStore& store, VmmDelegates& delegates, Commander service);

  /// The delegate of the host. Each call that changes something first makes sure that the host is met
  /// (identify), and is meant for that host alone: any other delegate at the address refuses it.
  /// describeDelegate meets the host anew. Throws Error{UnknownVmmHost} for a host that the settings do not
  /// register.
  std::shared_ptr<VmmDelegate> at(const VmmHostname& host);

  /// Meets the host unless it was met before: asks its delegate who it is. Besides what the delegate throws,
  /// throws
  /// - UnknownVmmHost when it is a host of another name, which the message tells,
  /// - IncorrectState when it is not the host at which volumes were attached under this name.
  void identify(const RequestId& requestId, const VmmHostname& host);

  std::vector<VmmHostname> named() const { return delegates_.named(); }
  std::string urlOf(const VmmHostname& host) const { return delegates_.urlOf(host); }
  const Commander& service() const noexcept { return service_; }

private:
  class Host;

  std::optional<DelegateId> known(const VmmHostname& host) const;
  /// Checks that the host is who it has to be, or remembers who it is.
  void meet(const VmmHostname& host, const DelegateIdentity& identity);
  /// `name`, which has the identity of `host`, gives way to it: nothing is attached there, and the settings
  /// do not name it or name it later.
  bool givesWay(const metadata::MetadataReader& tx, const VmmHostname& name, const VmmHostname& host) const;

  metadata::MetadataStore& store_;
  VmmDelegates& delegates_;
  const Commander service_;
  mutable std::mutex mutex_;
  std::map<VmmHostname, DelegateId> known_;
};

}  // namespace vbs
