#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/vbs_service/endpoint.h"
#include "fakes/mock_vbs_service.h"
#include "messages.h"

// Messages that look unlike those of our own client and must be served all the same.

namespace vbs::soap {
namespace {

using ::testing::_;
using testing::envelope;
using ::testing::HasSubstr;
using testing::kSoap12;
using ::testing::Not;
using ::testing::Return;
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

  http::Response answerTo(const std::string& body,
                          const std::string& contentType = "text/xml; charset=utf-8") {
    http::Response reply = endpoint_.handle({"/vbs", contentType, body});
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply;
  }

  ::testing::NiceMock<fakes::MockVbsService> service_;
  VbsServiceEndpoint endpoint_;
  CreateVolumeRequest asked_;
};

TEST_F(UnusualMessage, OfSoap12IsAnsweredInSoap12) {
  const http::Response reply =
      answerTo(vbsRequest("createVolume", "<size>5</size>", kSoap12), "application/soap+xml");
  EXPECT_EQ(reply.contentType, "application/soap+xml; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr(kSoap12));
  EXPECT_EQ(asked_.sizeGiB, 5);
}

TEST_F(UnusualMessage, IsAnsweredWithNoNamespaceThatItDoesNotUse) {
  for (const char* version : {testing::kSoap11, kSoap12}) {
    const std::string answer = answerTo(vbsRequest("createVolume", "<size>5</size>", version)).body;
    const std::string fault =
        endpoint_.handle({"/vbs", "text/xml", vbsRequest("deleteVolume", "", version)}).body;
    for (const char* prefix : {"adm", "vd", "vmm", "SOAP-ENC", "xsi", "xsd"}) {
      EXPECT_THAT(answer, Not(HasSubstr("xmlns:" + std::string(prefix) + "=")));
      EXPECT_THAT(fault, Not(HasSubstr("xmlns:" + std::string(prefix) + "=")));
    }
    EXPECT_THAT(answer, HasSubstr("xmlns:vbs=\"urn:vbs:service:1\""));
    EXPECT_THAT(fault, Not(HasSubstr("xmlns:vbs=")));
    EXPECT_THAT(fault, HasSubstr("xmlns:t=\"urn:vbs:types:1\""));
  }
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

TEST_F(UnusualMessage, WithNilForAnOperationWithoutArgumentsIsServed) {
  EXPECT_CALL(service_, describeVolumes(_, _)).Times(2).WillRepeatedly(Return(Page<Volume>{}));
  for (const char* nil : {"true", "1"}) {
    answerTo(
        envelope("<v:describeVolumes xmlns:v='urn:vbs:service:1' "
                 "xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:nil='" +
                 std::string(nil) + "'/>"));
  }
}

TEST_F(UnusualMessage, WithTypesGuessedFromItsValuesIsServed) {
  const std::string names =
      "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' "
      "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:x='http://www.w3.org/2001/XMLSchema' "
      "xmlns:c='http://schemas.xmlsoap.org/soap/encoding/' xmlns='urn:vbs:service:1'><e:Body>";
  answerTo(names +
           "<createVolume><size i:type='x:string'>5</size><comment i:type='c:int'>7</comment>"
           "</createVolume></e:Body></e:Envelope>");
  EXPECT_EQ(asked_.sizeGiB, 5);
  EXPECT_EQ(asked_.comment, "7");
  EXPECT_CALL(service_, detachVolume(_, _)).WillOnce([](const auto&, const DetachVolumeRequest& request) {
    EXPECT_TRUE(request.force);
    return Attachment{
        request.volumeId, VmmHostname("n"), VmId("1"), VmDevice("xvdb"), {}, AttachmentStatus::Detaching, {}};
  });
  answerTo(names +
           "<detachVolume><volumeId i:type='x:string'>vol-0a1b2c3d</volumeId>"
           "<force i:type=' x:int '>1</force></detachVolume></e:Body></e:Envelope>");
}

TEST_F(UnusualMessage, MayHaveAnyTypesInItsHeader) {
  answerTo(
      "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Header><x:token xmlns:x='urn:x' "
      "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' "
      "i:type='s:base64Binary'>eA==</x:token></e:Header><e:Body><createVolume xmlns='urn:vbs:service:1'>"
      "<size>6</size></createVolume></e:Body></e:Envelope>");
  EXPECT_EQ(asked_.sizeGiB, 6);
}

TEST_F(UnusualMessage, MayAnnounceUtf8AsPeopleDo) {
  for (const char* encoding : {"UTF8", "utf-8", "US-ASCII"}) {
    answerTo("<?xml version='1.0' encoding='" + std::string(encoding) + "'?>" +
                 vbsRequest("createVolume", "<comment>h\xC3\xA9</comment>"),
             "text/xml; charset=UTF8");
    EXPECT_EQ(asked_.comment, "h\xC3\xA9");
  }
}

TEST_F(UnusualMessage, KeepsItsTextAsItIs) {
  answerTo(
      vbsRequest("createVolume", "<comment>  <![CDATA[<a> & ]]>b<!-- not this -->&#xA;&lt;c&gt; </comment>"));
  EXPECT_EQ(asked_.comment, "  <a> & b\n<c> ");
}

TEST_F(UnusualMessage, MaySpellItsCharactersAsReferences) {
  struct Case {
    unsigned code;
    std::string text;
  };
  for (const auto& [code, text] : std::vector<Case>{{'\t', "\t"},
                                                    {'\n', "\n"},
                                                    {'\r', "\r"},
                                                    {' ', " "},
                                                    {'"', "\""},
                                                    {'&', "&"},
                                                    {'\'', "'"},
                                                    {'<', "<"},
                                                    {'>', ">"},
                                                    {'A', "A"},
                                                    {0xE9, "\xC3\xA9"},
                                                    {0x20AC, "\xE2\x82\xAC"},
                                                    {0xFFFD, "\xEF\xBF\xBD"},
                                                    {0x1F600, "\xF0\x9F\x98\x80"},
                                                    {0x10FFFF, "\xF4\x8F\xBF\xBF"}}) {
    for (std::size_t zeros = 0; zeros <= 8; ++zeros) {
      for (const std::string& name : {fmt::format("#{}{}", std::string(zeros, '0'), code),
                                      fmt::format("#x{}{:x}", std::string(zeros, '0'), code)}) {
        std::string comment = "abc&";
        comment.append(name).append(";def&").append(name).append(";");
        answerTo(vbsRequest("createVolume", "<size>1</size><comment>" + comment + "</comment>"));
        std::string meant = "abc";
        meant.append(text).append("def").append(text);
        EXPECT_EQ(asked_.comment, meant) << name;
      }
    }
  }
}

TEST_F(UnusualMessage, MaySpellANumberOrTheSpaceAroundItAsReferences) {
  answerTo(vbsRequest("createVolume", "&#x000000A;<size>&#10;&#0000000055;&#13;</size>&#32;"));
  EXPECT_EQ(asked_.sizeGiB, 7);
}

TEST_F(UnusualMessage, MaySpellItsAttributesAsReferences) {
  answerTo(
      envelope("<v:createVolume xmlns:v='urn:vbs:&#x0000000073;ervice:1' "
               "xmlns:i=\"http://www.w3.org/2001/XMLSchema&#0000000045;instance\"><v:size "
               "i:nil='&#x00000000074;rue'/><v:comment>&#34;</v:comment></v:createVolume>"));
  EXPECT_EQ(asked_.sizeGiB, std::nullopt);
  EXPECT_EQ(asked_.comment, "\"");
}

TEST_F(UnusualMessage, HasItsLineEndsNormalised) {
  answerTo(
      vbsRequest("createVolume", "\r\n<comment>a\r\nb\rc\n\rd<![CDATA[e\r\n]]>&#13;&#10;</comment>\r\n"));
  EXPECT_EQ(asked_.comment, "a\nb\nc\n\nde\n\r\n");
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
