// Answers that are seen without what they answer (consistent prefix; Terry, "Replicated data consistency explained through
// baseball", CACM 2013; Kleppmann, "Designing data-intensive applications", chapter 5). The history says itself what
// depends on what: the value of an answer is a pair (message, key of what it answers), and each message has a key of its
// own. A session that saw an answer must find what it answers when it looks for it then, or in the same read.
//
// Thread safety: pure functions. Complexity: linear, and logarithmic in what a session has seen. Memory: what each session
// has seen answers to.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "harness/core/history.h"

namespace assay::checkers {

struct OrphanAnswer {
  OpId answer = 0;    // the read that saw the answer
  OpId question = 0;  // the read that did not find what it answers
  Key answer_key = 0, question_key = 0;
};

struct OrphanAnswers {
  std::vector<OrphanAnswer> first;
  std::uint64_t count = 0;
  std::uint64_t compared = 0;  // reads of something that an answer had been seen to
  std::uint64_t answers = 0;   // reads that saw an answer
  static constexpr std::size_t kKept = 3;
};

// False when the budget is spent.
bool find_orphan_answers(const History& history, Limits& limits, OrphanAnswers& found);

}  // namespace assay::checkers
