#include "checkers/isolation/reachability.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kWords = 16;  // of a row
constexpr std::size_t kBlock = kWords * 64;
constexpr std::size_t kRowsPerQuestion = 8192;  // rows between questions about the budget
constexpr std::size_t kLinesWorth = 32;         // as many events as cost what a line costs
constexpr std::size_t kFew = 200;               // events for which clocks are never dear
using Row = std::array<std::uint64_t, kWords>;

// The graph with its events renamed to their places in the order.
struct Placed {
  std::vector<std::uint32_t> place;  // by event
  std::vector<std::uint32_t> begin, targets;

  Placed(const EventGraph& graph, const std::vector<Node>& order)
      : place(order.size()), begin(order.size() + 1, 0) {
    for (std::uint32_t at = 0; at < order.size(); ++at) place[order[at]] = at;
    targets.reserve(graph.edges().size());
    for (std::uint32_t at = 0; at < order.size(); ++at) {
      for (const Node target : graph.targets(order[at])) targets.push_back(place[target]);
      begin[at + 1] = static_cast<std::uint32_t>(targets.size());
    }
  }
};

// Rows of all places up to the end of the block of destinations that begins at `first`.
bool fill_rows(const Placed& graph, std::uint32_t first, Limits& limits, std::vector<Row>& rows) {
  const auto end = static_cast<std::uint32_t>(std::min(graph.place.size(), first + kBlock));
  for (std::uint32_t at = end; at-- > 0;) {
    if (at % kRowsPerQuestion == 0 && limits.spent()) return false;
    Row row = {};
    if (at >= first) row[(at - first) / 64] |= std::uint64_t{1} << (at - first) % 64;
    for (std::uint32_t edge = graph.begin[at]; edge < graph.begin[at + 1]; ++edge) {
      if (graph.targets[edge] >= end) continue;
      const Row& other = rows[graph.targets[edge]];
      for (std::size_t word = 0; word < kWords; ++word) row[word] |= other[word];
    }
    rows[at] = row;
  }
  return true;
}

bool reachable_by_blocks(const EventGraph& graph, const std::vector<Node>& order,
                         const std::vector<Question>& questions, Limits& limits, std::vector<char>& answers) {
  answers.assign(questions.size(), 0);
  const std::size_t blocks = order.size() / kBlock + 1;
  const std::size_t bytes =
      order.size() * (sizeof(Row) + 8) + graph.edges().size() * 4 + questions.size() * 4;
  if (!limits.fits(bytes)) return false;
  Charge charge(limits, bytes);
  const Placed placed(graph, order);
  // Questions that the order alone does not answer, by block of their destination.
  std::vector<std::uint32_t> begin(blocks + 1, 0), sorted;
  const auto open = [&](const Question& question) {
    return placed.place[question.from] <= placed.place[question.to];
  };
  for (const Question& question : questions)
    begin[placed.place[question.to] / kBlock + 1] += open(question) ? 1 : 0;
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  sorted.resize(begin.back());
  std::vector<std::uint32_t> at(begin.begin(), begin.end() - 1);
  for (std::uint32_t i = 0; i < questions.size(); ++i) {
    if (open(questions[i])) sorted[at[placed.place[questions[i].to] / kBlock]++] = i;
  }
  std::vector<Row> rows(sorted.empty() ? 0 : order.size());
  for (std::uint32_t block = 0; block < blocks; ++block) {
    if (begin[block] == begin[block + 1]) continue;
    const auto first = static_cast<std::uint32_t>(block * kBlock);
    if (!fill_rows(placed, first, limits, rows)) return false;
    for (std::uint32_t i = begin[block]; i < begin[block + 1]; ++i) {
      const Question& question = questions[sorted[i]];
      const std::uint32_t bit = placed.place[question.to] - first;
      answers[sorted[i]] = static_cast<char>(rows[placed.place[question.from]][bit / 64] >> bit % 64 & 1);
    }
  }
  return true;
}

// The lines of a graph: the transactions of each process, as far as the graph orders them.
struct Lines {
  std::uint32_t count = 0;
  std::vector<std::uint32_t> line, place;  // by transaction

