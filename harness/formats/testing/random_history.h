// Random histories for the tests of this folder: everything that a history can hold, in texts that are hard to write.
//
// Thread safety: none.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "harness/core/history.h"
#include "harness/core/rng.h"

namespace assay::formats::testing {

class RandomHistory {
 public:
  // `keys`: 0 for many, single-key operations and transactions mixed; else single-key operations without append on so
  // many keys.
  explicit RandomHistory(std::uint64_t seed, std::int64_t keys = 0) : rng_(seed), keys_(keys) {}

  History make(int count) {
    HistoryBuilder builder;
    builder.set_node_names({"n3", "n1", "h\"\xC3\xA4st"});
    std::vector<Nanos> free_at(8, 0);
    Nanos now = 0;
    int retired = 8;
    std::vector<ProcessId> process(free_at.size());
    for (std::size_t i = 0; i < process.size(); ++i) process[i] = static_cast<ProcessId>(i);
    for (int i = 0; i < count; ++i) {
      const std::size_t slot = rng_.below(free_at.size());
      now = std::max(now + rng_.between(0, 3), free_at[slot]);
      std::vector<Mop> mops(keys_ == 0 && rng_.chance(1, 4) ? rng_.below(5) : 1);
      for (Mop& mop : mops) mop = random_mop();
      Operation operation;
      operation.process = process[slot];
      operation.invoked = now;
      operation.mops = mops;
      operation.due = now - rng_.between(0, 5);
      operation.node = static_cast<NodeId>(rng_.between(-1, 2));
      operation.outcome = static_cast<Outcome>(rng_.below(3));
      const std::string error = operation.outcome == Outcome::ok ? "" : random_text();
      operation.error = error;
      if (operation.outcome == Outcome::info) {
        process[slot] = retired++;
      } else {
        operation.completed = free_at[slot] = now + rng_.between(0, 9);
      }
      builder.add(operation);
      if (rng_.chance(1, 10)) builder.add_fault(random_fault(now));
    }
    return builder.build();
  }

 private:
  std::string random_text() {
    static const std::vector<std::string> kPieces = {
        "a",        "\"",           "\\", "\n", std::string(1, '\0'), "\x1F",
        "\xC3\xA4", "\xE2\x82\xAC", "/",  "\t", "\xF0\x9F\x98\x80",   "</script>"};
    std::string text;
    for (std::uint64_t i = rng_.below(6); i > 0; --i) text += rng_.pick(kPieces);
    return text;
  }

  Value random_value(int depth = 0) {
    switch (rng_.below(depth < 3 ? 7 : 5)) {
      case 0:
        return Value();
      case 1:
        return Value::boolean(rng_.chance(1, 2));
      case 2:
        return Value(static_cast<std::int64_t>(rng_.next()));
      case 3:
        return Value(rng_.between(-5, 100));
      case 4:
        return Value::text(random_text());
      case 5:
        return Value::pair(random_value(depth + 1), random_value(depth + 1));
      default:
        break;
    }
    std::vector<Value> elements;
    for (std::uint64_t i = rng_.below(4); i > 0; --i) elements.push_back(random_value(depth + 1));
    return Value::list(std::move(elements));
  }

  Mop random_scan() {
    const std::vector<Value> predicates = {Value(), Value::list({Value::text("="), random_value()}),
                                           Value::list({Value::text("mod"), 3, 1}),
                                           Value::list({Value::text("keys"), -1, 7})};
    Mop scan{Fn::scan, 0, rng_.pick(predicates), {}};
    std::vector<Value> rows;
    for (std::uint64_t i = rng_.below(4); i > 0; --i) {
      rows.push_back(Value::pair(rng_.between(0, 5), random_value()));
    }
    if (rng_.chance(3, 4)) scan.result = Value::list(std::move(rows));
    return scan;
  }

  Mop random_mop() {
    if (keys_ == 0 && rng_.chance(1, 10)) return random_scan();
    Mop mop;
    mop.fn = static_cast<Fn>(rng_.below(13));
    mop.key = rng_.chance(1, 2) ? rng_.between(0, 9) : static_cast<Key>(rng_.next());
    if (keys_ > 0) {
      mop.key = rng_.between(1, keys_);
      if (mop.fn == Fn::append) mop.fn = Fn::write;
    }
    mop.argument = mop.fn == Fn::cas ? Value::pair(random_value(), random_value()) : random_value();
    mop.result = random_value();
    return mop;
  }

  FaultEvent random_fault(Nanos now) {
    FaultEvent event;
    event.time = now;
    event.began = now - 2;
    event.stage = static_cast<FaultEvent::Stage>(rng_.below(3));
    event.fault = rng_.chance(1, 2) ? "partition" : "phase";
    event.window = static_cast<std::uint32_t>(rng_.below(4));
    event.nodes = {static_cast<NodeId>(rng_.below(3))};
    event.value = {{"name", random_value()}, {random_text() + "x", random_value()}};
    event.evidence = {{"measured", random_value()}};
    event.verified = rng_.chance(1, 2);
    return event;
  }

  Rng rng_;
  std::int64_t keys_;
};

}  // namespace assay::formats::testing
