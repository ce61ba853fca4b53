#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "common/daemon/common_settings.h"
#include "common/daemon/settings_parser.h"
#include "vbs_service/hosts/vmm_delegates.h"

namespace vbs::service {

struct DaemonSettings {
  daemon::CommonSettings common;
  std::string database;         ///< the SQLite file
  bool createDatabase = false;  ///< make it anew whatever lies beside it
  std::string volumeDelegate;   ///< URL
  std::vector<VmmDelegateRule> vmmDelegates;
  std::string targetPrefix = "iqn.2009-09.org.vbs";
  std::size_t workflows = 16;                       ///< multi-step operations at once
  std::size_t workflowQueue = 64;                   ///< more that wait for a slot; past it the answer is Busy
  std::chrono::milliseconds callTimeout{120'000};   ///< for one delegate call
  std::chrono::milliseconds copyPoll{2'000};        ///< how often running copies are asked for
  std::chrono::milliseconds retryDelay{1'000};      ///< before an unsettled operation is tried again
  std::chrono::milliseconds maxRetryDelay{60'000};  ///< the delay doubles up to this
  std::chrono::milliseconds reconcileInterval{30'000};  ///< between two reconciliations; 0: none by itself
  std::string backupDirectory;                          ///< empty: the database's own
  std::chrono::milliseconds capacityInterval{60'000};   ///< between two looks; 0: only when it is needed
  std::size_t capacityWarning = 80;                     ///< percent used; 0: no warnings
  std::string overcommit = "1";                         ///< as capacity::Overcommit takes it
};

/// Ends the process after --help and --version. See OnUsageError for what it throws.
DaemonSettings parseSettings(int argc, const char* const* argv,
                             daemon::OnUsageError onUsageError = daemon::OnUsageError::EndProcess);

}  // namespace vbs::service
