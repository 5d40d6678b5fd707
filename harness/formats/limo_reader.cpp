// LiMo's histories of one object: "# @object atomic-queue", then "[3] call add(7)", "[3] return", "[4] call remove",
// "[4] return 7" in the order of the events; or the same as TeX, "\call{3}{\push{7}}" and "\ret[7]{3}", without a line
// that names the object. "empty", or nothing, is what a removal from an empty object returns. A call that knows what
// it will return may say so: "[4] call pop(7)", "[4] return".
#include <algorithm>
#include <limits>
#include <map>

#include "harness/formats/line_text.h"
#include "harness/formats/text_readers.h"

namespace assay::formats {

namespace {

// Keys that are texts get numbers from here on.
constexpr Key kFirstNamedKey = Key{1} << 40;

constexpr const char* kEventLine = "a line such as \"[3] call push(7)\" or \"[3] return 7\"";

enum class Object : std::uint8_t { unknown, queue, stack, set };
enum class Act : std::uint8_t { insert, remove, contains };

struct Event {
  bool call = false;
  ProcessId process = 0;
  std::string_view method;  // of a call
  std::string_view value;   // what is brought or returned; may be empty
};

struct Call {
  ProcessId process = 0;
  Nanos invoked = 0;
  Nanos completed = kNever;
  Act act = Act::insert;
  std::string_view argument;
  std::string_view result;
};

struct Method {
  std::string_view name;
  Act act;
  Object object;  // what has a method of this name; unknown when several do
};
constexpr Method kMethods[] = {
    {"add", Act::insert, Object::unknown},    {"insert", Act::insert, Object::unknown},
    {"offer", Act::insert, Object::queue},    {"put", Act::insert, Object::unknown},
    {"enq", Act::insert, Object::queue},      {"enqueue", Act::insert, Object::queue},
    {"push", Act::insert, Object::stack},     {"remove", Act::remove, Object::unknown},
    {"delete", Act::remove, Object::unknown}, {"poll", Act::remove, Object::queue},
    {"take", Act::remove, Object::unknown},   {"deq", Act::remove, Object::queue},
    {"dequeue", Act::remove, Object::queue},  {"pop", Act::remove, Object::stack},
    {"contains", Act::contains, Object::set}};

const Method* method_named(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                         [&](const Method& each) { return each.name == name; });
  return found == std::end(kMethods) ? nullptr : found;
}

// Takes what stands between two characters from the beginning of a text; the outermost pair of them.
bool take_enclosed(std::string_view& text, char open, char close, std::string_view& inside) {
  if (text.empty() || text[0] != open) return false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == open ? 1 : text[i] == close ? -1 : 0;
    if (depth > 0) continue;
    inside = trimmed(text.substr(1, i - 1));
    text.remove_prefix(i + 1);
    return true;
  }
  return false;
}

bool process_from(std::string_view text, ProcessId& process) {
  const auto number = whole_number(text);
  if (!number || *number < 0 || *number > std::numeric_limits<ProcessId>::max()) return false;
  process = static_cast<ProcessId>(*number);
  return true;
}

// "push(7)", "push 7" or "pop".
bool parse_method(std::string_view text, Event& event) {
  const std::size_t end = std::min(text.find_first_of("( \t{"), text.size());
  event.method = text.substr(0, end);
  std::string_view rest = trimmed(text.substr(end));
  if (rest.starts_with('(')) return take_enclosed(rest, '(', ')', event.value) && rest.empty();
  if (rest.starts_with('{')) return take_enclosed(rest, '{', '}', event.value) && rest.empty();
  event.value = rest;
  return true;
}

bool parse_tex(std::string_view line, Event& event) {
  std::string_view process, call;
  event.call = line.starts_with("\\call");
  if (!event.call && !line.starts_with("\\ret")) return false;
  line.remove_prefix(event.call ? 5 : 4);
  if (!event.call && line.starts_with('[') && !take_enclosed(line, '[', ']', event.value)) return false;
  if (!take_enclosed(line, '{', '}', process) || !process_from(process, event.process)) return false;
  if (!event.call) return line.empty();
  if (!take_enclosed(line, '{', '}', call) || !line.empty() || !call.starts_with('\\')) return false;
  return parse_method(call.substr(1), event);
}

