// Columns and filters against rows looked at one by one.
#include "index/columns.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "index/column_kernels.h"
#include "index/filter_language.h"
#include "index/index_for_test.h"

namespace nozama {
namespace {

std::vector<ColumnSpec> test_schema() {
  auto schema = standard_columns();
  schema.push_back({"stock", ColumnType::kInt});
  return schema;
}

std::vector<WritableColumn> test_columns() {
  std::vector<WritableColumn> columns;
  for (const ColumnSpec& spec : test_schema()) columns.push_back({.spec = spec});
  columns.push_back({.spec = {"frame size", ColumnType::kKeywords}});
  return columns;
}

RowAttributes random_row(std::mt19937& random) {
  RowAttributes row;
  if (random() % 8 != 0) row.set("price", static_cast<double>(random() % 2000) / 100);
  if (random() % 3 != 0) row.set("rating", static_cast<double>(random() % 11) / 2);
  row.set("in_stock", static_cast<double>(random() % 2));
  if (random() % 2 != 0) row.set("stock", static_cast<double>(random() % 7) - 3);
  if (random() % 5 != 0) row.add("brand", fmt::format("b{}", random() % 40));
  for (size_t i = 0; i < random() % 4; ++i) row.add("colour", fmt::format("c{}", random() % 6));
  if (random() % 50 == 0) row.add("frame size", random() % 2 == 0 ? "S \"narrow\"" : "L");
  return row;
}

Filter random_condition(std::mt19937& random) {
  const auto op = static_cast<FilterOperator>(random() % 5);
  switch (random() % 7) {
    case 0: return compare("price", op, static_cast<double>(random() % 2000) / 100);
    case 1: return compare("rating", op, static_cast<double>(random() % 11) / 2);
    case 2: return compare("in_stock", FilterOperator::kEqual, static_cast<double>(random() % 2));
    case 3: return compare("stock", op, static_cast<double>(random() % 9) - 4);
    case 4: {
      std::vector<std::string> brands;
      for (size_t i = 0; i <= random() % 25; ++i) brands.push_back(random() % 20 == 0 ? "" : fmt::format("b{}", random() % 42));
      return one_of("brand", brands);
    }
    case 5: return one_of("colour", {fmt::format("c{}", random() % 7)});
    default: return one_of("frame size", {random() % 2 == 0 ? "S \"narrow\"" : ""});
  }
}

Filter random_filter(std::mt19937& random, int depth) {
  if (depth == 0 || random() % 4 == 0) return random_condition(random);
  std::vector<Filter> children;
  for (size_t i = 0; i <= random() % 3; ++i) children.push_back(random_filter(random, depth - 1));
  if (random() % 3 == 0) return not_of(std::move(children.front()));
  return random() % 2 == 0 ? all_of(std::move(children)) : any_of(std::move(children));
}

// A filter as somebody may write it: blanks, case, parentheses, lists or single comparisons, opposites and De Morgan as chance has it.
class Writer {
 public:
  explicit Writer(std::mt19937& random) : random_(random) {}

  std::string write(const Filter& filter) {
    const std::string text = write_plain(filter);
    if (chance(8)) return "not (not (" + text + "))";
    return chance(3) ? "(" + blank() + text + blank() + ")" : text;
  }

 private:
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  std::string blank() { return chance(2) ? " " : chance(2) ? "\t " : ""; }
  std::string word(std::string text) {
    if (chance(4)) std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    return text;
  }
  std::string column(const std::string& name) { return name.find(' ') != std::string::npos ? "'" + name + "'" : word(name); }
  static std::string quoted(const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
    return "\"" + escaped + "\"";
  }

  std::string write_range(const Filter& filter) {
    const std::string name = column(filter.column);
    if (filter.column == "in_stock") return filter.low == 1 ? (chance(2) ? name : name + " = true") : name + (chance(2) ? "=false" : " != TRUE");
    const auto limit = [&](std::string_view op, double value) { return fmt::format("{}{}{}{}{}", name, blank(), op, blank(), value); };
    if (filter.low == filter.high) return limit(chance(2) ? "=" : "==", filter.low);
    const bool from = filter.low > -1e300, to = filter.high < 1e300;
    // The values that filters are made from have two decimals; a strict comparison ends just beside one.
    const double low = std::round(filter.low * 100) / 100, high = std::round(filter.high * 100) / 100;
    const auto lower = [&] {
      if (low < filter.low) return limit(">", low);
      return chance(3) ? fmt::format("({} or {})", limit(">", low), limit("=", low)) : limit(">=", low);
    };
    const auto upper = [&] { return limit(high > filter.high ? "<" : "<=", high); };
    if (from && to) return chance(2) ? "(" + lower() + " and " + upper() + ")" : "(" + upper() + " and " + lower() + ")";
    return from ? lower() : upper();
  }

