#include "targets/galera/statements.h"

#include <array>

#include "harness/core/assert.h"

namespace assay::galera {

namespace {

// By Sql. "#1" is the first parameter as the number that it is, "$1" as a quoted text. A list begins with "l", and spaces around it
// make every element one between spaces.
constexpr std::array<std::string_view, sql::kSqlCount> kTexts = {{
    "SELECT v FROM assay_values WHERE k = #1",
    "INSERT INTO assay_values VALUES (#1, $2) ON DUPLICATE KEY UPDATE v = VALUES(v)",
    "UPDATE assay_values SET v = $3 WHERE k = #1 AND v = $2",
    "INSERT IGNORE INTO assay_values VALUES (#1, $2)",
    "INSERT INTO assay_values VALUES (#1, CONCAT('l', $2)) ON DUPLICATE KEY UPDATE v = CONCAT(v, ' ', $2)",
    "INSERT INTO assay_values VALUES (#1, $2) ON DUPLICATE KEY UPDATE v = CAST(v AS SIGNED) + #2",
    "INSERT INTO assay_values VALUES (#1, CONCAT('l', $2)) ON DUPLICATE KEY UPDATE v = "
    "IF(LOCATE(CONCAT(' ', $2, ' '), CONCAT(' ', SUBSTR(v, 2), ' ')) > 0, v, CONCAT(v, ' ', $2))",
    "UPDATE assay_values SET v = CONCAT('l', TRIM(REPLACE(CONCAT(' ', SUBSTR(v, 2), ' '), "
    "CONCAT(' ', $2, ' '), ' '))) WHERE k = #1",
    "SELECT k, v FROM assay_values ORDER BY k",
    "SELECT k, v FROM assay_values WHERE v = $1 ORDER BY k",
    "SELECT k, v FROM assay_values WHERE CASE WHEN v REGEXP '^-?[0-9]+$' "
    "THEN MOD(MOD(CAST(v AS SIGNED), #1) + #1, #1) = #2 ELSE 0 END ORDER BY k",
    "SELECT k, v FROM assay_values WHERE k BETWEEN #1 AND #2 ORDER BY k",
}};

}  // namespace

std::string sql_of(const sql::Statement& statement) {
  const std::string_view text = kTexts[static_cast<std::size_t>(statement.sql)];
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool marker =
        (text[i] == '#' || text[i] == '$') && i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '9';
    if (!marker) {
      out += text[i];
      continue;
    }
    const auto number = static_cast<std::size_t>(text[i + 1] - '1');
    ASSAY_ASSERT(number < statement.parameters.size());
    const std::string& parameter = statement.parameters[number];
    out += text[i] == '#' ? parameter : quoted(parameter);
    ++i;
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c == '\0') {
      out += "\\0";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace assay::galera
