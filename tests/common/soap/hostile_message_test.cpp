#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/vbs_service/endpoint.h"
#include "common/soap/xml_screen.h"
#include "fakes/mock_vbs_service.h"
#include "messages.h"

// What an endpoint answers to messages that no generated client sends. The service is never asked.

namespace vbs::soap {
namespace {

using namespace std::string_literals;
using ::testing::_;
using testing::envelope;
using ::testing::HasSubstr;
using testing::kSoap12;
using ::testing::Not;
using ::testing::StartsWith;
using testing::vbsRequest;

class HostileMessage : public ::testing::Test {
protected:
  HostileMessage() : endpoint_(service_) {}

  http::Response answerTo(const std::string& body, const std::string& contentType = "text/xml") {
    http::Response reply = endpoint_.handle({"/vbs", contentType, body});
    std::string ignored;
    EXPECT_NO_THROW(screenXml(reply.body, ignored)) << reply.body;
    return reply;
  }

  /// Expects a Client fault of SOAP 1.1 with our detail and returns its description as written in XML.
  std::string refusalOf(const std::string& body) {
    const http::Response reply = answerTo(body);
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.contentType, StartsWith("text/xml"));
    EXPECT_THAT(reply.body, HasSubstr("<faultcode>SOAP-ENV:Client</faultcode>"));
    EXPECT_THAT(reply.body, HasSubstr("<t:code>InvalidParameter</t:code>"));
    EXPECT_THAT(reply.body, HasSubstr("<t:requestId>"));
    return between(reply.body, "<t:description>", "</t:description>");
  }

  std::string refusalOfComment(const std::string& comment) {
    return refusalOf(vbsRequest("createVolume", "<size>1</size><comment>" + comment + "</comment>"));
  }

  static std::string between(const std::string& text, const std::string& begin, const std::string& end) {
    const auto from = text.find(begin);
    if (from == std::string::npos) return "none";
    return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
  }

  static std::string repeated(const std::string& text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += text;
    return result;
  }

