#include "vbs_service/reconcile/surveyor.h"

#include <exception>
#include <utility>

namespace vbs::reconcile {

Surveyor::Surveyor(system::Scheduler& scheduler, const engine::Delegates& delegates,
                   const SurveyorSettings& settings)
    : delegates_(delegates), settings_(settings), wake_(scheduler), answered_(scheduler) {
  threads_.reserve(settings_.threads);
  for (std::size_t i = 0; i < settings_.threads; ++i) threads_.emplace_back(scheduler, [this] { serve(); });
}

Surveyor::~Surveyor() {
  stop();
  for (system::Thread& thread : threads_) thread.join();
}

void Surveyor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notifyAll();
  answered_.notifyAll();
}

Inventories Surveyor::survey(const RequestId& requestId, const std::set<VmmHostname>& hosts) {
  const auto round = std::make_shared<Round>();
  std::unique_lock lock(mutex_);
  add(round, engine::Delegates::kVolumesName, [this, requestId]() -> Record {
    VolumeDelegate& server = delegates_.volumeServers.at(defaultVolumeServer());
    const auto description = server.describeDelegate(requestId, delegates_.hosts.service());
    VolumeServerView view{.inventory = server.inventory(requestId), .usesTargets = description.usesTargets};
    return [view = std::move(view), others = description.identity.otherCommanders](Inventories& found) {
      found.volumeServer = view;
      if (!others.empty()) found.otherCommanders.emplace(engine::Delegates::kVolumesName, others);
    };
  });
  for (const VmmHostname& host : hosts) {
    add(round, delegates_.nameOf(host), [this, requestId, host]() -> Record {
      const auto delegate = delegates_.hosts.at(host);
      const auto description = delegate->describeDelegate(requestId, delegates_.hosts.service());
      VmHostInventory inventory = delegate->inventory(requestId);
      return [this, host, inventory = std::move(inventory),
              others = description.identity.otherCommanders](Inventories& found) {
        found.hosts.emplace(host, inventory);
        if (!others.empty()) found.otherCommanders.emplace(delegates_.nameOf(host), others);
      };
    });
  }
  answered_.waitFor(lock, settings_.patience, [&] { return stopping_ || round->awaited.empty(); });
  for (const std::string& part : round->awaited) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.patience).count();
    round->found.unreachable.emplace(part, "it did not answer within " + std::to_string(seconds) + " s");
  }
  round->awaited.clear();
  return std::move(round->found);
}

void Surveyor::add(const std::shared_ptr<Round>& round, const std::string& part,
                   std::function<Record()> ask) {
  if (!busy_.insert(part).second) {
    round->found.unreachable.emplace(part, "it has not answered since it was asked the last time");
    return;
  }
  round->awaited.insert(part);
  queue_.push_back({part, round, std::move(ask)});
  wake_.notifyOne();
}

void Surveyor::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Inquiry inquiry = std::move(queue_.front());
    queue_.pop_front();
    if (!inquiry.round->awaited.contains(inquiry.part)) {  // nobody waits for it any more
      busy_.erase(inquiry.part);
      continue;
    }
    lock.unlock();
    Record record;
    try {
      record = inquiry.ask();
    } catch (const std::exception& error) {
      record = [&inquiry, why = std::string(error.what())](Inventories& found) {
        found.unreachable.emplace(inquiry.part, why);
      };
    }
    lock.lock();
    busy_.erase(inquiry.part);
    if (inquiry.round->awaited.erase(inquiry.part) == 0) continue;  // too late
    record(inquiry.round->found);
    answered_.notifyAll();
  }
}

}  // namespace vbs::reconcile
