// An array that one thread appends to while others read: elements never move.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>

namespace nozama {

// Elements are `width` values of T side by side (0: nothing is kept). The first elements may lie in memory that somebody else keeps (a mapped
// snapshot); the rest lies in chunks that double in size. One writer calls the functions that are not const. Any thread reads
// an element whose number the writer has handed over with release and acquire; size() is the writer's alone.
template <class T>
class AppendArray {
 public:
  // `first`: elements of the first chunk, a power of two.
  explicit AppendArray(size_t width = 1, size_t first = 64, std::span<const T> base = {})
      : width_(width), first_(first), base_(base.data()), base_size_(width == 0 ? 0 : base.size() / width), size_(base_size_) {}
  AppendArray(const AppendArray&) = delete;
  AppendArray& operator=(const AppendArray&) = delete;
  ~AppendArray() {
    for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
  }

  size_t size() const { return size_; }
  size_t owned_bytes() const { return (size_ - base_size_) * width_ * sizeof(T); }

  const T* at(size_t i) const {
    if (i < base_size_) return base_ + i * width_;
    const Place place = place_of(i);
    return chunks_[place.chunk].load(std::memory_order_relaxed) + place.offset * width_;
  }
  const T& operator[](size_t i) const { return *at(i); }
  T& writable(size_t i) { return const_cast<T&>(*at(i)); }

  // How many elements lie side by side from i on.
  size_t run(size_t i) const {
    if (i < base_size_) return base_size_ - i;
    const Place place = place_of(i);
    return (first_ << place.chunk) - place.offset;
  }

  // A new element, not initialised.
  T* grow() {
    const Place place = place_of(size_++);
    T* values = chunks_[place.chunk].load(std::memory_order_relaxed);
    if (values == nullptr) {
      values = new T[(first_ << place.chunk) * width_];
      chunks_[place.chunk].store(values, std::memory_order_relaxed);
    }
    return values + place.offset * width_;
  }
  void append(const T& value) { *grow() = value; }
  void append(std::span<const T> values) { std::copy(values.begin(), values.end(), grow()); }

 private:
  struct Place {
    size_t chunk, offset;
  };
  Place place_of(size_t i) const {
    const size_t units = (i - base_size_) / first_ + 1;
    const auto chunk = static_cast<size_t>(std::bit_width(units)) - 1;
    return {chunk, i - base_size_ - first_ * ((size_t{1} << chunk) - 1)};
  }

  const size_t width_, first_;
  const T* const base_;
  const size_t base_size_;
  size_t size_;
  std::array<std::atomic<T*>, 40> chunks_ = {};
};

}  // namespace nozama
