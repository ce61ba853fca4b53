#include "vbs_service/hosts/vm_hosts.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/model/error.h"

namespace vbs {
namespace {

using metadata::MetadataReader;
using metadata::MetadataWriter;

constexpr std::size_t kMaxListed = 5;

std::string listed(const std::vector<VolumeId>& ids) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ids.size(), kMaxListed); ++i) {
    text += (i == 0 ? "" : ", ") + ids[i].str();
  }
  return ids.size() > kMaxListed ? text + " and " + std::to_string(ids.size() - kMaxListed) + " more" : text;
}

}  // namespace

/// The delegate of one host: its calls carry whom they are for.
class VmHosts::Host : public VmmDelegate {
public:
  Host(VmHosts& hosts, VmmHostname name, std::shared_ptr<VmmDelegate> delegate)
      : hosts_(hosts), name_(std::move(name)), delegate_(std::move(delegate)) {}

  VmmDelegateDescription describeDelegate(const RequestId& requestId, const Commander& service) override {
    VmmDelegateDescription description = delegate_->describeDelegate(requestId, service);
    hosts_.meet(name_, description.identity);
    return description;
  }
  VmPlace attachVolume(const OperationContext& context, const VmAttachment& attachment) override {
    return delegate_->attachVolume(addressed(context), attachment);
  }
  VmRelease detachVolume(const OperationContext& context, const VmAttachment& attachment) override {
    return delegate_->detachVolume(addressed(context), attachment);
  }
  VmHostInventory inventory(const RequestId& requestId) override { return delegate_->inventory(requestId); }

private:
  OperationContext addressed(OperationContext context) {
    context.delegateId = hosts_.known(name_);
    if (!context.delegateId) {
      describeDelegate(context.requestId, hosts_.service());
      context.delegateId = hosts_.known(name_);
    }
    return context;
  }

  VmHosts& hosts_;
  const VmmHostname name_;
  const std::shared_ptr<VmmDelegate> delegate_;
};

VmHosts::VmHosts(metadata::MetadataStore& store, VmmDelegates& delegates, Commander service)
    : store_(store),
      delegates_(delegates),
      service_(std::move(service)),
      known_(store.read([](const MetadataReader& tx) { return tx.knownHosts(); })) {}

std::shared_ptr<VmmDelegate> VmHosts::at(const VmmHostname& host) {
  return std::make_shared<Host>(*this, host, delegates_.at(host));
}

void VmHosts::identify(const RequestId& requestId, const VmmHostname& host) {
  const auto delegate = at(host);
  if (!known(host)) delegate->describeDelegate(requestId, service_);
}

std::optional<DelegateId> VmHosts::known(const VmmHostname& host) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(host);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

bool VmHosts::givesWay(const MetadataReader& tx, const VmmHostname& name, const VmmHostname& host) const {
  if (!tx.volumesAt(name).empty()) return false;
  for (const VmmHostname& rule : delegates_.named()) {  // in the order of the settings
    if (rule == name) return false;
    if (rule == host) return true;
  }
  try {
    delegates_.urlOf(name);  // by a suffix rule
    return false;
  } catch (const Error&) {
    return true;
  }
}

void VmHosts::meet(const VmmHostname& host, const DelegateIdentity& identity) {
  if (!identity.id || known(host) == identity.id) return;
  const DelegateId& id = *identity.id;
  const auto forgotten = store_.write([&](MetadataWriter& tx) {
    const auto namesake = tx.hostOf(id);
    if (namesake && *namesake != host) {
      if (!givesWay(tx, *namesake, host)) {
        throw Error(
            ErrorCode::UnknownVmmHost,
            "VMM host " + host.str() + " is the same host as " + namesake->str() +
                ": use that name, and correct the service's settings (vmm-delegate). If these are two "
                "machines that were cloned with one machine id, give one of them another (or its VMM "
                "Delegate the setting identity)",
            host.str());
      }
      tx.forgetHost(*namesake);
    }
    const auto before = tx.delegateIdOf(host);
    if (before && *before != id) {
      const std::vector<VolumeId> volumes = tx.volumesAt(host);
      if (!volumes.empty()) {
        throw Error(ErrorCode::IncorrectState,
                    "VMM host " + host.str() + " is not the machine that it was when " + listed(volumes) +
                        " became attached there: its VMM Delegate is " + id.str() + " and not " +
                        before->str() +
                        ". Correct its address in the service's settings (vmm-delegate); if the machine was "
                        "replaced, or its delegate moved to another port, give the delegate the setting "
                        "identity = " +
                        before->str() + ", or detach those volumes with --force",
                    host.str());
      }
    }
    tx.rememberHost(host, id);
    return namesake && *namesake != host ? namesake : std::nullopt;
  });
  const std::lock_guard lock(mutex_);
  if (forgotten) {
    spdlog::info("VMM host {} is now known as {}", forgotten->str(), host.str());
    known_.erase(*forgotten);
  }
  const auto [known, isNew] = known_.insert_or_assign(host, id);
  spdlog::info("VMM host {} is delegate {}{}", host.str(), known->second.str(), isNew ? "" : " from now on");
}

}  // namespace vbs
