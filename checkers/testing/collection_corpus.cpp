#include "checkers/testing/collection_corpus.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

namespace assay::checkers::testing {

namespace {

struct Call {
  std::string thread, name, value;
  bool returns = false;
};

Value value_of(const std::string& text) {
  if (text.empty() || text == "empty") return {};
  char* end = nullptr;
  const std::int64_t number = std::strtoll(text.c_str(), &end, 10);
  return *end == '\0' ? Value(number) : Value::text(text);
}

std::string between(const std::string& line, char open, char close, std::size_t from = 0) {
  const std::size_t begin = line.find(open, from);
  const std::size_t end = line.find(close, begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return line.substr(begin + 1, end - begin - 1);
}

// "[1] call push(7)", "[1] call push 7", "[1] return 7".
bool parse_plain(const std::string& line, Call& call) {
  if (line.find('[') == std::string::npos) return false;
  call.thread = between(line, '[', ']');
  std::istringstream words(line.substr(line.find(']') + 1));
  std::string verb;
  words >> verb >> call.name >> call.value;
  call.returns = verb == "return";
  if (call.returns) {
    call.value = call.name;
  } else if (const std::size_t open = call.name.find('('); open != std::string::npos) {
    call.value = call.name.substr(open + 1, call.name.rfind(')') - open - 1);
    call.name.resize(open);
  }
  return call.returns || verb == "call";
}

// "\call{1}{\push{7}}", "\ret[7]{2}".
bool parse_latex(const std::string& line, Call& call) {
  call.thread = between(line, '{', '}');
  if (line.starts_with("\\ret")) {
    call.returns = true;
    call.value = between(line, '[', ']');
    return true;
  }
  if (!line.starts_with("\\call")) return false;
  call.name = line.find("\\push") != std::string::npos ? "push" : "pop";
  if (call.name == "push") call.value = between(line, '{', '}', line.find("\\push"));
  return true;
}

Mop mop_of(const Call& call, bool stack) {
  Mop mop;
  const bool puts = call.name == "push" || call.name == "enq" || call.name == "add";
  mop.fn = puts ? (stack ? Fn::push : Fn::enqueue) : stack ? Fn::pop : Fn::dequeue;
  // Some files name what is taken where it is asked for.
  (puts ? mop.argument : mop.result) = value_of(call.value);
  return mop;
}

class Pairs {
 public:
  void invoke(const std::string& process, const Mop& mop) {
    Operation op;
    op.process = static_cast<ProcessId>(processes_.try_emplace(process, processes_.size()).first->second);
    op.due = op.invoked = ++time_;
    op.mops = {&mop, 1};
    open_[process] = {builder_.add(op), mop};
  }

  void complete(const std::string& process, Outcome outcome, const Value& result) {
    const auto found = open_.find(process);
    ++time_;
    if (found == open_.end()) return;
    auto [id, mop] = found->second;
    open_.erase(found);
    if (outcome == Outcome::info) return;
    if (!result.is_nil()) mop.result = result;
    builder_.complete(id, outcome, time_, {&mop, 1}, {});
  }

  History build() { return builder_.build(); }

 private:
  HistoryBuilder builder_;
  std::map<std::string, std::size_t> processes_;
  std::map<std::string, std::pair<OpId, Mop>> open_;
  Nanos time_ = 0;
};

}  // namespace

History read_limo_history(const std::string& path) {
  std::ifstream file(path);
  Pairs pairs;
  bool stack = true;
  for (std::string line; std::getline(file, line);) {
    Call call;
    if (line.find("@object atomic-queue") != std::string::npos) stack = false;
    const bool latex = line.starts_with("\\");
    if (line.starts_with("#") || !(latex ? parse_latex(line, call) : parse_plain(line, call))) continue;
    if (!call.returns) {
      pairs.invoke(call.thread, mop_of(call, stack));
    } else {
      pairs.complete(call.thread, Outcome::ok, value_of(call.value));
    }
  }
  return pairs.build();
}

History read_lock_history(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  Pairs pairs;
  for (std::string map; std::getline(text, map, '}');) {
    const auto field = [&](const std::string& name) {
      const std::size_t found = map.find("\"" + name + "\":");
      if (found == std::string::npos) return std::string();
      const std::size_t begin = map.find_first_not_of("\" ", found + name.size() + 3);
      return map.substr(begin, map.find_first_of("\",", begin) - begin);
    };
    Mop mop;
    mop.fn = field("f") == "acquire" ? Fn::acquire : Fn::release;
    const std::string type = field("type");
    if (type == "invoke") pairs.invoke(field("process"), mop);
    if (type == "ok") pairs.complete(field("process"), Outcome::ok, {});
    if (type == "fail") pairs.complete(field("process"), Outcome::fail, {});
    if (type == "info") pairs.complete(field("process"), Outcome::info, {});
  }
  return pairs.build();
}

}  // namespace assay::checkers::testing
