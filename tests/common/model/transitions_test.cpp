#include "common/model/transitions.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vbs {
namespace {

template <class Status>
std::set<std::string> legalTransitions(Status last) {
  std::set<std::string> legal;
  for (int from = 0; from <= static_cast<int>(last); ++from) {
    for (int to = 0; to <= static_cast<int>(last); ++to) {
      const auto a = static_cast<Status>(from);
      const auto b = static_cast<Status>(to);
      if (isLegal(a, b)) legal.insert(std::string(toString(a)) + " -> " + std::string(toString(b)));
    }
  }
  return legal;
}

TEST(Transitions, OfVolumesAreTheseAndNoOthers) {
  EXPECT_EQ(legalTransitions(VolumeStatus::Error),
            (std::set<std::string>{"pending -> available", "pending -> error", "pending -> deleting",
                                   "available -> attaching", "attaching -> in-use", "attaching -> available",
                                   "in-use -> detaching", "detaching -> available", "detaching -> in-use",
                                   "available -> deleting", "error -> deleting", "deleting -> available",
                                   "deleting -> error"}));
}

TEST(Transitions, OfSnapshotsAreTheseAndNoOthers) {
  EXPECT_EQ(legalTransitions(SnapshotStatus::Error),
            (std::set<std::string>{"pending -> completed", "pending -> error", "completed -> error",
                                   "completed -> deleting", "error -> deleting", "deleting -> completed",
                                   "deleting -> error"}));
}

TEST(Transitions, OfAttachmentsAreTheseAndNoOthers) {
  EXPECT_EQ(
      legalTransitions(AttachmentStatus::Detaching),
      (std::set<std::string>{"attaching -> attached", "attached -> detaching", "detaching -> attached"}));
}

}  // namespace
}  // namespace vbs
