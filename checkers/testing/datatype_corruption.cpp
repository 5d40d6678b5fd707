#include "checkers/testing/datatype_corruption.h"

#include <algorithm>

namespace assay::checkers::testing {

namespace {

constexpr std::int64_t kStranger = 1'000'000'000;

// A random line of outcome ok for which the condition holds, or null.
template <class Condition>
Line* pick(Rng& rng, std::vector<Line>& lines, const Condition& condition) {
  if (lines.empty()) return nullptr;
  const std::size_t begin = rng.below(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Line& line = lines[(begin + i) % lines.size()];
    if (line.outcome == Outcome::ok && condition(line)) return &line;
  }
  return nullptr;
}

bool is(const Line& line, Fn fn) { return line.mops[0].fn == fn; }
std::size_t found_by(const Line& line) {
  const Value& result = line.mops[0].result;
  return result.kind() == Value::Kind::list ? result.as_list().size() : 0;
}
std::vector<Value> elements_of(const Mop& mop) {
  return {mop.result.as_list().begin(), mop.result.as_list().end()};
}

// The last read of key 0: those at the end have the greatest times.
Line* last_read(std::vector<Line>& lines) {
  Line* last = nullptr;
  for (Line& line : lines) {
    const bool reads = line.outcome == Outcome::ok && is(line, Fn::read) && line.mops[0].key == 0;
    if (reads && (last == nullptr || line.invoked > last->invoked)) last = &line;
  }
  return last;
}

// Takes an element away from the last read, adds one, or doubles one.
enum class Change { drop, stranger, twice, swap };
bool change_list(Rng& rng, Mop& mop, Change change) {
  if (mop.result.kind() != Value::Kind::list) return false;
  std::vector<Value> elements = elements_of(mop);
  const std::size_t needed = change == Change::swap ? 2 : change == Change::stranger ? 0 : 1;
  if (elements.size() < needed) return false;
  const std::size_t at = rng.below(std::max<std::size_t>(elements.size(), 1));
  const auto place = elements.begin() + static_cast<std::ptrdiff_t>(at);
  if (change == Change::drop) elements.erase(place);
  if (change == Change::stranger) elements.push_back(Value(kStranger));
  if (change == Change::twice) elements.insert(place, Value(*place));
  if (change == Change::swap) std::swap(elements[at], elements[(at + 1) % elements.size()]);
  mop.result = Value::list(std::move(elements));
  return true;
}

// Only elements whose additions were acknowledged are missed.
bool drop_acknowledged(Rng& rng, std::vector<Line>& lines, Fn add) {
  Line* const read = last_read(lines);
  const Line* const added =
      pick(rng, lines, [&](const Line& line) { return is(line, add) && line.mops[0].key == 0; });
  if (read == nullptr || added == nullptr) return false;
  std::vector<Value> elements = elements_of(read->mops[0]);
  std::erase(elements, added->mops[0].argument);
  read->mops[0].result = Value::list(std::move(elements));
  return true;
}

bool change_last_read(Rng& rng, std::vector<Line>& lines, Change change) {
  Line* const read = last_read(lines);
  return read != nullptr && change_list(rng, read->mops[0], change);
}

// A read of an integer finds one that is this much greater.
bool shift_read(Rng& rng, std::vector<Line>& lines, std::int64_t by) {
  Line* const read = pick(rng, lines, [](const Line& line) { return is(line, Fn::read); });
  if (read == nullptr) return false;
  read->mops[0].result = Value(read->mops[0].result.as_integer() + by);
  return true;
}

// A random event of a list of pairs is dropped; something follows it in the same list.
bool drop_inside(Rng& rng, std::vector<Line>& lines, Fn fn) {
  Line* const line = pick(rng, lines, [&](const Line& each) { return is(each, fn) && found_by(each) >= 3; });
  if (line == nullptr) return false;
  std::vector<Value> elements = elements_of(line->mops[0]);
  if (elements[1].is_integer()) return false;
  elements.erase(elements.begin() + 1);
  line->mops[0].result = Value::list(std::move(elements));
  return true;
}

bool exchange_inside(Rng& rng, std::vector<Line>& lines, Fn fn, Change change) {
  Line* const line = pick(rng, lines, [&](const Line& each) {
    if (!is(each, fn) || found_by(each) < 2) return false;
    const auto list = each.mops[0].result.as_list();
    return !list[0].is_integer() && !list[1].is_integer();
  });
  if (line == nullptr) return false;
  std::vector<Value> elements = elements_of(line->mops[0]);
  if (change == Change::swap) std::swap(elements[0], elements[1]);
  if (change == Change::twice) elements.insert(elements.begin(), Value(elements[0]));
  if (change == Change::stranger) elements[0] = Value::pair(elements[0].first(), Value(kStranger));
  line->mops[0].result = Value::list(std::move(elements));
  return true;
}

// A dequeue returns nothing, so that its element never came out; or what another one returned.
bool empty_dequeue(Rng& rng, std::vector<Line>& lines, bool repeat) {
  const auto full = [](const Line& line) { return is(line, Fn::dequeue) && !line.mops[0].result.is_nil(); };
  for (const Line& line : lines) {
    // As many elements may be missing as there are dequeues of unknown outcome.
    if (!repeat && line.outcome == Outcome::info) return false;
  }
  Line* const one = pick(rng, lines, full);
  if (one == nullptr) return false;
  Line* const other = pick(rng, lines, [&](const Line& line) {
    return full(line) && line.mops[0].key == one->mops[0].key && &line != one &&
           line.invoked > one->completed;
  });
  if (repeat && other == nullptr) return false;
  if (repeat) {
    other->mops[0].result = one->mops[0].result;
  } else {
    one->mops[0].result = Value();
  }
  return true;
}

// Two acquires far apart exchange their tokens, or get the same.
bool change_token(Rng& rng, std::vector<Line>& lines, Fn fn, bool same) {
  Line* const one = pick(rng, lines, [&](const Line& line) { return is(line, fn); });
  if (one == nullptr) return false;
  Line* const other = pick(rng, lines, [&](const Line& line) {
    return is(line, fn) && line.mops[0].key == one->mops[0].key && line.invoked > one->completed;
  });
  if (other == nullptr) return false;
  if (same) {
    other->mops[0].result = one->mops[0].result;
  } else {
    std::swap(one->mops[0].result, other->mops[0].result);
  }
  return true;
}

// Somebody acquires a lock in the middle of another's holding.
bool second_holder(Rng& rng, std::vector<Line>& lines) {
  const Line* const acquire = pick(rng, lines, [&](const Line& line) {
    if (!is(line, Fn::acquire)) return false;
    return std::any_of(lines.begin(), lines.end(), [&](const Line& other) {
      return is(other, Fn::release) && other.process == line.process &&
             other.mops[0].key == line.mops[0].key && other.invoked > line.completed + 2;
    });
  });
  if (acquire == nullptr) return false;
  // The holder's next release comes later than that; only one holding is open at a time.
  Nanos release = kNever;
  for (const Line& line : lines) {
    const bool own = is(line, Fn::release) && line.process == acquire->process &&
                     line.outcome != Outcome::fail && line.mops[0].key == acquire->mops[0].key &&
                     line.invoked > acquire->completed;
    if (own) release = std::min(release, line.invoked);
  }
  if (release <= acquire->completed + 2) return false;
  Line intruder(acquire->completed + 1, acquire->completed + 2,
                Mop{Fn::acquire, acquire->mops[0].key, {}, {}});
  lines.push_back(std::move(intruder));
  return true;
}

// A read of two keys that saw one write only is copied as a read that saw the other one only.
bool mirror_read(Rng& rng, std::vector<Line>& lines) {
  const Line* const read = pick(rng, lines, [&](const Line& line) {
    if (line.mops.size() != 2 || !is(line, Fn::read)) return false;
    return line.mops[0].result.is_nil() != line.mops[1].result.is_nil() &&
           std::count_if(lines.begin(), lines.end(), [&](const Line& other) {
             return is(other, Fn::write) && other.outcome == Outcome::ok &&
                    other.mops[0].key / 2 == line.mops[0].key / 2;
           }) == 2;
  });
  if (read == nullptr) return false;
  Line mirrored = *read;
  std::swap(mirrored.mops[0].result, mirrored.mops[1].result);
  mirrored.process = kOwnProcess;
  for (const Line& line : lines)
    mirrored.invoked = mirrored.completed = std::max(mirrored.invoked, line.invoked + 9);
  lines.push_back(std::move(mirrored));
  return true;
}

// At the end one node answers with an old value.
bool stale_replica(Rng& rng, std::vector<Line>& lines) {
  Line* const read = last_read(lines);
  if (read == nullptr) return false;
  const Line* const old = pick(rng, lines, [&](const Line& line) {
    return is(line, Fn::write) && line.mops[0].key == 0 && line.mops[0].argument != read->mops[0].result &&
           std::any_of(lines.begin(), lines.end(), [&](const Line& later) {
             return later.outcome == Outcome::ok && is(later, Fn::write) && later.mops[0].key == 0 &&
                    later.invoked > line.completed;
           });
  });
  if (old == nullptr) return false;
  read->mops[0].result = old->mops[0].argument;
  return true;
}

bool no_info(const std::vector<Line>& lines) {
  return std::none_of(lines.begin(), lines.end(),
                      [](const Line& line) { return line.outcome == Outcome::info; });
}

// What was sent is reported as failed.
bool fail_send(Rng& rng, std::vector<Line>& lines) {
  Line* const send = pick(rng, lines, [&](const Line& line) {
    return line.mops.size() == 1 && is(line, Fn::send) &&
           std::any_of(lines.begin(), lines.end(), [&](const Line& other) {
             return other.outcome == Outcome::ok &&
                    std::any_of(other.mops.begin(), other.mops.end(), [&](const Mop& mop) {
                      if (mop.fn != Fn::poll || mop.key != line.mops[0].key) return false;
                      const auto list = mop.result.as_list();
                      return std::any_of(list.begin(), list.end(), [&](const Value& each) {
                        return each.second() == line.mops[0].argument;
                      });
                    });
           });
  });
  if (send == nullptr) return false;
  send->outcome = Outcome::fail;
  return true;
}

using Lines = std::vector<Line>;

bool more_money(Rng& rng, Lines& lines) { return shift_read(rng, lines, 3); }
bool less_money(Rng& rng, Lines& lines) { return shift_read(rng, lines, -2); }
bool far_too_high(Rng& rng, Lines& lines) { return shift_read(rng, lines, 1000); }
bool far_too_low(Rng& rng, Lines& lines) { return shift_read(rng, lines, -1000); }
bool lost_of_set(Rng& rng, Lines& lines) { return drop_acknowledged(rng, lines, Fn::add); }
bool lost_of_list(Rng& rng, Lines& lines) { return drop_acknowledged(rng, lines, Fn::append); }
bool twice_in_set(Rng& rng, Lines& lines) { return change_last_read(rng, lines, Change::twice); }
bool stranger_in_set(Rng& rng, Lines& lines) { return change_last_read(rng, lines, Change::stranger); }
bool swapped_in_list(Rng& rng, Lines& lines) {
  return no_info(lines) && change_last_read(rng, lines, Change::swap);
}
bool stale_without_info(Rng& rng, Lines& lines) { return no_info(lines) && stale_replica(rng, lines); }
bool never_dequeued(Rng& rng, Lines& lines) { return empty_dequeue(rng, lines, false); }
bool dequeued_twice(Rng& rng, Lines& lines) { return empty_dequeue(rng, lines, true); }
bool same_id(Rng& rng, Lines& lines) { return change_token(rng, lines, Fn::generate, true); }
bool swapped_ids(Rng& rng, Lines& lines) { return change_token(rng, lines, Fn::generate, false); }
bool same_token(Rng& rng, Lines& lines) { return change_token(rng, lines, Fn::acquire, true); }
bool swapped_tokens(Rng& rng, Lines& lines) { return change_token(rng, lines, Fn::acquire, false); }

template <Fn fn>
bool skipped(Rng& rng, Lines& lines) {
  return drop_inside(rng, lines, fn);
}
template <Fn fn, Change change>
bool exchanged(Rng& rng, Lines& lines) {
  return exchange_inside(rng, lines, fn, change);
}

struct Entry {
  Datatype type;
  DatatypeCorruption corruption;
};

const std::vector<Entry>& table() {
  static const std::vector<Entry> entries = {
      {Datatype::bank, {"money made", "bank", {}, more_money}},
      {Datatype::bank, {"money lost", "bank", {}, less_money}},
      {Datatype::set, {"lost", "set", {}, lost_of_set}},
      {Datatype::set, {"lost", "set-full", {}, lost_of_set}},
      {Datatype::set, {"lost", "durability", {}, lost_of_set}},
      {Datatype::set, {"twice", "set", {}, twice_in_set}},
      {Datatype::set, {"twice", "set-full", {}, twice_in_set}},
      {Datatype::set, {"stranger", "set", {}, stranger_in_set}},
      {Datatype::set, {"stranger", "set-full", {}, stranger_in_set}},
      {Datatype::queue, {"lost", "total-queue", {}, never_dequeued}},
      {Datatype::queue, {"again", "total-queue", {}, dequeued_twice}},
      {Datatype::counter, {"too high", "counter", {}, far_too_high}},
      {Datatype::counter, {"too low", "counter", {}, far_too_low}},
      {Datatype::ids, {"same", "unique-ids", {}, same_id}},
      {Datatype::ids, {"same", "monotonic", {}, same_id}},
      {Datatype::ids, {"swapped", "monotonic", {}, swapped_ids}},
      {Datatype::fork, {"mirrored", "long-fork", {}, mirror_read}},
      {Datatype::lock, {"second holder", "lock", {}, second_holder}},
      {Datatype::lock, {"same token", "lock", {}, same_token}},
      {Datatype::lock, {"tokens swapped", "lock", {{"lease", "yes"}}, swapped_tokens}},
      {Datatype::log, {"skipped", "kafka", {}, skipped<Fn::poll>}},
      {Datatype::log, {"backwards", "kafka", {}, exchanged<Fn::poll, Change::swap>}},
      {Datatype::log, {"twice", "kafka", {}, exchanged<Fn::poll, Change::twice>}},
      {Datatype::log, {"stranger", "kafka", {}, exchanged<Fn::poll, Change::stranger>}},
      {Datatype::log, {"aborted", "kafka", {}, fail_send}},
      {Datatype::registers, {"stale replica", "convergence", {}, stale_without_info}},
      {Datatype::registers, {"stale replica", "durability", {}, stale_replica}},
      {Datatype::lists, {"lost", "durability", {}, lost_of_list}},
      {Datatype::lists, {"swapped", "convergence", {}, swapped_in_list}},
      {Datatype::watch, {"missed", "watch", {}, skipped<Fn::watch>}},
      {Datatype::watch, {"backwards", "watch", {}, exchanged<Fn::watch, Change::swap>}},
      {Datatype::watch, {"twice", "watch", {}, exchanged<Fn::watch, Change::twice>}},
      {Datatype::watch, {"stranger", "watch", {}, exchanged<Fn::watch, Change::stranger>}},
  };
  return entries;
}

}  // namespace

std::vector<DatatypeCorruption> datatype_corruptions(Datatype type) {
  std::vector<DatatypeCorruption> found;
  for (const Entry& entry : table()) {
    if (entry.type == type) found.push_back(entry.corruption);
  }
  return found;
}

}  // namespace assay::checkers::testing