  std::string write_in(const Filter& filter) {
    const std::string name = column(filter.column);
    std::vector<std::string> texts;
    for (const std::string& text : filter.texts) texts.push_back(quoted(text));
    std::shuffle(texts.begin(), texts.end(), random_);
    if (texts.size() == 1 && chance(2)) return name + blank() + "=" + blank() + texts.front();
    if (texts.size() < 5 && chance(3)) {
      std::string text;
      for (const std::string& one : texts) text += (text.empty() ? "" : " or ") + name + " = " + one;
      return "(" + text + ")";
    }
    const std::string list = fmt::format("({})", fmt::join(texts, ", "));
    return chance(4) ? fmt::format("not {} not in {}", name, list) : fmt::format("{} {} {}", name, word("in"), list);
  }

  std::string write_plain(const Filter& filter) {
    switch (filter.kind) {
      case Filter::Kind::kRange: return write_range(filter);
      case Filter::Kind::kIn: return write_in(filter);
      case Filter::Kind::kNot: return word("not") + " (" + write(filter.children.front()) + ")";
      default: break;
    }
    const bool is_or = filter.kind == Filter::Kind::kOr, turned = chance(4);
    std::vector<Filter> children = filter.children;
    std::shuffle(children.begin(), children.end(), random_);
    std::string text;
    for (const Filter& child : children) {
      if (!text.empty()) text += " " + word(is_or != turned ? "or" : "and") + " ";
      text += turned ? "not (" + write(child) + ")" : "(" + write(child) + ")";
    }
    return turned ? "not (" + text + ")" : "(" + text + ")";
  }

