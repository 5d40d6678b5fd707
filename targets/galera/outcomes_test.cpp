#include "targets/galera/outcomes.h"

#include <gtest/gtest.h>

#include <set>

namespace assay::galera {
namespace {

const Request kWrite = {{Fn::write, 7, 1, {}}};
const Request kRead = {{Fn::read, 7, {}, {}}};
const Request kBoth = {{Fn::read, 7, {}, {}}, {Fn::write, 7, 1, {}}};

Outcome outcome(const Request& request, Stage stage, unsigned number) {
  return failed(request, stage, {number, "why"}).outcome;
}

// Every error that is taken for a proof, and some that are none.
TEST(GaleraOutcomes, OnlyErrorsOfWhatIsRolledBackAreProofs) {
  std::set<unsigned> numbers;
  for (const ErrorMeaning& meaning : error_table()) {
    EXPECT_EQ(outcome(kWrite, Stage::committing, meaning.number), Outcome::fail) << meaning.number;
    EXPECT_TRUE(numbers.insert(meaning.number).second) << meaning.number << " is there twice";
    EXPECT_LT(meaning.number, 2000u) << "the library knows nothing of what the server did";
  }
  // Nothing said, shut down, an error during the commit, a disk in trouble, interrupted, killed, timed out, connections that are
  // lost, packets that are none, and what nobody has heard of.
  for (const unsigned unknown : {0u, 1053u, 1180u, 1030u, 1026u, 1317u, 1927u, 1969u, 1105u, 1158u, 1159u,
                                 1160u, 1161u, 2006u, 2013u, 2027u, 2014u, 5014u, 9999u})
    EXPECT_EQ(outcome(kWrite, Stage::committing, unknown), Outcome::info) << unknown;
}

TEST(GaleraOutcomes, WhatGaleraAnswersIsInTheTable) {
  EXPECT_TRUE(definite(1213)) << "deadlock, certification";
  EXPECT_TRUE(definite(kNodeNotReady));
  EXPECT_TRUE(definite(1205)) << "a lock, or wsrep_sync_wait";
  EXPECT_TRUE(definite(1020)) << "snapshot isolation";
  EXPECT_FALSE(definite(1180)) << "error during commit: sent to the cluster, perhaps";
}

TEST(GaleraOutcomes, NothingHappensBeforeACommitIsAskedFor) {
  for (const unsigned number : {0u, 1053u, 1180u, 2013u}) {
    EXPECT_EQ(outcome(kBoth, Stage::before, number), Outcome::fail) << number;
    EXPECT_EQ(outcome(kBoth, Stage::committing, number), Outcome::info) << number;
    EXPECT_EQ(outcome(kRead, Stage::committing, number), Outcome::fail) << number;
  }
  EXPECT_EQ(failed(kWrite, Stage::committing, {1213, "Deadlock found"}).error, "1213 Deadlock found");
}

TEST(GaleraOutcomes, ConnectionsThatCantBeMadeAreOneSentence) {
  const std::pair<unsigned, const char*> cases[] = {{1045, "refuses the password or the user"},
                                                    {2002, "wrong port"},
                                                    {2003, "wrong port"},
                                                    {2013, "closed the connection"},
                                                    {2027, "is no MariaDB"},
                                                    {1049, "no such database"},
                                                    {1047, "no cluster that has a majority"},
                                                    {1040, "no connection left"},
                                                    {1193, "no such variable"},
                                                    {1234, "can't be connected to: something new"}};
  for (const auto& [number, wanted] : cases) {
    const std::string sentence = connection_trouble("10.0.0.1:3306", {number, "something new\nand more"});
    EXPECT_TRUE(sentence.starts_with("10.0.0.1:3306 ")) << sentence;
    EXPECT_NE(sentence.find(wanted), std::string::npos) << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }
}

TEST(GaleraOutcomes, OtherServersAreRefused) {
  for (const char* good :
       {"10.11.19-MariaDB-0+deb12u1", "5.5.5-10.4.0-MariaDB", "11.8.3-MariaDB", "12.1.2-MariaDB-ubu"})
    EXPECT_EQ(version_trouble("s", good), "") << good;
  EXPECT_EQ(version_trouble("s", "5.5.5-10.3.39-MariaDB"),
            "s is 10.3.39-MariaDB; target galera needs MariaDB 10.4 or newer");
  EXPECT_NE(version_trouble("s", "5.5.68-MariaDB"), "");
  EXPECT_EQ(version_trouble("s", "8.0.36"),
            "s is no MariaDB, it calls itself 8.0.36; target galera needs MariaDB 10.4 or newer");
}

}  // namespace
}  // namespace assay::galera
