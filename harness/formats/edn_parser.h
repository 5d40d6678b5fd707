// A pull parser for EDN (github.com/edn-format/edn), the notation in which Jepsen and its checkers write histories: each
// call gives the next form of the text. It is total (any bytes end in a form or in a problem), does not recurse, and
// refuses values nested deeper than kDepthMax.
//
// Accepted beyond EDN: ratios, hexadecimal numbers and ##NaN, as Clojure prints them; they become texts. Tags are dropped:
// #inst "x" is the text "x", #jepsen.history.Op{...} the map. A vector or list on the top level can be entered: its
// elements come one by one, so that a file of operations one after the other and one in brackets read alike.
//
// Thread safety: none. Ownership: forms point into the text. Complexity: linear; memory is that of the largest form.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/formats/form.h"

namespace assay::formats {

class EdnParser {
 public:
  enum class Top : std::uint8_t {
    sequence,  // a vector or list on the top level is entered
    forms,     // it is a form
  };
  // `first_line`: the number of the text's first line.
  explicit EdnParser(std::string_view text, Top top = Top::sequence, std::uint64_t first_line = 1)
      : text_(text), line_(first_line), top_(top) {}

  enum class Result : std::uint8_t {
    form,        // added to the tape
    end,         // there are no more
    incomplete,  // the text ends in the middle of a form; problem() says of which
    problem,     // see problem()
  };
  // After `incomplete` and `problem`, nothing more can be read.
  Result next(FormTape& tape);

  // The line on which the latest form began, or that has the problem.
  std::uint64_t line() const { return line_; }
  // What was expected, as the rest of a sentence.
  const std::string& problem() const { return problem_; }
  // Whether the forms come from a vector or list.
  bool inside_sequence() const { return closer_ != '\0'; }

 private:
  enum class Step : std::uint8_t { value, opened, closed, nothing, end, failed };
  enum class Inside : std::uint8_t { list, map, discard, tag };
  struct Frame {
    Inside inside = Inside::list;
    char closer = '\0';
    std::size_t opened = 0;  // where the tape was
    std::uint32_t children = 0;
    std::size_t at = 0;  // in the text
  };

  Step step(FormTape& tape);
  Step step_hash(FormTape& tape);
  Step open(FormTape& tape, Inside inside, char closer);
  Step push(FormTape& tape, Inside inside, char closer);
  Step close(FormTape& tape, char closer);
  Step string(FormTape& tape);
  Step escaped_string(FormTape& tape);
  bool escape(std::string& out);
  bool code_unit(unsigned& unit);
  Step character(FormTape& tape);
  bool short_number(FormTape& tape);
  Step number(FormTape& tape);
  Step name(FormTape& tape);
  Step fail(std::size_t at, std::string problem, bool incomplete = false);
  bool completed(FormTape& tape);
  void skip_blank();
  bool enter_sequence();
  bool ends_token(std::size_t at) const;
  std::string_view token();
  void count_lines(std::size_t until);

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::size_t line_counted_ = 0;  // up to where line_ counts
  Top top_ = Top::sequence;
  char closer_ = '\0';  // of the sequence that was entered
  bool incomplete_ = false;
  std::array<Frame, kDepthMax> frames_;
  std::size_t depth_ = 0;
  std::string problem_;
};

}  // namespace assay::formats
