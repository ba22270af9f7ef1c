#include "catalog/orders.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "catalog/account_data.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

OrderRequest sample_request(const std::string& product, int64_t quantity = 1, const std::string& variant = "") {
  OrderRequest request;
  request.idempotency_key = random_hex(16);
  request.cart = {.currency = "EUR", .lang = "de-AT", .lines = {{.product_id = product, .variant_key = variant, .quantity = quantity, .price_minor = 12950}}};
  request.contact = {.name = "Åse Müller",
                     .email = "ase@example.org",
                     .phone = "",
                     .street = "Ring 1",
                     .street2 = "",
                     .postal_code = "1010",
                     .city = "Wien",
                     .region = "",
                     .country = "AT"};
  return request;
}

ProductRecord shirt() {
  ProductRecord record = sample_product("shirt");
  record.stock = 3;  // the sum, as feeds make it
  record.variants = {{.key = "s", .title = "Small", .price_minor = std::nullopt, .stock = 1, .attributes = {}},
                     {.key = "m", .title = "Medium", .price_minor = 13950, .stock = 2, .attributes = {}},
                     {.key = "l", .title = "Large", .price_minor = std::nullopt, .stock = std::nullopt, .attributes = {}}};
  record.pictures[1].variant_key = "m";
  return record;
}

class Orders : public CatalogContract {
 protected:
  void SetUp() override {
    CatalogContract::SetUp();
    if (catalog_ != nullptr) orders_ = std::make_unique<OrderStore>(*catalog_);
  }
  PlacedOrder place(const OrderRequest& request) {
    auto placed = orders_->place(request);
    EXPECT_TRUE(placed) << placed.error().message;
    return placed ? *placed : PlacedOrder{};
  }
  std::optional<int64_t> stock(const std::string& product) { return catalog_->product(product, "en")->stock; }
  // The first line's.
  LineProblem problem(const OrderRequest& request) {
    const PlacedOrder placed = place(request);
    return placed.lines.empty() ? LineProblem::kNone : placed.lines.front().problem;
  }

  std::unique_ptr<OrderStore> orders_;
};
NOZAMA_ON_EVERY_STORE(Orders);

// features: F1
TEST_P(Orders, AnOrderTakesItsStockAndKeepsWhatWasBought) {
  upsert(sample_product("chair"));
  const int64_t seq = *catalog_->current_seq();
  const OrderRequest request = sample_request("chair", 2);
  const Order order = *place(request).order;
  EXPECT_EQ(order.state, OrderState::kReceived);
  EXPECT_EQ(order.total_minor, 25900);
  EXPECT_EQ(order.contact, request.contact);
  EXPECT_EQ(stock("chair"), 5);
  EXPECT_EQ(catalog_->read_changes(seq, 10)->size(), 1U) << "the index follows";

  ProductRecord renamed = sample_product("chair", "Pine chair");
  renamed.price_minor = 1;
  upsert(renamed);
  ASSERT_TRUE(catalog_->delete_products({"chair"}));
  const Order later = *orders_->order(order.number);
  const OrderLine line = {.product_id = "chair",
                          .variant_key = "",
                          .title = "Eichenstuhl",
                          .variant_title = "",
                          .picture_hash = hash_of("chair-front"),
                          .quantity = 2,
                          .price_minor = 12950};
  EXPECT_THAT(later.lines, ElementsAre(line));
  EXPECT_EQ(later.token, order.token);
  EXPECT_THAT(*catalog_->check(), IsEmpty());
}

TEST_P(Orders, AVariantHasStockAndPriceOfItsOwn) {
  upsert(shirt());
  EXPECT_EQ(problem(sample_request("shirt", 2)), LineProblem::kOutOfStock) << "the first variant is the default";
  EXPECT_TRUE(place(sample_request("shirt", 1)).order);
  EXPECT_EQ(problem(sample_request("shirt", 1, "s")), LineProblem::kOutOfStock);
  EXPECT_EQ(stock("shirt"), 2);

  OrderRequest medium = sample_request("shirt", 1, "m");
  EXPECT_EQ(problem(medium), LineProblem::kPriceChanged);
  medium.cart.lines[0].price_minor = 13950;
  const Order order = *place(medium).order;
  EXPECT_EQ(order.lines[0].variant_title, "Medium");
  EXPECT_EQ(order.lines[0].picture_hash, hash_of("shirt-side"));
  EXPECT_EQ(stock("shirt"), 1);

  EXPECT_TRUE(place(sample_request("shirt", 900, "l")).order) << "its stock is not counted";
  EXPECT_EQ(stock("shirt"), 1);
  EXPECT_EQ(problem(sample_request("shirt", 1, "xl")), LineProblem::kVariantGone);
}

