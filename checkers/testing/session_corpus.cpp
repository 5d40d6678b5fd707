#include "checkers/testing/session_corpus.h"

#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "checkers/testing/fixture.h"

namespace assay::checkers::testing {

namespace {

using Sessions = std::vector<std::vector<std::vector<Mop>>>;

class Bytes {
 public:
  explicit Bytes(std::string all) : all_(std::move(all)) {}
  bool ok() const { return ok_; }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return value;
  }
  std::uint8_t byte() {
    ok_ = ok_ && at_ < all_.size();
    return ok_ ? static_cast<std::uint8_t>(all_[at_++]) : 0;
  }
  void skip_text() {
    for (std::uint64_t left = number(); left > 0 && ok_; --left) byte();
  }

 private:
  std::string all_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

History read_dbcop_history(const std::string& path) {
  Bytes bytes(bytes_of(path));
  constexpr int kParameters = 5, kTexts = 3;
  for (int i = 0; i < kParameters; ++i) bytes.number();
  for (int i = 0; i < kTexts; ++i) bytes.skip_text();
  Sessions sessions;
  for (std::uint64_t left = bytes.number(); left > 0 && bytes.ok(); --left) {
    auto& session = sessions.emplace_back();
    for (std::uint64_t transactions = bytes.number(); transactions > 0 && bytes.ok(); --transactions) {
      std::vector<Mop> mops;
      for (std::uint64_t events = bytes.number(); events > 0 && bytes.ok(); --events) {
        const bool write = bytes.byte() != 0;
        const auto key = static_cast<Key>(bytes.number());
        const Value value(static_cast<std::int64_t>(bytes.number()));
        const bool done = bytes.byte() != 0;
        if (done) mops.push_back(write ? w(key, value) : r(key, value));
      }
      const bool committed = bytes.byte() != 0;
      if (committed) session.push_back(std::move(mops));
    }
  }
  return bytes.ok() ? make_sessions(sessions) : History();
}

History read_plume_history(const std::string& path) {
  std::ifstream in(path);
  std::map<std::int64_t, std::vector<std::vector<Mop>>> sessions;
  std::int64_t last = -1;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::int64_t> numbers;
    for (std::size_t at = line.find('('); at != std::string::npos && at < line.size();
         at = line.find(',', at + 1)) {
      numbers.push_back(std::stoll(line.substr(at + 1)));
    }
    if (numbers.size() != 4) continue;
    auto& session = sessions[numbers[2]];
    if (numbers[3] != last) session.emplace_back();
    last = numbers[3];
    session.back().push_back(line[0] == 'w' ? w(numbers[0], numbers[1]) : r(numbers[0], numbers[1]));
  }
  Sessions all;
  for (auto& [number, session] : sessions) all.push_back(std::move(session));
  return make_sessions(all);
}

}  // namespace assay::checkers::testing
