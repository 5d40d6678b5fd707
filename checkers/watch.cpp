// The checker "watch": a stream of changes tells everything, in order, once (the guarantees of etcd's watch
// API, as its robustness suite checks them: ordered, unique, reliable, atomic, resumable, bookmarkable).
//
// A watch of a key begins at the revision of its argument, or goes on where the process stopped when it has
// none. It returns, as they came, pairs of revision and value, and bookmarks: single revisions, up to which
// the stream is complete. A watch of several keys is a transaction of watches. What changed is known from
// every watch together and from writes that returned their revision.
//
//   unordered-event      a revision after a greater one
//   duplicate-event      a revision twice in one stream
//   missed-event         a change was left out of the stream
//   broken-resume        ... right after it was taken up again
//   broken-bookmark      a change before a bookmark came after it, or not at all
//   torn-revision        only some of the changes of one revision came in the same response
//   event-before-start   a change from before the revision that was asked for
//   inconsistent-event   two values for one key and revision
//   phantom-event        a value that nobody wrote, of a key with writes
//   aborted-event        a value whose write failed
//
// Complexity: linear in the events, and a sort of the changes. Memory: about 150 bytes a change.
#include <algorithm>

#include "checkers/datatypes/change_index.h"
#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {};

using watch::ChangeIndex;
constexpr OpId kNobody = UINT32_MAX;

