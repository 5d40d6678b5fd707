// Changes of what logs return to polls, and streams of changes to watches: pairs of an offset or revision and an
// element.
#include <algorithm>

#include "checkers/mutate/workbench.h"

namespace assay::checkers {

namespace {

struct StreamEvent {
  std::int64_t number = 0;
  Value element;
};

// Bookmarks are no events.
bool event_at(const std::vector<Value>& events, std::size_t index, StreamEvent& event) {
  return index < events.size() && Observed::split(events[index], event.number, event.element);
}

bool is_stream(KeyKind kind) { return kind == KeyKind::log || kind == KeyKind::stream; }

// Calls `change` with what a poll or watch found and the index of an event in it that has one before it and one after it,
// so that it is in the middle of a stream. What it makes of that becomes the result.
template <class Change>
bool change_inside(Workbench& bench, Mutation& mutation, const std::string& what, const Change& change) {
  return bench.somewhere(bench.observed().streams(), [&](Place place) {
    std::vector<Value> events = Observed::found(bench.mop(place));
    if (!is_stream(bench.kind(place)) || events.size() < 3) return false;
    const std::size_t index = 1 + bench.rng().below(events.size() - 2);
    StreamEvent before, event, after;
    if (!event_at(events, index - 1, before) || !event_at(events, index, event) ||
        !event_at(events, index + 1, after)) {
      return false;
    }
    if (!change(place, events, index, event)) return false;
    Draft draft(bench.history());
    draft.operations[place.op].mops[place.mop].result = Value::list(std::move(events));
    Workbench::finish(mutation, Breakage::values, named(place.op) + what, draft);
    return true;
  });
}

// Whether somebody else shows what is at this offset or revision.
bool is_shown_elsewhere(const Workbench& bench, Place place, std::int64_t number) {
  const Key key = bench.mop(place).key;
  for (const Operation op : bench.history().operations()) {
    if (op.outcome != Outcome::ok || op.id == place.op) continue;
    for (const Mop& mop : op.mops) {
      if (mop.key != key) continue;
      const bool brings = mop.fn == Fn::send || mop.fn == Fn::write;
      if (brings && mop.result == Value(number)) return true;
      if (brings || mop.result.kind() != Value::Kind::list) continue;
      for (const Value& each : mop.result.as_list()) {
        StreamEvent event;
        if (Observed::split(each, event.number, event.element) && event.number == number) return true;
      }
    }
  }
  return false;
}

bool lose_event(Workbench& bench, Mutation& mutation) {
  return change_inside(
      bench, mutation, " leaves an event out",
      [&](Place place, std::vector<Value>& events, std::size_t index, const StreamEvent& event) {
        if (!is_shown_elsewhere(bench, place, event.number)) return false;
        events.erase(events.begin() + static_cast<std::ptrdiff_t>(index));
        return true;
      });
}

bool swap_events(Workbench& bench, Mutation& mutation) {
  return change_inside(bench, mutation, " returns two events the other way round",
                       [](Place, std::vector<Value>& events, std::size_t index, const StreamEvent&) {
                         std::swap(events[index], events[index + 1]);
                         return true;
                       });
}

bool double_event(Workbench& bench, Mutation& mutation) {
  return change_inside(bench, mutation, " returns an event twice",
                       [](Place, std::vector<Value>& events, std::size_t index, const StreamEvent&) {
                         const Value again = events[index];
                         events.insert(events.begin() + static_cast<std::ptrdiff_t>(index), again);
                         return true;
                       });
}

// The element is another one than elsewhere.
bool forge_event(Workbench& bench, Mutation& mutation) {
  return change_inside(
      bench, mutation, " returns another element than is there",
      [&](Place place, std::vector<Value>& events, std::size_t index, const StreamEvent& event) {
        const Value forged = bench.observed().fresh_value();
        if (forged.is_nil() || !is_shown_elsewhere(bench, place, event.number)) return false;
        events[index] = Value::pair(Value(event.number), forged);
        return true;
      });
}

// What was sent or written, and found, is said to have failed.
bool fail_event(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().streams(), [&](Place place) {
    const std::vector<Value> events = Observed::found(bench.mop(place));
    StreamEvent event;
    if (!is_stream(bench.kind(place)) || events.empty()) return false;
    if (!event_at(events, bench.rng().below(events.size()), event)) return false;
    const Place* const writer = bench.writer_of(place, event.element);
    if (writer == nullptr) return false;
    Draft draft(bench.history());
    draft.operations[writer->op].op.outcome = Outcome::fail;
    Workbench::finish(
        mutation, Breakage::values,
        named(writer->op) + ", whose element " + named(place.op) + " found, is said to have failed", draft);
    return true;
  });
}

// An acknowledged element is in no poll, although polls went beyond it.
bool unread(Workbench& bench, Mutation& mutation) {
  return bench.somewhere(bench.observed().streams(), [&](Place place) {
    const std::vector<Value> events = Observed::found(bench.mop(place));
    StreamEvent event, after;
    if (bench.kind(place) != KeyKind::log || events.size() < 2) return false;
    const std::size_t index = bench.rng().below(events.size() - 1);
    if (!event_at(events, index, event) || !event_at(events, index + 1, after)) return false;
    const Place* const sender = bench.writer_of(place, event.element);
    if (sender == nullptr || bench.mop(*sender).result != Value(event.number)) return false;
    Draft draft(bench.history());
    for (const Place poll : bench.observed().streams()) {
      if (bench.mop(poll).key != bench.mop(place).key) continue;
      std::vector<Value> rest = Observed::found(bench.mop(poll));
      std::erase_if(rest, [&](const Value& each) {
        StreamEvent other;
        return Observed::split(each, other.number, other.element) && other.number == event.number;
      });
      draft.operations[poll.op].mops[poll.mop].result = Value::list(std::move(rest));
    }
    Workbench::finish(mutation, Breakage::values,
                      "no poll finds what " + named(sender->op) + " sent and was acknowledged", draft);
    return true;
  });
}

constexpr KindOfType kStreamKinds[] = {
    {{"lose-event", "a poll or watch leaves out what others show", true}, lose_event},
    {{"swap-events", "a poll or watch returns two events the other way round", true}, swap_events},
    {{"double-event", "a poll or watch returns an event twice", true}, double_event},
    {{"forge-event", "a poll or watch returns another element than others", true}, forge_event},
    {{"fail-event", "what brought an event is said to have failed", true}, fail_event},
    {{"unread", "an acknowledged element of a log is in no poll", true}, unread},
};

}  // namespace

std::span<const KindOfType> stream_kinds() { return kStreamKinds; }

}  // namespace assay::checkers
