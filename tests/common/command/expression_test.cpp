#include "common/command/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace vbs::command {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Expression, KnowsItsGroups) {
  EXPECT_THAT(Expression(R"((?<a>x)(y)(?:z)(?'b'w))").groups(), ElementsAre("a", "b"));
  EXPECT_THAT(Expression(R"(\(?<a>[(?<b>x)]+[]()?<c>]?(?<=d)(?<!e))").groups(), IsEmpty());
}

TEST(Expression, FindsTheGroupsThatTookPart) {
  EXPECT_THAT(*Expression("(?<a>x)|(?<b>y)").find("..y"), ElementsAre(Pair("b", "y")));
  EXPECT_EQ(Expression("(?<a>x)").find("y"), std::nullopt);
}

TEST(Expression, AnchorsMatchAtLines) {
  EXPECT_TRUE(Expression("^b$").isFoundIn("a\nb\nc"));
}

TEST(Expression, RefusesABadOne) {
  for (const char* bad : {"", "(", "(?<a>", "a**", "[a", "(?<a"}) {
    EXPECT_THROW(Expression{bad}, std::invalid_argument) << bad;
  }
}

TEST(Expression, GivesUpOnASearchWithoutEnd) {
  EXPECT_THROW((void)Expression("(a+)+(a+)+(a+)+b").isFoundIn(std::string(5000, 'a')), std::runtime_error);
}

}  // namespace
}  // namespace vbs::command
