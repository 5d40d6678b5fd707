// What all checkers of data types have in common: generated histories are valid, damaged ones are not, the
// budget holds, options are understood.
#include <gtest/gtest.h>

#include "checkers/testing/datatype_corruption.h"
#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/datatype_generator.h"

namespace assay::checkers {
namespace {

using testing::Datatype;
using testing::DatatypeOptions;

constexpr Datatype kTypes[] = {Datatype::bank,      Datatype::set,   Datatype::queue, Datatype::counter,
                               Datatype::ids,       Datatype::fork,  Datatype::lock,  Datatype::log,
                               Datatype::registers, Datatype::lists, Datatype::watch};

History generated(Datatype type, std::uint64_t seed, std::int64_t info_permille,
                  std::size_t operations = 200) {
  DatatypeOptions options;
  options.seed = seed;
  options.operations = operations;
  options.info_permille = info_permille;
  return generate_datatype(type, options);
}

TEST(Datatypes, GeneratedHistoriesAreValid) {
  for (const Datatype type : kTypes) {
    for (const std::string& checker : judges_of(type)) {
      for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        const History history = generated(type, seed, seed % 3 == 0 ? 50 : 0);
        const CheckResult result = testing::check_with(checker, history);
        const bool sure = seed % 3 != 0;
        EXPECT_NE(result.verdict, Verdict::invalid) << checker << " seed " << seed << ": " << result.reason;
        if (sure) {
          EXPECT_EQ(result.verdict, Verdict::valid) << checker << " seed " << seed << ": " << result.reason;
        }
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(Datatypes, TheSameHistoryHasTheSameResult) {
  for (const Datatype type : kTypes) {
    const History history = generated(type, 5, 20);
    EXPECT_EQ(history.digest(), generated(type, 5, 20).digest());
    for (const std::string& checker : judges_of(type)) {
      EXPECT_EQ(testing::check_with(checker, history).reason, testing::check_with(checker, history).reason);
    }
  }
}

TEST(Datatypes, DamagedHistoriesAreInvalid) {
  for (const Datatype type : kTypes) {
    for (const testing::DatatypeCorruption& corruption : testing::datatype_corruptions(type)) {
      int done = 0;
      for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::vector<testing::Line> lines = testing::lines_of(generated(type, seed, seed % 4 == 0 ? 20 : 0));
        Rng rng(seed);
        if (!corruption.apply(rng, lines)) continue;
        ++done;
        const History damaged = testing::make_history(std::move(lines));
        const CheckResult result = testing::check_with(corruption.checker, damaged, corruption.options);
        ASSERT_EQ(result.verdict, Verdict::invalid)
            << corruption.checker << ", " << corruption.name << ", seed " << seed << ": " << result.reason;
        ASSERT_EQ(testing::confirm_datatype(corruption.checker, damaged, result, corruption.options), "")
            << corruption.name << ", seed " << seed;
      }
      EXPECT_GE(done, 20) << corruption.name;
    }
  }
}

TEST(Datatypes, TheBudgetHolds) {
  for (const Datatype type : kTypes) {
    const History history = generated(type, 1, 0, 3000);
    for (const std::string& checker : judges_of(type)) {
      EXPECT_EQ(testing::confirm_budget(checker, history), "") << checker;
    }
  }
}

TEST(Datatypes, OptionsAreRefusedInOneSentence) {
  EXPECT_EQ(testing::options_said("bank", {{"total", "10"}, {"negative", "yes"}}), "accepted");
  EXPECT_EQ(testing::options_said("bank", {{"total", "ten"}}),
            "Option total of bank must be an integer, not \"ten\".");
  EXPECT_EQ(testing::options_said("bank", {{"negativ", "yes"}}),
            "Option \"negativ\" is unknown; bank knows total, negative, absent and certificate.");
  EXPECT_EQ(testing::options_said("lock", {{"lease", "maybe"}}),
            "Option lease of lock must be yes or no, not \"maybe\".");
  EXPECT_EQ(testing::options_said("monotonic", {{"order", "random"}}),
            "Option order of monotonic must be real-time or process, not \"random\".");
  EXPECT_EQ(testing::options_said("unique-ids", {{"x", "y"}}),
            "Option \"x\" is unknown; unique-ids knows certificate.");
}

TEST(Datatypes, HistoriesFindTheirCheckers) {
  for (const Datatype type : kTypes) {
    const HistoryShape shape = shape_of(generated(type, 1, 0));
    for (const std::string& checker : judges_of(type)) {
      CheckerOptions options;
      if (checker == "monotonic") options["order"] = "real-time";
      EXPECT_EQ(testing::plugin(checker).unsuited(shape, options), "") << checker;
    }
    CheckerOptions none;
    if (type != Datatype::queue) {
      EXPECT_NE(testing::plugin("total-queue").unsuited(shape, none), "");
    }
    if (type != Datatype::bank) {
      EXPECT_NE(testing::plugin("bank").unsuited(shape, none), "");
    }
    if (type != Datatype::set) {
      EXPECT_NE(testing::plugin("set-full").unsuited(shape, none), "");
    }
  }
}

}  // namespace
}  // namespace assay::checkers
