#include "targets/postgres/outcomes.h"

#include <gtest/gtest.h>

namespace assay::postgres {
namespace {

const Request kWrite = {{Fn::write, 7, 1, {}}};
const Request kRead = {{Fn::read, 7, {}, {}}};
const Request kBoth = {{Fn::read, 7, {}, {}}, {Fn::write, 7, 1, {}}};

Outcome outcome(const Request& request, Stage stage, const char* sqlstate) {
  return failed(request, stage, {sqlstate, "why"}).outcome;
}

// Every error that is taken for a proof, and some that are none.
TEST(PostgresOutcomes, OnlyErrorsOfWhatIsRolledBackAreProofs) {
  for (const ErrorMeaning& meaning : error_table()) {
    std::string sqlstate(meaning.sqlstate);
    sqlstate.resize(5, '0');
    EXPECT_EQ(outcome(kWrite, Stage::committing, sqlstate.c_str()), Outcome::fail) << sqlstate;
  }
  // Shut down, crashed, unknown by its own word, connection troubles, disk troubles, bugs, and what nobody has heard of.
  for (const char* unknown : {"", "57P01", "57P02", "57P05", "40003", "40000", "08006", "08003", "58030",
                              "XX000", "25000", "ZZ999"})
    EXPECT_EQ(outcome(kWrite, Stage::committing, unknown), Outcome::info) << unknown;
}

TEST(PostgresOutcomes, WhatTheIssueIsAboutIsInTheTable) {
  EXPECT_TRUE(definite("40001"));
  EXPECT_TRUE(definite("40P01"));
  EXPECT_TRUE(definite("25006"));
  EXPECT_TRUE(definite("57014"));
  EXPECT_FALSE(definite("4000"));
  EXPECT_FALSE(definite(""));
}

TEST(PostgresOutcomes, NothingHappensBeforeACommitIsAskedFor) {
  for (const char* sqlstate : {"", "57P01", "08006", "XX000"}) {
    EXPECT_EQ(outcome(kBoth, Stage::before, sqlstate), Outcome::fail) << sqlstate;
    EXPECT_EQ(outcome(kBoth, Stage::committing, sqlstate), Outcome::info) << sqlstate;
    EXPECT_EQ(outcome(kRead, Stage::committing, sqlstate), Outcome::fail) << sqlstate;
  }
}

TEST(PostgresOutcomes, ACommitIsWhatTheServerSaysItDid) {
  EXPECT_EQ(committed(kBoth, "COMMIT", {}).outcome, Outcome::ok);
  EXPECT_EQ(committed(kWrite, "", {}).outcome, Outcome::ok);
  EXPECT_EQ(committed(kBoth, "ROLLBACK", {}).outcome, Outcome::fail);
}

TEST(PostgresOutcomes, ACancelledWaitForStandbysProvesNothing) {
  const Trouble cancelled{"01000", "canceling wait for synchronous replication due to user request"};
  const Trouble ended{"57P01", "canceling the wait for synchronous replication and terminating connection"};
  EXPECT_EQ(committed(kWrite, "", cancelled).outcome, Outcome::info);
  EXPECT_EQ(committed(kBoth, "COMMIT", ended).outcome, Outcome::info);
  EXPECT_EQ(committed(kRead, "", cancelled).outcome, Outcome::ok);
}

TEST(PostgresOutcomes, WhatLibpqSaysOfConnectionsIsOneSentence) {
  const std::string begin = "connection to server at \"10.0.0.1\", port 5432 failed: ";
  const std::pair<const char*, const char*> cases[] = {
      {"FATAL:  password authentication failed for user \"assay\"\n", "refuses the password"},
      {"Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n",
       "wrong port"},
      {"received invalid response to SSL negotiation: H", "no PostgreSQL"},
      {"expected authentication request from server, but received H", "no PostgreSQL"},
      {"server closed the connection unexpectedly\n\tThis probably means ...", "closed the connection"},
      {"FATAL:  the database system is starting up\n", "starting up"},
      {"FATAL:  database \"x\" does not exist\n", "no such user or database"},
      {"FATAL:  something new\nDETAIL:  more\n", "can't be connected to: FATAL:  something new"}};
  for (const auto& [said, wanted] : cases) {
    const std::string sentence = connection_trouble("10.0.0.1:5432", begin + said);
    EXPECT_TRUE(sentence.starts_with("10.0.0.1:5432 ")) << sentence;
    EXPECT_NE(sentence.find(wanted), std::string::npos) << sentence;
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }
}

TEST(PostgresOutcomes, OlderServersAreRefused) {
  EXPECT_EQ(version_trouble("s", 150'018), "");
  EXPECT_EQ(version_trouble("s", 140'000), "");
  EXPECT_EQ(version_trouble("s", 130'011), "s is PostgreSQL 13; target postgres needs 14 or newer");
  EXPECT_EQ(version_trouble("s", 90'624), "s is PostgreSQL 9.6; target postgres needs 14 or newer");
}

}  // namespace
}  // namespace assay::postgres
