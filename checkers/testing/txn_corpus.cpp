#include "checkers/testing/txn_corpus.h"

#include <cctype>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

namespace assay::checkers::testing {

namespace {

// EDN and JSON alike: brackets and braces hold elements, commas and colons are white space. Words and strings become texts.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  // The next map as a list of names and values in turn; false at the end.
  bool next_map(Value& map) {
    while (at_ < text_.size() && text_[at_] != '{') ++at_;
    if (at_ == text_.size()) return false;
    map = element();
    return true;
  }

 private:
  static bool is_space(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == ':';
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  Value element() {
    skip_space();
    if (at_ == text_.size()) return {};
    const char c = text_[at_];
    if (c == '[' || c == '{') {
      ++at_;
      std::vector<Value> elements;
      for (skip_space(); at_ < text_.size() && text_[at_] != ']' && text_[at_] != '}'; skip_space()) {
        elements.push_back(element());
      }
      if (at_ < text_.size()) ++at_;
      return Value::list(std::move(elements));
    }
    const std::size_t begin = at_;
    if (c == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\' ? 1 : 0;
      const std::size_t end = std::min(at_++, text_.size());
      return Value::text(text_.substr(begin + 1, end - begin - 1));
    }
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           std::string_view("[]{}").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return atom(text_.substr(begin, at_ - begin));
  }

  static Value atom(std::string_view word) {
    if (word == "nil" || word == "null") return {};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc() && end == word.data() + word.size()) return Value(number);
    return Value::text(word);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Value field(const Value& map, std::string_view name) {
  const auto entries = map.as_list();
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i].kind() == Value::Kind::text && entries[i].as_text() == name) return entries[i + 1];
  }
  return {};
}

class Keys {
 public:
  Key of(const Value& name) {
    if (name.is_integer()) return name.as_integer();
    const auto next = static_cast<Key>(1'000'000 + names_.size());
    return names_.try_emplace(name, next).first->second;
  }

 private:
  std::map<Value, Key> names_;
};

Request request_of(const Value& value, Keys& keys) {
  Request mops;
  if (value.kind() != Value::Kind::list) return mops;
  for (const Value& each : value.as_list()) {
    const auto parts = each.as_list();
    Mop mop;
    const std::string_view name = parts[0].as_text();
    mop.key = keys.of(parts[1]);
    mop.fn = name == "r" ? Fn::read : name == "w" ? Fn::write : Fn::append;
    (mop.fn == Fn::read ? mop.result : mop.argument) = parts[2];
    mops.push_back(mop);
  }
  return mops;
}

}  // namespace

History read_transactions(const std::string& path) {
  std::ifstream file(path);
  std::stringstream whole;
  whole << file.rdbuf();
  const std::string text = whole.str();
  Parser parser(text);
  HistoryBuilder builder;
  Keys keys;
  std::map<std::int64_t, OpId> open;
  Nanos time = 0;
  for (Value map; parser.next_map(map); ++time) {
    const Value process = field(map, "process");
    if (!process.is_integer()) continue;
    const std::string type(field(map, "type").as_text());
    if (type == "invoke") {
      Operation op;
      op.process = static_cast<ProcessId>(process.as_integer());
      op.due = op.invoked = time;
      const Request mops = request_of(field(map, "value"), keys);
      op.mops = mops;
      open[process.as_integer()] = builder.add(op);
      continue;
    }
    const auto found = open.find(process.as_integer());
    if (found == open.end()) continue;
    if (type == "ok")
      builder.complete(found->second, Outcome::ok, time, request_of(field(map, "value"), keys), {});
    if (type == "fail") {
      const Operation op = builder.at(found->second);
      const Request mops(op.mops.begin(), op.mops.end());
      builder.complete(found->second, Outcome::fail, time, mops, {});
    }
    open.erase(found);
  }
  return builder.build();
}

}  // namespace assay::checkers::testing
