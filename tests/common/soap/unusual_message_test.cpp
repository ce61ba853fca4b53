#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/vbs_service_endpoint.h"
#include "fakes/mock_vbs_service.h"
#include "messages.h"

// Messages that look unlike those of our own client and must be served all the same.

namespace vbs::soap {
namespace {

using ::testing::_;
using testing::envelope;
using ::testing::HasSubstr;
using testing::kSoap12;
using testing::vbsRequest;

class UnusualMessage : public ::testing::Test {
protected:
  UnusualMessage() : endpoint_(service_) {
    ON_CALL(service_, createVolume(_, _))
        .WillByDefault([this](const auto&, const CreateVolumeRequest& request) {
          asked_ = request;
          return Volume{VolumeId("vol-0a1b2c3d"),
                        SizeGiB(1),
                        request.comment,
                        {},
                        VolumeStatus::Available,
                        {},
                        {},
                        Time{},
                        {}};
        });
  }

  Reply answerTo(const std::string& body, const std::string& contentType = "text/xml; charset=utf-8") {
    Reply reply = endpoint_.handle({"/vbs", contentType, body});
    EXPECT_EQ(reply.httpStatus, 200) << reply.body;
    return reply;
  }

  ::testing::NiceMock<fakes::MockVbsService> service_;
  VbsServiceEndpoint endpoint_;
  CreateVolumeRequest asked_;
};

TEST_F(UnusualMessage, OfSoap12IsAnsweredInSoap12) {
  const Reply reply = answerTo(vbsRequest("createVolume", "<size>5</size>", kSoap12), "application/soap+xml");
  EXPECT_EQ(reply.contentType, "application/soap+xml; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr(kSoap12));
  EXPECT_EQ(asked_.sizeGiB, 5);
}

TEST_F(UnusualMessage, WithAHeaderThatNeedNotBeUnderstoodIsServed) {
  answerTo(
      "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Header><x:trace xmlns:x='urn:x'>1"
      "</x:trace></e:Header><e:Body><createVolume xmlns='urn:vbs:service:1'><size>6</size></createVolume>"
      "</e:Body></e:Envelope>");
  EXPECT_EQ(asked_.sizeGiB, 6);
}

TEST_F(UnusualMessage, WithPrefixesOfItsOwnIsServed) {
  answerTo(
      "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?>\n<!-- c --><soapenv:Envelope "
      "xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/' xmlns:ns1='urn:vbs:service:1'>\n "
      "<soapenv:Body>\n"
      "  <ns1:createVolume>\n   <ns1:size> 7 </ns1:size>\n  </ns1:createVolume>\n </soapenv:Body>\n"
      "</soapenv:Envelope>\n");
  EXPECT_EQ(asked_.sizeGiB, 7);
}

TEST_F(UnusualMessage, WithTypesInItIsServed) {
  answerTo(vbsRequest("createVolume",
                      "<comment xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                      "xmlns:xsd='http://www.w3.org/2001/XMLSchema' xsi:type='xsd:string'>typed</comment>"));
  EXPECT_EQ(asked_.comment, "typed");
}

TEST_F(UnusualMessage, WithNilForWhatMayBeAbsentIsServed) {
  answerTo(vbsRequest(
      "createVolume",
      "<size xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/><comment>c</comment>"));
  EXPECT_EQ(asked_.sizeGiB, std::nullopt);
  EXPECT_EQ(asked_.comment, "c");
}

TEST_F(UnusualMessage, KeepsItsTextAsItIs) {
  answerTo(
      vbsRequest("createVolume", "<comment>  <![CDATA[<a> & ]]>b<!-- not this -->&#xA;&lt;c&gt; </comment>"));
  EXPECT_EQ(asked_.comment, "  <a> & b\n<c> ");
}

TEST_F(UnusualMessage, MayNameTheDeviceByItsPath) {
  EXPECT_CALL(service_, attachVolume(_, _)).WillOnce([](const auto&, const AttachVolumeRequest& request) {
    EXPECT_EQ(request.vmDevice, VmDevice("xvdb"));
    return Attachment{request.volumeId,
                      request.vmmHostname,
                      request.vmId,
                      request.vmDevice,
                      {},
                      AttachmentStatus::Attached,
                      {}};
  });
  answerTo(vbsRequest("attachVolume",
                      "<volumeId>vol-0a1b2c3d</volumeId><vmmHostname>n</vmmHostname><vmId>1</vmId>"
                      "<vmDevice>/dev/xvdb</vmDevice>"));
}

}  // namespace
}  // namespace vbs::soap
