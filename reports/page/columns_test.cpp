// What the script of the page reads is what the history says.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/base64.h"
#include "reports/page/columns.h"
#include "reports/samples/sample_runs.h"

namespace assay::reports {
namespace {

// Column after column, as the script reads them.
class ColumnReader {
 public:
  explicit ColumnReader(const Columns& columns)
      : count_(columns.count), bytes_(columns.count * 200 + 1'000, 0) {
    const std::string packed = from_base64(columns.base64).value();
    uLongf size = static_cast<uLongf>(bytes_.size());
    EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(bytes_.data()), &size,
                         reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size())),
              Z_OK);
    bytes_.resize(size);
  }
  std::vector<std::int64_t> next() {
    std::vector<std::int64_t> column;
    while (column.size() < count_) {
      std::int64_t number = 0;
      for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes_.at(at_++));
        number |= std::int64_t{byte & 127} << shift;
        if (byte < 128) break;
      }
      column.push_back(number);
    }
    return column;
  }
  std::string rest() const { return bytes_.substr(at_); }

 private:
  std::size_t count_;
  std::string bytes_;
  std::size_t at_ = 0;
};

TEST(Columns, SayWhatTheHistorySays) {
  RunResult run = invalid_run(300);
  HistoryBuilder late;
  late.set_node_names(run.history.node_names());
  for (Operation operation : run.history.operations()) {
    operation.due = operation.invoked - 1'000 * (operation.id % 5);
    late.add(operation);
  }
  run.history = late.build();
  const Columns columns = pack_columns(run, 0);
  ASSERT_EQ(columns.count, run.history.size());
  ColumnReader read(columns);
  const auto invoked = read.next(), took = read.next(), lag = read.next(), process = read.next(),
             lane = read.next(), node = read.next(), what = read.next(), point = read.next();
  std::int64_t now = 0;
  for (std::size_t i = 0; i < columns.count; ++i) {
    const Operation operation = run.history.at(static_cast<OpId>(i));
    now += invoked[i];
    EXPECT_EQ(now, operation.invoked / 100) << i;
    const Nanos completed = operation.completed;
    EXPECT_EQ(took[i], completed == kNever ? 0 : 1 + completed / 100 - operation.invoked / 100) << i;
    EXPECT_EQ(lag[i], std::int64_t{operation.id % 5} * 10) << i;
    EXPECT_EQ(process[i], operation.process);
    EXPECT_LT(static_cast<std::size_t>(lane[i]), columns.lanes);
    EXPECT_EQ(node[i], operation.node + 1);
    EXPECT_EQ(what[i] % 4, static_cast<std::int64_t>(operation.outcome));
    EXPECT_EQ(columns.kinds.at(static_cast<std::size_t>(what[i] / 4)),
              operation.mops.size() == 1 ? fn_name(operation.mops[0].fn) : "txn");
  }
  EXPECT_EQ(point.size(), columns.count);
  const std::string texts = read.rest();
  EXPECT_EQ(static_cast<std::size_t>(std::count(texts.begin(), texts.end(), '\n')), columns.count);
}

}  // namespace
}  // namespace assay::reports