  ::testing::StrictMock<fakes::MockVbsService> service_;
  VbsServiceEndpoint endpoint_;
};

TEST_F(HostileMessage, WithBytesThatAreNotXmlTextIsRefused) {
  for (const std::string& bytes : {"a\0b"s, "\x01"s, "\x7F"s, "\xFF\xFE"s, "\xC0\xAF"s, "\xED\xA0\x80"s,
                                   "\xEF\xBF\xBF"s, "\xF4\x90\x80\x80"s}) {
    EXPECT_THAT(refusalOfComment(bytes), HasSubstr("not UTF-8 or characters that XML forbids"));
  }
}

TEST_F(HostileMessage, WithReferencesToNoXmlCharacterIsRefused) {
  for (const std::string reference :
       {"&#0;", "&#1;", "&#x00000001;", "&#x110000;", "&#xFFFF;", "&#xD800;", "&undefined;", "&#X41;"}) {
    EXPECT_THAT(refusalOfComment(reference), HasSubstr("&amp;" + reference.substr(1))) << reference;
  }
}

TEST_F(HostileMessage, WithAReferenceThatDoesNotEndIsRefused) {
  EXPECT_THAT(refusalOfComment("fish &amp chips"), HasSubstr("&amp; that begins no reference"));
  EXPECT_THAT(refusalOfComment("&#65 &#66;"), HasSubstr("&amp;#65 &amp;#66;"));
}

TEST_F(HostileMessage, WithTextThatIsEncodedIsRefused) {
  for (const std::string& type : {"'http://www.w3.org/2001/XMLSchema' i:type='x:base64Binary'"s,
                                  "'http://www.w3.org/2001/XMLSchema' i:type='x:hexBinary'"s,
                                  "'http://schemas.xmlsoap.org/soap/encoding/' i:type='x:base64'"s}) {
    std::string comment = "<comment xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:x=";
    comment.append(type).append(">cMOpcmw=</comment>");
    EXPECT_THAT(refusalOf(vbsRequest("createVolume", "<size>1</size>" + comment)),
                HasSubstr("send the value itself, as text in UTF-8"))
        << type;
  }
}

TEST_F(HostileMessage, InAnotherEncodingIsRefused) {
  const std::string request = vbsRequest("createVolume", "<size>1</size>");
  EXPECT_THAT(refusalOf("<?xml version='1.0' encoding='ISO-8859-1'?>" + request), HasSubstr("send UTF-8"));
  EXPECT_THAT(refusalOf("<?xml version='1.0' encoding='ISO-8859-1' x='utf-8'?>" + request),
              HasSubstr("send UTF-8"));
  EXPECT_THAT(refusalOf("\xFF\xFE<\0a\0/\0>\0"s), HasSubstr("it is UTF-16; send UTF-8"));
  EXPECT_THAT(refusalOf("\0<\0a\0/\0>"s), HasSubstr("it is UTF-16; send UTF-8"));
}

TEST_F(HostileMessage, WithNilForWhatMustNotBeIsRefused) {
  EXPECT_EQ(refusalOf(envelope("<deleteVolume xmlns='urn:vbs:service:1' "
                               "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>")),
            "&lt;deleteVolume&gt; lacks a required element");
}

TEST_F(HostileMessage, WithADoctypeIsRefused) {
  EXPECT_THAT(refusalOf("<!DOCTYPE e [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" +
                        vbsRequest("createVolume", "<size>1</size>")),
              HasSubstr("DOCTYPE"));
}

TEST_F(HostileMessage, OfTwentyThousandElementsIsRefused) {
  EXPECT_EQ(refusalOf(vbsRequest("describeVolumes", repeated("<volumeId>vol-00000000</volumeId>", 20'000))),
            "20000 ids in one request: at most 1000 are allowed, ask in parts");
  EXPECT_THAT(
      refusalOf(vbsRequest("describeSnapshots", repeated("<snapshotId>snap-00000000</snapshotId>", 1'001))),
      HasSubstr("at most 1000"));
}

TEST_F(HostileMessage, OfManyAttributesIsRefused) {
  std::string attributes;
  for (int i = 0; i < 20'000; ++i) attributes += " a" + std::to_string(i) + "='1'";
  EXPECT_THAT(refusalOf(vbsRequest("createVolume", "<size" + attributes + ">1</size>")),
              HasSubstr("more than 64 attributes"));
}

TEST_F(HostileMessage, ThatIsNestedDeeplyIsRefused) {
  EXPECT_THAT(refusalOf(envelope(repeated("<a>", 100'000) + repeated("</a>", 100'000))),
              HasSubstr("nested deeper than 32"));
}

TEST_F(HostileMessage, OfReferencesInALoopIsRefused) {
  EXPECT_THAT(refusalOf(envelope("<createVolume xmlns='urn:vbs:service:1' id='a' href='#a'/>")),
              HasSubstr("reference to another element"));
}

TEST_F(HostileMessage, WithATextThatIsTooLongIsRefused) {
  EXPECT_EQ(refusalOfComment(std::string(70'000, 'x')),
            "the value of &lt;comment&gt; is too long or out of range");
}

TEST_F(HostileMessage, ThatIsCutShortIsRefusedAtEveryByte) {
  const std::string whole = vbsRequest("createVolume", "<size>1</size><comment>&amp;</comment>");
  for (std::size_t length = 0; length < whole.size(); ++length) refusalOf(whole.substr(0, length));
}

TEST_F(HostileMessage, ThatIsNoXmlIsRefused) {
  for (const char* body :
       {"", "not xml", "POST /vbs HTTP/1.1\r\n\r\n", "{\"size\":1}", "--MIME_boundary\r\n", "<"}) {
    refusalOf(body);
  }
  refusalOf("\x1F\x8B\x08\x00gzip"s);
}

TEST_F(HostileMessage, WithAnEmptyBodyIsRefused) {
  EXPECT_EQ(refusalOf(envelope("")), "the body is empty");
  EXPECT_EQ(refusalOf("<e:Envelope xmlns:e='" + std::string(testing::kSoap11) + "'/>"),
            "the envelope does not hold what the WSDL says");
}

TEST_F(HostileMessage, ThatAsksForAnUnknownOperationIsRefused) {
  EXPECT_THAT(refusalOf(vbsRequest("formatVolume", "")), HasSubstr("&lt;formatVolume&gt; is no operation"));
  EXPECT_THAT(refusalOf(envelope("<createVolume xmlns='urn:vbs:service:2'/>")), HasSubstr("no operation"));
  EXPECT_THAT(refusalOf(envelope("<createVolume/>")), HasSubstr("no operation"));
  EXPECT_THAT(refusalOf(envelope("<vbs:createVolume/>")), HasSubstr("no operation"));
  EXPECT_THAT(refusalOf(envelope("<e:Fault/>")), HasSubstr("no operation"));
}

TEST_F(HostileMessage, OfTwoOperationsIsRefused) {
  EXPECT_THAT(refusalOf(envelope("<deleteVolume xmlns='urn:vbs:service:1'><volumeId>vol-0a1b2c3d</volumeId>"
                                 "</deleteVolume><deleteVolume xmlns='urn:vbs:service:1'/>")),
              HasSubstr("unexpected content in or after &lt;deleteVolume&gt;"));
}

TEST_F(HostileMessage, LackingAnElementIsRefused) {
  EXPECT_EQ(refusalOf(vbsRequest("deleteVolume", "")), "&lt;deleteVolume&gt; lacks a required element");
  EXPECT_EQ(refusalOf(vbsRequest("attachVolume", "<volumeId>vol-0a1b2c3d</volumeId><vmId>1</vmId>")),
            "&lt;attachVolume&gt; lacks a required element");
}

TEST_F(HostileMessage, WithAnElementThatIsNotExpectedIsRefused) {
  const std::string volumeId = "<volumeId>vol-0a1b2c3d</volumeId>";
  EXPECT_THAT(refusalOf(vbsRequest("deleteVolume", volumeId + volumeId)),
              HasSubstr("element &lt;volumeId&gt; is not"));
  EXPECT_THAT(refusalOf(vbsRequest("deleteVolume", volumeId + "<force>true</force>")),
              HasSubstr("element &lt;force&gt; is not expected"));
  EXPECT_THAT(
      refusalOf(envelope("<v:deleteVolume xmlns:v='urn:vbs:service:1'>" + volumeId + "</v:deleteVolume>")),
      HasSubstr("element &lt;volumeId&gt; is not expected"));
  EXPECT_THAT(refusalOf(vbsRequest("createVolume", "text<size>1</size>")),
              HasSubstr("the envelope does not hold"));
}

TEST_F(HostileMessage, WithAValueOfTheWrongTypeIsRefused) {
  for (const std::string value : {"", "ten", "1e5", "0x10", "1.0", "9223372036854775808",
                                  "99999999999999999999999999", "1 2", "<b/>"}) {
    EXPECT_THAT(refusalOf(vbsRequest("createVolume", "<size>" + value + "</size>")),
                HasSubstr("&lt;size&gt;"))
        << value;
  }
  EXPECT_THAT(refusalOf(vbsRequest("describeVolumes", "<maxResults>2147483648</maxResults>")),
              HasSubstr("&lt;maxResults&gt;"));
  EXPECT_THAT(refusalOf(vbsRequest("detachVolume", "<volumeId>vol-0a1b2c3d</volumeId><force>yes</force>")),
              HasSubstr("&lt;force&gt;"));
}

TEST_F(HostileMessage, WithANameThatTheModelRefusesIsRefused) {
  EXPECT_THAT(refusalOf(vbsRequest("deleteVolume", "<volumeId>vol-0A1B2C3D</volumeId>")),
              HasSubstr("is not a volume id"));
  EXPECT_THAT(refusalOf(vbsRequest("deleteVolume", "<volumeId>../../etc</volumeId>")),
              HasSubstr("is not a volume id"));
  EXPECT_THAT(refusalOf(vbsRequest("deleteVolume",
                                   "<volumeId xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
                                   "i:nil='true'/>")),
              HasSubstr("is not a volume id"));
  EXPECT_THAT(refusalOf(vbsRequest("attachVolume",
                                   "<volumeId>vol-0a1b2c3d</volumeId><vmmHostname>n</vmmHostname>"
                                   "<vmId>1</vmId><vmDevice>-rf</vmDevice>")),
              HasSubstr("is not a VM device"));
}

TEST_F(HostileMessage, OfAnotherEnvelopeIsAVersionMismatch) {
  for (const std::string& body :
       {"<a/>"s, vbsRequest("createVolume", "", "http://www.w3.org/2001/12/soap-envelope"),
        "<createVolume xmlns='urn:vbs:service:1'/>"s}) {
    const http::Response reply = answerTo(body);
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, HasSubstr("<faultcode>SOAP-ENV:VersionMismatch</faultcode>"));
    EXPECT_THAT(reply.body, Not(HasSubstr("<detail")));
  }
}

TEST_F(HostileMessage, WithAHeaderThatMustBeUnderstoodIsRefusedAsSuch) {
  for (const std::string version : {testing::kSoap11, kSoap12}) {
    for (const std::string must : {"1", "&#x0000000031;"}) {
      const http::Response reply =
          answerTo("<e:Envelope xmlns:e='" + version +
                   "'><e:Header><x:token xmlns:x='urn:x' e:mustUnderstand='" + must +
                   "'/></e:Header><e:Body><describeVolumes xmlns='urn:vbs:service:1'/></e:Body>"
                   "</e:Envelope>");
      EXPECT_EQ(reply.status, 500);
      EXPECT_THAT(reply.body, HasSubstr(">SOAP-ENV:MustUnderstand</"));
      EXPECT_THAT(reply.body, HasSubstr("header &lt;x:token&gt; must be understood"));
      EXPECT_THAT(reply.body, Not(HasSubstr("<detail")));
      EXPECT_THAT(reply.body, Not(HasSubstr(":Detail")));
    }
  }
}

TEST_F(HostileMessage, OfAnotherContentTypeIsRefused) {
  for (const char* type : {"", "text/plain", "application/json", "multipart/related; type=\"text/xml\"",
                           "text/xml; charset=utf-16"}) {
    const http::Response reply = answerTo(vbsRequest("createVolume", "<size>1</size>"), type);
    EXPECT_EQ(reply.status, 415) << type;
    EXPECT_THAT(reply.body, HasSubstr("<t:code>InvalidParameter</t:code>"));
  }
}

TEST_F(HostileMessage, IsAnsweredInItsOwnVersionOfSoap) {
  const http::Response client =
      answerTo(vbsRequest("deleteVolume", "<volumeId>bad</volumeId>", kSoap12), "application/soap+xml");
  EXPECT_EQ(client.status, 500);
  EXPECT_EQ(client.contentType, "application/soap+xml; charset=utf-8");
  EXPECT_THAT(client.body, HasSubstr("<SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value>"));
  EXPECT_THAT(client.body, HasSubstr("xml:lang=\"en\""));
  EXPECT_THAT(client.body, HasSubstr("<SOAP-ENV:Detail><t:vbsFault><t:code>InvalidParameter</t:code>"));
  EXPECT_THAT(client.body, HasSubstr(kSoap12));

  EXPECT_CALL(service_, deleteVolume(_, _)).WillOnce([](const auto&, const auto&) {
    throw Error(ErrorCode::Busy, "busy");
  });
  const http::Response server =
      answerTo(vbsRequest("deleteVolume", "<volumeId>vol-0a1b2c3d</volumeId>", kSoap12), "text/xml");
  EXPECT_EQ(server.status, 500);
  EXPECT_THAT(server.body, HasSubstr("<SOAP-ENV:Value>SOAP-ENV:Receiver</SOAP-ENV:Value>"));

  const http::Response garbage = answerTo("garbage", "application/soap+xml");
  EXPECT_EQ(garbage.status, 500);
  EXPECT_THAT(garbage.body, HasSubstr(kSoap12));
}

}  // namespace
}  // namespace vbs::soap
