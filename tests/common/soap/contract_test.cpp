#include "common/soap/contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "common/model/drift.h"
#include "common/model/error.h"
#include "common/model/status.h"
#include "common/soap/vbs_admin/endpoint.h"
#include "common/soap/vbs_service/endpoint.h"
#include "common/soap/vmm_delegate/endpoint.h"
#include "common/soap/volume_delegate/endpoint.h"
#include "common/soap/volume_status/endpoint.h"
#include "common/soap/wsdl_bindings.h"
#include "common/soap/xml_screen.h"
#include "fakes/mock_vbs_admin.h"
#include "fakes/mock_vbs_service.h"
#include "fakes/mock_vmm_delegate.h"
#include "fakes/mock_volume_delegate.h"
#include "fakes/mock_volume_status_listener.h"

namespace vbs::soap {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const std::array kContracts{&kVbsContract, &kVbsAdminContract, &kVolumeDelegateContract,
                            &kVmmDelegateContract};

/// The part of the contract that declares the simple type `name`.
std::string simpleType(std::string_view contract, const std::string& name) {
  const auto begin = contract.find("<xsd:simpleType name=\"" + name + "\"");
  if (begin == std::string_view::npos) return {};
  return std::string(contract.substr(begin, contract.find("</xsd:simpleType>", begin) - begin));
}

std::size_t countOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Contract, IsWellFormedAndSelfContained) {
  for (const std::string_view* contract : kContracts) {
    std::string ignored;
    EXPECT_NO_THROW(screenXml(*contract, ignored));
    EXPECT_THAT(std::string(*contract), HasSubstr("<xsd:schema xmlns:xsd"));
    EXPECT_THAT(std::string(*contract), Not(HasSubstr("schemaLocation")));
  }
}

/// The values that the documentation of a simple type tells of; each stands before a colon, a comma or a full
/// stop.
void expectDocuments(const std::string& type, std::string_view value) {
  EXPECT_THAT(type, ContainsRegex("[ \n]" + std::string(value) + "[:,.]"));
  EXPECT_EQ(countOf(type, "<xsd:enumeration"), 0U) << "one value more would break generated clients";
}

TEST(Contract, DocumentsTheStatusesOfTheModel) {
  const std::string volume = simpleType(kVbsContract, "volumeStatus");
  for (const auto status :
       {VolumeStatus::Pending, VolumeStatus::Available, VolumeStatus::Attaching, VolumeStatus::InUse,
        VolumeStatus::Detaching, VolumeStatus::Deleting, VolumeStatus::Error}) {
    expectDocuments(volume, toString(status));
  }
  const std::string snapshot = simpleType(kVbsContract, "snapshotStatus");
  for (const auto status : {SnapshotStatus::Pending, SnapshotStatus::Completed, SnapshotStatus::Deleting,
                            SnapshotStatus::Error}) {
    expectDocuments(snapshot, toString(status));
  }
  const std::string attachment = simpleType(kVbsContract, "attachmentStatus");
  for (const auto status :
       {AttachmentStatus::Attaching, AttachmentStatus::Attached, AttachmentStatus::Detaching}) {
    expectDocuments(attachment, toString(status));
  }
}

TEST(Contract, DocumentsTheErrorCodesOfTheModel) {
  const std::string codes = simpleType(kVbsContract, "errorCode");
  const int count = static_cast<int>(ErrorCode::InternalError) + 1;
  for (int code = 0; code < count; ++code) expectDocuments(codes, toString(static_cast<ErrorCode>(code)));
}

TEST(Contract, ShowsNoTypeOfAnotherContract) {
  for (const char* type : {"OperationContext", "operationId", "targetName", "targetId", "portal", "lun"}) {
    EXPECT_THAT(std::string(kVbsContract), Not(HasSubstr("name=\"" + std::string(type) + "\""))) << type;
  }
  EXPECT_THAT(std::string(kVbsAdminContract), Not(HasSubstr("name=\"OperationContext\"")));
}

TEST(Contract, DeclaresEveryCommonTypeThatItUses) {
  for (const std::string_view* contract : kContracts) {
    const std::string text(*contract);
    for (auto at = text.find("\"t:"); at != std::string::npos; at = text.find("\"t:", at + 1)) {
      const std::string name = text.substr(at + 3, text.find('"', at + 3) - at - 3);
      EXPECT_THAT(text, HasSubstr(" name=\"" + name + "\"")) << name;
    }
  }
}