  explicit Lines(const EventGraph& graph) : line(graph.problem().size()), place(graph.problem().size(), 0) {
    const auto& all = graph.problem().transactions;
    std::unordered_map<ProcessId, Txn> last;
    for (Txn txn = 0; txn < all.size(); ++txn) {
      const auto [at, fresh] = last.try_emplace(all[txn].process, txn);
      const bool ordered =
          !fresh && (graph.order() == Order::session ||
                     (graph.order() == Order::real_time && all[at->second].completed < all[txn].invoked));
      line[txn] = ordered ? line[at->second] : count++;
      place[txn] = ordered ? place[at->second] + 1 : 0;
      at->second = txn;
    }
  }
};

class Clocks {
 public:
  Clocks(const EventGraph& graph, const Lines& lines)
      : graph_(graph), lines_(lines), width_(lines.count), clocks_(graph.node_count() * lines.count, kNone) {}

  // False when the budget is spent.
  bool fill(const std::vector<Node>& order, Limits& limits) {
    for (std::size_t at = order.size(); at-- > 0;) {
      if (at % kRowsPerQuestion == 0 && limits.spent()) return false;
      std::uint32_t* own = &clocks_[order[at] * width_];
      for (const Node target : graph_.targets(order[at])) {
        const std::uint32_t* other = &clocks_[target * width_];
        for (std::size_t i = 0; i < width_; ++i) own[i] = std::min(own[i], other[i]);
      }
      const Txn txn = graph_.txn_of(order[at]);
      if (txn != kNone) own[lines_.line[txn]] = place_of(order[at]);
    }
    return true;
  }

  // Requires: `to` is on a line.
  bool reaches(Node from, Node to) const {
    return clocks_[from * width_ + lines_.line[graph_.txn_of(to)]] <= place_of(to);
  }

 private:
  std::uint32_t place_of(Node node) const {
    return 2 * lines_.place[graph_.txn_of(node)] + (graph_.is_start(node) ? 0 : 1);
  }

  const EventGraph& graph_;
  const Lines& lines_;
  std::size_t width_;
  std::vector<std::uint32_t> clocks_;
};

bool reachable_by_clocks(const EventGraph& graph, const Lines& lines, const std::vector<Node>& order,
                         const std::vector<Question>& questions, Limits& limits, std::vector<char>& answers) {
  const std::size_t bytes =
      graph.node_count() * (lines.count * std::size_t{4} + 4) + graph.edges().size() * 4;
  if (!limits.fits(bytes)) return false;
  Charge charge(limits, bytes);
  Clocks clocks(graph, lines);
  if (!clocks.fill(order, limits)) return false;
  // Predecessors of events of our own.
  std::vector<std::uint32_t> begin(graph.node_count() + 1, 0);
  for (const Edge& edge : graph.edges()) begin[edge.to + 1] += graph.txn_of(edge.to) == kNone ? 1 : 0;
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<Node> before(begin.back());
  std::vector<std::uint32_t> at(begin.begin(), begin.end() - 1);
  for (const Edge& edge : graph.edges()) {
    if (graph.txn_of(edge.to) == kNone) before[at[edge.to]++] = edge.from;
  }
  answers.assign(questions.size(), 0);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (i % kRowsPerQuestion == 0 && limits.spent()) return false;
    const auto [from, to] = questions[i];
    bool yes = from == to || (graph.txn_of(to) != kNone && clocks.reaches(from, to));
    for (std::uint32_t reader = begin[to]; !yes && reader < begin[to + 1]; ++reader) {
      yes = clocks.reaches(from, before[reader]);
    }
    answers[i] = yes ? 1 : 0;
  }
  return true;
}

}  // namespace

bool reachable(const EventGraph& graph, const std::vector<Node>& order,
               const std::vector<Question>& questions, Limits& limits, std::vector<char>& answers) {
  if (graph.order() != Order::none) {
    const Lines lines(graph);
    if (std::size_t{lines.count} * kLinesWorth < graph.node_count() || graph.node_count() < kFew) {
      return reachable_by_clocks(graph, lines, order, questions, limits, answers);
    }
  }
  return reachable_by_blocks(graph, order, questions, limits, answers);
}

}  // namespace assay::checkers::isolation
