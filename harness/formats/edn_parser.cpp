#include "harness/formats/edn_parser.h"

#include <algorithm>
#include <utility>

namespace assay::formats {

namespace {

constexpr std::size_t kNodesMax = std::size_t{1} << 31;

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == ','; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// Where a name or number ends.
constexpr std::array<bool, 256> kDelimiters = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c <= ' '; ++c) table[c] = true;
  for (const char c : {',', '"', ';', '(', ')', '[', ']', '{', '}', '\\'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

}  // namespace

EdnParser::Result EdnParser::next(FormTape& tape) {
  while (problem_.empty()) {
    skip_blank();
    if (depth_ == 0) {
      if (enter_sequence()) continue;
      count_lines(at_);
    }
    const Step done = step(tape);
    if (done == Step::end) return Result::end;
    if (done == Step::value && completed(tape)) return Result::form;
  }
  return incomplete_ ? Result::incomplete : Result::problem;
}

void EdnParser::skip_blank() {
  while (at_ < text_.size()) {
    if (is_blank(text_[at_])) {
      ++at_;
    } else if (text_[at_] == ';') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

// On the top level: over the bracket that begins or ends a sequence, with the tag before it.
bool EdnParser::enter_sequence() {
  if (top_ == Top::forms) return false;
  const auto here = [&] { return at_ < text_.size() ? text_[at_] : '\0'; };
  if (closer_ != '\0') {
    if (here() != closer_) return false;
    closer_ = '\0';
    ++at_;
    return true;
  }
  const std::size_t begin = at_;
  if (here() == '#' && at_ + 1 < text_.size() && is_letter(text_[at_ + 1])) {
    token();
    skip_blank();
  }
  if (here() == '[' || here() == '(') {
    closer_ = here() == '[' ? ']' : ')';
    ++at_;
    return true;
  }
  at_ = begin;
  return false;
}

// A value was added: hands it to what it stands in. True when it stands in nothing.
bool EdnParser::completed(FormTape& tape) {
  while (depth_ > 0) {
    Frame& top = frames_[depth_ - 1];
    if (top.inside == Inside::tag) {
      --depth_;
      continue;
    }
    if (top.inside == Inside::discard) {
      tape.cut(top.opened);
      --depth_;
    } else {
      ++top.children;
    }
    return false;
  }
  return true;
}

EdnParser::Step EdnParser::step(FormTape& tape) {
  if (at_ == text_.size()) {
    if (depth_ > 0) return fail(at_, "expected the end of the form that begins here", true);
    if (closer_ == '\0') return Step::end;
    return fail(at_, std::string("expected ") + closer_ + " after the last form", true);
  }
  if (tape.size() >= kNodesMax) return fail(at_, "expected a smaller form");
  const char c = text_[at_];
  switch (c) {
    case '"':
      return string(tape);
    case '\\':
      return character(tape);
    case '[':
      return open(tape, Inside::list, ']');
    case '(':
      return open(tape, Inside::list, ')');
    case '{':
      return open(tape, Inside::map, '}');
    case ']':
    case ')':
    case '}':
      return close(tape, c);
    case '#':
      return step_hash(tape);
    default:
      break;
  }
  const bool sign = (c == '-' || c == '+') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
  return is_digit(c) || sign ? number(tape) : name(tape);
}

EdnParser::Step EdnParser::step_hash(FormTape& tape) {
  const std::size_t begin = at_;
  const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == '\0' && at_ + 1 == text_.size()) return fail(begin, "expected a form after #", true);
  if (c == '{') {
    ++at_;
    return open(tape, Inside::list, '}');
  }
  if (c == '_') {
    at_ += 2;
    return push(tape, Inside::discard, '\0');
  }
  if (c == '#') {
    at_ += 2;
    tape.add_text(token(), Form::Kind::number);
    return Step::value;
  }
  // The names in a map #:name{...} stand for themselves, as if they had none.
  if (!is_letter(c) && c != ':') return fail(begin, "expected {, _ or the name of a tag after #");
  token();
  return push(tape, Inside::tag, '\0');
}

EdnParser::Step EdnParser::push(FormTape& tape, Inside inside, char closer) {
  if (depth_ == kDepthMax) {
    return fail(at_, "expected values nested at most " + std::to_string(kDepthMax) + " deep");
  }
  frames_[depth_++] = {inside, closer, tape.size(), 0, at_};
  return Step::nothing;
}

EdnParser::Step EdnParser::open(FormTape& tape, Inside inside, char closer) {
  if (push(tape, inside, closer) == Step::failed) return Step::failed;
  tape.open(inside == Inside::map ? Form::Kind::map : Form::Kind::list);
  ++at_;
  return Step::nothing;
}

EdnParser::Step EdnParser::close(FormTape& tape, char closer) {
  if (depth_ == 0) return fail(at_, std::string("expected a form, got ") + closer);
  const Frame& top = frames_[depth_ - 1];
  if (top.inside == Inside::discard || top.inside == Inside::tag) {
    return fail(at_, std::string("expected a form after a # tag, got ") + closer);
  }
  if (top.closer != closer) return fail(at_, std::string("expected ") + top.closer + ", got " + closer);
  if (top.inside == Inside::map && top.children % 2 == 1) {
    return fail(at_, "expected a value for the last key of the map");
  }
  tape.close(top.opened, top.children);
  --depth_;
  ++at_;
  return Step::value;
}

bool EdnParser::ends_token(std::size_t at) const {
  return at == text_.size() || kDelimiters[static_cast<unsigned char>(text_[at])];
}

std::string_view EdnParser::token() {
  const std::size_t begin = at_;
  while (!ends_token(at_)) ++at_;
  return text_.substr(begin, at_ - begin);
}

EdnParser::Step EdnParser::name(FormTape& tape) {
  const std::size_t begin = at_;
  std::string_view word = token();
  constexpr std::string_view kNoNames = "^@`~'";  // Clojure's, not EDN's
  if (word.size() > UINT32_MAX) return fail(begin, "expected a shorter name");
  if (kNoNames.find(word[0]) != std::string_view::npos) {
    return fail(begin, std::string("expected a form, got ") + word[0]);
  }
  if (word == "nil") {
    tape.add_nil();
  } else if (word == "true" || word == "false") {
    tape.add_boolean(word == "true");
  } else {
    if (word[0] == ':') word.remove_prefix(1);
    if (word.empty()) return fail(begin, "expected a name after :", at_ == text_.size());
    tape.add_text(word);
  }
  return Step::value;
}

EdnParser::Step EdnParser::fail(std::size_t at, std::string problem, bool incomplete) {
  problem_ = std::move(problem);
  incomplete_ = incomplete;
  if (!incomplete) count_lines(at);
  return Step::failed;
}

void EdnParser::count_lines(std::size_t until) {
  if (until <= line_counted_) return;
  line_ += static_cast<std::uint64_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(line_counted_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(until), '\n'));
  line_counted_ = until;
}

}  // namespace assay::formats
