#include "checkers/testing/history_generator.h"

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <vector>

#include "harness/core/rng.h"

namespace assay::checkers::testing {

namespace {

struct Draft {
  Operation operation;
  Mop mop;
};

History build(std::vector<Draft>& drafts) {
  std::stable_sort(drafts.begin(), drafts.end(),
                   [](const Draft& a, const Draft& b) { return a.operation.invoked < b.operation.invoked; });
  HistoryBuilder builder;
  for (Draft& draft : drafts) {
    draft.operation.mops = {&draft.mop, 1};
    builder.add(draft.operation);
  }
  return builder.build();
}

std::vector<Draft> drafts_of(const History& history) {
  std::vector<Draft> drafts;
  for (const Operation op : history.operations()) drafts.push_back({op, op.mops.front()});
  return drafts;
}

class Generator {
 public:
  explicit Generator(const GeneratorOptions& options) : options_(options), rng_(options.seed) {}

  History run() {
    for (std::int64_t client = 0; client < options_.clients; ++client) start(client, rng_.below(100));
    while (!effects_.empty()) {
      const Moment moment = effects_.top();
      effects_.pop();
      take_effect(drafts_[moment.draft]);
      const bool info = drafts_[moment.draft].operation.outcome == Outcome::info;
      const Nanos end = ends_[moment.draft];
      start(moment.client, end + 1 + (options_.pause > 0 ? rng_.exponential(options_.pause) : 0));
      if (info) drafts_[moment.draft].operation.completed = kNever;
    }
    return build(drafts_);
  }

 private:
  struct Moment {
    Nanos time;
    std::size_t draft;
    std::int64_t client;
    bool operator<(const Moment& other) const {
      return time != other.time ? time > other.time : draft > other.draft;
    }
  };

  std::int64_t draw_value() {
    return options_.values > 0
               ? static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(options_.values)))
               : ++unique_;
  }

  void start(std::int64_t client, Nanos now) {
    if (drafts_.size() >= options_.operations) return;
    Draft draft;
    draft.mop.key = static_cast<Key>(rng_.below(static_cast<std::uint64_t>(options_.keys)));
    const auto dice = static_cast<std::int64_t>(rng_.below(1000));
    if (dice < options_.write_permille) {
      draft.mop.fn = Fn::write;
      draft.mop.argument = draw_value();
    } else if (dice < options_.write_permille + options_.cas_permille) {
      draft.mop.fn = Fn::cas;
      const Value expected = options_.values > 0 ? Value(draw_value()) : registers_[draft.mop.key];
      draft.mop.argument = Value::pair(expected, draw_value());
    }
    draft.operation.process = static_cast<ProcessId>(client);
    draft.operation.outcome = Outcome::ok;
    draft.operation.invoked = draft.operation.due = now;
    const Nanos effect = now + rng_.exponential(options_.latency / 2);
    const Nanos end = effect + rng_.exponential(options_.latency / 2);
    draft.operation.completed = end;
    if (draft.mop.fn != Fn::read && options_.info_permille > 0 &&
        rng_.chance(static_cast<std::uint64_t>(options_.info_permille), 1000)) {
      draft.operation.outcome = Outcome::info;
    }
    effects_.push({effect, drafts_.size(), client});
    drafts_.push_back(draft);
    ends_.push_back(end);
  }

  void take_effect(Draft& draft) {
    Value& value = registers_[draft.mop.key];
    const bool info = draft.operation.outcome == Outcome::info;
    if (info && rng_.chance(1, 2)) return;
    if (draft.mop.fn == Fn::read) {
      draft.mop.result = value;
    } else if (draft.mop.fn == Fn::write) {
      value = draft.mop.argument;
    } else if (value == draft.mop.argument.first()) {
      value = draft.mop.argument.second();
    } else if (!info) {
      draft.operation.outcome = Outcome::fail;
    }
  }

  GeneratorOptions options_;
  Rng rng_;
  std::int64_t unique_ = 0;
  std::vector<Draft> drafts_;
  std::vector<Nanos> ends_;
  std::map<Key, Value> registers_;
  std::priority_queue<Moment> effects_;
};