class Watch {
 public:
  Watch(const History& history, const Budget& budget)
      : history_(history),
        report_("watch", "watch", budget,
                {"missed-event", "broken-resume", "broken-bookmark", "torn-revision", "unordered-event",
                 "duplicate-event", "event-before-start", "inconsistent-event", "aborted-event",
                 "phantom-event"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * 16) || !index_.build(history_, report_)) {
      return report_.stopped("no operation");
    }
    if (!index_.problem().empty())
      return report_.nothing_to_judge("The history cannot be judged: " + index_.problem() + ".");
    written_at_.assign(index_.size(), kNever);
    for (const ChangeIndex::Conflict& conflict : index_.inconsistent()) inconsistent(conflict);
    for (const Operation op : history_.operations()) {
      if (op.outcome != Outcome::ok) continue;
      std::size_t watches = 0;
      delivered_.clear();
      for (const Mop& mop : op.mops) {
        if (mop.fn != Fn::watch) continue;
        ++watches;
        if (!judge(op, mop)) return report_.stopped(counted(op.id, "operation"));
      }
      if (watches > 1 && !judge_atomic(op)) return report_.stopped(counted(op.id, "operation"));
    }
    report_.fact("events", events_);
    report_.fact("bookmarks", bookmarks_);
    report_.fact("changes", index_.size());
    if (events_ == 0) return report_.nothing_to_judge("No watch returned an event, so nothing was tested.");
    return report_.valid("All " + counted(events_, "event") + " came in order, once and without gaps.");
  }

 private:
  struct Stream {
    bool known = false;         // where it stands
    std::int64_t position = 0;  // the last revision that it is complete up to
    bool resumed = false;       // nothing came since it was taken up again
    OpId set_by = kNobody;      // the operation that brought it here
    OpId before = kNobody;      // the one that had, before it was taken up again
    std::int64_t bookmark = INT64_MIN;
    std::size_t next = 0;  // the number of the change that should come next, as far as known
  };

  bool judge(const Operation& op, const Mop& mop) {
    const std::uint32_t key = index_.keys().find(mop.key);
    const std::uint32_t id =
        stream_ids_.add((std::uint64_t{key} << 32) | static_cast<std::uint32_t>(op.process));
    if (id == streams_.size()) streams_.emplace_back();
    Stream& stream = streams_[id];
    const bool begins = mop.argument.is_integer();
    if (begins) {
      const OpId before = stream.set_by;
      stream = Stream();
      stream.set_by = op.id;
      stream.before = before;
      stream.known = true;
      stream.position = mop.argument.as_integer() == INT64_MIN ? INT64_MIN : mop.argument.as_integer() - 1;
      stream.resumed = before != kNobody;
    }
    if (mop.result.kind() != Value::Kind::list) return !report_.spent();
    const std::int64_t start = begins ? mop.argument.as_integer() : INT64_MIN;
    for (const Value& each : mop.result.as_list()) {
      if (report_.spent()) return false;
      std::int64_t revision = 0;
      Value value;
      if (each.is_integer()) {
        ++bookmarks_;
        bookmark(op, key, stream, each.as_integer());
      } else if (ChangeIndex::split(each, revision, value)) {
        ++events_;
        if (revision < start) {
          before_start(op, key, revision, start);
        } else {
          event(op, key, stream, revision, value);
        }
      }
    }
    return true;
  }

  void event(const Operation& op, std::uint32_t key, Stream& stream, std::int64_t revision,
             const Value& value) {
    const bool forward = !stream.known || revision > stream.position;
    const std::size_t first =
        stream.known ? index_.first_after(key, stream.position, stream.next) : index_.size();
    const bool next = first < index_.size() && index_.change(first).revision == revision;
    const std::size_t number = next ? first : index_.number_of(key, revision);
    delivered_.push_back(static_cast<std::uint32_t>(number));
    judge_value(op, key, revision, value, number);
    if (!forward) {
      const bool after_bookmark = stream.bookmark != INT64_MIN && revision <= stream.bookmark;
      backwards(op, key, stream, revision, after_bookmark);
      return;
    }
    if (stream.known && !next)
      gap(op, key, stream, revision, stream.resumed ? "broken-resume" : "missed-event");
    stream.known = true;
    stream.position = revision;
    stream.next = number + 1;
    stream.resumed = false;
    stream.set_by = op.id;
  }

  void bookmark(const Operation& op, std::uint32_t key, Stream& stream, std::int64_t revision) {
    if (stream.known && revision > stream.position) {
      gap(op, key, stream, revision == INT64_MAX ? revision : revision + 1, "broken-bookmark");
    }
    if (!stream.known || revision > stream.position) stream.position = revision;
    stream.known = true;
    stream.resumed = false;
    stream.bookmark = std::max(stream.bookmark, revision);
    stream.set_by = op.id;
  }

  std::string object(std::uint32_t key) const { return "key " + history_.key_name(index_.keys()[key]); }

  std::vector<OpId> witness_of(const Operation& op, const Stream& stream) const {
    std::vector<OpId> witness{op.id};
    if (stream.set_by != kNobody) witness.push_back(stream.set_by);
    if (stream.resumed) witness.push_back(stream.before);
    return witness;
  }

  // Changes between where the stream stands and this revision.
  void gap(const Operation& op, std::uint32_t key, const Stream& stream, std::int64_t revision,
           const char* anomaly) {
    const std::size_t first = index_.first_after(key, stream.position, stream.next);
    if (first == index_.size()) return;
    const watch::Change* const missed = &index_.change(first);
    if (missed->revision >= revision || !report_.found(anomaly)) return;
    std::vector<OpId> witness = witness_of(op, stream);
    witness.push_back(missed->op);
    const std::string number = std::to_string(missed->revision);
    const std::string next = std::string(anomaly) == "broken-bookmark" ? "a bookmark" : "the change";
    report_.accuse(
        {anomaly,
         object(key),
         "A watch of " + object(key) + " left out revision " + number + ".",
         {naming(history_.at(missed->op), "operation") + " shows that " + object(key) +
              " changed at revision " + number + ".",
          "The stream of process " + std::to_string(op.process) + " was complete up to revision " +
              std::to_string(stream.position) + ".",
          naming(op, "watch") + " went on with " + next + " at revision " +
              std::to_string(std::string(anomaly) == "broken-bookmark" ? revision - 1 : revision) + "."},
         std::move(witness)});
  }

  void backwards(const Operation& op, std::uint32_t key, const Stream& stream, std::int64_t revision,
                 bool after_bookmark) {
    const bool twice = revision == stream.position;
    const char* const anomaly = after_bookmark ? "broken-bookmark"
                                : twice        ? "duplicate-event"
                                               : "unordered-event";
    if (!report_.found(anomaly)) return;
    report_.accuse(
        {anomaly,
         object(key),
         "A watch of " + object(key) + " returned revision " + std::to_string(revision) + " after " +
             std::to_string(stream.position) + ".",
         {std::string("The stream had come to ") + (after_bookmark ? "the bookmark " : "revision ") +
              std::to_string(stream.position) + ".",
          naming(op, "watch") + " then returned revision " + std::to_string(revision) +
              (twice && !after_bookmark ? " once more." : ".")},
         witness_of(op, stream)});
  }

  void before_start(const Operation& op, std::uint32_t key, std::int64_t revision, std::int64_t start) {
    if (!report_.found("event-before-start")) return;
    report_.accuse(
        {"event-before-start",
         object(key),
         "A watch of " + object(key) + " returned a change from before its beginning.",
         {naming(op, "watch") + " asked for changes from revision " + std::to_string(start) + " on.",
          "It returned revision " + std::to_string(revision) + "."},
         {op.id}});
  }

  void judge_value(const Operation& op, std::uint32_t key, std::int64_t revision, const Value& value,
                   std::size_t number) {
    if (value.is_nil() || !index_.has_writes(key)) return;
    // Many streams show the same change; who wrote its value is looked up once.
    Nanos& written_at = written_at_[number];
    const bool same = value == index_.change(number).value;
    if (same && written_at <= op.completed) return;
    const ChangeIndex::Origin origin = index_.origin(key, value);
    if (origin.written_by != kNobody && history_.at(origin.written_by).invoked <= op.completed) {
      if (same) written_at = history_.at(origin.written_by).invoked;
      return;
    }
    const bool aborted = origin.written_by == kNobody && origin.failed != kNobody;
    const char* const anomaly = aborted ? "aborted-event" : "phantom-event";
    if (!report_.found(anomaly)) return;
    // A key without any write could not be judged, so that one stands for all.
    const OpId other = aborted ? origin.failed : index_.some_write(key);
    report_.accuse({anomaly,
                    object(key),
                    "A watch of " + object(key) + " returned " + value.to_string() + ", which " +
                        (aborted ? "a failed write had brought." : "nobody had written."),
                    {naming(op, "watch") + " returned " + value.to_string() + " at revision " +
                         std::to_string(revision) + ".",
                     aborted ? naming(history_.at(other), "write") + " of it failed."
                             : "No write of it to " + object(key) + " was invoked before that."},
                    {op.id, other}});
  }

  void inconsistent(const ChangeIndex::Conflict& conflict) {
    if (!report_.found("inconsistent-event")) return;
    const auto saw = [&](const watch::Change& change) {
      return naming(history_.at(change.op), "operation") + " has " + change.value.to_string() + ".";
    };
    report_.accuse({"inconsistent-event",
                    object(conflict.key),
                    "Revision " + std::to_string(conflict.one.revision) + " of " + object(conflict.key) +
                        " has two values.",
                    {saw(conflict.one), saw(conflict.other)},
                    {conflict.one.op, conflict.other.op}});
  }

  // Changes of one revision come together: a key watched by the same operation that changed at a revision
  // which the operation returned for another key must have that revision, too.
  bool judge_atomic(const Operation& op) {
    if (!std::is_sorted(delivered_.begin(), delivered_.end()))
      std::sort(delivered_.begin(), delivered_.end());
    for (const std::uint32_t number : delivered_) {
      if (report_.spent()) return false;
      for (std::uint32_t other = index_.next_of_revision(number); other != number;
           other = index_.next_of_revision(other)) {
        if (!watched(op, index_.change(other))) continue;
        if (!std::binary_search(delivered_.begin(), delivered_.end(), other)) torn(op, number, other);
      }
    }
    return true;
  }

  // Whether the operation asked for this change.
  bool watched(const Operation& op, const watch::Change& change) const {
    return std::any_of(op.mops.begin(), op.mops.end(), [&](const Mop& mop) {
      if (mop.fn != Fn::watch || mop.key != index_.keys()[change.key]) return false;
      return !mop.argument.is_integer() || mop.argument.as_integer() <= change.revision;
    });
  }

  void torn(const Operation& op, std::uint32_t here, std::uint32_t missing) {
    if (!report_.found("torn-revision")) return;
    const std::int64_t revision = index_.change(here).revision;
    const std::uint32_t key = index_.change(here).key, other = index_.change(missing).key;
    const OpId shown = index_.change(missing).op;
    report_.accuse({"torn-revision",
                    object(key) + ", " + object(other),
                    "A watch returned only a part of revision " + std::to_string(revision) + ".",
                    {naming(history_.at(shown), "operation") + " shows that " + object(other) +
                         " changed at revision " + std::to_string(revision) + ".",
                     naming(op, "watch") + " watched " + object(key) + " and " + object(other) +
                         ", and returned that revision for " + object(key) + " only."},
                    {op.id, shown}});
  }

  const History& history_;
  Report report_;
  ChangeIndex index_;
  DenseIds<std::uint64_t> stream_ids_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> delivered_;  // changes, by the operation at hand
  std::vector<Nanos> written_at_;         // of each change's value; kNever: not looked up

  std::uint64_t events_ = 0;
  std::uint64_t bookmarks_ = 0;
};

CheckResult check_watch(const Settings&, const History& history, const Budget& budget) {
  return Watch(history, budget).run();
}

std::unique_ptr<Checker> make_watch(const CheckerOptions& options, std::string& error) {
  return checker_of(OptionReader("watch", options), Settings(), check_watch, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  return shape.count(Fn::watch) == 0 ? "needs watches" : "";
}

}  // namespace

extern const CheckerPlugin watch_plugin;
const CheckerPlugin watch_plugin = {"watch", "a stream of changes tells everything, in order, once",
                                    make_watch, unsuited};

}  // namespace assay::checkers
