#include "vmm_delegate/command_vmm_delegate.h"

#include <utility>

#include "common/delegate/log_context.h"
#include "common/model/error.h"
#include "vmm_delegate/calls.h"

namespace vbs::vmm_delegate {

using delegate::Call;

namespace {

void checkAttach(const VmAttachment& attachment) {
  if (attachment.vmId && attachment.vmDevice) return;
  throw Error(ErrorCode::InvalidParameter, "attachVolume needs a vmId and a vmDevice",
              attachment.volumeId.str());
}

}  // namespace

CommandVmmDelegate::CommandVmmDelegate(command::LiveCommandFile& file, command::CommandRunner& runner,
                                       Settings settings, system::Scheduler& scheduler)
    : file_(file),
      actions_(runner),
      settings_(std::move(settings)),
      admission_(scheduler, settings_.identity, settings_.patience),
      commanders_([&scheduler] { return scheduler.now(); }) {}

/// The call as it begins: with the patterns that are in force now.
template <class Context>
Call CommandVmmDelegate::begin(const Context& context, const std::string& resource) {
  return {actions_, file_.current(), {}, resource, delegate::logContext(context)};
}

VmmDelegateDescription CommandVmmDelegate::describeDelegate(const RequestId& /*requestId*/,
                                                            const Commander& service) {
  return {.version = settings_.version,
          .identity = {.id = settings_.identity, .otherCommanders = commanders_.hear(service)}};
}

VmPlace CommandVmmDelegate::attachVolume(const OperationContext& context, const VmAttachment& attachment) {
  checkAttach(attachment);
  Call call = begin(context, attachment.volumeId.str());
  auto pass = admission_.enter(context, {attachment.volumeId.str()});
  return call.carryOut(
      pass, [&] { return calls::attachVolume(call, context.operationId, attachment, priorFindings_); });
}

VmRelease CommandVmmDelegate::detachVolume(const OperationContext& context, const VmAttachment& attachment) {
  Call call = begin(context, attachment.volumeId.str());
  auto pass = admission_.enter(context, {attachment.volumeId.str()});
  return call.carryOut(
      pass, [&] { return calls::detachVolume(call, context.operationId, attachment, priorFindings_); });
}

VmHostInventory CommandVmmDelegate::inventory(const RequestId& requestId) {
  Call call = begin(requestId, {});
  return calls::inventory(call);
}

}  // namespace vbs::vmm_delegate
