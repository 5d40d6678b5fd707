#include "checkers/testing/object_generator.h"

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <unordered_map>
#include <vector>

#include "harness/core/rng.h"

namespace assay::checkers::testing {

namespace {

struct ObjectDraft {
  Operation operation;
  Mop mop;
};

History build_objects(std::vector<ObjectDraft>& drafts) {
  std::stable_sort(drafts.begin(), drafts.end(), [](const ObjectDraft& a, const ObjectDraft& b) {
    return a.operation.invoked < b.operation.invoked;
  });
  HistoryBuilder builder;
  for (ObjectDraft& draft : drafts) {
    draft.operation.mops = {&draft.mop, 1};
    builder.add(draft.operation);
  }
  return builder.build();
}

// One object, as it really is.
class Simulated {
 public:
  Simulated(const ObjectOptions& options, Rng& rng, std::int64_t& unique)
      : options_(options), rng_(rng), unique_(unique) {}

  // What a client asks for.
  void draw(Mop& mop) {
    const std::string& model = options_.model;
    const bool reads = per_mille(options_.read_permille), puts = per_mille(options_.put_permille);
    if (model == "mutex" || model == "fenced-mutex") {
      mop.fn = puts ? Fn::acquire : Fn::release;
    } else if (model == "counter") {
      mop.fn = reads ? Fn::read : Fn::add;
      if (!reads) mop.argument = options_.values == 0 ? 1 : rng_.between(-1, options_.values);
    } else if (model == "append-list") {
      mop.fn = reads ? Fn::read : Fn::append;
      if (!reads) mop.argument = draw_value();
    } else if (model == "set") {
      mop.fn = reads ? Fn::read : puts ? Fn::add : Fn::remove;
      const bool whole = reads && options_.whole_reads && rng_.chance(1, 2);
      if (!whole) mop.argument = mop.fn == Fn::add ? draw_value() : any_element();
    } else {
      const bool stack = model == "stack";
      mop.fn = puts ? (stack ? Fn::push : Fn::enqueue) : stack ? Fn::pop : Fn::dequeue;
      if (puts) mop.argument = draw_value();
    }
  }

  // Lets it happen; false if it is refused.
  bool take_effect(Mop& mop) {
    switch (mop.fn) {
      case Fn::acquire:
      case Fn::release:
        return lock(mop);
      case Fn::enqueue:
      case Fn::push:
      case Fn::append:
        put(mop.argument.as_integer());
        return true;
      case Fn::dequeue:
      case Fn::pop:
        take(mop);
        return true;
      case Fn::add:
      case Fn::remove:
        change(mop);
        return true;
      default:
        read(mop);
        return true;
    }
  }

 private:
  bool per_mille(std::int64_t permille) { return rng_.chance(static_cast<std::uint64_t>(permille), 1000); }

  std::int64_t draw_value() {
    if (options_.values == 0) return ++unique_;
    return static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(options_.values)));
  }

  std::int64_t any_element() {
    if (options_.values != 0 || elements_.empty() || rng_.chance(1, 8)) return draw_value();
    return elements_[rng_.below(elements_.size())];
  }

  bool lock(Mop& mop) {
    if (held_ == (mop.fn == Fn::acquire)) return false;
    held_ = !held_;
    if (options_.model != "fenced-mutex") return true;
    if (held_) {
      token_ += rng_.between(1, 3);
      mop.result = token_;
    } else if (rng_.chance(1, 2)) {
      mop.argument = token_;
    }
    return true;
  }

  void put(std::int64_t value) {
    if (options_.model == "priority-queue") {
      heap_.insert(value);
    } else {
      elements_.push_back(value);
    }
  }

