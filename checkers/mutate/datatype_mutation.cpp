// Changes that break what the checkers of one type of data promise.
#include <algorithm>
#include <map>
#include <set>

#include "checkers/mutate/workbench.h"

namespace assay::checkers {

namespace {

bool is_alone(const Operation& op) { return op.mops.size() == 1; }

// Banks.

// A read of all accounts finds a transfer in one account only: the total is another one.
bool half_transfer(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Operation read = bench.at(place.op);
    const bool in_bank = bench.kind(place) == KeyKind::counter && !is_alone(read);
    if (!in_bank || !bench.mop(place).result.is_integer() || !bench.is_read_again(read.id)) return false;
    // Of a transfer from or to this account, whose sum is zero.
    std::int64_t amount = 0;
    for (const Operation op : bench.history().operations()) {
      if (op.outcome == Outcome::fail || is_alone(op)) continue;
      for (const Mop& mop : op.mops) {
        const bool moves = mop.fn == Fn::add && mop.key == bench.mop(place).key && mop.argument.is_integer();
        if (moves && mop.argument != Value(0)) amount = mop.argument.as_integer();
      }
    }
    const std::int64_t balance = bench.mop(place).result.as_integer();
    if (amount == 0 || std::max(std::abs(balance), std::abs(amount)) > INT32_MAX) return false;
    bench.finish_with_result(mutation, Breakage::values, place, Value(balance + amount),
                             "a transfer half done");
    return true;
  });
}

// One account of a read lies below zero, another one holds that much more.
bool overdraw(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Operation read = bench.at(place.op);
    if (bench.kind(place) != KeyKind::counter || is_alone(read)) return false;
    const auto other = static_cast<std::uint32_t>((place.mop + 1) % read.mops.size());
    for (const std::uint32_t mop : {place.mop, other}) {
      const Value& result = read.mops[mop].result;
      if (!result.is_integer() || std::abs(result.as_integer()) > INT32_MAX) return false;
    }
    const std::int64_t moved = std::max<std::int64_t>(read.mops[place.mop].result.as_integer(), 0) + 1;
    if (read.mops[place.mop].result.as_integer() < 0) return false;
    Draft draft(bench.history());
    std::vector<Mop>& mops = draft.operations[read.id].mops;
    mops[place.mop].result = Value(mops[place.mop].result.as_integer() - moved);
    mops[other].result = Value(mops[other].result.as_integer() + moved);
    Workbench::finish(mutation, Breakage::values, named(read.id) + " finds an account overdrawn", draft);
    return true;
  });
}

// Counters.

// A read that nothing overlaps lacks an increment that was acknowledged before it.
bool lose_add(Workbench& bench, Mutation& mutation) {
  if (!bench.has_times()) return false;
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Operation read = bench.at(place.op);
    if (bench.kind(place) != KeyKind::counter || !is_alone(read)) return false;
    if (!bench.mop(place).result.is_integer()) return false;
    std::vector<Operation> sure;
    for (const Operation op : bench.history().operations()) {
      if (op.outcome == Outcome::fail || op.mops.empty() || op.mops[0].key != bench.mop(place).key) continue;
      if (op.mops[0].fn != Fn::add) continue;
      if (!op.precedes(read) && !read.precedes(op)) return false;
      const bool counts = op.precedes(read) && op.mops[0].argument.is_integer();
      if (counts && op.mops[0].argument.as_integer() > 0) sure.push_back(op);
    }
    if (sure.empty()) return false;
    const Operation& lost = sure[bench.rng().below(sure.size())];
    const std::int64_t rest = bench.mop(place).result.as_integer() - lost.mops[0].argument.as_integer();
    bench.finish_with_result(mutation, Breakage::real_time, place, Value(rest),
                             "without the increment of " + named(lost.id));
    return true;
  });
}

// Queues.

// Nobody ever gets what was put in.
bool lose_element(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Mop& mop = bench.mop(place);
    if (mop.fn != Fn::dequeue || bench.kind(place) != KeyKind::queue) return false;
    if (bench.writer_of(place, mop.result) == nullptr) return false;
    // A dequeue of unknown outcome may have got it.
    for (const Operation op : bench.history().operations()) {
      if (op.outcome != Outcome::info) continue;
      for (const Mop& other : op.mops) {
        if (other.fn == Fn::dequeue && other.key == mop.key) return false;
      }
    }
    Draft draft(bench.history());
    draft.operations[place.op].mops[place.mop].result = Value();
    Workbench::finish(mutation, Breakage::values,
                      named(place.op) + " gets nothing, and nobody gets " + mop.result.to_string(), draft);
    return true;
  });
}

// Locks.

