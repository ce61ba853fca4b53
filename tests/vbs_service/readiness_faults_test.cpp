#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/faulty_disk.h"
#include "vbs_service/readiness.h"
#include "vbs_service/temporary_database.h"

namespace vbs::service {
namespace {

using metadata::MetadataStore;
using metadata::MetadataWriter;
using support::DiskFault;
using testing::HasSubstr;

void write(MetadataStore& store) {
  store.write([](MetadataWriter& tx) { return tx.newVolumeId(defaultVolumeServer()); });
}

TEST(MetadataReadiness, ComplainsFromAFailedWriteUntilTheDiskTakesOneAgain) {
  const TemporaryDatabase database;
  support::FaultyDisk disk;
  MetadataStore store(database.file());
  const auto readiness = metadataReadiness(store);
  write(store);
  EXPECT_TRUE(readiness().empty());

  disk.failFrom(1, DiskFault::Full);
  EXPECT_THROW(write(store), Error);
  ASSERT_EQ(readiness().size(), 1U);
  EXPECT_THAT(readiness()[0].reason, HasSubstr(database.file().string()));
  EXPECT_TRUE(readiness()[0].stopsAll);

  disk.heal();
  EXPECT_TRUE(readiness().empty()) << "nobody else has to write first";
}

TEST(MetadataReadiness, AWriteThatItsOwnBodyRefusesIsNoFailure) {
  const TemporaryDatabase database;
  MetadataStore store(database.file());
  EXPECT_THROW(store.write([](MetadataWriter&) { throw Error(ErrorCode::Busy, "no"); }), Error);
  EXPECT_TRUE(metadataReadiness(store)().empty());
}

}  // namespace
}  // namespace vbs::service
