#include "vbs_service/engine/copy_watcher.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "common/fault/fault_point.h"
#include "common/model/uuid.h"

namespace vbs::engine {
namespace {

// A request stays far below what the delegate's server accepts in one message.
constexpr std::size_t kMaxAsked = 100;

constexpr std::string_view kCannotTell = "cannot tell how the copies stand";

}  // namespace

CopyWatcher::CopyWatcher(system::Scheduler& scheduler, metadata::MetadataStore& store,
                         const VolumeServers& volumeServers, std::chrono::milliseconds interval,
                         Restart restart)
    : store_(store),
      volumeServers_(volumeServers),
      interval_(interval),
      restart_(std::move(restart)),
      changed_(scheduler),
      thread_(scheduler, [this] { serve(); }) {}

CopyWatcher::~CopyWatcher() {
  stop();
  thread_.join();
}

void CopyWatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
}

void CopyWatcher::wake() {
  {
    const std::lock_guard lock(mutex_);
    awake_ = true;
  }
  changed_.notifyAll();
}

std::optional<int> CopyWatcher::progressOf(const VolumeId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = progress_.find(id);
  return found == progress_.end() ? std::nullopt : std::optional(found->second);
}

void CopyWatcher::serve() {
  bool pending = true;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto due = [this] { return awake_ || stopping_; };
    if (pending) {
      changed_.waitFor(lock, interval_, due);
    } else {
      changed_.wait(lock, due);
    }
    if (stopping_) return;
    awake_ = false;
    lock.unlock();
    pending = look();
    lock.lock();
  }
}

bool CopyWatcher::look() {
  const RequestId requestId(randomUuid());
  try {
    std::set<VolumeId> copying;
    std::map<VolumeServerName, std::vector<VolumeId>> onServers;
    store_.read([&](const metadata::MetadataReader& tx) {
      for (const Volume& volume : tx.copyingVolumes()) {
        copying.insert(volume.volumeId);
        onServers[tx.volumeServerOf(volume.volumeId.str())].push_back(volume.volumeId);
      }
    });
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(progress_, [&](const auto& entry) { return !copying.contains(entry.first); });
    }
    for (const auto& [server, ids] : onServers) ask(requestId, server, ids);
    // Those that an operation owns come back when it has ended.
    return store_.read([](const metadata::MetadataReader& tx) { return tx.hasPendingVolumes(); });
  } catch (const std::exception& error) {
    spdlog::warn("{}: {} request={}", kCannotTell, error.what(), requestId.str());
    return true;
  }
}

void CopyWatcher::ask(const RequestId& requestId, const VolumeServerName& server,
                      const std::vector<VolumeId>& ids) {
  try {
    for (std::size_t begin = 0; begin < ids.size(); begin += kMaxAsked) {
      const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = ids.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kMaxAsked, ids.size()));
      askAtOnce(requestId, server, {first, last});
    }
  } catch (const std::exception& error) {
    spdlog::warn("{}: {} request={}", kCannotTell, error.what(), requestId.str());
  }
}

void CopyWatcher::askAtOnce(const RequestId& requestId, const VolumeServerName& server,
                            const std::vector<VolumeId>& ids) {
  const std::set<VolumeId> asked(ids.begin(), ids.end());
  fault::reach(fault::Seam::Call, {"copyWatcher/describeCopies/call.before"});
  const std::vector<CopyStatus> copies = volumeServers_.at(server).describeCopies(requestId, ids);
  fault::reach(fault::Seam::Call, {"copyWatcher/describeCopies/call.after"});
  for (const CopyStatus& copy : copies) {
    if (!asked.contains(copy.volumeId)) continue;
    switch (copy.state) {
      case CopyState::Pending:
        if (copy.progressPercent) {
          const std::lock_guard lock(mutex_);
          progress_[copy.volumeId] = *copy.progressPercent;
        }
        break;
      case CopyState::Done:
        finish(requestId, copy.volumeId, VolumeStatus::Available, std::nullopt);
        break;
      case CopyState::Failed:
        finish(requestId, copy.volumeId, VolumeStatus::Error,
               "the copy from the snapshot failed: " + copy.reason.value_or("for no reason that was told"));
        break;
      case CopyState::Unknown:
        spdlog::warn("the copy into {} is lost; it is started again request={}", copy.volumeId.str(),
                     requestId.str());
        try {
          restart_(requestId, copy.volumeId);
        } catch (const std::exception& error) {
          spdlog::warn("{} request={}", error.what(), requestId.str());
        }
        break;
    }
  }
}

void CopyWatcher::finish(const RequestId& requestId, const VolumeId& id, VolumeStatus status,
                         const std::optional<std::string>& reason) {
  const bool moved = store_.write([&](metadata::MetadataWriter& tx) {
    // Meanwhile its deletion may have begun, which then owns it.
    const auto volume = tx.findVolume(id);
    if (!volume || volume->status != VolumeStatus::Pending || tx.operationOn(id.str())) return false;
    tx.moveVolume(id, VolumeStatus::Pending, status, reason);
    fault::reach(fault::Seam::Write, {"copyWatcher/finish.before"});
    return true;
  });
  if (moved) {
    fault::reach(fault::Seam::Written, {"copyWatcher/finish.after"});
    spdlog::info("{} is {}{} request={}", id.str(), toString(status), reason ? " (" + *reason + ")" : "",
                 requestId.str());
  }
}

}  // namespace vbs::engine
