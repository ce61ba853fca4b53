#include "qmp/target_login.h"

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <poll.h>

#include <algorithm>
#include <memory>

namespace vbs::qmp {
namespace {

// libiscsi has moments without anything to poll for; it wants to be called again all the same.
constexpr int kPollMilliseconds = 100;

/// One attempt with libiscsi, step by step. A step's answer comes through a callback.
class Attempt {
public:
  Attempt(const IscsiUrl& url, const std::string& initiator)
      : context_(::iscsi_create_context(initiator.c_str())) {
    if (!context_) return;
    ::iscsi_set_targetname(context_.get(), url.targetName.str().c_str());
    ::iscsi_set_session_type(context_.get(), ISCSI_SESSION_NORMAL);
    ::iscsi_set_noautoreconnect(context_.get(), 1);
  }

  bool connect(const Portal& portal, Deadline deadline) {
    return begin(
               [&] { return ::iscsi_connect_async(context_.get(), portal.str().c_str(), onAnswer, this); }) &&
           await(deadline);
  }
  bool logIn(Deadline deadline) {
    return begin([&] { return ::iscsi_login_async(context_.get(), onAnswer, this); }) && await(deadline);
  }
  bool logOut(Deadline deadline) {
    return begin([&] { return ::iscsi_logout_async(context_.get(), onAnswer, this); }) && await(deadline);
  }

  bool isSilent() const { return silent_; }
  std::string reason() const {
    if (silent_) return "no answer in time";
    if (!context_) return "out of memory";
    std::string text = error_.empty() ? ::iscsi_get_error(context_.get()) : error_;
    text.erase(text.find_last_not_of(" \r\n") + 1);
    return text;
  }

private:
  struct Destroy {
    void operator()(iscsi_context* context) const { ::iscsi_destroy_context(context); }
  };

  static void onAnswer(iscsi_context* context, int status, void* /*data*/, void* self) {
    auto& attempt = *static_cast<Attempt*>(self);
    attempt.status_ = status;
    // Now: what libiscsi does next has errors of its own.
    if (status != SCSI_STATUS_GOOD && attempt.error_.empty()) attempt.error_ = ::iscsi_get_error(context);
  }

  template <class Start>
  bool begin(Start start) {
    status_.reset();
    return context_ && start() == 0;
  }

  /// Whether the step that was begun succeeded.
  bool await(Deadline deadline) {
    while (!status_) {
      if (isPast(deadline)) {
        silent_ = true;
        return false;
      }
      pollfd entry{::iscsi_get_fd(context_.get()), static_cast<short>(::iscsi_which_events(context_.get())),
                   0};
      if (::poll(&entry, 1, std::min(kPollMilliseconds, millisecondsUntil(deadline))) < 0) entry.revents = 0;
      if (::iscsi_service(context_.get(), entry.revents) < 0) return false;
    }
    return *status_ == SCSI_STATUS_GOOD;
  }

  // Destroying the context answers what is pending, so what the answer is kept in must outlive it.
  std::optional<int> status_;
  std::string error_;
  bool silent_ = false;
  std::unique_ptr<iscsi_context, Destroy> context_;
};

}  // namespace

Login tryLogin(const IscsiUrl& url, const std::optional<TargetName>& initiator, Deadline deadline) {
  using Outcome = Login::Outcome;
  Attempt attempt(url, initiator ? initiator->str() : "iqn.2009-09.org.vbs");
  if (!attempt.connect(url.portal, deadline)) return {Outcome::NoAnswer, attempt.reason()};
  if (!initiator) return {Outcome::Granted, {}};
  if (!attempt.logIn(deadline)) {
    return {attempt.isSilent() ? Outcome::NoAnswer : Outcome::Refused, attempt.reason()};
  }
  // Whether it is answered or not: the session ends with the connection, too.
  attempt.logOut(deadline);
  return {Outcome::Granted, {}};
}

}  // namespace vbs::qmp
