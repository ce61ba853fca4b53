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

/// The VM hosts that the service commands, each under one name: a host that were known by two would lose
/// under the one what it has under the other. A host is told from others by the identity of its VMM Delegate,
/// which is remembered with the name that it was first met under. Thread-safe.
class VmHosts {
public:
  /// `service`: who this is, told to the delegates. All must outlive it.
  VmHosts(metadata::MetadataStore& store, VmmDelegates& delegates, Commander service);

  /// The delegate of the host. Each call that changes something first makes sure that the host is met
  /// (identify), and is meant for that host alone: whoever else answers at the address refuses it.
  /// describeDelegate meets it anew. Throws Error{UnknownVmmHost} for a host that the settings do not
  /// register.
  std::shared_ptr<VmmDelegate> at(const VmmHostname& host);

  /// Meets the host unless it was met before: asks its delegate who it is. Throws, besides what the delegate
  /// throws, UnknownVmmHost when it is a host of another name, which the message tells, and IncorrectState
  /// when it is not the host that volumes were attached at under this name.
  void identify(const RequestId& requestId, const VmmHostname& host);

  std::vector<VmmHostname> named() const { return delegates_.named(); }
  std::string urlOf(const VmmHostname& host) const { return delegates_.urlOf(host); }
  const Commander& service() const noexcept { return service_; }

private:
  class Host;

  std::optional<DelegateId> known(const VmmHostname& host) const;
  /// Who it says to be is who it has to be, or is remembered.
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