TEST_P(Orders, OneLineThatChangedMakesNoOrderAndTakesNothing) {
  upsert(sample_product("chair"));
  upsert(sample_product("table", "Oak table"));
  OrderRequest request = sample_request("chair");
  request.cart.lines.push_back({.product_id = "table", .variant_key = "", .quantity = 1, .price_minor = 1});
  request.cart.lines.push_back({.product_id = "gone", .variant_key = "", .quantity = 1, .price_minor = 1});
  const int64_t seq = *catalog_->current_seq();
  const PlacedOrder placed = place(request);
  EXPECT_FALSE(placed.order);
  ASSERT_EQ(placed.lines.size(), 3U);
  EXPECT_EQ(placed.lines[0].problem, LineProblem::kNone);
  EXPECT_EQ(placed.lines[1].problem, LineProblem::kPriceChanged);
  EXPECT_EQ(placed.lines[1].line.price_minor, 12950) << "as it is now";
  EXPECT_EQ(placed.lines[2].problem, LineProblem::kProductGone);
  EXPECT_EQ(stock("chair"), 7);
  EXPECT_EQ(*catalog_->current_seq(), seq);
  EXPECT_EQ(orders_->list({})->total, 0);
}

TEST_P(Orders, WhatHasNoPriceOrAnotherCurrencyIsRefused) {
  ProductRecord free = sample_product("free"), dollars = sample_product("dollars");
  free.price_minor.reset();
  dollars.currency = "USD";
  upsert(free);
  upsert(dollars);
  EXPECT_EQ(problem(sample_request("free")), LineProblem::kNoPrice);
  EXPECT_EQ(problem(sample_request("dollars")), LineProblem::kOtherCurrency);
}

// features: F1
TEST_P(Orders, TheSameRequestAgainIsTheSameOrder) {
  upsert(sample_product("chair"));
  OrderRequest request = sample_request("chair");
  const PlacedOrder first = place(request);
  const PlacedOrder again = place(request);
  EXPECT_FALSE(first.repeated);
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.order->number, first.order->number);
  EXPECT_EQ(stock("chair"), 6);
  ASSERT_TRUE(catalog_->delete_products({"chair"}));
  EXPECT_EQ(place(request).order->number, first.order->number) << "a retry is answered even when the product has gone";

  request.contact.name = "Someone else";
  EXPECT_EQ(orders_->place(request).error().reason, "idempotency_key_reused");
}

// features: F1
TEST_P(Orders, ShoppersAtOnceCannotBuyMoreThanThereIs) {
  upsert(sample_product("chair"));  // seven of them
  std::atomic<int> sold = 0, refused = 0;
  {
    std::vector<std::jthread> shoppers;
    for (int i = 0; i < 20; ++i) {
      shoppers.emplace_back([&] {
        const auto placed = orders_->place(sample_request("chair"));
        if (!placed) return;
        ++(placed->order ? sold : refused);
      });
    }
  }
  EXPECT_EQ(sold, 7);
  EXPECT_EQ(refused, 13);
  EXPECT_EQ(stock("chair"), 0);
}

TEST_P(Orders, AFeedStatesTheStockAnewAfterASale) {
  upsert(sample_product("chair"));
  place(sample_request("chair", 4));
  EXPECT_EQ(upsert(sample_product("chair")).kind, UpsertKind::kUpdated);
  EXPECT_EQ(stock("chair"), 7);
}

