// The checker "kafka": a log per key, written by sends and read by polls, with the anomalies of Jepsen's
// kafka workload under its names. A send returns the offset of its element, a poll pairs of offset and
// element; elements are unique.
//
// The log of a key is what acknowledged sends and polls show of it, in order of offsets. In it nothing is
//   lost-write            acknowledged at an offset that polls went beyond, and never polled
//   G1a                   polled, although its transaction failed
//   phantom-read          polled, and nobody sent it
//   inconsistent-offsets  two elements at one offset
//   duplicate             one element at two offsets
//   precommitted-read     polled by the transaction that sent it
//   G1c                   polled by a transaction from which its own sender polled, in a circle of any length; also
//                         closed by the order of processes or of time
// With option `order` = yes the sends of a transaction stand together, so that the order of elements is one of
// transactions: then G0, too. Kafka's own transactions interleave, and the default is no.
// and each process moves forward, within a transaction (int-...) and from one to the next:
//   int-nonmonotonic-poll, nonmonotonic-poll, int-nonmonotonic-send, nonmonotonic-send, int-poll-skip,
//   poll-skip.
// A poll with an argument began at a position that was set anew (after an assign or subscribe), and is not
// compared with the polls before it. Counted, and no fault: int-send-skip, since transactions interleave.
//
// unseen: acknowledged and behind everything polled. A fault when the log was read to the end: option
// `drained` = yes, or polls in a phase of final reads; else the result is unknown.
//
// With option `certificate` = yes (default: no) an order of the operations shows that no circle is there.
//
// Complexity: linear in what was polled, and a sort of the offsets. Memory: about 200 bytes an offset.
#include <algorithm>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/log_cycles.h"
#include "checkers/datatypes/log_index.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  bool drained = false;
  bool order = false;
  bool certificate = false;
};

using kafka::LogIndex;
using kafka::Sighting;
constexpr std::uint32_t kNone = UINT32_MAX;

class Kafka {
 public:
  Kafka(const Settings& settings, const History& history, const Budget& budget)
      : drained_(settings.drained),
        order_(settings.order),
        certificate_(settings.certificate),
        history_(history),
        report_("kafka", "log", budget,
                {"lost-write", "G0", "G0-process", "G0-realtime", "G1a", "G1c", "G1c-process", "G1c-realtime",
                 "phantom-read", "inconsistent-offsets", "duplicate", "unseen", "precommitted-read",
                 "int-nonmonotonic-poll", "nonmonotonic-poll", "int-nonmonotonic-send", "nonmonotonic-send",
                 "int-poll-skip", "poll-skip"}) {}

