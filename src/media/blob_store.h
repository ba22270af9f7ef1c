// Pictures by key. What is stored under a key never changes, so a store may be shared and cached without locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

// Keys are 3 to 128 of a–z, 0–9, '-' and '.', and start with a letter or digit: other keys are kInvalidArgument
// "bad_key", so no key can name a place outside the store. Thread-safe, and safe beside other processes.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // Whole or not at all, also after a crash; a key that exists is left as it is. kUnavailable "disk_full".
  virtual Status put(const std::string& key, std::span<const std::byte> bytes) = 0;
  // Many at once: readable after each call, but safe from a crash only after the next flush(). A key whose bytes were lost
  // by a crash in between is stored again.
  virtual Status put_unflushed(const std::string& key, std::span<const std::byte> bytes) { return put(key, bytes); }
  virtual Status flush() { return {}; }
  // kNotFound "unknown_picture".
  virtual Result<std::vector<std::byte>> get(const std::string& key) const = 0;
  virtual Result<bool> exists(const std::string& key) const = 0;
  virtual Status remove(const std::string& key) = 0;  // of a missing key: nothing happens
  // Every key, in any order; those stored or removed meanwhile may be told or not. An error of the callback ends it.
  virtual Status for_each_key(const std::function<Status(const std::string& key)>& callback) const = 0;
  // What writes that were killed have left. Looks at every key's name.
  virtual void remove_leftovers() {}
};

// What every kind of store refuses: kInvalidArgument "bad_key".
Status check_blob_key(const std::string& key);

// A directory: a file a key, in folders by the key's first two characters. Makes the directory.
Result<std::unique_ptr<BlobStore>> open_local_blob_store(const std::filesystem::path& directory);

}  // namespace nozama