TEST_P(Orders, CancellingGivesTheStockBackOnce) {
  upsert(shirt());
  upsert(sample_product("chair"));
  OrderRequest request = sample_request("chair", 3);
  request.cart.lines.push_back({.product_id = "shirt", .variant_key = "m", .quantity = 2, .price_minor = 13950});
  const Order order = *place(request).order;
  EXPECT_EQ(stock("shirt"), 1);
  const int64_t seq = *catalog_->current_seq();
  EXPECT_EQ(orders_->set_state(order.number, OrderState::kCancelled)->state, OrderState::kCancelled);
  ASSERT_TRUE(orders_->set_state(order.number, OrderState::kCancelled)) << "a second time changes nothing";
  EXPECT_EQ(stock("chair"), 7);
  EXPECT_EQ(stock("shirt"), 3);
  EXPECT_EQ(catalog_->read_changes(seq, 10)->size(), 2U);
  request = sample_request("shirt", 2, "m");
  request.cart.lines[0].price_minor = 13950;
  EXPECT_TRUE(place(request).order);
}

TEST_P(Orders, CancellingWhatTheShopNoLongerHasGivesNothingBack) {
  upsert(sample_product("chair"));
  const Order order = *place(sample_request("chair", 3)).order;
  ASSERT_TRUE(catalog_->delete_products({"chair"}));
  upsert(sample_product("chair"));
  ASSERT_TRUE(orders_->set_state(order.number, OrderState::kCancelled));
  EXPECT_EQ(stock("chair"), 7);
}

TEST_P(Orders, TheStatesFollowEachOther) {
  upsert(sample_product("chair"));
  const std::string number = place(sample_request("chair")).order->number;
  EXPECT_EQ(orders_->set_state(number, OrderState::kSent).error().reason, "bad_status_change");
  for (const OrderState state : {OrderState::kConfirmed, OrderState::kSent, OrderState::kDone}) ASSERT_TRUE(orders_->set_state(number, state));
  EXPECT_EQ(orders_->set_state(number, OrderState::kCancelled).error().reason, "bad_status_change");
  const Order order = *orders_->order(number);
  ASSERT_EQ(order.history.size(), 4U);
  EXPECT_EQ(order.history[2].state, OrderState::kSent);
  EXPECT_EQ(orders_->order("nothing").error().reason, "unknown_order");
  EXPECT_EQ(orders_->set_state("a\xff", OrderState::kDone).error().reason, "unknown_order");
}

TEST_P(Orders, TheListIsTheNewestFirstByPages) {
  upsert(sample_product("chair"));
  std::vector<std::string> numbers;
  for (int i = 0; i < 5; ++i) {
    OrderRequest request = sample_request("chair");
    request.account = AccountId{i % 2};
    numbers.push_back(place(request).order->number);
  }
  ASSERT_TRUE(orders_->set_state(numbers[4], OrderState::kConfirmed));
  const auto first = orders_->list({.account = {}, .state = {}, .after = "", .limit = 2});
  const auto second = orders_->list({.account = {}, .state = {}, .after = first->next, .limit = 10});
  EXPECT_EQ(first->total, 5);
  EXPECT_EQ(first->orders[0].number, numbers[4]);
  EXPECT_EQ(first->orders[0].lines.size(), 1U);
  ASSERT_EQ(second->orders.size(), 3U);
  EXPECT_EQ(second->orders[2].number, numbers[0]);
  EXPECT_EQ(second->next, "");
  EXPECT_EQ(orders_->list({.account = AccountId{1}, .state = {}, .after = ""})->total, 2);
  EXPECT_EQ(orders_->list({.account = {}, .state = OrderState::kConfirmed, .after = ""})->total, 1);
  EXPECT_EQ(orders_->list({.account = {}, .state = {}, .after = "x"}).error().reason, "bad_page");
}

