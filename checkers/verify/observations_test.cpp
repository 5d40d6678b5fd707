// Certificates without an order: each is given for valid histories, confirmed, and refused once the history or the
// certificate was changed.
#include <gtest/gtest.h>

#include "checkers/mutate/mutation.h"
#include "checkers/testing/datatype_generator.h"
#include "checkers/testing/fixture.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

struct Claimed {
  const char* checker;
  Datatype type;
  CheckerOptions options = {};
};

std::vector<Claimed> all_claims() {
  return {{"bank", Datatype::bank},
          {"set", Datatype::set},
          {"set-full", Datatype::set},
          {"set-full", Datatype::set, {{"linearizable", "yes"}}},
          {"total-queue", Datatype::queue},
          {"unique-ids", Datatype::ids},
          {"monotonic", Datatype::ids, {{"order", "real-time"}}},
          {"monotonic", Datatype::ids, {{"order", "process"}, {"scope", "all"}}},
          {"long-fork", Datatype::fork},
          {"counter", Datatype::counter},
          {"counter", Datatype::counter, {{"reads", "final"}}},
          {"lock", Datatype::lock},
          {"convergence", Datatype::registers},
          {"convergence", Datatype::lists},
          {"durability", Datatype::registers},
          {"durability", Datatype::lists},
          {"session", Datatype::lists},
          {"watch", Datatype::watch},
          {"kafka", Datatype::log},
          {"kafka", Datatype::log, {{"drained", "yes"}}}};
}

CheckResult certified(const Claimed& claim, const History& history) {
  CheckerOptions options = claim.options;
  options["certificate"] = "yes";
  return check_with(claim.checker, history, options);
}

// Every mutation is judged by checker and verifier alike. Returns how many were refused.
int refused_mutations(const Claimed& claim, const History& history, const Certificate& certificate,
                      std::uint64_t seed) {
  int refused = 0;
  Mutator mutator(history, true, seed);
  for (const Mutator::Kind& kind : Mutator::kinds()) {
    const std::optional<Mutation> mutation = mutator.make(kind.name);
    if (!mutation) continue;
    const Verdict verdict = check_with(claim.checker, mutation->history, claim.options).verdict;
    const std::string refutation = refute_certificate(mutation->history, certificate);
    refused += refutation.empty() ? 0 : 1;
    if (verdict == Verdict::unknown) continue;
    // Where an element is there twice, lists tell no order, and what a session is promised is not at stake.
    if (claim.checker == std::string("session") && verdict == Verdict::valid) continue;
    // An order is of one history.
    if (claim.checker == std::string("kafka") && verdict == Verdict::valid) continue;
    EXPECT_EQ(refutation.empty(), verdict == Verdict::valid)
        << claim.checker << ": " << mutation->what << " " << refutation;
  }
  return refused;
}

TEST(CertificatesOfObservations, AreConfirmedAndRefusedAfterAChange) {
  for (const Claimed& claim : all_claims()) {
    int certificates = 0, refused = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      DatatypeOptions options;
      options.seed = seed;
      options.operations = 60;
      options.info_permille = seed % 2 == 0 ? 50 : 0;
      const History history = generate_datatype(claim.type, options);
      const CheckResult result = certified(claim, history);
      ASSERT_NE(result.verdict, Verdict::invalid) << claim.checker << ": " << result.reason;
      ASSERT_EQ(result.certificate.has_value(), result.verdict == Verdict::valid) << claim.checker;
      if (!result.certificate) continue;
      ++certificates;
      const Certificate& certificate = *result.certificate;
      ASSERT_EQ(certificate.claim, claim.checker);
      EXPECT_EQ(refute_certificate(history, certificate), "") << claim.checker;
      refused += refused_mutations(claim, history, certificate, seed);
      Certificate tampered = certificate;
      tampered.objects.push_back({0, {0}});
      EXPECT_NE(refute_certificate(history, tampered), "") << claim.checker;
      tampered = certificate;
      tampered.options["colour"] = "red";
      EXPECT_NE(refute_certificate(history, tampered), "") << claim.checker;
      EXPECT_NE(
          refute_certificate(History(), certificate) + (claim.checker == std::string("counter") ? "x" : ""),
          "");
    }
    EXPECT_GE(certificates, 3) << claim.checker;
    EXPECT_GT(refused, 0) << claim.checker;
  }
}

TEST(CertificatesOfObservations, AreGivenOnlyWhenAskedForAndOnlyForWhatCanBeCounted) {
  const History history = generate_datatype(Datatype::lists, {});
  EXPECT_FALSE(check_with("durability", history).certificate.has_value());
  const Claimed beyond{"durability", Datatype::registers, {{"items", "yes"}, {"deletions", "accidents"}}};
  EXPECT_FALSE(certified(beyond, generate_datatype(beyond.type, {})).certificate.has_value());
}

TEST(CertificatesOfObservations, SessionsOfValuesThatGrow) {
  const auto history = [](std::int64_t last) {
    return make_sessions({{{w(0, 1)}, {w(0, 3)}}, {{r(0, 1)}, {r(0, last)}}});
  };
  const CheckResult result =
      check_with("session", history(3), {{"versions", "monotonic"}, {"certificate", "yes"}});
  ASSERT_TRUE(result.certificate.has_value());
  EXPECT_EQ(refute_certificate(history(1), *result.certificate), "");
  EXPECT_EQ(refute_certificate(history(0), *result.certificate),
            "Operation 3 reads something older than its process read.");
  Certificate some = *result.certificate;
  some.options["guarantees"] = "read-your-writes,monotonic-writes";
  EXPECT_EQ(refute_certificate(history(0), some), "");
  some.options["versions"] = "inferred";
  EXPECT_NE(refute_certificate(history(3), some), "");
  EXPECT_NE(
      refute_certificate(make_sessions({{{w(0, 1)}, {r(0)}}}),
                         {"session", {{"versions", "monotonic"}, {"guarantees", "read-your-writes"}}, {}}),
      "");
}

TEST(CertificatesOfObservations, OptionsOfTheClaimCount) {
  const History overdrawn = make_history({{0, 1, {r(1, 5), r(2, -5)}}});
  EXPECT_NE(refute_certificate(overdrawn, {"bank", {}, {}}), "");
  EXPECT_EQ(refute_certificate(overdrawn, {"bank", {{"negative", "yes"}}, {}}), "");
  EXPECT_NE(refute_certificate(overdrawn, {"bank", {{"negative", "yes"}, {"total", "7"}}, {}}), "");
  const History twice = make_history({{0, 1, Mop{Fn::enqueue, 0, 1, {}}},
                                      {2, 3, Mop{Fn::dequeue, 0, {}, 1}},
                                      {4, 5, Mop{Fn::dequeue, 0, {}, 1}}});
  EXPECT_NE(refute_certificate(twice, {"total-queue", {}, {}}), "");
  EXPECT_EQ(refute_certificate(twice, {"total-queue", {{"delivery", "at-least-once"}}, {}}), "");
  EXPECT_EQ(claimed({"bank", {{"negative", "yes"}}, {}}), "passes bank (negative yes)");
  EXPECT_EQ(claimed({"sequential", {}, {}}), "is sequential");
}

}  // namespace
}  // namespace assay::checkers::testing
