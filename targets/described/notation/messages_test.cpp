#include "targets/described/notation/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::described {
namespace {

using testing::HasSubstr;

const Request kRead = {{Fn::read, 3, {}, {}}};

std::string complaint_of(std::string_view line, const Request& request = kRead) {
  const auto answer = parse_answer(line, 1, request);
  const auto* complaint = std::get_if<std::string>(&answer);
  return complaint == nullptr ? "accepted" : *complaint;
}

TEST(Messages, RequestsAreLinesOfTheirOwn) {
  EXPECT_EQ(request_line(1, kRead), "{\"id\":1,\"op\":\"read\",\"key\":3}\n");
  EXPECT_EQ(request_line(2, {{Fn::write, 3, 5, {}}}), "{\"id\":2,\"op\":\"write\",\"key\":3,\"value\":5}\n");
  EXPECT_EQ(request_line(3, {{Fn::cas, 3, Value::pair(5, 6), {}}}),
            "{\"id\":3,\"op\":\"cas\",\"key\":3,\"expected\":5,\"desired\":6}\n");
  EXPECT_EQ(request_line(4, {{Fn::append, 1, Value::text("a\n"), {}}, {Fn::read, 2, {}, {}}}),
            "{\"id\":4,\"op\":\"transaction\",\"ops\":[{\"op\":\"append\",\"key\":1,\"value\":\"a\\n\"},"
            "{\"op\":\"read\",\"key\":2}]}\n");
}

TEST(Messages, TheGreetingNamesEveryNode) {
  EXPECT_EQ(greeting_line({"n2", 7, 99, {{"n1", "a", "", ""}, {"n2", "b", "", ""}}, {{"sync", "on"}}}),
            "{\"type\":\"hello\",\"protocol\":1,\"process\":7,\"node\":\"n2\",\"port\":99,"
            "\"nodes\":{\"n1\":\"a\",\"n2\":\"b\"},\"options\":{\"sync\":\"on\"}}\n");
}

TEST(Messages, HelloSaysWhatIsOffered) {
  const auto hello = parse_hello(R"({"type":"hello","protocol":1,"operations":["read","transaction"]})");
  ASSERT_TRUE(std::holds_alternative<Hello>(hello));
  EXPECT_EQ(not_offered(std::get<Hello>(hello), kRead), "");
  EXPECT_EQ(not_offered(std::get<Hello>(hello), {{Fn::write, 1, 1, {}}}), "its client does not write");
  EXPECT_EQ(not_offered({{"read"}}, {kRead[0], kRead[0]}),
            "its client does no transactions of several operations");
  for (const char* bad :
       {"", "hello", "[]", R"({"type":"hello"})", R"({"type":"hello","protocol":2,"operations":["read"]})",
        R"({"type":"hello","protocol":1,"operations":[]})",
        R"({"type":"hello","protocol":1,"operations":["fly"]})",
        R"({"type":"hello","protocol":1,"operations":[1]})"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_hello(bad))) << bad;
  }
}

TEST(Messages, AnAnswerIsOkOnlyWithItsResult) {
  const auto answer = parse_answer(R"({"id":1,"outcome":"ok","result":[1,"a",null,true]})", 1, kRead);
  ASSERT_TRUE(std::holds_alternative<Completion>(answer));
  const Completion& completion = std::get<Completion>(answer);
  EXPECT_EQ(completion.outcome, Outcome::ok);
  EXPECT_EQ(completion.mops[0].result.to_string(),
            Value::list({1, Value::text("a"), {}, Value::boolean(true)}).to_string());
  EXPECT_EQ(complaint_of(R"({"id":1,"outcome":"info","error":"lost"})"), "accepted");
  EXPECT_EQ(complaint_of(R"({"id":1,"outcome":"ok"})"), "accepted") << "a key that is absent";
  const Request two = {kRead[0], kRead[0]};
  EXPECT_EQ(complaint_of(R"({"id":1,"outcome":"ok","results":[1,null]})", two), "accepted");
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"ok","results":[1]})", two),
              HasSubstr("one for each operation"));
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"ok","results":[1,1.5]})", two), HasSubstr("whole number"));
}

TEST(Messages, AnErrorProvesWhatTheDescriptionSaysOfIt) {
  const auto outcome = [](std::string_view line) {
    return std::get<Completion>(parse_answer(line, 1, kRead, {{"READONLY", "a replica"}})).outcome;
  };
  EXPECT_EQ(outcome(R"({"id":1,"outcome":"error","error":"READONLY no"})"), Outcome::fail);
  EXPECT_EQ(outcome(R"({"id":1,"outcome":"error","error":"NOT READONLY"})"), Outcome::info);
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"error"})"), HasSubstr("\"error\""));
}

TEST(Messages, WhatIsNoAnswerIsSaid) {
  EXPECT_THAT(complaint_of("Traceback"), HasSubstr("one JSON object"));
  EXPECT_THAT(complaint_of(R"({"id":2,"outcome":"ok"})"), HasSubstr("\"id\": 1"));
  EXPECT_THAT(complaint_of(R"({"id":1})"), HasSubstr("\"outcome\", one of"));
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"maybe"})"), HasSubstr("\"outcome\", one of"));
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"fail"})"), HasSubstr("\"error\""));
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"ok","result":1.5})"), HasSubstr("whole number"));
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"ok","result":18446744073709551615})"),
              HasSubstr("whole number"));
  EXPECT_THAT(complaint_of(R"({"id":1,"outcome":"ok","result":[1]})", {{Fn::poll, 1, {}, {}}}),
              HasSubstr("result"));
  EXPECT_EQ(complaint_of(R"({"id":1,"outcome":"ok","result":[[0,1]]})", {{Fn::poll, 1, {}, {}}}), "accepted");
}

}  // namespace
}  // namespace assay::described
