#include "targets/sql/script.h"

#include <gtest/gtest.h>

#include "targets/sql/stored_value.h"

namespace assay::sql {
namespace {

Mop mop(Fn fn, Value argument = {}, Key key = 7) { return {fn, key, std::move(argument), {}}; }

Script script(const Request& request) {
  auto made = script_for(request, "somebase");
  const auto* refusal = std::get_if<std::string>(&made);
  EXPECT_EQ(refusal, nullptr) << *refusal;
  return refusal == nullptr ? std::get<Script>(made) : Script{};
}

std::string refusal(const Request& request) {
  auto made = script_for(request, "somebase");
  const auto* sentence = std::get_if<std::string>(&made);
  return sentence == nullptr ? "" : *sentence;
}

using Words = std::vector<std::string>;

TEST(SqlValues, AreReadBackAsWhatTheyWere) {
  const Value values[] = {0,
                          -12,
                          Value::text(""),
                          Value::text("12"),
                          Value::text("a b\\s\nü"),
                          Value::boolean(true),
                          Value::list({}),
                          Value::list({1, Value::text(" \\s "), Value::text(""), Value::boolean(false)}),
                          Value::pair(7, Value()),
                          Value::pair(Value::text("a b"), 1)};
  for (const Value& value : values) {
    const auto text = stored(value);
    ASSERT_TRUE(text) << value.to_string();
    EXPECT_EQ(loaded(*text), value) << *text;
  }
  EXPECT_FALSE(stored(Value()));
  EXPECT_FALSE(stored(Value::text(std::string("a\0b", 3))));
  EXPECT_FALSE(stored(Value::list({Value::list({1})})));
  for (const char* nonsense : {"", "x", "1x", "p1", "l\\", "lta\\q", "b2", "12 3"})
    EXPECT_FALSE(loaded(nonsense)) << nonsense;
}

TEST(SqlScripts, AreOneForEachMicroOperation) {
  const Script one = script({mop(Fn::write, 12)});
  EXPECT_FALSE(one.transaction);
  EXPECT_FALSE(one.only_reads);
  ASSERT_EQ(one.statements.size(), 1u);
  EXPECT_EQ(one.statements[0].sql, Sql::write);
  EXPECT_EQ(one.statements[0].parameters, (Words{"7", "12"}));

  const Script two = script({mop(Fn::read), mop(Fn::append, Value::text("a b"))});
  EXPECT_TRUE(two.transaction);
  EXPECT_EQ(two.statements[1].parameters, (Words{"7", "ta\\sb"}));
  EXPECT_TRUE(script({mop(Fn::read), mop(Fn::scan)}).only_reads);

  EXPECT_EQ(script({mop(Fn::cas, Value::pair(1, 2))}).statements[0].parameters, (Words{"7", "1", "2"}));
  EXPECT_EQ(script({mop(Fn::cas, Value::pair(Value(), 2))}).statements[0].sql, Sql::create);
  EXPECT_EQ(script({mop(Fn::add, 2)}).statements[0].sql, Sql::add_number);
  EXPECT_EQ(script({mop(Fn::add, Value::text("x"))}).statements[0].sql, Sql::add_element);
  const Value range = Value::list({Value::text("keys"), 7, 8});
  EXPECT_EQ(script({mop(Fn::scan, range)}).statements[0].parameters, (Words{"7", "8"}));
}

TEST(SqlScripts, WhatThereIsNoStatementForIsRefusedInASentence) {
  EXPECT_EQ(refusal({mop(Fn::enqueue, 1)}), "target somebase has no statement for enqueue of 1");
  EXPECT_EQ(refusal({mop(Fn::read), mop(Fn::dequeue)}), "target somebase has no statement for dequeue");
  EXPECT_NE(refusal({mop(Fn::write, Value::text(std::string("\0", 1)))}), "");
  EXPECT_NE(refusal({}), "");
}

TEST(SqlScripts, RowsBecomeResults) {
  Mop read = mop(Fn::read);
  EXPECT_EQ(take_rows(read, {{{"l1 2"}}, 1}), Taken::done);
  EXPECT_EQ(read.result, Value::list({1, 2}));
  EXPECT_EQ(take_rows(read, {}), Taken::done);
  EXPECT_EQ(read.result, Value());
  EXPECT_EQ(take_rows(read, {{{"nonsense"}}, 1}), Taken::nonsense);
  EXPECT_EQ(take_rows(read, {{{std::nullopt}}, 1}), Taken::nonsense);

  Mop cas = mop(Fn::cas, Value::pair(1, 2)), write = mop(Fn::write, 1), remove = mop(Fn::remove, 1);
  EXPECT_EQ(take_rows(cas, {{}, 1}), Taken::done);
  EXPECT_EQ(take_rows(cas, {{}, 0}), Taken::unmet);
  EXPECT_EQ(take_rows(write, {{}, 1}), Taken::done);
  EXPECT_EQ(take_rows(write, {{}, 0}), Taken::nonsense);
  EXPECT_EQ(take_rows(remove, {{}, 0}), Taken::done);

  Mop scan = mop(Fn::scan);
  EXPECT_EQ(take_rows(scan, {{{"7", "5"}, {"9", "tx"}}, 2}), Taken::done);
  EXPECT_EQ(scan.result, Value::list({Value::pair(7, 5), Value::pair(9, Value::text("x"))}));
}

}  // namespace
}  // namespace assay::sql