  std::mt19937& random_;
};

std::vector<uint32_t> slots_of(const SlotSet& set, size_t below) {
  std::vector<uint32_t> slots;
  set.for_each([&](uint32_t slot) {
    if (slot < below) slots.push_back(slot);
  });
  return slots;
}

std::vector<uint32_t> matching(const Filter& filter, const std::vector<RowAttributes>& rows) {
  std::vector<uint32_t> slots;
  for (uint32_t slot = 0; slot < rows.size(); ++slot) {
    if (matches(filter, rows[slot])) slots.push_back(slot);
  }
  return slots;
}

// features: C2
TEST(Columns, AnyFilterWrittenInAnyWayGivesTheRowsThatFulfilItAsRowsComeIn) {
  std::mt19937 random(1);
  Writer writer(random);
  Columns columns(test_schema());
  std::vector<RowAttributes> rows;
  int written = 0, refused = 0;
  for (int round = 0; round < 60; ++round) {
    for (size_t i = 0; i < random() % 120; ++i) {
      rows.push_back(random_row(random));
      columns.append(rows.back());
    }
    if (columns.keywords("frame size") == nullptr) continue;
    for (int i = 0; i < 30; ++i) {
      const Filter filter = random_filter(random, 3);
      const auto expected = matching(filter, rows);
      const auto found = columns.evaluate(filter, rows.size());
      ASSERT_TRUE(found) << found.error().message;
      ASSERT_EQ(slots_of(**found, rows.size()), expected);
      for (int form = 0; form < 3; ++form) {
        const std::string text = writer.write(filter);
        const auto parsed = parse_filter(text, test_columns());
        ++written;
        if (!parsed && (text.size() > FilterLimits::kBytesMax || parsed.error().message.ends_with("inside each other"))) {
          ++refused;
          continue;
        }
        ASSERT_TRUE(parsed) << text << "\n" << parsed.error().message;
        ASSERT_EQ(slots_of(**columns.evaluate(*parsed, rows.size()), rows.size()), expected) << text;
      }
    }
  }
  EXPECT_LT(refused, written / 4);
}

TEST(Columns, EqualFiltersWrittenDifferentlyAreEvaluatedOnce) {
  Columns columns;
  for (int i = 0; i < 100; ++i) {
    RowAttributes row;
    row.set("price", i);
    columns.append(row);
  }
  const std::vector<std::vector<std::string>> equal = {
      {"price < 50 and in_stock", "in_stock = true and (price<50.0)", "not (price >= 50 or not in_stock) and price < 50",
       "price < 50 and price < 60 and in_stock"},
      {R"(brand = "A" or brand = "B")", R"(brand in ("B", "A", "B"))", R"(not (brand != "A" and brand != "B"))"},
      {"rating >= 4", "rating > 4 or rating = 4", "not (not rating >= 4.0)"},
      {"price >= 10 and price <= 20", "(price <= 20) and price >= 10", "price >= 10 and (price <= 20 and price <= 30)"},
      {"price < 10 or price > 20 or rating = 5", "rating = 5 or (price > 20 or price < 10) or price > 25"},
  };
  for (const auto& group : equal) {
    std::set<const SlotSet*> sets;
    std::set<std::string> keys;
    for (const std::string& text : group) {
      const auto filter = parse_filter(text, test_columns());
      ASSERT_TRUE(filter) << text << filter.error().message;
      sets.insert(columns.evaluate(*filter, 100)->get());
      keys.insert(filter_key(normalised(*filter)));
    }
    EXPECT_EQ(sets.size(), 1U) << testing::PrintToString(keys);
  }
}

TEST(Columns, ARowKeepsWhatItWasGivenButForWhatHasNoPlace) {
  Columns columns(test_schema());
  RowAttributes row;
  row.set("price", 1);
  row.set("price", 2.5);
  row.set("stock", 1.5);  // not an integer
  row.set("weight", 3);   // no such column
  row.set("rating", std::nan(""));
  row.add("brand", "A");
  row.add("brand", "B");  // of which there is one
  row.add("colour", "red");
  row.add("colour", "blue");
  row.add("colour", "red");
  row.add("colour", "");
  row.add("price", "cheap");
  row.add("material", std::string(ColumnLimits::kTextBytesMax + 1, 'x'));
  row.add("material", "wool");
  columns.append(row);
  columns.append({});
  RowAttributes kept;
  kept.set("price", 2.5);
  kept.add("brand", "A");
  kept.add("colour", "red");
  kept.add("colour", "blue");
  kept.add("material", "wool");
  EXPECT_EQ(columns.row(0), kept);
  EXPECT_EQ(columns.row(1), RowAttributes{});
  for (size_t i = 0; i < 2 * ColumnLimits::kColumnsMax; ++i) {
    RowAttributes further;
    further.add(fmt::format("attribute {}", i), "x");
    columns.append(further);
  }
  EXPECT_EQ(columns.specs().size(), ColumnLimits::kColumnsMax);
}

TEST(Columns, WrongColumnsAndTypesAreRefused) {
  const Columns columns;
  for (const Filter& filter : {compare("weight", FilterOperator::kLess, 1), compare("brand", FilterOperator::kLess, 1), one_of("price", {"A"}),
                               compare("price", FilterOperator::kLess, std::nan(""))}) {
    const auto found = columns.evaluate(filter, 0);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().reason, "bad_filter");
  }
  EXPECT_EQ((*columns.evaluate(any_of({}), 0))->count(), 0U);
}

TEST(Columns, ARangeBetweenTwoValuesOfATypeHoldsForNone) {
  Columns columns(test_schema());
  for (int i = 0; i < 200; ++i) {
    RowAttributes row;
    if (i % 3 != 0) row.set("in_stock", i % 2);
    row.set("stock", i % 5);
    columns.append(row);
  }
  for (const char* column : {"in_stock", "stock"}) {
    const Filter between = all_of({compare(column, FilterOperator::kGreater, 0.2), compare(column, FilterOperator::kLess, 0.7)});
    EXPECT_EQ((*columns.evaluate(between, 200))->count(), 0U) << column;
    const Filter all = all_of({compare(column, FilterOperator::kGreaterOrEqual, -0.5), compare(column, FilterOperator::kLess, 7)});
    EXPECT_EQ((*columns.evaluate(all, 200))->count(), column == std::string("stock") ? 200U : 133U) << column;
  }
}

TEST(Columns, ReadersAskWhileAWriterAppends) {
  Columns columns;
  std::atomic<size_t> ready{0};
  const auto price = [](size_t slot) { return static_cast<double>(slot * 7919 % 1000); };
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      for (size_t slots = 0; slots < 20000;) {
        slots = ready.load(std::memory_order_acquire);
        const auto cheap = columns.evaluate(compare("price", FilterOperator::kLess, 300), slots);
        const auto branded = columns.evaluate(one_of("brand", {"b7", "b900"}), slots);
        ASSERT_TRUE(cheap && branded);
        for (size_t slot = slots < 500 ? 0 : slots - 500; slot < slots; ++slot) {
          ASSERT_EQ((*cheap)->contains(static_cast<uint32_t>(slot)), price(slot) < 300);
          ASSERT_EQ((*branded)->contains(static_cast<uint32_t>(slot)), slot % 1000 == 7 || slot % 1000 == 900);
        }
      }
    });
  }
  for (size_t slot = 0; slot < 20000; ++slot) {
    RowAttributes row;
    row.set("price", price(slot));
    row.add("brand", fmt::format("b{}", slot % 1000));
    if (slot % 1000 == 0) row.add(fmt::format("attribute {}", slot), "x");
    columns.append(row);
    ready.store(slot + 1, std::memory_order_release);
  }
  for (std::thread& reader : readers) reader.join();
}

