#include "harness/core/option_reader.h"

#include <gtest/gtest.h>

#include <functional>

#include "harness/core/error.h"

namespace assay {
namespace {

std::string refusal(const Facts& options, const std::function<void(OptionReader&)>& take) {
  OptionReader read("--workload-option", "workload set", options);
  try {
    take(read);
    read.done();
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(OptionReader, GivesWhatIsThereAndElseTheUsual) {
  const Facts options = {{"many", 7},
                         {"order", Value::text("rising")},
                         {"wait", Value::text("1500ms")},
                         {"loud", Value::text("yes")},
                         {"name", 12}};
  OptionReader read("--workload-option", "workload set", options);
  EXPECT_EQ(read.whole("many", 3, 1, 10), 7);
  EXPECT_EQ(read.choice("order", {"random", "rising"}), "rising");
  EXPECT_EQ(read.duration("wait", kSecond), 1500 * kMillisecond);
  EXPECT_TRUE(read.flag("loud", false));
  EXPECT_EQ(read.text("name", ""), "12");
  read.done();
  EXPECT_EQ(read.whole("absent", 3, 1, 10), 3);
  EXPECT_EQ(read.choice("absent", {"random", "rising"}), "random");
  EXPECT_EQ(read.duration("absent", kSecond), kSecond);
  EXPECT_FALSE(read.flag("absent", false));
}

TEST(OptionReader, RefusesWithOneSentence) {
  EXPECT_EQ(refusal({{"many", 11}}, [](auto& read) { read.whole("many", 3, 1, 10); }),
            "--workload-option many=11: workload set expects a whole number from 1 to 10");
  EXPECT_EQ(refusal({{"order", Value::text("up")}},
                    [](auto& read) {
                      read.choice("order", {"a", "b"});
                    }),
            "--workload-option order=up: workload set expects one of a, b");
  EXPECT_EQ(refusal({{"wait", 5}}, [](auto& read) { read.duration("wait", 1); }),
            "--workload-option wait=5: workload set expects a duration like 30s or 500ms");
  EXPECT_EQ(refusal({{"loud", 5}}, [](auto& read) { read.flag("loud", true); }),
            "--workload-option loud=5: workload set expects yes or no");
  EXPECT_EQ(refusal({{"mani", 5}}, [](auto& read) { read.whole("many", 3, 1, 10); }),
            "--workload-option mani=5: workload set has no such option; it has many");
  EXPECT_EQ(refusal({{"x", 5}}, [](auto&) {}),
            "--workload-option x=5: workload set has no such option; it has none");
}

TEST(OptionReader, OptionsOfTheCommandLineRoundTrip) {
  for (const char* text : {"n=5", "n=-5", "name=five", "name=5s", "name=a=b", "name=", "n=007"}) {
    EXPECT_EQ(format_option(parse_option("--workload-option", text)), text);
  }
  EXPECT_EQ(parse_option("--workload-option", "n=5").value, Value(5));
  EXPECT_THROW(parse_option("--workload-option", "five"), InputError);
  EXPECT_THROW(parse_option("--workload-option", "=five"), InputError);
}

}  // namespace
}  // namespace assay
