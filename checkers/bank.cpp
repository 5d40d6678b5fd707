// The checker "bank": money moves between accounts and is neither made nor lost. Accounts are keys; a
// transfer is a transaction of adds that sum up to zero, a read is a transaction that reads every account.
// Under snapshot isolation or anything stronger each read sees the same total (Jepsen's bank workload; the
// invariant goes back to Adya's thesis).
//
// Options: `total`, an integer (default: what the first complete read saw); `negative` = yes | no (default):
// whether a balance may fall below zero; `absent` = yes | no (default): whether an account that is not there yet holds
// nothing, instead of being missing.
//
// Complexity: linear in the micro-operations. Memory: the accounts.
#include <optional>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {
  std::optional<std::int64_t> total;
  bool negative = false;
  bool absent = false;
};

bool is_read(const Operation& op) {
  for (const Mop& mop : op.mops) {
    if (mop.fn != Fn::read) return false;
  }
  return !op.mops.empty();
}

// Sums wrap around, as totals of such size do for everybody: equal totals stay equal.
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

class Bank {
 public:
  Bank(const Settings& settings, const History& history, const Budget& budget)
      : settings_(settings),
        history_(history),
        report_("bank", "bank", budget,
                {"wrong-total", "negative-balance", "missing-account", "unexpected-account"}) {}

