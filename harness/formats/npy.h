// Arrays as NumPy keeps them in files, format version 1.0: one dimension, little-endian.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
// Thread safety: none. Complexity: linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace assay::formats {

// `type` as NumPy writes it: "<i8"; `data`: `count` elements.
std::string npy_file(const std::string& type, std::size_t count, std::string_view data);

// Texts of equal width, padded with zero bytes.
std::string names_column(const std::vector<std::string>& names);

// Whole numbers.
template <class Number>
class Column {
 public:
  explicit Column(std::size_t count) { data_.reserve(count * sizeof(Number)); }
  void add(Number number) {
    auto bits = static_cast<std::make_unsigned_t<Number>>(number);
    for (std::size_t i = 0; i < sizeof(Number); ++i, bits = static_cast<decltype(bits)>(bits >> 4 >> 4))
      data_ += static_cast<char>(bits & 0xFF);
  }
  std::string file(const std::string& type) const {
    return npy_file(type, data_.size() / sizeof(Number), data_);
  }

 private:
  std::string data_;
};

}  // namespace assay::formats