// Two acquires, one after the other, get the same fencing token.
bool same_token(Workbench& bench, Mutation& mutation) {
  const std::span<const OpId> acquires = bench.observed().acquires();
  for (int i = 0; i < 100 && acquires.size() > 1; ++i) {
    const Operation one = bench.at(acquires[bench.rng().below(acquires.size())]);
    const Operation other = bench.at(acquires[bench.rng().below(acquires.size())]);
    const bool have_tokens = one.mops[0].result.is_integer() && other.mops[0].result.is_integer();
    if (!have_tokens || one.mops[0].key != other.mops[0].key || !one.precedes(other)) continue;
    bench.finish_with_result(mutation, Breakage::real_time, {other.id, 0}, one.mops[0].result,
                             "as " + named(one.id) + " did");
    return true;
  }
  return false;
}

// Who got a lock before the last holder that wrote writes after it, under a token that is no longer the greatest.
bool write_late(Workbench& bench, Mutation& mutation) {
  if (!bench.has_times()) return false;
  std::map<ProcessId, std::int64_t> token_of;  // at the end
  std::map<ProcessId, Outcome> last;
  for (const Operation op : bench.history().operations()) {
    last[op.process] = op.outcome;
    if (op.outcome != Outcome::ok || op.mops[0].fn != Fn::acquire) continue;
    if (op.mops[0].result.is_integer()) token_of[op.process] = op.mops[0].result.as_integer();
  }
  return bench.somewhere(bench.observed().writes(), [&](Place place) {
    const Operation write = bench.at(place.op);
    const auto newer = token_of.find(write.process);
    if (newer == token_of.end() || bench.observed().acquires().empty()) return false;
    const Operation acquire =
        bench.at(bench.observed().acquires()[bench.rng().below(bench.observed().acquires().size())]);
    const auto older = token_of.find(acquire.process);
    // The last token of the writer must be the one that it wrote under.
    const bool wrote_last =
        std::none_of(bench.observed().acquires().begin(), bench.observed().acquires().end(),
                     [&](OpId id) { return id > write.id && bench.at(id).process == write.process; });
    if (!wrote_last || older == token_of.end() || older->second >= newer->second) return false;
    if (last[acquire.process] == Outcome::info) return false;
    const Value value = bench.observed().fresh_value();
    if (value.is_nil()) return false;
    Draft draft(bench.history());
    DraftOperation late{write, {{Fn::write, bench.mop(place).key, value, {}}}, {}};
    late.op.process = acquire.process;
    late.op.due = late.op.invoked = bench.end_of_history() + 1;
    late.op.completed = late.op.invoked + 1;
    draft.operations.push_back(std::move(late));
    Workbench::finish(mutation, Breakage::real_time,
                      "a holder writes after " + named(write.id) + ", which was done under a later token",
                      draft);
    return true;
  });
}

// Messages and answers.

// A session that saw an answer, and found what it answers, does not find it.
bool lose_question(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Operation read = bench.at(place.op);
    const Mop& question = bench.mop(place);
    if (question.fn != Fn::read || question.result.is_nil()) return false;
    for (const Operation op : bench.history().operations()) {
      if (op.id > read.id) break;
      if (op.process != read.process || op.outcome != Outcome::ok) continue;
      for (const Mop& mop : op.mops) {
        const bool message = mop.fn == Fn::read && mop.result.kind() == Value::Kind::pair;
        if (!message || mop.key == question.key || mop.result.second() != Value(question.key)) continue;
        bench.finish_with_result(mutation, Breakage::sessions, place, Value(),
                                 "though its session had seen an answer to it in " + named(op.id));
        return true;
      }
    }
    return false;
  });
}

// What grows.

// An observation lies below an earlier one.
bool go_back(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Place other = bench.random_of(bench.observed().finders());
    const Operation first = bench.at(place.op), second = bench.at(other.op);
    const Value &before = bench.mop(place).result, &after = bench.mop(other).result;
    if (bench.mop(place).key != bench.mop(other).key || !before.is_integer() || !after.is_integer())
      return false;
    if (!first.precedes(second) || before.as_integer() == INT64_MIN) return false;
    if (before.as_integer() - 1 == after.as_integer()) return false;
    const bool own = first.process == second.process;
    if (!own && !bench.has_times()) return false;
    bench.finish_with_result(mutation, own ? Breakage::sessions : Breakage::real_time, other,
                             Value(before.as_integer() - 1), "less than " + named(first.id) + " before it");
    return true;
  });
}

// Long fork and causal reverse.

