#include "targets/postgres/statements.h"

#include <array>

namespace assay::postgres {

namespace {

struct Prepared {
  const char* name;
  const char* text;
};

// By Sql. A list begins with "l", and spaces around it make every element one between spaces.
constexpr std::array<Prepared, sql::kSqlCount> kPrepared = {{
    {"assay_read", "SELECT v FROM assay_values WHERE k = $1"},
    {"assay_write", "INSERT INTO assay_values VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = EXCLUDED.v"},
    {"assay_replace", "UPDATE assay_values SET v = $3 WHERE k = $1 AND v = $2"},
    {"assay_create", "INSERT INTO assay_values VALUES ($1, $2) ON CONFLICT (k) DO NOTHING"},
    {"assay_append",
     "INSERT INTO assay_values AS a VALUES ($1, 'l' || $2::text) "
     "ON CONFLICT (k) DO UPDATE SET v = a.v || ' ' || $2::text"},
    {"assay_add_number",
     "INSERT INTO assay_values AS a VALUES ($1, $2::text) "
     "ON CONFLICT (k) DO UPDATE SET v = (a.v::bigint + $2::text::bigint)::text"},
    {"assay_add_element",
     "INSERT INTO assay_values AS a VALUES ($1, 'l' || $2::text) ON CONFLICT (k) DO UPDATE SET v = CASE "
     "WHEN strpos(' ' || substr(a.v, 2) || ' ', ' ' || $2::text || ' ') > 0 THEN a.v "
     "ELSE a.v || ' ' || $2::text END"},
    {"assay_remove_element",
     "UPDATE assay_values SET v = 'l' || btrim(replace(' ' || substr(v, 2) || ' ', "
     "' ' || $2::text || ' ', ' ')) WHERE k = $1"},
    {"assay_scan_all", "SELECT k, v FROM assay_values ORDER BY k"},
    {"assay_scan_equal", "SELECT k, v FROM assay_values WHERE v = $1 ORDER BY k"},
    {"assay_scan_remainder",
     "SELECT k, v FROM assay_values WHERE CASE WHEN v ~ '^-?[0-9]+$' "
     "THEN mod(mod(v::bigint, $1::bigint) + $1::bigint, $1::bigint) = $2::bigint ELSE false END ORDER BY k"},
    {"assay_scan_keys", "SELECT k, v FROM assay_values WHERE k BETWEEN $1 AND $2 ORDER BY k"},
}};

}  // namespace

const char* sql_name(Sql sql) { return kPrepared[static_cast<std::size_t>(sql)].name; }
const char* sql_text(Sql sql) { return kPrepared[static_cast<std::size_t>(sql)].text; }

}  // namespace assay::postgres