std::vector<std::byte> saved(const Columns& columns, std::span<const uint32_t> slots) {
  std::vector<std::byte> bytes;
  EXPECT_TRUE(columns.save(slots, [&bytes](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return Status{};
  }));
  return bytes;
}

// features: C6
TEST(ColumnsFile, SavedRowsComeBackWhereTheyLieAndGrowFromThere) {
  std::mt19937 random(5);
  Columns columns(test_schema());
  std::vector<RowAttributes> rows;
  std::vector<uint32_t> living;
  for (uint32_t slot = 0; slot < 1000; ++slot) {
    columns.append(random_row(random));
    if (random() % 3 == 0) continue;
    living.push_back(slot);
    rows.push_back(columns.row(slot));
  }
  const auto bytes = saved(columns, living);
  EXPECT_EQ(bytes.size() % 8, 0U);
  const auto loaded = Columns::load(bytes, rows.size(), test_schema());
  ASSERT_TRUE(loaded) << loaded.error().message;
  for (int i = 0; i < 500; ++i) {
    (*loaded)->append(random_row(random));
    rows.push_back((*loaded)->row(static_cast<uint32_t>(rows.size())));
  }
  for (uint32_t slot = 0; slot < rows.size(); ++slot) ASSERT_EQ((*loaded)->row(slot), rows[slot]);
  for (int i = 0; i < 200; ++i) {
    const Filter filter = random_filter(random, 2);
    const auto found = (*loaded)->evaluate(filter, rows.size());
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(slots_of(**found, rows.size()), matching(filter, rows));
  }
}

TEST(ColumnsFile, DamageAtAnyByteIsAnErrorOrOtherValuesAndNeverMore) {
  std::mt19937 random(6);
  Columns columns(test_schema());
  std::vector<uint32_t> slots;
  for (uint32_t slot = 0; slot < 9; ++slot) {
    slots.push_back(slot);
    columns.append(random_row(random));
  }
  const auto whole = saved(columns, slots);
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(Columns::load(std::span(whole).first(size), 9, test_schema())) << size;
  EXPECT_FALSE(Columns::load(whole, 8, test_schema()));
  EXPECT_FALSE(Columns::load(whole, 10, test_schema()));
  EXPECT_FALSE(Columns::load(whole, 9, standard_columns()));
  int refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const std::byte mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
      auto damaged = whole;
      damaged[i] ^= mask;
      const auto loaded = Columns::load(damaged, 9, test_schema());
      if (!loaded) {
        ASSERT_EQ(loaded.error().code, ErrorCode::kCorrupt);
        ++refused;
        continue;
      }
      for (int query = 0; query < 10; ++query) (void)(*loaded)->evaluate(random_filter(random, 2), 9);
      for (uint32_t slot = 0; slot < 9; ++slot) (void)(*loaded)->row(slot);
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(ColumnKernels, EveryPathGivesTheBitsOfTheScalarOne) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> numbers;
    std::vector<uint32_t> keywords;
    for (int i = 0; i < 64; ++i) {
      numbers.push_back(random() % 10 == 0 ? std::nan("") : static_cast<double>(random() % 100));
      keywords.push_back(static_cast<uint32_t>(random() % 20));
    }
    const double low = random() % 5 == 0 ? -std::numeric_limits<double>::infinity() : static_cast<double>(random() % 100),
                 high = low + static_cast<double>(random() % 50);
    std::vector<uint32_t> wanted;
    for (size_t i = 0; i <= random() % 4; ++i) wanted.push_back(static_cast<uint32_t>(random() % 20));
    for (const ColumnKernels& kernels : available_column_kernels()) {
      for (size_t i = 0; i < 64; ++i) {
        EXPECT_EQ(kernels.in_range(numbers.data(), low, high) >> i & 1, low <= numbers[i] && numbers[i] <= high ? 1U : 0U) << kernels.name;
        EXPECT_EQ(kernels.equal_any(keywords.data(), wanted) >> i & 1, std::ranges::count(wanted, keywords[i]) > 0 ? 1U : 0U) << kernels.name;
      }
    }
  }
}

}  // namespace
}  // namespace nozama
