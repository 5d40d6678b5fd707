#include "reports/page/columns.h"

#include <zlib.h>

#include <algorithm>
#include <map>

#include "harness/core/assert.h"
#include "harness/core/base64.h"
#include "reports/common/lanes.h"
#include "reports/common/words.h"
#include "reports/text/table.h"

namespace assay::reports {

namespace {

constexpr Nanos kTick = 100;
constexpr std::size_t kTextCharactersMax = 56;

void put_number(std::string& out, std::uint64_t number) {
  while (number >= 128) {
    out += static_cast<char>(number | 128);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

std::uint64_t ticks(Nanos time) { return static_cast<std::uint64_t>(std::max<Nanos>(0, time) / kTick); }

// Where each operation took effect in the order that proves the run linearizable: as early as that order and its interval
// allow.
std::map<OpId, Nanos> linearization_points(const RunResult& run) {
  std::map<OpId, Nanos> points;
  for (const CheckResult& check : run.checks) {
    if (!check.certificate || check.certificate->claim != "linearizable") continue;
    for (const Certificate::Object& object : check.certificate->objects) {
      Nanos at = 0;
      for (const OpId id : object.order) {
        if (id >= run.history.size()) continue;
        at = std::max(at, run.history.at(id).invoked);
        points[id] = at;
      }
    }
    break;
  }
  return points;
}

class Packer {
 public:
  Packer(const RunResult& run, OpId near) : run_(run) {
    const std::size_t all = run.history.size();
    columns_.count = std::min(all, kColumnOperationsMax);
    const std::size_t before = std::min<std::size_t>(near, columns_.count / 2);
    columns_.first = static_cast<OpId>(std::min<std::size_t>(near - before, all - columns_.count));
    columns_.texts = columns_.count <= kColumnTextsMax;
  }

  Columns take() {
    const std::map<OpId, Nanos> points =
        columns_.texts ? linearization_points(run_) : std::map<OpId, Nanos>();
    Nanos before = 0;
    for (std::size_t i = 0; i < columns_.count; ++i) {
      const OpId id = columns_.first + static_cast<OpId>(i);
      const Operation operation = run_.history.at(id);
      put_number(invoked_, ticks(operation.invoked) - ticks(before));
      before = operation.invoked;
      put_number(took_, operation.completed == kNever
                            ? 0
                            : 1 + ticks(operation.completed) - ticks(operation.invoked));
      put_number(lag_, ticks(operation.invoked - operation.due));
      put_number(process_, static_cast<std::uint64_t>(std::max(0, operation.process)));
      put_number(lane_, keeper_.lane_of(operation));
      put_number(node_, static_cast<std::uint64_t>(operation.node + 1));
      put_number(what_, kind_of(operation) * 4 + static_cast<std::uint64_t>(operation.outcome));
      const auto point = points.find(id);
      put_number(point_, point == points.end() ? 0 : 1 + ticks(point->second - operation.invoked));
      if (columns_.texts) add_text(operation);
    }
    columns_.lanes = keeper_.count();
    columns_.base64 =
        base64_of(deflated(invoked_ + took_ + lag_ + process_ + lane_ + node_ + what_ + point_ + texts_));
    return std::move(columns_);
  }

 private:
  std::uint64_t kind_of(const Operation& operation) {
    const std::string_view name = operation.mops.size() == 1 ? fn_name(operation.mops[0].fn) : "txn";
    const auto found = std::find(columns_.kinds.begin(), columns_.kinds.end(), name);
    const auto number = static_cast<std::uint64_t>(found - columns_.kinds.begin());
    if (number == columns_.kinds.size()) columns_.kinds.emplace_back(name);
    return number;
  }

  void add_text(const Operation& operation) {
    std::string text = shortened(request_text(run_.history, operation), kTextCharactersMax);
    std::replace(text.begin(), text.end(), '\n', ' ');
    texts_ += text + '\n';
  }

  const RunResult& run_;
  Columns columns_;
  LaneKeeper keeper_;
  std::string invoked_, took_, lag_, process_, lane_, node_, what_, point_, texts_;
};

}  // namespace

std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  const int result =
      compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), 6);
  ASSAY_ASSERT(result == Z_OK);
  out.resize(size);
  return out;
}

Columns pack_columns(const RunResult& run, OpId near) { return Packer(run, near).take(); }

}  // namespace assay::reports
