// Texts, characters and numbers of EDN; see edn_parser.h.
#include <algorithm>
#include <charconv>

#include "harness/formats/edn_parser.h"

namespace assay::formats {

namespace {

void append_utf8(unsigned code, std::string& out) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool is_surrogate(unsigned unit, unsigned first) { return unit >= first && unit < first + 0x400; }
constexpr unsigned kHighSurrogate = 0xD800;
constexpr unsigned kLowSurrogate = 0xDC00;
constexpr unsigned kReplacement = 0xFFFD;

// The whole text as a number of this base.
template <typename Integer>
bool whole(std::string_view digits, Integer& number, int base = 10) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  return error == std::errc() && end == digits.data() + digits.size();
}

}  // namespace

// Nearly every number is a few digits.
bool EdnParser::short_number(FormTape& tape) {
  constexpr std::size_t kDigitsMax = 18;
  std::int64_t value = 0;
  std::size_t end = at_;
  const std::size_t limit = std::min(text_.size(), at_ + kDigitsMax);
  while (end < limit && text_[end] >= '0' && text_[end] <= '9') value = value * 10 + (text_[end++] - '0');
  if (end == at_ || !ends_token(end)) return false;
  tape.add_integer(value);
  at_ = end;
  return true;
}

EdnParser::Step EdnParser::number(FormTape& tape) {
  if (short_number(tape)) return Step::value;
  const std::size_t begin = at_;
  std::string_view word = token();
  if (word.size() > UINT32_MAX) return fail(begin, "expected a shorter number");
  if (word[0] == '+') word.remove_prefix(1);
  if (word.back() == 'N' || word.back() == 'M') word.remove_suffix(1);
  std::int64_t value = 0;
  if (whole(word, value)) {
    tape.add_integer(value);
    return Step::value;
  }
  // Clojure prints addresses of objects so.
  const bool hexadecimal = word.starts_with("0x");
  const char* const allowed = hexadecimal ? "0123456789abcdefABCDEFx" : "0123456789+-.eE/";
  if (word.find_first_not_of(allowed) != std::string_view::npos) {
    return fail(begin, "expected a number, got " + std::string(word.substr(0, 60)));
  }
  tape.add_text(word, Form::Kind::number);
  return Step::value;
}

EdnParser::Step EdnParser::string(FormTape& tape) {
  const std::size_t begin = at_ + 1;
  const std::size_t end = text_.find_first_of("\"\\", begin);
  if (end == std::string_view::npos) return fail(at_, "expected the closing \" of a text", true);
  if (end - begin > UINT32_MAX) return fail(at_, "expected a shorter text");
  if (text_[end] == '\\') return escaped_string(tape);
  tape.add_text(text_.substr(begin, end - begin));
  at_ = end + 1;
  return Step::value;
}

EdnParser::Step EdnParser::escaped_string(FormTape& tape) {
  std::string text;
  ++at_;
  while (at_ < text_.size() && text_[at_] != '"') {
    const std::size_t plain = std::min(text_.find_first_of("\"\\", at_), text_.size());
    text.append(text_, at_, plain - at_);
    at_ = plain;
    if (at_ < text_.size() && text_[at_] == '\\' && !escape(text)) {
      return fail(at_, "expected an escape such as \\n or \\u0041 in a text", text_.size() - at_ < 6);
    }
  }
  if (at_ == text_.size()) return fail(at_, "expected the closing \" of a text", true);
  ++at_;
  if (text.size() > UINT32_MAX) return fail(at_, "expected a shorter text");
  tape.add_text(tape.keep(std::move(text)));
  return Step::value;
}

// From a backslash: appends what it means and goes on behind it.
bool EdnParser::escape(std::string& out) {
  if (at_ + 1 >= text_.size()) return false;
  const char c = text_[at_ + 1];
  if (c >= '0' && c <= '7') {  // up to three octal digits
    std::size_t end = at_ + 1;
    unsigned code = 0;
    while (end < text_.size() && end < at_ + 4 && text_[end] >= '0' && text_[end] <= '7') {
      code = code * 8 + static_cast<unsigned>(text_[end++] - '0');
    }
    append_utf8(code, out);
    at_ = end;
    return true;
  }
  if (c == 'u') {
    unsigned unit = 0;
    if (!code_unit(unit)) return false;
    if (is_surrogate(unit, kHighSurrogate) && text_.substr(at_, 2) == "\\u") {
      const std::size_t before = at_;
      unsigned low = 0;
      if (code_unit(low) && is_surrogate(low, kLowSurrogate)) {
        unit = 0x10000 + ((unit - kHighSurrogate) << 10) + (low - kLowSurrogate);
      } else {
        at_ = before;
      }
    }
    const bool half = is_surrogate(unit, kHighSurrogate) || is_surrogate(unit, kLowSurrogate);
    append_utf8(half ? kReplacement : unit, out);
    return true;
  }
  constexpr std::string_view kNames = "ntr\\\"bf'/";
  constexpr std::string_view kMeanings = "\n\t\r\\\"\b\f'/";
  const std::size_t which = kNames.find(c);
  if (which == std::string_view::npos) return false;
  out += kMeanings[which];
  at_ += 2;
  return true;
}

// From the backslash of \u: its four digits.
bool EdnParser::code_unit(unsigned& unit) {
  const std::string_view digits = text_.substr(at_ + 2, 4);
  if (digits.size() < 4 || !whole(digits, unit, 16)) return false;
  at_ += 6;
  return true;
}

EdnParser::Step EdnParser::character(FormTape& tape) {
  const std::size_t begin = at_;
  if (begin + 1 == text_.size()) return fail(begin, "expected a character after \\", true);
  at_ += 2;  // the first one may be a bracket
  token();
  const std::string_view word = text_.substr(begin + 1, at_ - begin - 1);
  constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
      {"newline", "\n"}, {"space", " "},      {"tab", "\t"},
      {"return", "\r"},  {"backspace", "\b"}, {"formfeed", "\f"}};
  for (const auto& [name, meaning] : kNamed) {
    if (word == name) {
      tape.add_text(meaning);
      return Step::value;
    }
  }
  unsigned code = 0;
  if (word.size() == 5 && word[0] == 'u' && whole(word.substr(1), code, 16)) {
    std::string text;
    const bool half = is_surrogate(code, kHighSurrogate) || is_surrogate(code, kLowSurrogate);
    append_utf8(half ? kReplacement : code, text);
    tape.add_text(tape.keep(std::move(text)));
    return Step::value;
  }
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  std::size_t length = 1;
  while (length < word.size() && continues(word[length])) ++length;
  if (length != word.size()) {
    return fail(begin, "expected a character such as \\a or \\newline", at_ == text_.size());
  }
  tape.add_text(word);
  return Step::value;
}

}  // namespace assay::formats
