// Trial "text-edits": authors edit one text at the same time.
//
//   method=transform  operational transformation through a server (targets/refdb/text/shared_text.h)
//   method=sequence   a sequence data type, replicas send each other their changes in any order
//   method=positions  edits are sent as they were made, and applied where they say, as a naive editor does
//
// Before the random ones, the two worked examples of the documents: "Hello World" with an exclamation mark added and "World"
// erased, "Hello" with "World" added and its first letter erased (S2 volume 3.2, operational transformation).
//
// Options: method, authors, edits (in all), texts (how many texts are edited so).
// Measures: texts, diverged (texts that authors end up with different versions of), bytes (of the final texts).
#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/option_reader.h"
#include "harness/core/rng.h"
#include "harness/core/trial.h"
#include "targets/refdb/text/sequence.h"
#include "targets/refdb/text/shared_text.h"

namespace assay::trials {

namespace {

using refdb::text::Sequence;
using refdb::text::TextAuthor;
using refdb::text::TextOperation;
using refdb::text::TextServer;

// Where, and what to insert or how much to erase.
struct Edit {
  std::size_t position = 0;
  std::string inserted;
  std::size_t erased = 0;
};

// Authors and what is under way between them. Every author's edits reach others in the order in which they were made.
class Group {
 public:
  virtual ~Group() = default;
  virtual void edit(std::size_t who, const Edit& edit) = 0;
  // One message arrives; false when none is under way.
  virtual bool deliver(Rng& rng) = 0;
  virtual std::string text(std::size_t who) const = 0;
};

class Transforming final : public Group {
 public:
  explicit Transforming(std::size_t authors) : authors_(authors), up_(authors), down_(authors) {}
  void edit(std::size_t who, const Edit& edit) override {
    const std::size_t size = authors_[who].text().size();
    const TextOperation operation = edit.inserted.empty()
                                        ? TextOperation::erasure(size, edit.position, edit.erased)
                                        : TextOperation::insertion(size, edit.position, edit.inserted);
    if (auto submission = authors_[who].edit(operation)) up_[who].push_back(*std::move(submission));
  }
  bool deliver(Rng& rng) override {
    std::vector<std::size_t> busy;
    for (std::size_t who = 0; who < authors_.size(); ++who) {
      if (!up_[who].empty()) busy.push_back(who);
      if (!down_[who].empty()) busy.push_back(who + authors_.size());
    }
    if (busy.empty()) return false;
    const std::size_t channel = rng.pick(busy);
    channel < authors_.size() ? at_server(channel) : at_author(channel - authors_.size());
    return true;
  }
  std::string text(std::size_t who) const override { return authors_[who].text(); }

 private:
  void at_server(std::size_t who) {
    const TextAuthor::Submission submission = std::move(up_[who].front());
    up_[who].pop_front();
    const auto applied = server_.receive(submission.revision, submission.edit);
    if (!applied) return;
    for (auto& channel : down_) channel.emplace_back(who, *applied);
  }
  void at_author(std::size_t who) {
    const auto [author, operation] = std::move(down_[who].front());
    down_[who].pop_front();
    if (author != who) {
      authors_[who].receive(operation);
    } else if (auto next = authors_[who].acknowledged()) {
      up_[who].push_back(*std::move(next));
    }
  }

  TextServer server_;
  std::vector<TextAuthor> authors_;
  std::vector<std::deque<TextAuthor::Submission>> up_;
  std::vector<std::deque<std::pair<std::size_t, TextOperation>>> down_;
};

// Replicas that send each other what they did, in channels for each pair.
template <typename Replica>
class Direct final : public Group {
 public:
  explicit Direct(std::size_t authors) : replicas_(authors), channels_(authors * authors) {}
  void edit(std::size_t who, const Edit& edit) override {
    const auto message = replicas_[who].make(who, edit);
    for (std::size_t to = 0; to < replicas_.size(); ++to) {
      if (to != who) channels_[who * replicas_.size() + to].push_back(message);
    }
  }
  bool deliver(Rng& rng) override {
    std::vector<std::size_t> busy;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (!channels_[i].empty()) busy.push_back(i);
    }
    if (busy.empty()) return false;
    const std::size_t channel = rng.pick(busy);
    replicas_[channel % replicas_.size()].take(channels_[channel].front());
    channels_[channel].pop_front();
    return true;
  }
  std::string text(std::size_t who) const override { return replicas_[who].text(); }

