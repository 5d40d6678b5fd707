#include "checkers/testing/application_histories.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checkers/testing/fixture.h"

namespace assay::checkers::testing {

namespace {

constexpr int kHistoryProcesses = 4;

void then(std::vector<Line>& lines, Mop mop, ProcessId process) {
  const auto begin = static_cast<Nanos>(lines.size()) * 10;
  lines.emplace_back(begin, begin + 5, std::move(mop));
  lines.back().process = process;
}
void then(std::vector<Line>& lines, Mop mop) {
  then(lines, std::move(mop), static_cast<ProcessId>(lines.size() % kHistoryProcesses));
}

}  // namespace

History fenced_lock() {
  std::vector<Line> lines;
  for (std::int64_t token = 1; token <= 15; ++token) {
    const auto process = static_cast<ProcessId>(token % kHistoryProcesses);
    then(lines, {Fn::acquire, 0, {}, Value(token)}, process);
    then(lines, {Fn::write, 1'000'000, Value(1'000 + token), {}}, process);
    then(lines, {Fn::release, 0, Value(token), {}}, process);
  }
  return make_history(lines);
}

History chat() {
  std::vector<Line> lines;
  std::vector<std::pair<Value, Value>> messages;  // of key 1, 2 ...
  const auto look = [&](Key key, ProcessId process) {
    const auto& [message, answered] = messages[static_cast<std::size_t>(key - 1)];
    then(lines, {Fn::read, key, {}, Value::pair(message, answered)}, process);
  };
  for (Key key = 1; key <= 12; ++key) {
    messages.emplace_back(Value(key), key > 2 ? Value(key - 2) : Value());
    then(lines, {Fn::write, key, Value::pair(messages.back().first, messages.back().second), {}});
    const auto process = static_cast<ProcessId>(key % kHistoryProcesses);
    look(key, process);
    if (key > 2) look(key - 2, process);
  }
  return make_history(lines);
}

History cart() {
  std::vector<Line> lines;
  std::vector<Value> items;
  for (int i = 1; i <= 20; ++i) {
    items.push_back(Value::text("item" + std::to_string(i)));
    then(lines, {Fn::add, 0, items.back(), {}});
    if (i % 3 != 0) continue;
    then(lines, {Fn::remove, 0, items.front(), {}});
    items.erase(items.begin());
  }
  for (int i = 0; i < kHistoryProcesses; ++i) then(lines, {Fn::read, 0, {}, Value::list(items)});
  return make_history(lines);
}

History shared_text() {
  std::vector<Line> lines;
  std::string content;
  for (int i = 0; i < 20; ++i) {
    const std::string more(2, static_cast<char>('a' + i));
    then(lines, {Fn::insert, 0, Value::pair(Value(0), Value::text(more)), {}});
    content.insert(0, more);
    if (i % 4 != 3) continue;
    then(lines, {Fn::erase, 0, Value::pair(Value(1), Value(2)), {}});
    content.erase(1, 2);
  }
  for (int i = 0; i < kHistoryProcesses; ++i) then(lines, {Fn::read, 0, {}, Value::text(content)});
  return make_history(lines);
}

}  // namespace assay::checkers::testing
