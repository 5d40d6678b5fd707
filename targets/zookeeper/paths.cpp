#include "targets/zookeeper/paths.h"

#include <algorithm>

#include "targets/described/store/stored_value.h"

namespace assay::zookeeper {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool stays(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '_' || letter == ':';
}

// A name may have neither slashes nor bytes that print nothing: they are written as in addresses of pages, "%2F".
std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (stays(letter)) {
      out += letter;
      continue;
    }
    const auto byte = static_cast<unsigned char>(letter);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const std::size_t high = kHex.find(text[i + 1]), low = kHex.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string key_path(Key key) { return std::string(kRoot) + "/k" + std::to_string(key); }

std::string child_prefix(Key key, char kind) { return key_path(key) + "/" + kind; }

std::string element_path(Key key, const Value& element) {
  return child_prefix(key, kElement) + escaped(described::stored(element));
}

std::string_view parent_of(std::string_view path) { return path.substr(0, path.rfind('/')); }
std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::optional<Value> element_of(std::string_view name) {
  if (!name.starts_with(kElement)) return std::nullopt;
  const std::optional<std::string> text = unescaped(name.substr(1));
  return text ? described::loaded(*text) : std::nullopt;
}

std::vector<std::string> names_of_kind(const std::vector<std::string>& names, char kind) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (name.starts_with(kind)) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace assay::zookeeper