  void take(Mop& mop) {
    if (options_.model == "priority-queue") {
      if (heap_.empty()) return;
      mop.result = *heap_.begin();
      heap_.erase(heap_.begin());
      return;
    }
    if (first_ == elements_.size()) return;
    std::size_t place = elements_.size() - 1;
    if (options_.model == "fifo-queue") place = first_++;
    if (options_.model == "unordered-queue") {
      std::swap(elements_[rng_.below(elements_.size())], elements_.back());
    }
    mop.result = elements_[place];
    if (options_.model != "fifo-queue") elements_.pop_back();
  }

  // Of a counter or a set.
  void change(Mop& mop) {
    const std::int64_t argument = mop.argument.as_integer();
    if (options_.model == "counter") {
      count_ += argument;
      return;
    }
    const auto found = places_.find(argument);
    const bool there = found != places_.end();
    if (options_.values == 0 || rng_.chance(1, 2)) mop.result = Value::boolean(there != (mop.fn == Fn::add));
    if (mop.fn == Fn::add && !there) {
      places_[argument] = elements_.size();
      elements_.push_back(argument);
    }
    if (mop.fn == Fn::remove && there) {
      const std::size_t place = found->second;
      elements_[place] = elements_.back();
      places_[elements_[place]] = place;
      elements_.pop_back();
      places_.erase(argument);
    }
  }

  void read(Mop& mop) {
    if (options_.model == "counter") {
      mop.result = count_;
    } else if (!mop.argument.is_nil()) {
      mop.result = Value::boolean(places_.contains(mop.argument.as_integer()));
    } else {
      mop.result = Value::list(std::vector<Value>(elements_.begin(), elements_.end()));
    }
  }

  const ObjectOptions& options_;
  Rng& rng_;
  std::int64_t& unique_;
  bool held_ = false;
  std::int64_t token_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::int64_t> elements_;
  std::size_t first_ = 0;  // of a queue
  std::unordered_map<std::int64_t, std::size_t> places_;
  std::multiset<std::int64_t> heap_;
};

class ObjectGenerator {
 public:
  explicit ObjectGenerator(const ObjectOptions& options)
      : options_(options), rng_(options.seed), next_process_(static_cast<ProcessId>(options.clients)) {
    for (std::int64_t key = 0; key < options.keys; ++key) objects_.emplace_back(options_, rng_, unique_);
  }

  History run() {
    for (std::int64_t client = 0; client < options_.clients; ++client)
      start(static_cast<ProcessId>(client), rng_.below(100));
    while (!effects_.empty()) {
      const Moment moment = effects_.top();
      effects_.pop();
      ObjectDraft& draft = drafts_[moment.draft];
      finish(draft);
      // Who does not know what became of an operation goes on as somebody else.
      const bool retired = draft.operation.outcome == Outcome::info;
      start(retired ? next_process_++ : draft.operation.process, ends_[moment.draft] + 1);
    }
    return build_objects(drafts_);
  }

 private:
  struct Moment {
    Nanos time;
    std::size_t draft;
    bool operator<(const Moment& other) const {
      return time != other.time ? time > other.time : draft > other.draft;
    }
  };

  void start(ProcessId process, Nanos now) {
    if (drafts_.size() >= options_.operations) return;
    ObjectDraft draft;
    draft.mop.key = static_cast<Key>(rng_.below(objects_.size()));
    objects_[static_cast<std::size_t>(draft.mop.key)].draw(draft.mop);
    draft.operation.process = process;
    draft.operation.outcome = Outcome::ok;
    draft.operation.invoked = draft.operation.due = now;
    const Nanos effect = now + rng_.exponential(options_.latency / 2);
    draft.operation.completed = effect + rng_.exponential(options_.latency / 2);
    ends_.push_back(draft.operation.completed);
    effects_.push({effect, drafts_.size()});
    drafts_.push_back(draft);
  }

