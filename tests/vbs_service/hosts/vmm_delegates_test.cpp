#include "vbs_service/hosts/vmm_delegates.h"

#include "fakes/fake_vmm_delegate.h"
#include "support/expect_error.h"

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

TEST(VmmDelegateRule, HasItsNameInLowerCase) {
  EXPECT_EQ(parseVmmDelegateRule("KVM01=http://KVM01:8092/x").name, "kvm01");
  EXPECT_EQ(parseVmmDelegateRule("*.Example.ORG=http://*:8092/x").name, "*.example.org");
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
  for (const char* unknown :
       {"node2", "example.org", "evilexample.org", "a.example.org.evil", "a..example.org"}) {
    expectError(ErrorCode::UnknownVmmHost, "is not registered", [&] { hosts.at(VmmHostname(unknown)); });
  }
  EXPECT_TRUE(urls.empty());
}

TEST(VmmDelegates, KnowAHostInAnyCase) {
  std::vector<std::string> urls;
  const VmmDelegates hosts(
      {{.name = "node1", .url = "http://n"}, {.name = "*.example.org", .url = "http://*"}}, noting(urls));
  EXPECT_EQ(hosts.urlOf(VmmHostname("Node1")), "http://n");
  EXPECT_EQ(hosts.urlOf(VmmHostname("A.Example.org")), "http://a.example.org");
}

TEST(VmmDelegates, NameThoseThatAreRegisteredWhenAHostIsNotTheLikeliestFirst) {
  std::vector<std::string> urls;
  VmmDelegates hosts({{.name = "web", .url = "http://w"},
                      {.name = "node1", .url = "http://n"},
                      {.name = "*.org", .url = "http://*"}},
                     noting(urls));
  expectError(ErrorCode::UnknownVmmHost, "did you mean node1? registered are node1, *.org, web; or add it",
              [&] { hosts.at(VmmHostname("nodel")); });
  expectError(ErrorCode::UnknownVmmHost, "registered are web, node1, *.org; or add it",
              [&] { hosts.at(VmmHostname("something-else")); });
  hosts.replace({});
  expectError(ErrorCode::UnknownVmmHost, "not registered with the VBS Service: none is",
              [&] { hosts.at(VmmHostname("web")); });
}

TEST(VmmDelegates, ShowAtMostTenOfThoseThatAreRegistered) {
  std::vector<VmmDelegateRule> rules;
  for (int i = 1; i <= 12; ++i) rules.push_back({.name = "compute" + std::to_string(i), .url = "http://c"});
  std::vector<std::string> urls;
  const VmmDelegates hosts(rules, noting(urls));
  expectError(ErrorCode::UnknownVmmHost, "compute9, compute10 and 2 more;",
              [&] { (void)hosts.urlOf(VmmHostname("x")); });
}

TEST(VmmDelegates, CanBeReplacedWhileThoseInUseStay) {
  std::vector<std::string> urls;
  VmmDelegates hosts({{.name = "node1", .url = "http://a"}, {.name = "node2", .url = "http://b"}},
                     noting(urls));
  const auto inUse = hosts.at(VmmHostname("node1"));
  hosts.replace({{.name = "node2", .url = "http://other"}, {.name = "node3", .url = "http://c"}});
  EXPECT_NE(inUse, nullptr);
  expectError(ErrorCode::UnknownVmmHost, "node1 is not registered", [&] { hosts.at(VmmHostname("node1")); });
  EXPECT_EQ(hosts.urlOf(VmmHostname("node2")), "http://other");
  EXPECT_THAT(hosts.named(), testing::UnorderedElementsAre(VmmHostname("node2"), VmmHostname("node3")));
}

TEST(VmmDelegates, StayAsTheyAreWhenTheirReplacementIsRefused) {
  std::vector<std::string> urls;
  VmmDelegates hosts({{.name = "node1", .url = "http://a"}}, noting(urls));
  expectError(ErrorCode::InvalidParameter, "two VMM Delegates are registered as node2", [&] {
    hosts.replace({{.name = "node2", .url = "http://b"}, {.name = "node2", .url = "http://c"}});
  });
  EXPECT_EQ(hosts.urlOf(VmmHostname("node1")), "http://a");
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
