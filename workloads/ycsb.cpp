// Workload "ycsb": the core workloads A to F of YCSB (Cooper et al., SoCC 2010), on registers. First all records are
// written, before warm-up; then:
//
//   a  50 % reads, 50 % writes          zipfian (scrambled)
//   b  95 % reads, 5 % writes           zipfian
//   c  reads                            zipfian
//   d  95 % reads, 5 % inserts          latest
//   e  95 % scans, 5 % inserts          zipfian; 1 to `scan_length` records, uniform
//   f  50 % reads, 50 % read-modify-writes: a read, and a write of the same record by the same process after it
//   w  writes                           zipfian (not one of YCSB's)
//
// A record is one value, unique, of `value_size` bytes, so that what was measured is judged as well. Nothing is read at the end.
#include <algorithm>
#include <map>
#include <vector>

#include "workloads/common/settings.h"
#include "workloads/common/zipf.h"

namespace assay::workloads {

namespace {

constexpr WorkloadOption kOptions[] = {
    {"mix", WorkloadOption::Kind::choice, "a", "a|b|c|d|e|f|w", "which of the core workloads"},
    {"records", WorkloadOption::Kind::whole, "1000", {}, "records that there are at first", 1, 10'000'000},
    {"distribution", WorkloadOption::Kind::choice, "usual", "usual|zipfian|uniform|latest",
     "which records are asked for; usual: as the mix says"},
    {"value_size",
     WorkloadOption::Kind::whole,
     "100",
     {},
     "bytes of a value; 0: values are whole numbers",
     0,
     1'000'000},
    {"scan_length", WorkloadOption::Kind::whole, "100", {}, "records of the longest scan", 1, 1000},
    {"scans", WorkloadOption::Kind::choice, "predicate", "predicate|reads",
     "a scan is one read of a range of keys, or a transaction of reads of each"},
};

// Percent of reads, writes, inserts, scans, read-modify-writes.
struct Mix {
  std::uint64_t reads, writes, inserts, scans, changes;
};

Mix mix_of(std::string_view name) {
  if (name == "a") return {50, 50, 0, 0, 0};
  if (name == "b") return {95, 5, 0, 0, 0};
  if (name == "c") return {100, 0, 0, 0, 0};
  if (name == "d") return {95, 0, 5, 0, 0};
  if (name == "e") return {0, 0, 5, 95, 0};
  if (name == "w") return {0, 100, 0, 0, 0};
  return {50, 0, 0, 0, 50};
}

std::uint64_t scrambled(std::uint64_t number) {
  return stable_hash({reinterpret_cast<const char*>(&number), sizeof number});
}

class YcsbWorkload final : public Workload {
 public:
  explicit YcsbWorkload(const WorkloadOptions& options)
      : settings_("ycsb", kOptions, options.options),
        mix_(mix_of(settings_.text("mix"))),
        distribution_(settings_.is("distribution", "usual") ? settings_.is("mix", "d") ? "latest" : "zipfian"
                                                            : settings_.text("distribution")),
        records_(static_cast<std::size_t>(settings_.whole("records"))),
        value_size_(static_cast<std::size_t>(settings_.whole("value_size"))),
        scan_length_(static_cast<std::uint64_t>(settings_.whole("scan_length"))) {}

  bool loading() const override { return loaded_ < records_; }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) return std::nullopt;
    if (loading()) return load();
    if (const auto found = changing_.find(process); found != changing_.end()) {
      const Key key = found->second;
      changing_.erase(found);
      return Request{{Fn::write, key, fresh(), {}}};
    }
    std::uint64_t draw = rng.below(100);
    const auto is = [&draw](std::uint64_t percent) {
      const bool chosen = draw < percent;
      draw -= chosen ? 0 : percent;
      return chosen;
    };
    if (is(mix_.reads)) return Request{{Fn::read, choose(rng), {}, {}}};
    if (is(mix_.writes)) return Request{{Fn::write, choose(rng), fresh(), {}}};
    if (is(mix_.inserts)) return Request{{Fn::write, next_key_++, fresh(), {}}};
    if (is(mix_.scans)) return scan(rng);
    const Key key = choose(rng);
    changing_[process] = key;
    return Request{{Fn::read, key, {}, {}}};
  }

  void observe(const Operation& operation) override {
    const Mop& mop = operation.mops[0];
    if (mop.fn != Fn::write || mop.key < static_cast<Key>(visible_)) return;
    const auto key = static_cast<std::size_t>(mop.key);
    if (loading() && operation.outcome != Outcome::ok) {
      again_.push_back(mop.key);
      return;
    }
    if (operation.outcome != Outcome::ok) return;
    if (written_.size() <= key) written_.resize(key + 1, false);
    if (loading() && !written_[key]) ++loaded_;
    written_[key] = true;
    while (visible_ < written_.size() && written_[visible_]) ++visible_;
  }

  std::vector<CheckerSpec> checkers() const override {
    if (settings_.is("mix", "e")) return settings_.judges({{"rw-register", {}}});
    return settings_.judges({{"linearizable", {{"model", "register"}}}});
  }

 private:
  // Every record once, and again what failed. An outcome that is not known is tried again too: a value of its own.
  std::optional<Request> load() {
    if (!again_.empty()) {
      const Key key = again_.back();
      again_.pop_back();
      return Request{{Fn::write, key, fresh(), {}}};
    }
    if (next_key_ >= static_cast<Key>(records_)) return std::nullopt;
    return Request{{Fn::write, next_key_++, fresh(), {}}};
  }

  // Only records whose insert was acknowledged are asked for.
  Key choose(Rng& rng) {
    if (distribution_ == "uniform") return static_cast<Key>(rng.below(visible_));
    const std::size_t rank = zipf_.draw(visible_, rng);
    if (distribution_ == "latest") return static_cast<Key>(visible_ - 1 - rank);
    return static_cast<Key>(scrambled(rank) % visible_);
  }

  Request scan(Rng& rng) {
    const Key first = choose(rng);
    const Key last = first + static_cast<Key>(rng.below(scan_length_));
    if (settings_.is("scans", "predicate"))
      return {{Fn::scan, 0, Value::list({Value::text("keys"), first, last}), {}}};
    Request request;
    for (Key key = first; key <= last; ++key) request.push_back({Fn::read, key, {}, {}});
    return request;
  }

  Value fresh() {
    const std::int64_t number = ++last_value_;
    if (value_size_ == 0) return number;
    std::string text = std::to_string(number) + ".";
    if (text.size() < value_size_) text.append(value_size_ - text.size(), 'x');
    return Value::text(text);
  }

  Settings settings_;
  const Mix mix_;
  const std::string_view distribution_;
  const std::size_t records_;
  const std::size_t value_size_;
  const std::uint64_t scan_length_;
  Zipf zipf_;
  std::size_t loaded_ = 0;
  std::size_t visible_ = 0;  // records 0 .. visible_ - 1 were all written
  std::vector<bool> written_;
  std::vector<Key> again_;
  Key next_key_ = 0;
  std::int64_t last_value_ = 0;
  std::map<ProcessId, Key> changing_;
};

}  // namespace

extern const WorkloadPlugin ycsb_plugin;
const WorkloadPlugin ycsb_plugin = {
    "ycsb",
    "YCSB's core workloads A to F on registers; judged by: linearizable (register), of scans rw-register",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<YcsbWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
