#include "checkers/common/words.h"

#include <string_view>

namespace assay::checkers {

std::string counted(std::uint64_t count, const std::string& noun) {
  const std::string number = std::to_string(count) + " ";
  if (count == 1) return number + noun;
  const bool vowel =
      noun.size() > 1 && std::string_view("aeiou").find(noun[noun.size() - 2]) != std::string::npos;
  if (noun.ends_with("y") && !vowel) return number + noun.substr(0, noun.size() - 1) + "ies";
  return number + noun + (noun.ends_with("s") || noun.ends_with("x") ? "es" : "s");
}

std::string listed(const std::vector<std::string>& names, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " " + last + " " : ", ") + names[i];
  }
  return text;
}

}  // namespace assay::checkers