  void finish(ObjectDraft& draft) {
    Simulated& object = objects_[static_cast<std::size_t>(draft.mop.key)];
    const bool info = draft.mop.fn != Fn::read && options_.info_permille > 0 &&
                      rng_.chance(static_cast<std::uint64_t>(options_.info_permille), 1000);
    if (!info) {
      if (!object.take_effect(draft.mop)) draft.operation.outcome = Outcome::fail;
      return;
    }
    Mop mop = draft.mop;
    if (rng_.chance(1, 2)) object.take_effect(mop);
    draft.operation.outcome = Outcome::info;
    draft.operation.completed = kNever;
  }

  ObjectOptions options_;
  Rng rng_;
  std::int64_t unique_ = 0;
  ProcessId next_process_ = 0;
  std::vector<Simulated> objects_;
  std::vector<ObjectDraft> drafts_;
  std::vector<Nanos> ends_;
  std::priority_queue<Moment> effects_;
};

bool takes(Fn fn) { return fn == Fn::dequeue || fn == Fn::pop; }

bool damage(std::vector<ObjectDraft>& drafts, std::size_t at, ObjectCorruption corruption, Rng& rng) {
  ObjectDraft& draft = drafts[at];
  Mop& mop = draft.mop;
  const bool has_result = takes(mop.fn) || mop.fn == Fn::read || !mop.result.is_nil();
  if (corruption == ObjectCorruption::emptied && draft.operation.outcome == Outcome::fail) {
    draft.operation.outcome = Outcome::ok;
    return true;
  }
  if (draft.operation.outcome != Outcome::ok) return false;
  if (corruption == ObjectCorruption::moved) {
    const Nanos shift = rng.between(1, 4) * (draft.operation.completed - draft.operation.invoked + 1);
    draft.operation.invoked += shift;
    draft.operation.due += shift;
    draft.operation.completed += shift;
    draft.operation.process += 100'000;  // whose own other operations it may now overlap
    return true;
  }
  if (!has_result) return false;
  const Value before = mop.result;
  if (corruption == ObjectCorruption::swapped_results) {
    const std::size_t other = at + 1 + rng.below(std::min<std::size_t>(20, drafts.size()));
    if (other >= drafts.size() || drafts[other].mop.fn != mop.fn || drafts[other].mop.key != mop.key ||
        drafts[other].operation.outcome != Outcome::ok || drafts[other].mop.result.kind() != before.kind())
      return false;
    std::swap(mop.result, drafts[other].mop.result);
  } else if (mop.result.kind() == Value::Kind::boolean) {
    mop.result = Value::boolean(!before.as_boolean());
  } else if (mop.result.kind() == Value::Kind::list) {
    std::vector<Value> elements(before.as_list().begin(), before.as_list().end());
    if (corruption == ObjectCorruption::phantom) {
      elements.push_back(std::int64_t{1} << 40);
    } else if (!elements.empty()) {
      elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(rng.below(elements.size())));
    }
    mop.result = Value::list(std::move(elements));
  } else if (corruption == ObjectCorruption::phantom) {
    mop.result = before.is_integer() ? Value(before.as_integer() + rng.between(-1, 1)) : Value(1);
    if (rng.chance(1, 2)) mop.result = std::int64_t{1} << 40;
  } else {
    mop.result = before.is_nil() ? Value(1) : Value();
  }
  return mop.result != before;
}

}  // namespace

History generate_object_history(const ObjectOptions& options) { return ObjectGenerator(options).run(); }

bool corrupt_object(const History& history, ObjectCorruption corruption, std::int64_t permille,
                    std::uint64_t seed, History& corrupted) {
  Rng rng(seed);
  std::vector<ObjectDraft> drafts;
  for (const Operation op : history.operations()) drafts.push_back({op, op.mops.front()});
  for (std::size_t i = drafts.size() * static_cast<std::size_t>(permille) / 1000; i < drafts.size(); ++i) {
    if (!damage(drafts, i, corruption, rng)) continue;
    corrupted = build_objects(drafts);
    return true;
  }
  return false;
}

}  // namespace assay::checkers::testing
