#include "checkers/isolation/reachability.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kWords = 16;  // of a row
constexpr std::size_t kBlock = kWords * 64;
constexpr std::size_t kAskEvery = 8192;  // rows between questions about the budget
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
    if (at % kAskEvery == 0 && limits.spent()) return false;
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

}  // namespace

bool reachable(const EventGraph& graph, const std::vector<Node>& order,
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

}  // namespace assay::checkers::isolation