 private:
  std::vector<Replica> replicas_;
  std::vector<std::deque<typename Replica::Message>> channels_;
};

class SequenceReplica {
 public:
  using Message = Sequence;
  Message make(std::size_t who, const Edit& edit) {
    return edit.inserted.empty() ? state_.erase(edit.position, edit.erased)
                                 : state_.insert(who, edit.position, edit.inserted);
  }
  void take(const Message& message) { state_.merge(message); }
  std::string text() const { return state_.text(); }

 private:
  Sequence state_;
};

class NaiveReplica {
 public:
  using Message = Edit;
  Message make(std::size_t, const Edit& edit) {
    take(edit);
    return edit;
  }
  void take(const Message& edit) {
    const std::size_t position = std::min(edit.position, text_.size());
    if (edit.inserted.empty()) {
      text_.erase(position, edit.erased);
    } else {
      text_.insert(position, edit.inserted);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::unique_ptr<Group> make_group(const std::string& method, std::size_t authors) {
  if (method == "transform") return std::make_unique<Transforming>(authors);
  if (method == "sequence") return std::make_unique<Direct<SequenceReplica>>(authors);
  return std::make_unique<Direct<NaiveReplica>>(authors);
}

void deliver_all(Group& group, Rng& rng) {
  while (group.deliver(rng)) {
  }
}

bool agree(const Group& group, std::size_t authors) {
  for (std::size_t who = 1; who < authors; ++who) {
    if (group.text(who) != group.text(0)) return false;
  }
  return true;
}

// Whether two authors who start from one text and make these edits at once both end with `expected`.
bool example(const std::string& method, const std::string& start, const Edit& first, const Edit& second,
             const std::string& expected, Rng& rng) {
  const auto group = make_group(method, 2);
  group->edit(0, {0, start, 0});
  deliver_all(*group, rng);
  group->edit(0, first);
  group->edit(1, second);
  deliver_all(*group, rng);
  return group->text(0) == expected && group->text(1) == expected;
}

Edit random_edit(std::size_t size, Rng& rng) {
  Edit edit{rng.below(size + 1), "", 0};
  if (size == edit.position || rng.chance(2, 3)) {
    edit.inserted = std::string(1 + rng.below(3), static_cast<char>('a' + rng.below(26)));
  } else {
    edit.erased = 1 + rng.below(std::min<std::size_t>(size - edit.position, 4));
  }
  return edit;
}

TrialResult run(std::uint64_t seed, const Facts& options) {
  OptionReader read("option", "trial text-edits", options);
  const std::string method = read.choice("method", {"transform", "sequence", "positions"});
  const auto authors = static_cast<std::size_t>(read.whole("authors", 4, 2, 100));
  const std::int64_t edits = read.whole("edits", 100, 1, 10'000);
  const std::int64_t texts = read.whole("texts", 20, 1, 10'000);
  read.done();
  Rng rng = Rng(seed).fork("text-edits");
  const bool examples = example(method, "Hello World", {11, "!", 0}, {6, "", 5}, "Hello !", rng) &&
                        example(method, "Hello", {5, "World", 0}, {0, "", 1}, "elloWorld", rng);
  double diverged = 0, bytes = 0;
  for (std::int64_t i = 0; i < texts; ++i) {
    const auto group = make_group(method, authors);
    for (std::int64_t made = 0; made < edits;) {
      if (rng.chance(1, 2)) {
        const std::size_t who = rng.below(authors);
        group->edit(who, random_edit(group->text(who).size(), rng));
        ++made;
      } else {
        group->deliver(rng);
      }
    }
    deliver_all(*group, rng);
    diverged += agree(*group, authors) ? 0 : 1;
    bytes += static_cast<double>(group->text(0).size());
  }
  TrialResult result;
  const bool good = examples && diverged == 0;
  result.verdict = good ? Verdict::valid : Verdict::invalid;
  result.anomaly = good ? "" : "divergence";
  result.reason = good ? "the worked examples come out as told, and all authors end with one text"
                       : std::to_string(static_cast<std::int64_t>(diverged)) + " of " +
                             std::to_string(texts) + " texts differ between their authors" +
                             (examples ? "" : "; so do the worked examples");
  result.measures = {{"texts", {static_cast<double>(texts)}}, {"diverged", {diverged}}, {"bytes", {bytes}}};
  return result;
}

}  // namespace

extern const TrialPlugin text_edits_plugin;
const TrialPlugin text_edits_plugin = {
    "text-edits",
    "concurrent edits of one text: transformed, as a sequence data type, or applied as they are", run};

}  // namespace assay::trials
