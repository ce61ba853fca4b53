#include "vbs_service/vmm_delegates.h"

#include "fakes/fake_vmm_delegate.h"
#include "vbs_service/expect_error.h"

namespace vbs {
namespace {

VmmDelegates::Factory noting(std::vector<std::string>& urls) {
  return [&urls](const std::string& url) {
    urls.push_back(url);
    return std::make_shared<FakeVmmDelegate>();
  };
}

TEST(VmmDelegateRule, IsParsedFromASetting) {
  EXPECT_EQ(parseVmmDelegateRule("node1=http://127.0.0.1:8092/vmm-delegate"),
            (VmmDelegateRule{.name = "node1", .url = "http://127.0.0.1:8092/vmm-delegate"}));
  EXPECT_EQ(parseVmmDelegateRule("*.example.org=https://*:8092/x?a=b"),
            (VmmDelegateRule{.name = "*.example.org", .url = "https://*:8092/x?a=b"}));
}

TEST(VmmDelegateRule, ABadSettingIsQuotedWithItsFault) {
  const auto refused = [](const std::string& setting, const std::string& why) {
    expectError(ErrorCode::InvalidParameter, why, [&] { parseVmmDelegateRule(setting); });
  };
  refused("", "there is no \"=\"");
  refused("node1", "\"node1\" registers no VMM Delegate");
  refused("=http://h", "the name is no hostname");
  refused("no de=http://h", "the name is no hostname");
  refused("*=http://*", "the name is no hostname");
  refused("*.=http://*", "the name is no hostname");
  refused("*.Example.org=http://*", "lower case");
  refused("node1=127.0.0.1:8092", "neither with http://");
  refused("node1=http://*:8092", "needs a *.SUFFIX");
  refused("*.example.org=http://h:8092", "would share one delegate");
}

TEST(VmmDelegates, TheVeryNameWinsThenTheLongestSuffix) {
  std::vector<std::string> urls;
  const VmmDelegates hosts({{.name = "*.org", .url = "http://short/*"},
                            {.name = "*.example.org", .url = "http://long/*"},
                            {.name = "a.example.org", .url = "http://exact"}},
                           noting(urls));
  EXPECT_EQ(hosts.urlOf(VmmHostname("a.example.org")), "http://exact");
  EXPECT_EQ(hosts.urlOf(VmmHostname("b.example.org")), "http://long/b.example.org");
  EXPECT_EQ(hosts.urlOf(VmmHostname("c.b.example.org")), "http://long/c.b.example.org");
  EXPECT_EQ(hosts.urlOf(VmmHostname("b.other.org")), "http://short/b.other.org");
}

TEST(VmmDelegates, RefuseAHostThatOnlyARequestNames) {
  std::vector<std::string> urls;
  VmmDelegates hosts({{.name = "node1", .url = "http://n"}, {.name = "*.example.org", .url = "http://*"}},
                     noting(urls));
  for (const char* unknown : {"node2", "example.org", "evilexample.org", "a.example.org.evil",
                              "A.example.org", "a..example.org", "Node1"}) {
    expectError(ErrorCode::UnknownVmmHost, "is not registered", [&] { hosts.at(VmmHostname(unknown)); });
  }
  EXPECT_TRUE(urls.empty());
}

TEST(VmmDelegates, MakeOneDelegateForAHost) {
  std::vector<std::string> urls;
  VmmDelegates hosts({{.name = "node1", .url = "http://n"}}, noting(urls));
  EXPECT_EQ(hosts.at(VmmHostname("node1")), hosts.at(VmmHostname("node1")));
  EXPECT_EQ(urls, std::vector<std::string>{"http://n"});
}

TEST(VmmDelegates, NameTheHostsThatHaveARuleOfTheirOwn) {
  const VmmDelegates delegates({{.name = "node1", .url = "http://a:1/"},
                                {.name = "*.vm.example.org", .url = "http://*:1/"},
                                {.name = "node2", .url = "http://b:1/"}},
                               [](const std::string&) { return nullptr; });
  EXPECT_THAT(delegates.named(), testing::UnorderedElementsAre(VmmHostname("node1"), VmmHostname("node2")));
}

TEST(VmmDelegates, RefuseANameThatComesTwice) {
  std::vector<std::string> urls;
  expectError(ErrorCode::InvalidParameter, "two VMM Delegates are registered as node1", [&] {
    const VmmDelegates hosts({{.name = "node1", .url = "http://a"}, {.name = "node1", .url = "http://b"}},
                             noting(urls));
  });
}

}  // namespace
}  // namespace vbs