  CheckResult run() {
    if (!report_.reserve(std::size_t{1} << 12)) return report_.stopped("no read");
    if (std::string problem = find_transfers(); !problem.empty())
      return report_.nothing_to_judge(std::move(problem));
    find_accounts();
    std::uint64_t reads = 0, transfers = 0;
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return finish(reads, transfers, true);
      if (op.outcome != Outcome::ok) continue;
      if (!is_read(op)) {
        ++transfers;
      } else {
        ++reads;
        judge(op);
      }
    }
    return finish(reads, transfers, false);
  }

 private:
  // Says what is wrong when some operation is neither a transfer nor a read.
  std::string find_transfers() {
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) break;
      if (op.outcome == Outcome::fail || is_read(op)) continue;
      std::int64_t sum = 0;
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::read) continue;
        if (mop.fn != Fn::add || !mop.argument.is_integer()) {
          return "The history cannot be judged: operation " + std::to_string(op.id) +
                 " is no transfer and no read of accounts.";
        }
        if (transferred_.add(mop.key) == transferred_by_.size()) transferred_by_.push_back(op.id);
        sum = plus(sum, mop.argument.as_integer());
      }
      if (sum != 0) {
        return "The history cannot be judged: operation " + std::to_string(op.id) +
               " is no transfer, because it changes the total by " + std::to_string(sum) + ".";
      }
    }
    return {};
  }

  // The accounts and the total are those of the first read that found a balance in each of its accounts and
  // has the accounts of every transfer; without one, of the first read that found a balance in each of its
  // accounts.
  void find_accounts() {
    for (const bool all : {true, false}) {
      for (const Operation op : history_.operations()) {
        if (report_.spent(op.mops.size())) return;
        if (op.outcome != Outcome::ok || !is_read(op) || !all_integers(op)) continue;
        DenseIds<Key> keys;
        std::int64_t sum = 0;
        for (const Mop& mop : op.mops) {
          keys.add(mop.key);
          sum = plus(sum, *balance(mop));
        }
        bool covers = true;
        for (std::uint32_t id = 0; all && covers && id < transferred_.size(); ++id) {
          covers = keys.find(transferred_[id]) != DenseIds<Key>::kNone;
        }
        if (!covers) continue;
        accounts_ = std::move(keys);
        first_ = op.id;
        total_ = settings_.total.value_or(sum);
        return;
      }
    }
  }

  CheckResult finish(std::uint64_t reads, std::uint64_t transfers, bool stopped) {
    report_.fact("reads", reads);
    report_.fact("transfers", transfers);
    report_.fact("accounts", accounts_.size());
    if (first_) report_.fact("total", Value(total_));
    if (stopped) return report_.stopped(counted(reads, "read"));
    if (reads == 0)
      return report_.nothing_to_judge("No read of the accounts succeeded, so nothing was tested.");
    if (!first_)
      return report_.nothing_to_judge("No read found a balance in each account, so there is no total.");
    return report_.valid("All " + counted(reads, "read") + " of " + counted(accounts_.size(), "account") +
                         " found the total " + std::to_string(total_) + ".");
  }

  void judge(const Operation& op) {
    if (!first_) {
      missing(op);
      return;
    }
    std::int64_t sum = 0;
    std::size_t known = 0;
    const Mop* negative = nullptr;
    for (const Mop& mop : op.mops) {
      if (accounts_.find(mop.key) == DenseIds<Key>::kNone) {
        unexpected(op, mop);
      } else {
        ++known;
      }
      const std::optional<std::int64_t> held = balance(mop);
      if (!held) continue;
      sum = plus(sum, *held);
      if (*held < 0 && negative == nullptr) negative = &mop;
    }
    missing(op);
    if (known < accounts_.size() && op.mops.size() < accounts_.size()) left_out(op);
    const bool complete = known == accounts_.size() && op.mops.size() == accounts_.size();
    if (complete && all_integers(op) && sum != total_) wrong_total(op, sum);
    if (negative != nullptr && !settings_.negative && report_.found("negative-balance")) {
      report_.accuse({"negative-balance",
                      "account " + history_.key_name(negative->key),
                      "Account " + history_.key_name(negative->key) + " was found overdrawn.",
                      {"No transfer may take more from an account than it holds.",
                       describe(op) + ": the balance " + negative->result.to_string() + " is below zero."},
                      {op.id}});
    }
  }

  // What a read found in an account; nothing when that is no balance.
  std::optional<std::int64_t> balance(const Mop& mop) const {
    if (mop.result.is_integer()) return mop.result.as_integer();
    if (mop.result.is_nil() && settings_.absent) return 0;
    return std::nullopt;
  }

  bool all_integers(const Operation& op) const {
    for (const Mop& mop : op.mops) {
      if (!balance(mop)) return false;
    }
    return true;
  }

  void wrong_total(const Operation& op, std::int64_t sum) {
    if (!report_.found("wrong-total")) return;
    std::vector<OpId> witness{op.id};
    std::vector<std::string> steps{
        "Transfers take from one account what they give to another, so that the "
        "sum of all accounts never changes."};
    if (settings_.total) {
      steps.push_back("It is declared to be " + std::to_string(total_) + ".");
    } else {
      const Operation first = history_.at(*first_);
      steps.push_back("In " + naming(first, "read") + " the accounts hold " + std::to_string(total_) + ".");
      witness.push_back(first.id);
    }
    steps.push_back("In " + naming(op, "read") + " they hold " + std::to_string(sum) +
                    ": it saw a transfer half done, or not at all in one account.");
    report_.accuse({"wrong-total", "all accounts",
                    "The accounts hold " + std::to_string(sum) + " instead of " + std::to_string(total_) +
                        " in one read.",
                    std::move(steps), std::move(witness)});
  }

  // An account without a balance.
  void missing(const Operation& op) {
    for (const Mop& mop : op.mops) {
      if (balance(mop) || !report_.found("missing-account")) continue;
      report_.accuse({"missing-account",
                      "account " + history_.key_name(mop.key),
                      "Account " + history_.key_name(mop.key) + " had no balance in one read.",
                      {"Every account has a balance at all times.",
                       "In " + naming(op, "read") + " account " + history_.key_name(mop.key) + " holds " +
                           mop.result.to_string() + "."},
                      {op.id}});
    }
  }

  void left_out(const Operation& op) {
    if (!report_.found("missing-account")) return;
    DenseIds<Key> seen;
    for (const Mop& mop : op.mops) seen.add(mop.key);
    std::string names;
    std::vector<OpId> witness{*first_, op.id};
    for (std::uint32_t id = 0; id < accounts_.size(); ++id) {
      if (seen.find(accounts_[id]) != DenseIds<Key>::kNone) continue;
      const std::uint32_t transferred = transferred_.find(accounts_[id]);
      if (names.empty() && transferred != DenseIds<Key>::kNone)
        witness.push_back(transferred_by_[transferred]);
      names += (names.empty() ? "" : ", ") + history_.key_name(accounts_[id]);
    }
    report_.accuse({"missing-account",
                    "accounts " + names,
                    "Accounts " + names + " are absent from one read.",
                    {naming(history_.at(*first_), "read") + " shows that these accounts exist.",
                     "They are not in what " + naming(op, "read") + " returned."},
                    std::move(witness)});
  }

  void unexpected(const Operation& op, const Mop& mop) {
    if (!report_.found("unexpected-account")) return;
    report_.accuse(
        {"unexpected-account",
         "account " + history_.key_name(mop.key),
         "A read found account " + history_.key_name(mop.key) + ", which does not exist.",
         {"The accounts are those that " + naming(history_.at(*first_), "read") + " found.",
          "In " + naming(op, "read") + " there is account " + history_.key_name(mop.key) + ", too."},
         {*first_, op.id}});
  }

  const Settings& settings_;
  const History& history_;
  Report report_;
  DenseIds<Key> transferred_;
  std::vector<OpId> transferred_by_;  // the first transfer of each of these
  DenseIds<Key> accounts_;
  std::optional<OpId> first_;
  std::int64_t total_ = 0;
};

CheckResult check_bank(const Settings& settings, const History& history, const Budget& budget) {
  return Bank(settings, history, budget).run();
}

std::unique_ptr<Checker> make_bank(const CheckerOptions& options, std::string& error) {
  OptionReader reader("bank", options);
  Settings settings;
  settings.total = reader.integer("total");
  settings.negative = reader.yes("negative", false);
  settings.absent = reader.yes("absent", false);
  return checker_of(reader, settings, check_bank, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::read, Fn::add) || shape.transactions == 0 || shape.integer_reads == 0)
    return "needs transfers (transactions of two adds) and reads of all accounts";
  return {};
}

}  // namespace

extern const CheckerPlugin bank_plugin;
const CheckerPlugin bank_plugin = {"bank", "every read of all accounts finds the same total", make_bank,
                                   unsuited};

}  // namespace assay::checkers