bool parse_plain(std::string_view line, Event& event) {
  std::string_view process;
  if (!take_enclosed(line, '[', ']', process) || !process_from(process, event.process)) return false;
  line = trimmed(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  const std::string_view rest = trimmed(line.substr(end));
  event.call = word == "call";
  if (event.call) return !rest.empty() && parse_method(rest, event);
  event.value = rest;
  return word == "return";
}

Object object_named(std::string_view name) {
  if (name.find("queue") != std::string_view::npos) return Object::queue;
  if (name.find("stack") != std::string_view::npos) return Object::stack;
  return name.find("set") != std::string_view::npos ? Object::set : Object::unknown;
}

class LimoReader {
 public:
  LimoReader(std::string_view text, const std::string& name) : lines_(text, name) {}

  HistoryFile read() {
    for (std::string_view line; lines_.next(line);) {
      if (line.empty()) continue;
      if (line[0] == '#') {
        read_comment(line);
        continue;
      }
      Event event;
      if (!parse_plain(line, event) && !parse_tex(line, event)) lines_.refuse(kEventLine, line);
      if (event.call) {
        add_call(event);
      } else {
        add_return(event);
      }
      ++now_;
    }
    return finish();
  }

 private:
  void read_comment(std::string_view line) {
    constexpr std::string_view kMark = "@object";
    const std::size_t mark = line.find(kMark);
    if (mark == std::string_view::npos) return;
    const std::string_view object = trimmed(line.substr(mark + kMark.size()));
    object_ = object_named(object);
    if (object_ == Object::unknown) lines_.refuse("a queue, a stack or a set as the object", object);
  }

  void add_call(const Event& event) {
    const Method* const method = method_named(event.method);
    if (method == nullptr)
      lines_.refuse("a method such as add, remove, push, pop, enq, deq or contains", event.method);
    if (object_ == Object::unknown) object_ = method->object;
    if (object_ == Object::unknown) {
      lines_.refuse("a line such as \"# @object atomic-queue\" before a method that several objects have",
                    event.method);
    }
    if ((method->act == Act::contains || method->object != Object::unknown) && method->object != object_) {
      lines_.refuse("a method of the object that was named", event.method);
    }
    if (open_.contains(event.process)) {
      lines_.refuse("a return before the next call of this thread", std::to_string(event.process));
    }
    const bool brings = method->act != Act::remove || object_ == Object::set;
    if (brings && event.value.empty()) lines_.refuse("a value in the brackets of the call", event.method);
    open_[event.process] = calls_.size();
    Call& call = calls_.emplace_back();
    call.process = event.process;
    call.invoked = now_;
    call.act = method->act;
    (brings ? call.argument : call.result) = event.value;
  }

  void add_return(const Event& event) {
    const auto open = open_.find(event.process);
    if (open == open_.end())
      lines_.refuse("a call of this thread before its return", std::to_string(event.process));
    Call& call = calls_[open->second];
    open_.erase(open);
    call.completed = now_;
    if (event.value.empty()) return;
    if (!call.result.empty() && call.result != event.value) {
      lines_.refuse("the value that the call said it would return, " + std::string(call.result), event.value);
    }
    call.result = event.value;
  }

  static Value value_of(std::string_view text) {
    if (text.empty() || text == "empty") return {};
    const auto number = whole_number(text);
    return number ? Value(*number) : Value::text(text);
  }

  // Elements of a set don't touch one another: each is a register that holds true or nothing.
  Mop mop_of_set(const Call& call) {
    const Value there = Value::boolean(true);
    Mop mop;
    mop.key = key_of(call.argument);
    if (call.act == Act::contains) {
      if (call.result == "true") mop.result = there;
      return mop;
    }
    const Value before = call.act == Act::insert ? Value() : there;
    const Value after = call.act == Act::insert ? there : Value();
    if (call.result == "true") {
      mop.fn = Fn::cas;
      mop.argument = Value::pair(before, after);
    } else if (call.result == "false") {
      mop.result = after;  // it was so already
    } else {
      mop.fn = Fn::write;
      mop.argument = after;
    }
    return mop;
  }

  Mop mop_of(const Call& call) {
    if (object_ == Object::set) return mop_of_set(call);
    const bool queue = object_ == Object::queue;
    if (call.act == Act::insert) return {queue ? Fn::enqueue : Fn::push, 0, value_of(call.argument), {}};
    const bool returned = call.completed != kNever;
    return {queue ? Fn::dequeue : Fn::pop, 0, {}, returned ? value_of(call.result) : Value()};
  }

  Key key_of(std::string_view element) {
    const auto number = whole_number(element);
    if (number) return *number;
    const auto next = kFirstNamedKey + static_cast<Key>(named_keys_.size());
    return named_keys_.try_emplace(element, next).first->second;
  }

  HistoryFile finish() {
    HistoryFile file;
    HistoryBuilder builder;
    for (const Call& call : calls_) {
      const Mop mop = mop_of(call);
      Operation op;
      op.process = call.process;
      op.due = op.invoked = call.invoked;
      op.completed = call.completed;
      op.outcome = call.completed == kNever ? Outcome::info : Outcome::ok;
      op.mops = {&mop, 1};
      builder.add(op);
      file.never_completed += call.completed == kNever ? 1 : 0;
    }
    for (const auto& [name, key] : named_keys_) builder.set_key_name(key, std::string(name));
    file.history = builder.build();
    file.lines = lines_.number();
    return file;
  }

  Lines lines_;
  Object object_ = Object::unknown;
  Nanos now_ = 0;
  std::vector<Call> calls_;
  std::map<ProcessId, std::size_t> open_;
  std::map<std::string_view, Key> named_keys_;
};

}  // namespace

HistoryFile parse_limo(std::string_view text, const std::string& name) {
  require_utf8(text, name);
  return LimoReader(text, name).read();
}

}  // namespace assay::formats