TEST(Contract, ListsTheDriftsOfTheModel) {
  const std::string kinds = simpleType(kVbsAdminContract, "driftKind");
  const int kindCount = static_cast<int>(DriftKind::OrphanSnapshot) + 1;
  for (int kind = 0; kind < kindCount; ++kind) {
    EXPECT_THAT(kinds, HasSubstr("value=\"" + std::string(toString(static_cast<DriftKind>(kind))) + "\""));
  }
  EXPECT_EQ(countOf(kinds, "<xsd:enumeration"), static_cast<std::size_t>(kindCount));
  const std::string outcomes = simpleType(kVbsAdminContract, "driftOutcome");
  const int outcomeCount = static_cast<int>(DriftOutcome::Failed) + 1;
  for (int outcome = 0; outcome < outcomeCount; ++outcome) {
    EXPECT_THAT(outcomes,
                HasSubstr("value=\"" + std::string(toString(static_cast<DriftOutcome>(outcome))) + "\""));
  }
  EXPECT_EQ(countOf(outcomes, "<xsd:enumeration"), static_cast<std::size_t>(outcomeCount));
}

TEST(Contract, ShowsTheAddressThatTheClientUsed) {
  ::testing::NiceMock<fakes::MockVbsService> service;
  const std::string wsdl = VbsServiceEndpoint(service).wsdl("http://storage.example:8080/vbs");
  EXPECT_EQ(countOf(wsdl, "<soap:address location=\"http://storage.example:8080/vbs\"/>"), 1U);
  EXPECT_EQ(countOf(wsdl, "<soap12:address location=\"http://storage.example:8080/vbs\"/>"), 1U);
  EXPECT_THAT(wsdl, Not(HasSubstr("localhost")));

  ::testing::NiceMock<fakes::MockVbsAdmin> admin;
  const std::string ofAdmin = VbsAdminEndpoint(admin).wsdl("http://storage.example:8080/vbs/admin");
  EXPECT_EQ(countOf(ofAdmin, "<soap:address location=\"http://storage.example:8080/vbs/admin\"/>"), 1U);
  EXPECT_EQ(countOf(ofAdmin, "<soap12:address location=\"http://storage.example:8080/vbs/admin\"/>"), 1U);
  EXPECT_THAT(ofAdmin, Not(HasSubstr("localhost")));
}

TEST(Contract, HasAVariantForStacksThatKnowOfSoap11Alone) {
  for (const std::string_view* contract : kContracts) {
    const std::string variant = withSoap11Only(*contract);
    std::string ignored;
    EXPECT_NO_THROW(screenXml(variant, ignored));
    EXPECT_EQ(countOf(variant, "<soap12:"), 0U);
    for (const char* part : {"<soap:binding", "<soap:address", "<soap:body", "<soap:fault", "<wsdl:operation",
                             "<wsdl:portType", "<xsd:element"}) {
      const std::size_t inBindingsOf12 = std::string_view(part) == "<wsdl:operation"
                                             ? countOf(std::string(*contract), "<soap12:operation")
                                             : 0;
      EXPECT_EQ(countOf(variant, part) + inBindingsOf12, countOf(std::string(*contract), part)) << part;
    }
  }
  EXPECT_EQ(countOf(withSoap11Only(kVbsContract), "<wsdl:binding "), 1U);
  EXPECT_EQ(countOf(withSoap11Only(kVbsContract), "<wsdl:port "), 1U);
}

TEST(Contract, EscapesTheAddress) {
  ::testing::NiceMock<fakes::MockVmmDelegate> delegate;
  const std::string wsdl = VmmDelegateEndpoint(delegate).wsdl("http://a\"/><b>&\x01\xFF/vmm-delegate");
  std::string ignored;
  EXPECT_NO_THROW(screenXml(wsdl, ignored));
  EXPECT_THAT(wsdl, HasSubstr("location=\"http://a&quot;/&gt;&lt;b&gt;&amp;?\?/vmm-delegate\""));
}

TEST(Contract, KeepsTheAddressOfTheOtherPort) {
  ::testing::NiceMock<fakes::MockVolumeDelegate> delegate;
  ::testing::NiceMock<fakes::MockVolumeStatusListener> listener;
  const std::string ofDelegate = VolumeDelegateEndpoint(delegate).wsdl("http://here/volume-delegate");
  EXPECT_THAT(ofDelegate, HasSubstr("http://here/volume-delegate"));
  EXPECT_THAT(ofDelegate, HasSubstr("http://localhost:8080/volume-status"));
  const std::string ofListener = VolumeStatusEndpoint(listener).wsdl("http://there/volume-status");
  EXPECT_THAT(ofListener, HasSubstr("http://there/volume-status"));
  EXPECT_THAT(ofListener, HasSubstr("http://localhost:8081/volume-delegate"));
}

}  // namespace
}  // namespace vbs::soap
