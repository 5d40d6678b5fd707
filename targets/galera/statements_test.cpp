#include "targets/galera/statements.h"

#include <gtest/gtest.h>

#include "targets/galera/connection.h"

namespace assay::galera {
namespace {

using sql::Sql;

TEST(GaleraStatements, HaveTheirValuesInThem) {
  EXPECT_EQ(sql_of({Sql::read, {"7"}}), "SELECT v FROM assay_values WHERE k = 7");
  EXPECT_EQ(sql_of({Sql::replace, {"-7", "t#1", "t$2 it's"}}),
            "UPDATE assay_values SET v = 't$2 it\\'s' WHERE k = -7 AND v = 't#1'");
  EXPECT_EQ(sql_of({Sql::scan_all, {}}), "SELECT k, v FROM assay_values ORDER BY k");
  EXPECT_EQ(sql_of({Sql::append, {"7", "1"}}),
            "INSERT INTO assay_values VALUES (7, CONCAT('l', '1')) ON DUPLICATE KEY UPDATE v = CONCAT(v, ' "
            "', '1')");
}

TEST(GaleraStatements, QuotedTextsAreLiterals) {
  EXPECT_EQ(quoted("a'b\\c"), "'a\\'b\\\\c'");
  EXPECT_EQ(quoted(std::string_view("\0x", 2)), "'\\0x'");
  EXPECT_EQ(quoted(""), "''");
}

TEST(GaleraStatements, ASessionIsSetAsItIsWanted) {
  EXPECT_EQ(setting_sql({}),
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION tx_isolation = 'repeatable-read'");
  SessionSettings settings;
  settings.sync_wait = 7;
  settings.dirty_reads = settings.snapshot_isolation = true;
  settings.lock_wait_timeout = 1'800 * kMillisecond;
  const std::string all = setting_sql(settings);
  for (const char* wanted : {"wsrep_sync_wait = 7", "wsrep_dirty_reads = ON",
                             "innodb_snapshot_isolation = ON", "innodb_lock_wait_timeout = 1"})
    EXPECT_NE(all.find(wanted), std::string::npos) << all;
  settings.lock_wait_timeout = kMillisecond;
  EXPECT_NE(setting_sql(settings).find("innodb_lock_wait_timeout = 1"), std::string::npos);
}

}  // namespace
}  // namespace assay::galera
