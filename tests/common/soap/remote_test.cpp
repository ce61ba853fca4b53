#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/canned_channel.h"
#include "common/soap/vbs_service/client.h"
#include "common/soap/vmm_delegate/client.h"
#include "messages.h"

// What a client makes of answers that no endpoint of ours gives.

namespace vbs::soap {
namespace {

using testing::CannedChannel;
using testing::envelope;
using ::testing::HasSubstr;

Error errorFrom(http::Response reply) {
  VmmDelegateClient client(std::make_unique<CannedChannel>(std::move(reply)));
  try {
    client.inventory(RequestId("r"));
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::InternalError, ""};
}

http::Response xml(const std::string& body, int status = 200) {
  return {status, "text/xml; charset=utf-8", body};
}

TEST(Remote, CallsAProxysErrorPageUnreachable) {
  const Error error = errorFrom({502, "text/html", "<html>Bad Gateway</html>"});
  EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
  EXPECT_THAT(error.what(), HasSubstr("http://node-1:8082/vmm-delegate"));
  EXPECT_THAT(error.what(), HasSubstr("HTTP 502"));
  EXPECT_THAT(error.what(), HasSubstr("Bad Gateway"));
}

TEST(Remote, ReadsEveryCharacterReferenceOfAnAnswer) {
  VbsServiceClient client(std::make_unique<CannedChannel>(xml(envelope(
      "<v:createVolumeResponse xmlns:v='urn:vbs:service:1' xmlns:t='urn:vbs:&#x0000000074;ypes:1'><v:volume>"
      "<t:volumeId>vol-0a1b2c3d</t:volumeId><t:sizeGiB>&#0000000049;</"
      "t:sizeGiB><t:comment>a&#128512;b&#x00041;"
      "c&#x000000D;d&#000000060;e&lt;f&#0000038;g</t:comment><t:status>available</t:status>"
      "<t:createTime>2026-01-01T00:00:00Z</t:createTime></v:volume></v:createVolumeResponse>"))));
  const Volume volume = client.createVolume({RequestId("r")}, {});
  EXPECT_EQ(volume.size, SizeGiB(1));
  EXPECT_EQ(volume.comment,
            "a\xF0\x9F\x98\x80"
            "bAc\rd<e<f&g");
}

TEST(Remote, ReadsStatusesAndPropertiesOfALaterService) {
  const std::string property = "<t:property><t:name>colour</t:name><t:value>blue</t:value></t:property>";
  const auto answer = [&](const std::string& reason) {
    return xml(envelope(
        "<v:describeVolumesResponse xmlns:v='urn:vbs:service:1' "
        "xmlns:t='urn:vbs:types:1'><v:volumes><v:volume>"
        "<t:volumeId>vol-0a1b2c3d</t:volumeId><t:sizeGiB>1</t:sizeGiB><t:comment/><t:status>archiving</"
        "t:status>" +
        reason +
        "<t:createTime>2030-01-01T00:00:00Z</t:createTime><t:attachment><t:volumeId>vol-0a1b2c3d</t:volumeId>"
        "<t:vmmHostname>h</t:vmmHostname><t:vmId>1</t:vmId><t:vmDevice>xvdb</t:vmDevice><t:status>resting</"
        "t:status>" +
        property + "</t:attachment>" + property + property +
        "</v:volume></v:volumes></v:describeVolumesResponse>"));
  };
  VbsServiceClient client(std::make_unique<CannedChannel>(answer("")));
  const Volume volume = client.describeVolumes({RequestId("r")}, {}).records.at(0);
  EXPECT_EQ(volume.status, VolumeStatus::Unknown);
  EXPECT_EQ(volume.statusReason, "\"archiving\", which this program does not know");
  ASSERT_TRUE(volume.attachment);
  EXPECT_EQ(volume.attachment->status, AttachmentStatus::Unknown);

  VbsServiceClient other(std::make_unique<CannedChannel>(answer("<t:statusReason>cold</t:statusReason>")));
  EXPECT_EQ(other.describeVolumes({RequestId("r")}, {}).records.at(0).statusReason,
            "\"archiving\", which this program does not know: cold");
}

TEST(Remote, ReadsASnapshotOfALaterService) {
  VbsServiceClient client(std::make_unique<CannedChannel>(
      xml(envelope("<v:describeSnapshotsResponse xmlns:v='urn:vbs:service:1' "
                   "xmlns:t='urn:vbs:types:1'><v:snapshots><v:snapshot>"
                   "<t:snapshotId>snap-0a1b2c3d</t:snapshotId><t:volumeId>vol-0a1b2c3d</"
                   "t:volumeId><t:sizeGiB>1</t:sizeGiB>"
                   "<t:comment/><t:status>tiered</t:status><t:startTime>2030-01-01T00:00:00Z</"
                   "t:startTime><t:property><t:name>a"
                   "</t:name><t:value>b</t:value></t:property></v:snapshot></v:snapshots></"
                   "v:describeSnapshotsResponse>"))));
  const Snapshot snapshot = client.describeSnapshots({RequestId("r")}, {}).records.at(0);
  EXPECT_EQ(snapshot.status, SnapshotStatus::Unknown);
  EXPECT_EQ(snapshot.statusReason, "\"tiered\", which this program does not know");
}

TEST(Remote, ReadsAFaultOfALaterService) {
  const Error error = errorFrom(
      xml(envelope(
              "<e:Fault><faultcode>e:Client</faultcode><faultstring>no</faultstring><detail><t:vbsFault "
              "xmlns:t='urn:vbs:types:1'><t:code>QuotaExceeded</t:code><t:description>too many volumes"
              "</t:description><t:requestId>r</t:requestId><t:property><t:name>a</t:name><t:value>b</t:value>"
              "</t:property></t:vbsFault></detail></e:Fault>"),
          500));
  EXPECT_EQ(error.code(), ErrorCode::InternalError);
  EXPECT_STREQ(error.what(), "too many volumes");
}

TEST(Remote, CallsHalfAnAnswerUnreachable) {
  const std::string whole =
      envelope("<inventoryResponse xmlns='urn:vbs:vmm-delegate:1'><sessions/><devices/></inventoryResponse>");
  EXPECT_EQ(errorFrom(xml(whole.substr(0, whole.size() - 5))).code(), ErrorCode::DelegateUnreachable);
  EXPECT_EQ(errorFrom(xml("")).code(), ErrorCode::DelegateUnreachable);
  EXPECT_EQ(errorFrom(xml("<html/>")).code(), ErrorCode::DelegateUnreachable);
  EXPECT_EQ(errorFrom(xml(envelope(""))).code(), ErrorCode::DelegateUnreachable);
}

TEST(Remote, CallsAnAnswerThatBreaksTheContractAnInternalError) {
  const std::string ns = " xmlns='urn:vbs:vmm-delegate:1'";
  for (const std::string& body : {
           "<attachVolumeResponse" + ns + "><hostDevice>x</hostDevice></attachVolumeResponse>",
           "<inventoryResponse" + ns + "><sessions/><sessions/></inventoryResponse>",
           "<inventoryResponse" + ns +
               "><sessions><session><volumeId>x</volumeId></session></sessions><devices/></"
               "inventoryResponse>",
           "<inventoryResponse" + ns + "><sessions/><devices/><more/></inventoryResponse>",
       }) {
    const Error error = errorFrom(xml(envelope(body)));
    EXPECT_EQ(error.code(), ErrorCode::InternalError) << body;
    EXPECT_THAT(error.what(), HasSubstr("breaks the contract")) << body;
  }
}

TEST(Remote, ReadsAFaultThatIsNotOfVbs) {
  const Error error = errorFrom(xml(
      envelope("<e:Fault><faultcode>e:Server</faultcode><faultstring>out of cheese</faultstring></e:Fault>"),
      500));
  EXPECT_EQ(error.code(), ErrorCode::InternalError);
  EXPECT_THAT(error.what(), HasSubstr("out of cheese"));
}

TEST(Remote, ReadsAFaultOfSoap12) {
  const Error error = errorFrom(
      {400, "application/soap+xml",
       envelope(
           "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang='en'>no</e:Text>"
           "</e:Reason><e:Detail><vbsFault xmlns='urn:vbs:types:1'><code>VolumeInUse</code><description>it "
           "is attached"
           "</description><resourceId>vol-0a1b2c3d</resourceId><requestId>r</requestId></vbsFault></"
           "e:Detail></e:Fault>",
           testing::kSoap12)});
  EXPECT_EQ(error.code(), ErrorCode::VolumeInUse);
  EXPECT_STREQ(error.what(), "it is attached");
  EXPECT_EQ(error.resource(), "vol-0a1b2c3d");
  EXPECT_EQ(error.requestId(), "r");
}

TEST(Remote, TakesACodeOfTheFutureForAnInternalError) {
  const Error error = errorFrom(xml(
      envelope(
          "<e:Fault><faultcode>e:Client</faultcode><faultstring>x</faultstring><detail>"
          "<vbsFault xmlns='urn:vbs:types:1'><code>QuotaExceeded</code><description>too many</description>"
          "<requestId>r</requestId></vbsFault></detail></e:Fault>"),
      500));
  EXPECT_EQ(error.code(), ErrorCode::InternalError);
  EXPECT_STREQ(error.what(), "too many");
}

http::Response fault(const std::string& code, const std::string& effect) {
  const std::string property =
      effect.empty() ? "" : "<property><name>effect</name><value>" + effect + "</value></property>";
  return xml(envelope("<e:Fault><faultcode>e:Server</faultcode><faultstring>x</faultstring><detail>"
                      "<vbsFault xmlns='urn:vbs:types:1'><code>" +
                      code + "</code><description>no</description><requestId>r</requestId>" + property +
                      "</vbsFault></detail></e:Fault>"),
             500);
}

TEST(Remote, TakesAFaultThatDoesNotTellItsEffectForAnAnswer) {
  EXPECT_EQ(errorFrom(fault("IncorrectState", "")).effect(), Effect::None);
  EXPECT_EQ(errorFrom(fault("CommandFailed", "")).effect(), Effect::Partial);
  EXPECT_EQ(errorFrom(fault("Timeout", "")).effect(), Effect::Partial);
}

TEST(Remote, TakesAnEffectOfTheFutureForAnUnknownOne) {
  EXPECT_EQ(errorFrom(fault("IncorrectState", "postponed")).effect(), Effect::Unknown);
}

TEST(Remote, DoesNotBelieveThatNothingWasChangedWhenItHasAskedTwice) {
  EXPECT_EQ(errorFrom(fault("VolumeNotFound", "none")).effect(), Effect::None);
  http::Response second = fault("VolumeNotFound", "none");
  second.isOfARepeat = true;
  EXPECT_EQ(errorFrom(second).effect(), Effect::Unknown);
  second = fault("VolumeNotFound", "partial");
  second.isOfARepeat = true;
  EXPECT_EQ(errorFrom(second).effect(), Effect::Partial);
}

TEST(Remote, DoesNotTakeABrokenFaultForSuccess) {
  const Error error = errorFrom(xml(envelope("<e:Fault><nonsense/></e:Fault>"), 500));
  EXPECT_EQ(error.code(), ErrorCode::InternalError);
}

}  // namespace
}  // namespace vbs::soap
