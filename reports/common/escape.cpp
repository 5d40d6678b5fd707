#include "reports/common/escape.h"

namespace assay::reports {

namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 when there is none (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text) {
  const auto between = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= low &&
           static_cast<unsigned char>(text[i]) <= high;
  };
  const auto tail = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last; ++i) {
      if (!between(i, 0x80, 0xBF)) return false;
    }
    return true;
  };
  if (between(0, 0xC2, 0xDF) && tail(1, 1)) return 2;
  if (between(0, 0xE0, 0xE0) && between(1, 0xA0, 0xBF) && tail(2, 2)) return 3;
  if (between(0, 0xED, 0xED) && between(1, 0x80, 0x9F) && tail(2, 2)) return 3;
  if (between(0, 0xE1, 0xEF) && !between(0, 0xED, 0xED) && tail(1, 2)) return 3;
  if (between(0, 0xF0, 0xF0) && between(1, 0x90, 0xBF) && tail(2, 3)) return 4;
  if (between(0, 0xF4, 0xF4) && between(1, 0x80, 0x8F) && tail(2, 3)) return 4;
  if (between(0, 0xF1, 0xF3) && tail(1, 3)) return 4;
  return 0;
}

void append_ascii(char character, std::string& out) {
  switch (character) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      break;
  }
  const bool allowed = character >= 0x20 || character == '\n' || character == '\t';
  if (allowed && character != 0x7F) {
    out += character;
  } else {
    out += "\xEF\xBF\xBD";
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      append_ascii(text[i++], out);
      continue;
    }
    const std::size_t length = sequence_length(text.substr(i));
    const std::string_view sequence = text.substr(i, length);
    const bool forbidden = sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";  // U+FFFE, U+FFFF
    if (length > 0 && !forbidden) {
      out += sequence;
    } else {
      out += "\xEF\xBF\xBD";
    }
    i += length > 0 ? length : 1;
  }
  return out;
}

}  // namespace assay::reports
