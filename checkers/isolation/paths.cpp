#include "checkers/isolation/paths.h"

namespace assay::checkers::isolation {

namespace {

class Tarjan {
 public:
  explicit Tarjan(const EventGraph& graph)
      : graph_(graph),
        index_(graph.node_count(), 0),
        low_(graph.node_count(), 0),
        component_(graph.node_count(), kNone) {}

  std::vector<std::uint32_t> run() {
    for (Node node = 0; node < graph_.node_count(); ++node) {
      if (index_[node] == 0) visit(node);
    }
    return std::move(component_);
  }

 private:
  struct Frame {
    Node node = 0;
    std::size_t next = 0;
  };
  static constexpr std::uint32_t kClosed = kNone;

  void enter(Node node) {
    index_[node] = low_[node] = ++counter_;
    open_.push_back(node);
    frames_.push_back({node, 0});
  }

  void visit(Node root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const Node node = frame.node;
      const auto targets = graph_.targets(node);
      if (frame.next < targets.size()) {
        const Node target = targets[frame.next++];
        if (index_[target] == 0) {
          enter(target);
        } else if (low_[target] != kClosed) {
          low_[node] = std::min(low_[node], index_[target]);
        }
        continue;
      }
      frames_.pop_back();
      const std::uint32_t low = low_[node];
      if (low == index_[node]) close(node);
      if (!frames_.empty()) low_[frames_.back().node] = std::min(low_[frames_.back().node], low);
    }
  }

  void close(Node node) {
    const auto targets = graph_.targets(node);
    const bool loop = std::find(targets.begin(), targets.end(), node) != targets.end();
    const bool cyclic = open_.back() != node || loop;
    while (true) {
      const Node member = open_.back();
      open_.pop_back();
      low_[member] = kClosed;
      if (cyclic) component_[member] = components_;
      if (member == node) break;
    }
    if (cyclic) ++components_;
  }

  const EventGraph& graph_;
  std::vector<std::uint32_t> index_, low_, component_;
  std::vector<Node> open_;
  std::vector<Frame> frames_;
  std::uint32_t counter_ = 0, components_ = 0;
};

}  // namespace

std::vector<std::uint32_t> components(const EventGraph& graph) { return Tarjan(graph).run(); }

}  // namespace assay::checkers::isolation