  CheckResult run() {
    const bool room = report_.reserve(history_.size() * 48);
    if (!room || !index_.build(history_, report_)) return report_.stopped("no operation");
    if (!index_.problem().empty())
      return report_.nothing_to_judge("The history cannot be judged: " + index_.problem() + ".");
    judge_offsets();
    for (std::uint32_t key = 0; key < index_.keys().size(); ++key) {
      polled_elements_.emplace_back(index_.log(key).elements.size(), false);
    }
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size() + steps_)) return report_.stopped(counted(op.id, "operation"));
      steps_ = 0;
      if (op.outcome == Outcome::ok) judge(op);
    }
    for (std::uint32_t key = 0; key < index_.keys().size(); ++key) {
      if (report_.spent(index_.log(key).ids.size())) return report_.stopped("the polls");
      judge_delivery(key);
    }
    if (!kafka::find_log_cycles(history_, index_, order_, report_)) return report_.stopped("all but cycles");
    report_.fact("keys", index_.keys().size());
    report_.fact("sent", sent_);
    report_.fact("polled", polled_);
    report_.fact("int-send-skip", send_skips_);
    if (polled_ + sent_ == 0)
      return report_.nothing_to_judge("Nothing was sent or polled, so nothing was tested.");
    if (polled_ == 0) return report_.nothing_to_judge("Nothing was polled, so nothing was tested.");
    if (unseen_ > 0) {
      return report_.unknown(counted(unseen_, "acknowledged element") + " was never reached by a poll.");
    }
    CheckResult result =
        report_.valid("All " + counted(sent_, "acknowledged element") + " were polled in order.");
    // certify() makes the claim of it.
    std::vector<OpId> order;
    if (certificate_ && kafka::find_log_order(history_, index_, order_, report_, order))
      result.certificate = Certificate{"kafka", {}, {{0, std::move(order)}}};
    return result;
  }

 private:
  void judge_offsets() {
    for (const auto& [key, one, other] : index_.inconsistent()) {
      if (!report_.found("inconsistent-offsets")) continue;
      report_.accuse({"inconsistent-offsets",
                      object(key),
                      "Offset " + std::to_string(one.offset) + " of " + object(key) + " holds two elements.",
                      {naming(history_.at(one.op), "operation") + " saw " + text(key, one) + " there.",
                       naming(history_.at(other.op), "operation") + " saw " + text(key, other) + " there."},
                      with_senders(key, {one, other})});
    }
    for (const auto& [key, one, other] : index_.duplicates()) {
      if (!report_.found("duplicate")) continue;
      report_.accuse({"duplicate",
                      object(key),
                      "Element " + text(key, one) + " of " + object(key) + " is there twice.",
                      {naming(history_.at(one.op), "operation") + " saw it at offset " +
                           std::to_string(one.offset) + ".",
                       naming(history_.at(other.op), "operation") + " saw it at offset " +
                           std::to_string(other.offset) + ".",
                       "It was sent once."},
                      with_senders(key, {one, other})});
    }
  }

  std::string object(std::uint32_t key) const { return "key " + history_.key_name(index_.keys()[key]); }
  std::string text(std::uint32_t key, const Sighting& sighting) const {
    return index_.log(key).ids[sighting.element].to_string();
  }
  std::vector<OpId> with_senders(std::uint32_t key, std::initializer_list<Sighting> sightings) const {
    std::vector<OpId> witness;
    for (const Sighting& sighting : sightings) {
      witness.push_back(sighting.op);
      const OpId sender = index_.log(key).elements[sighting.element].sent_by;
      if (sender != kNone) witness.push_back(sender);
    }
    return witness;
  }

  // Where a process stands in the log of a key.
  struct Position {
    Sighting last;
    std::size_t rank = 0;  // of its offset
    bool known = false;
    OpId set_by = kNone;  // the operation at hand set it
  };

  Position& position(std::vector<Position>& positions, std::uint32_t key, const Operation& op) {
    const std::uint64_t pair = (std::uint64_t{key} << 32) | static_cast<std::uint32_t>(op.process);
    const std::uint32_t id = streams_.add(pair);
    if (id >= positions.size()) positions.resize(id + 1);
    return positions[id];
  }

  void judge(const Operation& op) {
    for (const Mop& mop : op.mops) {
      const std::uint32_t key = index_.keys().find(mop.key);
      if (mop.fn == Fn::send) {
        ++sent_;
        if (!mop.result.is_integer()) continue;
        const Sighting at{mop.result.as_integer(), index_.log(key).ids.find(mop.argument), op.id};
        Position& sender = position(sends_, key, op);
        step(op, key, at, index_.rank(key, at.offset, sender.rank + 1), sender, false);
      } else if (mop.result.kind() == Value::Kind::list) {
        judge_poll(op, key, mop);
      }
    }
  }

  void judge_poll(const Operation& op, std::uint32_t key, const Mop& mop) {
    Position& consumer = position(polls_, key, op);
    // Set anew: nothing is known of where the process stood.
    if (!mop.argument.is_nil()) consumer = Position();
    const auto found = mop.result.as_list();
    steps_ += found.size();
    for (const Value& each : found) {
      ++polled_;
      std::size_t rank = 0;
      Sighting at = index_.sighting_of(key, each, consumer.rank + 1, rank);
      at.op = op.id;
      polled_elements_[key][at.element] = true;
      judge_element(op, key, at);
      step(op, key, at, rank, consumer, true);
    }
  }

  void judge_element(const Operation& op, std::uint32_t key, const Sighting& at) {
    const kafka::Element& element = index_.log(key).elements[at.element];
    const auto accuse = [&](const char* anomaly, const std::string& summary, const std::string& why,
                            OpId other) {
      if (!report_.found(anomaly)) return;
      std::vector<OpId> witness{op.id};
      if (other != kNone) witness.push_back(other);
      report_.accuse({anomaly,
                      object(key),
                      "Element " + text(key, at) + " was polled" + summary,
                      {naming(op, "poll") + " returned " + text(key, at) + " of " + object(key) + ".", why},
                      std::move(witness)});
    };
    if (element.sent_by == kNone && element.failed != kNone) {
      accuse("G1a", ", although its transaction failed.",
             naming(history_.at(element.failed), "send") + " of it failed.", element.failed);
    } else if (element.sent_by == kNone) {
      accuse("phantom-read", " and nobody had sent it.", "No operation sent it.", kNone);
    } else if (history_.at(element.sent_by).invoked > op.completed) {
      accuse("phantom-read", " before it was sent.",
             naming(history_.at(element.sent_by), "send") + " of it was invoked later.", element.sent_by);
    } else if (element.sent_by == op.id) {
      accuse("precommitted-read", " by the transaction that sent it.",
             "What a transaction sends can be polled once it is committed, not by itself.", kNone);
    }
  }

  // From where the process stood in the log to where it is now.
  void step(const Operation& op, std::uint32_t key, const Sighting& at, std::size_t rank, Position& position,
            bool poll) {
    const Position before = position;
    position = {at, rank, true, op.id};
    if (!before.known) return;
    const bool inside = before.set_by == op.id;
    const std::size_t from = before.rank, to = rank;
    if (to > from + 1) {
      if (!poll) {
        send_skips_ += inside ? 1 : 0;
        return;
      }
      const char* const anomaly = inside ? "int-poll-skip" : "poll-skip";
      if (!report_.found(anomaly)) return;
      const Sighting skipped = index_.log(key).sightings[from + 1];
      std::vector<OpId> witness = with_senders(key, {before.last, skipped, at});
      report_.accuse({anomaly, object(key),
                      "A process skipped element " + text(key, skipped) + " of " + object(key) + ".",
                      moved(op, key, before, at, inside,
                            "Between them there is " + text(key, skipped) + " at offset " +
                                std::to_string(skipped.offset) + ", as " +
                                naming(history_.at(skipped.op), "operation") + " shows."),
                      std::move(witness)});
    } else if (to <= from) {
      const char* const anomaly = poll ? (inside ? "int-nonmonotonic-poll" : "nonmonotonic-poll")
                                       : (inside ? "int-nonmonotonic-send" : "nonmonotonic-send");
      if (!report_.found(anomaly)) return;
      report_.accuse(
          {anomaly, object(key),
           std::string("A process ") + (poll ? "polled" : "sent") + " backwards in " + object(key) + ".",
           moved(op, key, before, at, inside, "That is no step forward in the log."),
           with_senders(key, {before.last, at})});
    }
  }

  std::vector<std::string> moved(const Operation& op, std::uint32_t key, const Position& before,
                                 const Sighting& at, bool inside, std::string why) const {
    const auto place = [&](const Sighting& sighting) {
      return "at offset " + std::to_string(sighting.offset) + " (" + text(key, sighting) + ")";
    };
    return {"Process " + std::to_string(op.process) + " was " + place(before.last) + " in operation " +
                std::to_string(before.last.op) + ".",
            (inside ? "In the same operation it went on "
                    : "Its next operation on that key, " + std::to_string(op.id) + ", went on ") +
                place(at) + ".",
            std::move(why)};
  }

  void judge_delivery(std::uint32_t key) {
    const kafka::Log& log = index_.log(key);
    for (std::uint32_t id = 0; id < log.elements.size(); ++id) {
      const kafka::Element& element = log.elements[id];
      if (element.acknowledged == kNone || polled_elements_[key][id]) continue;
      const bool passed =
          log.furthest.op != kNone && element.has_offset && element.offset < log.furthest.offset;
      const bool end_read =
          drained_ ||
          (log.polled_at_end && history_.at(element.acknowledged).precedes(history_.at(log.last_final_poll)));
      if (!passed && !end_read) {
        ++unseen_;
        continue;
      }
      const char* const anomaly = passed ? "lost-write" : "unseen";
      if (!report_.found(anomaly)) continue;
      const std::string value = log.ids[id].to_string();
      std::vector<OpId> witness{element.acknowledged};
      std::vector<std::string> steps{
          naming(history_.at(element.acknowledged), "send") + " of " + value + " was acknowledged" +
          (element.has_offset ? " at offset " + std::to_string(element.offset) + "." : ".")};
      if (passed) {
        const std::vector<OpId> beyond = with_senders(key, {log.furthest});
        witness.insert(witness.end(), beyond.begin(), beyond.end());
        steps.push_back(naming(history_.at(log.furthest.op), "poll") + " found " + text(key, log.furthest) +
                        " at offset " + std::to_string(log.furthest.offset) + ", beyond that.");
      }
      steps.push_back("No poll ever returned it.");
      report_.accuse({anomaly, object(key),
                      "Element " + value + " of " + object(key) + " was acknowledged and never polled.",
                      std::move(steps), std::move(witness)});
    }
  }

  bool drained_;
  bool order_;
  bool certificate_;
  const History& history_;
  Report report_;
  LogIndex index_;
  DenseIds<std::uint64_t> streams_;
  std::vector<Position> sends_, polls_;
  std::vector<std::vector<bool>> polled_elements_;  // by key and element
  std::size_t steps_ = 0;                           // of the operation at hand
  std::uint64_t sent_ = 0;
  std::uint64_t polled_ = 0;
  std::uint64_t send_skips_ = 0;
  std::uint64_t unseen_ = 0;
};

CheckResult check_kafka(const Settings& settings, const History& history, const Budget& budget) {
  return Kafka(settings, history, budget).run();
}

std::unique_ptr<Checker> make_kafka(const CheckerOptions& options, std::string& error) {
  OptionReader reader("kafka", options);
  const Settings settings{reader.yes("drained", false), reader.yes("order", false),
                          reader.yes("certificate", false)};
  return checker_of(reader, settings, check_kafka, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::send, Fn::poll) || shape.count(Fn::poll) == 0)
    return "needs sends to a log and polls of it";
  return {};
}

}  // namespace

extern const CheckerPlugin kafka_plugin;
const CheckerPlugin kafka_plugin = {"kafka", "a log per key: nothing lost, doubled, reordered or skipped",
                                    make_kafka, unsuited};

}  // namespace assay::checkers