// A read that saw one write and not another one is answered by one that saw them the other way round.
bool fork_reads(Workbench& bench, Mutation& mutation) {
  std::map<Key, std::vector<OpId>> writers;
  for (const Operation op : bench.history().operations()) {
    if (op.outcome == Outcome::fail) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read) writers[mop.key].push_back(op.id);
    }
  }
  const auto written_once = [&](const Mop& mop, OpId reader) {
    const auto found = writers.find(mop.key);
    return found != writers.end() && found->second.size() == 1 && found->second[0] != reader;
  };
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    const Operation read = bench.at(place.op);
    const Mop& seen = bench.mop(place);
    if (bench.kind(place) != KeyKind::reg || seen.fn != Fn::read || !written_once(seen, read.id))
      return false;
    for (const Mop& unseen : read.mops) {
      if (unseen.fn != Fn::read || !unseen.result.is_nil() || !written_once(unseen, read.id)) continue;
      if (bench.observed().kind(unseen.key) != KeyKind::reg || unseen.key == seen.key) continue;
      const Operation writer = bench.at(writers[unseen.key][0]);
      const auto write = std::find_if(writer.mops.begin(), writer.mops.end(), [&](const Mop& mop) {
        return mop.fn == Fn::write && mop.key == unseen.key;
      });
      if (write == writer.mops.end()) continue;
      Draft draft(bench.history());
      DraftOperation other{read, {unseen, seen}, {}};
      other.mops[0].result = write->argument;
      other.mops[1].result = Value();
      other.op.process = draft.fresh_process();
      other.op.due = other.op.invoked = bench.end_of_history() + 1;
      other.op.completed = other.op.invoked + 1;
      draft.operations.push_back(std::move(other));
      Workbench::finish(mutation, Breakage::values,
                        "another read sees two writes the other way round than " + named(read.id), draft);
      return true;
    }
    return false;
  });
}

// What the earlier of two writes of different keys had replaced: an older write, or nothing where somebody found
// nothing.
bool older_value(Workbench& bench, const Mop& earlier, const Operation& writer, Value& older, bool& own) {
  for (int i = 0; i < 20 && !bench.observed().writes().empty(); ++i) {
    const Place place = bench.random_write(earlier.key);
    if (bench.mop(place).key != earlier.key || !bench.at(place.op).precedes(writer)) continue;
    older = Workbench::written(bench.mop(place));
    if (bench.observed().only_writer(earlier.key, older) == nullptr) continue;
    own = own && bench.at(place.op).process == writer.process;
    return true;
  }
  return false;
}

// A transaction sees a write and misses one that was over before that began.
bool reverse_in_registers(Workbench& bench, Mutation& mutation, Place place) {
  const Operation read = bench.at(place.op);
  const Mop& missing = bench.mop(place);
  const Place* const first = bench.writer_of(place, missing.result);
  if (missing.fn != Fn::read || first == nullptr) return false;
  const Operation earlier = bench.at(first->op);
  for (std::uint32_t i = 0; i < read.mops.size(); ++i) {
    const Mop& seen = read.mops[i];
    if (seen.fn != Fn::read || seen.key == missing.key) continue;
    const Place* const second = bench.writer_of({read.id, i}, seen.result);
    if (second == nullptr || bench.observed().kind(seen.key) != KeyKind::reg) continue;
    const Operation later = bench.at(second->op);
    if (!earlier.precedes(later)) continue;
    bool own = earlier.process == later.process;
    Value older;
    if (!older_value(bench, missing, earlier, older, own) || (!own && !bench.has_times())) continue;
    bench.finish_with_result(
        mutation, own ? Breakage::sessions : Breakage::real_time, place, older,
        "although it sees " + named(later.id) + ", which came after " + named(earlier.id));
    return true;
  }
  return false;
}

bool reverse_in_set(Workbench& bench, Mutation& mutation, Place place) {
  std::vector<Value> elements = Observed::found(bench.mop(place));
  const Value gone = bench.random_element(place), kept = bench.random_element(place);
  const Place* const first = bench.writer_of(place, gone);
  const Place* const second = bench.writer_of(place, kept);
  if (first == nullptr || second == nullptr || !bench.at(first->op).precedes(bench.at(second->op)))
    return false;
  const bool own = bench.at(first->op).process == bench.at(second->op).process;
  if (!own && !bench.has_times()) return false;
  std::erase(elements, gone);
  bench.finish_with_result(
      mutation, own ? Breakage::sessions : Breakage::real_time, place, Value::list(std::move(elements)),
      "without the element of " + named(first->op) + ", but with the later one of " + named(second->op));
  return true;
}

bool reverse(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().finders(), [&](Place place) {
    if (bench.kind(place) == KeyKind::reg) return reverse_in_registers(bench, mutation, place);
    return bench.kind(place) == KeyKind::set && reverse_in_set(bench, mutation, place);
  });
}

constexpr KindOfType kDatatypeKinds[] = {
    {{"half-transfer", "a read of all accounts finds a transfer in one account only", true}, half_transfer},
    {{"overdraw", "a read finds an account below zero, and the total as ever", true}, overdraw},
    {{"lose-add", "a read of a counter lacks an increment that was acknowledged before it"}, lose_add},
    {{"lose-element", "an element of a queue never comes out", true}, lose_element},
    {{"same-token", "two acquires of a lock get the same fencing token", true}, same_token},
    {{"write-late", "a holder of a lock writes after one with a later token", true}, write_late},
    {{"lose-question", "a session does not find what an answer that it saw answers", true}, lose_question},
    {{"back", "an observation lies below an earlier one", true}, go_back},
    {{"fork", "two reads see two writes in opposite orders", true}, fork_reads},
    {{"reverse", "a read sees a write, and misses one that was over before that began", true}, reverse},
};

}  // namespace

std::span<const KindOfType> datatype_kinds() { return kDatatypeKinds; }

}  // namespace assay::checkers
