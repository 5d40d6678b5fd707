#include "harness/core/json_of.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonOf, EveryKindOfValueHasAFormOfItsOwn) {
  EXPECT_EQ(json_of<Json>(Value()).dump(), "null");
  EXPECT_EQ(json_of<Json>(Value::boolean(true)).dump(), "true");
  EXPECT_EQ(json_of<Json>(Value(-7)).dump(), "-7");
  EXPECT_EQ(json_of<Json>(Value::text("a \"b\"")).dump(), R"("a \"b\"")");
  EXPECT_EQ(json_of<Json>(Value::pair(1, Value())).dump(), R"({"pair":[1,null]})");
  EXPECT_EQ(json_of<Json>(Value::list({1, Value::list({}), Value::pair(2, 3)})).dump(),
            R"([1,[],{"pair":[2,3]}])");
}

TEST(JsonOf, FactsKeepTheirOrderWhereTheJsonDoes) {
  const Facts facts = {{"zone", Value::text("b")}, {"age", 3}};
  EXPECT_EQ(json_of<Json>(facts).dump(), R"({"zone":"b","age":3})");
  EXPECT_EQ(json_of<nlohmann::json>(facts).dump(), R"({"age":3,"zone":"b"})");
  EXPECT_EQ(json_of<Json>(Facts{}).dump(), "{}");
}

TEST(JsonOf, APlanHasAllItsFields) {
  Plan plan;
  plan.workload = "queue";
  plan.options = {{"reads", Value::text("lease")}};
  const Json json = json_of<Json>(plan);
  EXPECT_EQ(json.at("workload"), "queue");
  EXPECT_EQ(json.at("options"), Json({{"reads", "lease"}}));
}

}  // namespace
}  // namespace assay
