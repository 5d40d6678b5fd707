#include "targets/refdb/replica/options.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "harness/core/time.h"

namespace assay::refdb {
namespace {

using Kind = OptionSpec::Kind;

constexpr OptionSpec kSpecs[] = {
    {"replication", Kind::choice, "async", "async, quorum, sync-all", 0, 0, "when a write is answered"},
    {"r", Kind::whole, "2", "", 1, 64, "replicas asked"},
    {"ttl", Kind::duration, "500ms", "", kMillisecond, kMinute, "how long a lease lasts"},
    {"repair", Kind::flag, "yes", "", 0, 0, "mend what is stale"},
    {"groups", Kind::text, "", "", 0, 0, "who belongs together"},
};

std::string refusal_of(const Facts& given) {
  try {
    const Options options(kSpecs, given);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Options, HaveTheDefaultsOfTheirSpecs) {
  const Options options(kSpecs);
  EXPECT_EQ(options.text("replication"), "async");
  EXPECT_EQ(options.whole("r"), 2);
  EXPECT_EQ(options.duration("ttl"), 500 * kMillisecond);
  EXPECT_TRUE(options.flag("repair"));
  EXPECT_EQ(options.text("groups"), "");
}

TEST(Options, TakeWhatWasGivenAsTextOrNumber) {
  const Options options(kSpecs, {{"r", Value(3)}, {"ttl", Value::text("2s")}, {"repair", Value::text("no")}});
  EXPECT_EQ(options.whole("r"), 3);
  EXPECT_EQ(options.duration("ttl"), 2 * kSecond);
  EXPECT_FALSE(options.flag("repair"));
  EXPECT_EQ(Options(kSpecs, {{"r", Value::text("64")}}).whole("r"), 64);
  EXPECT_EQ(Options(kSpecs, {{"groups", Value(3)}}).text("groups"), "3");
}

TEST(Options, AreWrittenAsTheyAreRead) {
  const Options options(kSpecs, {{"ttl", Value::text("1500ms")}, {"repair", Value::boolean(false)}});
  const Options again(kSpecs, options.facts());
  EXPECT_EQ(again.facts(), options.facts());
  EXPECT_EQ(again.duration("ttl"), 1500 * kMillisecond);
  EXPECT_FALSE(again.flag("repair"));
}

TEST(Options, RefuseWhatCantBeAndSayWhatCan) {
  EXPECT_EQ(refusal_of({}), "accepted");
  EXPECT_EQ(refusal_of({{"replication", Value::text("quor")}}),
            "option replication is \"quor\", expected one of async, quorum, sync-all");
  EXPECT_EQ(refusal_of({{"r", Value(65)}}), "option r is \"65\", expected a whole number from 1 to 64");
  EXPECT_EQ(refusal_of({{"r", Value::text("2x")}}),
            "option r is \"2x\", expected a whole number from 1 to 64");
  EXPECT_EQ(refusal_of({{"ttl", Value::text("soon")}}),
            "option ttl is \"soon\", expected a duration from 1ms to 1m");
  EXPECT_EQ(refusal_of({{"ttl", Value(5)}}), "option ttl is \"5\", expected a duration from 1ms to 1m");
  EXPECT_EQ(refusal_of({{"repair", Value::text("maybe")}}), "option repair is \"maybe\", expected yes or no");
  EXPECT_EQ(refusal_of({{"w", Value(1)}}),
            "there is no option \"w\"; there are: replication, r, ttl, repair, groups");
}

TEST(Options, OfTheModeAreToldFromOthers) {
  const DividedFacts divided = divide_options(kSpecs, {{"loss_ppm", Value(7)}, {"r", Value(1)}});
  EXPECT_EQ(divided.of_mode, (Facts{{"r", Value(1)}}));
  EXPECT_EQ(divided.rest, (Facts{{"loss_ppm", Value(7)}}));
}

}  // namespace
}  // namespace assay::refdb
