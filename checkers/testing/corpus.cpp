#include "checkers/testing/corpus.h"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

namespace assay::checkers::testing {

namespace {

std::string read_whole(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The maps of a file, each with its braces; comments are dropped, strings may contain anything.
std::vector<std::string> split_maps(const std::string& text) {
  std::vector<std::string> maps;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ';') {
      while (i < text.size() && text[i] != '\n') ++i;
      continue;
    }
    const std::size_t begin = i;
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
    }
    if (text[i] == '{' && depth++ == 0) maps.emplace_back();
    if (depth > 0) maps.back().append(text, begin, i - begin + 1);
    if (text[i] == '}') --depth;
  }
  return maps;
}

// What follows ":name " in a map: a bracketed vector, a string without its quotes, or a word.
std::string field(const std::string& map, const std::string& name) {
  const std::size_t found = map.find(name + " ");
  if (found == std::string::npos) return "nil";
  std::size_t begin = found + name.size() + 1;
  if (map[begin] == '"') return map.substr(begin + 1, map.find('"', begin + 1) - begin - 1);
  std::size_t end = begin;
  for (int depth = 0; end < map.size(); ++end) {
    if (map[end] == '[') ++depth;
    if (map[end] == ']' && --depth == 0) return map.substr(begin, end + 1 - begin);
    if (depth == 0 && (map[end] == ',' || map[end] == '}' || map[end] == '\n')) break;
  }
  return map.substr(begin, end - begin);
}

std::vector<std::int64_t> integers(const std::string& text) {
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) continue;
    char* end = nullptr;
    found.push_back(std::strtoll(text.c_str() + i, &end, 10));
    i = static_cast<std::size_t>(end - text.c_str());
  }
  return found;
}

struct Event {
  std::int64_t process = 0;
  std::string type;
  Request mops;
};

// Pairs invocations with completions by process; the position of an event is its time.
History pair_events(const std::vector<Event>& events) {
  HistoryBuilder builder;
  std::map<std::int64_t, OpId> open;
  Nanos time = 0;
  for (const Event& event : events) {
    ++time;
    if (event.type == ":invoke") {
      Operation op;
      op.process = static_cast<ProcessId>(event.process);
      op.due = op.invoked = time;
      op.mops = event.mops;
      open[event.process] = builder.add(op);
      continue;
    }
    const auto found = open.find(event.process);
    if (found == open.end()) continue;
    if (event.type == ":ok") builder.complete(found->second, Outcome::ok, time, event.mops, {});
    if (event.type == ":fail") builder.complete(found->second, Outcome::fail, time, {}, {});
    open.erase(found);
  }
  return builder.build();
}

Mop register_mop(const std::string& fn, const std::string& value) {
  const std::vector<std::int64_t> numbers = integers(value);
  Mop mop;
  if (fn == ":read") {
    if (!numbers.empty()) mop.result = Value(numbers[0]);
  } else if (fn == ":write") {
    mop.fn = Fn::write;
    if (!numbers.empty()) mop.argument = Value(numbers[0]);
  } else {
    mop.fn = Fn::cas;
    if (numbers.size() == 2) mop.argument = Value::pair(Value(numbers[0]), Value(numbers[1]));
  }
  return mop;
}

Event register_event(std::int64_t process, const std::string& type, const std::string& fn,
                     const std::string& value) {
  return {process, type, {register_mop(fn, value)}};
}

// "x 0 1 yx 3 2 y": each piece one element.
Value pieces(const std::string& text) {
  std::vector<Value> elements;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('y', begin);
    elements.push_back(Value::text(std::string_view(text).substr(begin, end - begin)));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return elements.empty() ? Value() : Value::list(std::move(elements));
}

}  // namespace

History read_register_history(const std::string& path, bool nil_is_unknown) {
  const std::string text = read_whole(path);
  std::vector<Event> events;
  if (text.find("jepsen.util") != std::string::npos) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t begin = line.find(" - ");
      if (begin == std::string::npos) continue;
      std::istringstream words(line.substr(begin + 3));
      std::int64_t process = 0;
      std::string type, fn, value;
      if (!(words >> process >> type >> fn)) continue;
      std::getline(words, value);
      events.push_back(register_event(process, type, fn, value));
    }
  } else {
    for (const std::string& map : split_maps(text)) {
      events.push_back(register_event(std::atoll(field(map, ":process").c_str()), field(map, ":type"),
                                      field(map, ":f"), field(map, ":value")));
      Event& event = events.back();
      // Completed as info, a read says nothing.
      const bool silent = event.mops[0].fn == Fn::read && event.mops[0].result.is_nil();
      if (nil_is_unknown && silent && event.type == ":ok") event.type = ":info";
    }
  }
  return pair_events(events);
}

History read_string_store_history(const std::string& path) {
  std::vector<Event> events;
  for (const std::string& map : split_maps(read_whole(path))) {
    const std::string fn = field(map, ":f");
    Mop mop;
    mop.key = std::atoll(field(map, ":key").c_str());
    const std::string value = field(map, ":value");
    if (fn == ":get") {
      if (value != "nil") mop.result = pieces(value);
    } else if (fn == ":put") {
      mop.fn = Fn::write;
      mop.argument = pieces(value);
    } else {
      mop.fn = Fn::append;
      mop.argument = pieces(value).as_list()[0];
    }
    events.push_back({std::atoll(field(map, ":process").c_str()), field(map, ":type"), {mop}});
  }
  return pair_events(events);
}

History read_transaction_history(const std::string& path) {
  std::vector<Event> events;
  for (const std::string& map : split_maps(read_whole(path))) {
    Event event{std::atoll(field(map, ":process").c_str()), field(map, ":type"), {}};
    std::istringstream words(field(map, ":value"));
    for (std::string fn, key, value; words >> fn >> key >> value;) {
      Mop mop = register_mop(fn.substr(fn.find(':')), value);
      mop.key = key == ":x" ? 0 : 1;
      event.mops.push_back(mop);
    }
    events.push_back(std::move(event));
  }
  return pair_events(events);
}

}  // namespace assay::checkers::testing