TEST_P(Orders, TheListIsNarrowedByNumberNameOrAddress) {
  upsert(sample_product("chair"));
  OrderRequest request = sample_request("chair");
  request.contact.name = "100%_Zoe!";
  request.contact.email = "zoe@example.org";
  const std::string number = place(request).order->number;
  request.idempotency_key = random_hex(16);
  request.contact.name = "Ben";
  request.contact.email = "ben@example.org";
  place(request);
  for (const std::string& text : {number, number.substr(3), std::string("zOE!"), std::string("ZOE@"), std::string("100%_")}) {
    const auto found = orders_->list({.account = {}, .state = {}, .text = text, .after = ""});
    ASSERT_EQ(found->total, 1) << text;
    EXPECT_EQ(found->orders[0].number, number);
  }
  EXPECT_EQ(orders_->list({.account = {}, .state = {}, .text = "z_e", .after = ""})->total, 0);
  EXPECT_EQ(orders_->list({.account = {}, .state = OrderState::kDone, .text = "zoe", .after = ""})->total, 0);
  EXPECT_EQ(orders_->list({.account = {}, .state = {}, .text = "a\nb", .after = ""}).error().reason, "bad_parameter");
}

TEST_P(Orders, AForgottenAccountLeavesTheBooksWithoutTheNames) {
  upsert(sample_product("chair"));
  OrderRequest request = sample_request("chair");
  request.account = AccountId{5};
  const std::string open = place(request).order->number;
  request.idempotency_key = random_hex(16);
  const std::string finished = place(request).order->number;
  ASSERT_TRUE(orders_->set_state(finished, OrderState::kCancelled));
  ASSERT_TRUE(forget_account(*catalog_, AccountId{5}));

  EXPECT_EQ(orders_->list({.account = AccountId{5}, .state = {}, .after = ""})->total, 0);
  EXPECT_EQ(orders_->order(finished)->contact.name, "");
  EXPECT_EQ(orders_->order(finished)->contact.email, "");
  EXPECT_EQ(orders_->order(finished)->total_minor, 12950);
  EXPECT_EQ(orders_->order(finished)->token, "");
  EXPECT_EQ(orders_->order(open)->contact.name, "Åse Müller") << "it is still to be sent";
  for (const OrderState state : {OrderState::kConfirmed, OrderState::kSent, OrderState::kDone}) ASSERT_TRUE(orders_->set_state(open, state));
  EXPECT_EQ(orders_->order(open)->contact.name, "");
}

TEST_P(Orders, WhatCannotBeAnOrderNamesTheField) {
  upsert(sample_product("chair"));
  const OrderRequest good = sample_request("chair");
  const auto reason = [&](auto spoil) {
    OrderRequest bad = good;
    spoil(bad);
    const auto placed = orders_->place(bad);
    return placed ? std::string("accepted") : placed.error().reason;
  };
  EXPECT_EQ(reason([](OrderRequest& r) { r.idempotency_key = "short"; }), "bad_idempotency_key");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines.clear(); }), "bad_cart");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines.resize(101, r.cart.lines[0]); }), "bad_cart");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines.push_back(r.cart.lines[0]); }), "duplicate_line");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines[0].quantity = 0; }), "bad_quantity");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines[0].quantity = 1000; }), "bad_quantity");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines[0].price_minor = -1; }), "bad_price");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.lines[0].product_id = std::string("a\0b", 3); }), "bad_cart");
  EXPECT_EQ(reason([](OrderRequest& r) { r.cart.currency = "euro"; }), "bad_currency");
  EXPECT_EQ(reason([](OrderRequest& r) { r.contact.name = "  "; }), "bad_name");
  EXPECT_EQ(reason([](OrderRequest& r) { r.contact.name = std::string(201, 'a'); }), "bad_name");
  EXPECT_EQ(reason([](OrderRequest& r) { r.contact.email = "nobody"; }), "bad_email");
  EXPECT_EQ(reason([](OrderRequest& r) { r.contact.email = "a@b\r\nBcc: c@d"; }), "bad_email");
  EXPECT_EQ(reason([](OrderRequest& r) { r.contact.city = "\xff"; }), "bad_city");
  EXPECT_EQ(reason([](OrderRequest& r) { r.contact.country = "Austria"; }), "bad_country");
  EXPECT_EQ(reason([](OrderRequest& r) { r.note = std::string(2001, 'n'); }), "bad_note");
  EXPECT_EQ(reason([](OrderRequest&) {}), "accepted");
}

}  // namespace
}  // namespace nozama
