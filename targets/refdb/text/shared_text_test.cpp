#include "targets/refdb/text/shared_text.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "harness/core/rng.h"

namespace assay::refdb::text {
namespace {

// A server and authors on channels that keep their order and take their time.
class Session {
 public:
  Session(std::size_t authors, std::uint64_t seed)
      : rng_(seed), authors_(authors), to_server_(authors), to_author_(authors) {}

  void random_edit(std::size_t who) {
    const std::size_t size = authors_[who].text().size();
    const std::size_t position = rng_.below(size + 1);
    const bool insert = size == 0 || rng_.chance(2, 3);
    edit(who, insert ? TextOperation::insertion(size, position, std::string(1 + rng_.below(3), letter()))
                     : TextOperation::erasure(size, position,
                                              rng_.below(std::min<std::size_t>(size - position, 4) + 1)));
  }
  void edit(std::size_t who, const TextOperation& operation) {
    if (auto submission = authors_[who].edit(operation)) to_server_[who].push_back(*submission);
  }

  // One message arrives somewhere; false when none is under way.
  bool deliver() {
    std::vector<std::size_t> busy;
    for (std::size_t who = 0; who < authors_.size(); ++who) {
      if (!to_server_[who].empty()) busy.push_back(who);
      if (!to_author_[who].empty()) busy.push_back(who + authors_.size());
    }
    if (busy.empty()) return false;
    const std::size_t channel = rng_.pick(busy);
    if (channel < authors_.size()) {
      arrive_at_server(channel);
    } else {
      arrive_at_author(channel - authors_.size());
    }
    return true;
  }
  void deliver_all() {
    while (deliver()) {
    }
  }

  const std::string& server_text() const { return server_.text(); }
  const std::string& text(std::size_t who) const { return authors_[who].text(); }
  Rng& rng() { return rng_; }

 private:
  struct Broadcast {
    std::size_t author;
    TextOperation edit;
  };

  char letter() { return static_cast<char>('a' + rng_.below(26)); }

  void arrive_at_server(std::size_t who) {
    const TextAuthor::Submission submission = to_server_[who].front();
    to_server_[who].pop_front();
    const auto applied = server_.receive(submission.revision, submission.edit);
    ASSERT_TRUE(applied.has_value());
    for (auto& channel : to_author_) channel.push_back({who, *applied});
  }
  void arrive_at_author(std::size_t who) {
    const Broadcast broadcast = to_author_[who].front();
    to_author_[who].pop_front();
    if (broadcast.author != who) {
      ASSERT_TRUE(authors_[who].receive(broadcast.edit));
    } else if (auto next = authors_[who].acknowledged()) {
      to_server_[who].push_back(*next);
    }
  }

  Rng rng_;
  TextServer server_;
  std::vector<TextAuthor> authors_;
  std::vector<std::deque<TextAuthor::Submission>> to_server_;
  std::vector<std::deque<Broadcast>> to_author_;
};

TEST(SharedText, TheWorkedExamplesConvergeThroughAServer) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Session bang(2, seed);
    bang.edit(0, TextOperation::insertion(0, 0, "Hello World"));
    bang.deliver_all();
    bang.edit(0, TextOperation::insertion(11, 11, "!"));
    bang.edit(1, TextOperation::erasure(11, 6, 5));
    bang.deliver_all();
    EXPECT_EQ(bang.server_text(), "Hello !");
    Session ello(2, seed);
    ello.edit(0, TextOperation::insertion(0, 0, "Hello"));
    ello.deliver_all();
    ello.edit(0, TextOperation::insertion(5, 5, "World"));
    ello.edit(1, TextOperation::erasure(5, 0, 1));
    ello.deliver_all();
    EXPECT_EQ(ello.server_text(), "elloWorld");
    for (std::size_t who = 0; who < 2; ++who) {
      EXPECT_EQ(bang.text(who), bang.server_text());
      EXPECT_EQ(ello.text(who), ello.server_text());
    }
  }
}

TEST(SharedText, RandomConcurrentEditsConverge) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Session session(4, seed);
    for (int step = 0; step < 200; ++step) {
      if (session.rng().chance(1, 2)) {
        session.random_edit(session.rng().below(4));
      } else {
        session.deliver();
      }
    }
    session.deliver_all();
    for (std::size_t who = 0; who < 4; ++who) ASSERT_EQ(session.text(who), session.server_text());
    EXPECT_FALSE(session.server_text().empty());
  }
}

// An author that has nothing, and has edited, gets what is forgotten as one edit.
TEST(SharedText, WhatTheServerForgetsStaysInTheText) {
  TextServer server;
  TextAuthor author;
  ASSERT_TRUE(server.receive(0, TextOperation::insertion(0, 0, "Hello")).has_value());
  ASSERT_TRUE(server.receive(1, TextOperation::insertion(5, 5, " World")).has_value());
  ASSERT_TRUE(server.receive(2, TextOperation::erasure(11, 0, 1)).has_value());
  server.forget(2);
  EXPECT_EQ(server.forgotten_text(), "Hello World");
  EXPECT_EQ(server.revision(), 3u);
  EXPECT_EQ(server.text(), "ello World");
  EXPECT_FALSE(server.receive(1, TextOperation::insertion(5, 5, "!")).has_value());
  const auto submission = author.edit(TextOperation::insertion(0, 0, "J"));
  ASSERT_TRUE(submission.has_value());
  ASSERT_TRUE(author.receive(server.forgotten_edit(), server.forgotten()));
  ASSERT_TRUE(author.receive(server.edit(3)));
  const auto applied = server.receive(submission->revision, submission->edit);
  ASSERT_TRUE(applied.has_value());
  author.acknowledged();
  EXPECT_EQ(author.text(), server.text());
  EXPECT_EQ(author.revision(), server.revision());
  EXPECT_EQ(server.text().size(), 11u);
  TextServer again;
  again.begin_with(2, "Hello World");
  EXPECT_EQ(again.revision(), 2u);
  EXPECT_TRUE(again.receive(2, TextOperation::erasure(11, 0, 1)).has_value());
}

TEST(SharedText, TheServerRefusesWhatDoesNotFit) {
  TextServer server;
  EXPECT_FALSE(server.receive(1, TextOperation()).has_value());
  EXPECT_FALSE(server.receive(0, TextOperation::erasure(3, 0, 1)).has_value());
  EXPECT_TRUE(server.receive(0, TextOperation::insertion(0, 0, "abc")).has_value());
  EXPECT_FALSE(server.receive(0, TextOperation::erasure(3, 0, 1)).has_value());
  EXPECT_EQ(server.revision(), 1u);
  EXPECT_EQ(server.text(), "abc");
  TextAuthor author;
  EXPECT_FALSE(author.receive(TextOperation::erasure(3, 0, 1)));
  EXPECT_EQ(author.revision(), 0u);
}

}  // namespace
}  // namespace assay::refdb::text