// The value that a mutator leaves.
Value value_left(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.second() : mop.argument; }

// Whether no operation can have left the value in the register when the read looked: every one that writes it
// began after the read, or was overwritten for sure before the read began.
bool surely_impossible(const std::vector<Draft>& drafts, const Draft& read, const Value& value) {
  Nanos overwritten = INT64_MIN;  // what returned before this is gone when the read begins
  for (const Draft& other : drafts) {
    if (other.mop.key != read.mop.key || other.mop.fn == Fn::read || other.operation.outcome != Outcome::ok)
      continue;
    if (other.operation.completed < read.operation.invoked) {
      overwritten = std::max(overwritten, other.operation.invoked);
    }
  }
  for (const Draft& other : drafts) {
    if (other.mop.key != read.mop.key || other.mop.fn == Fn::read || other.operation.outcome == Outcome::fail)
      continue;
    if (value_left(other.mop) != value || other.operation.invoked > read.operation.completed) continue;
    if (other.operation.completed >= overwritten) return false;
  }
  return !value.is_nil() || overwritten > INT64_MIN;
}

}  // namespace

History generate_history(const GeneratorOptions& options) { return Generator(options).run(); }

History copy_history(const History& history) {
  std::vector<Draft> drafts = drafts_of(history);
  return build(drafts);
}

History skew_processes(const History& history, Nanos skew) {
  std::vector<Draft> drafts = drafts_of(history);
  for (Draft& draft : drafts) {
    const Nanos shift = skew * draft.operation.process;
    draft.operation.invoked += shift;
    draft.operation.due += shift;
    if (draft.operation.completed != kNever) draft.operation.completed += shift;
  }
  return build(drafts);
}

bool corrupt(const History& history, Corruption corruption, std::int64_t permille, std::uint64_t seed,
             History& corrupted, bool& certain) {
  Rng rng(seed);
  std::vector<Draft> drafts = drafts_of(history);
  const std::size_t begin = drafts.size() * static_cast<std::size_t>(permille) / 1000;
  certain = false;
  for (std::size_t i = begin; i < drafts.size(); ++i) {
    Draft& draft = drafts[i];
    if (draft.operation.outcome != Outcome::ok) continue;
    if (corruption == Corruption::dropped_write) {
      if (draft.mop.fn != Fn::write) continue;
      draft.operation.outcome = Outcome::fail;
      for (const Draft& read : drafts) {
        if (read.mop.fn != Fn::read || read.mop.key != draft.mop.key || read.operation.outcome != Outcome::ok)
          continue;
        if (read.mop.result != draft.mop.argument) continue;
        certain = certain || surely_impossible(drafts, read, read.mop.result);
      }
      if (!certain) {
        draft.operation.outcome = Outcome::ok;
        continue;
      }
    } else {
      if (draft.mop.fn != Fn::read) continue;
      const Value before = draft.mop.result;
      const std::size_t other = rng.below(i + 1);
      if (corruption == Corruption::phantom_read) {
        draft.mop.result = Value(std::int64_t{1} << 40);
        certain = true;
      } else if (corruption == Corruption::stale_read) {
        for (std::size_t back = i; back-- > 0 && !certain;) {
          const Draft& old = drafts[back];
          if (old.mop.key != draft.mop.key || old.mop.fn == Fn::read) continue;
          draft.mop.result = value_left(old.mop);
          certain = surely_impossible(drafts, draft, draft.mop.result);
          if (i - back > 400) break;
        }
      } else if (drafts[other].mop.fn == Fn::read && drafts[other].mop.key == draft.mop.key &&
                 drafts[other].operation.outcome == Outcome::ok && drafts[other].mop.result != before) {
        std::swap(draft.mop.result, drafts[other].mop.result);
        certain = surely_impossible(drafts, draft, draft.mop.result) ||
                  surely_impossible(drafts, drafts[other], drafts[other].mop.result);
      }
      if (draft.mop.result == before || (corruption == Corruption::stale_read && !certain)) {
        draft.mop.result = before;
        continue;
      }
    }
    corrupted = build(drafts);
    return true;
  }
  return false;
}

}  // namespace assay::checkers::testing
