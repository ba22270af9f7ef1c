"""Filters, facets and variety, of searches and of lists."""
import unittest

import contract
import service
import shop

COUNT = shop.PRODUCTS_PER_KIND


def result_ids(answer):
    return [hit["product"]["id"] for hit in answer.json["results"]]


def counts(answer, column):
    facet = next(one for one in answer.json["facets"]["columns"] if one["column"] == column)
    return {one["value"]: one["count"] for one in facet["values"]}


class FilterTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    def search(self, photo=None, status=200, **fields):
        answer = self.service.search(photo, **fields)
        contract.check("POST", "/api/v1/search", answer)
        self.assertEqual(answer.status, status, answer.body[:300])
        return answer

    def products(self, status=200, **query):
        answer = self.service.get("/api/v1/products", **query)
        contract.check("GET", "/api/v1/products", answer)
        self.assertEqual(answer.status, status, answer.body[:300])
        return answer

    # features: C2
    def test_attributes_and_categories_are_columns_and_a_parent_stands_for_all_below_it(self):
        photo = shop.product_picture("Boards", 2)
        striped = self.search(photo, filter='pattern = "striped"', min_score=0, limit=100)
        self.assertEqual(sorted(result_ids(striped)), sorted(f"curtains-{i}" for i in range(COUNT)))
        games = self.search(photo, filter='category = "games" and Pattern != "checked"', min_score=0, limit=100)
        self.assertEqual(sorted(result_ids(games)), sorted(f"coins-{i}" for i in range(COUNT)))
        leaves = self.search(photo, filter='category in ("boards", "coins") and not pattern = "checked"', min_score=0, limit=100)
        self.assertEqual(result_ids(leaves), result_ids(games))
        self.assertEqual(self.search(photo, filter='pattern = ""', min_score=0).json["results"], [])

    def test_what_is_wrong_with_a_filter_or_a_facet_is_told(self):
        photo = shop.product_picture("Boards", 2)
        for text, detail in (("prise < 5", "column 1"), ("prise < 5", "is price meant?"), ('patern = "x"', "is pattern meant?"), ('category = "toys"', "there is no category 'toys'"),
                             ('pattern < 5', "column 9"), ('price = "x"', "column 9"), ("(" * 4000, "column 21")):
            for answer in (self.search(photo, 400, filter=text), self.products(400, filter=text)):
                self.assertEqual(answer.json["code"], "bad_filter")
                self.assertIn(detail, answer.json["detail"])
        for facets in ("weight", "brand,,price", "brand:0", "brand:101", ",".join(["brand"] * 21)):
            for answer in (self.search(photo, 400, facets=facets), self.products(400, facets=facets)):
                self.assertEqual(answer.json["code"], "bad_facet", facets)

    # features: C3
    def test_facets_count_every_result_and_not_the_page(self):
        photo = shop.product_picture("Boards", 2)
        everything = self.search(photo, min_score=0, limit=1, facets="brand,category:3,pattern,price,in_stock")
        facets = everything.json["facets"]
        self.assertEqual(facets["total"], COUNT * len(shop.KINDS))
        self.assertEqual(counts(everything, "brand"), {"Nozama Tests": facets["total"]})
        self.assertEqual(counts(everything, "category"), {"boards": COUNT, "coins": COUNT, "crosses": COUNT})
        self.assertEqual(facets["columns"][1]["distinct"], len(shop.KINDS))
        self.assertEqual(counts(everything, "pattern"), {"plain": COUNT * 5, "checked": COUNT, "striped": COUNT})
        self.assertEqual(sum(bucket["count"] for bucket in facets["columns"][3]["buckets"]), facets["total"])
        self.assertEqual(counts(everything, "in_stock"), {"true": facets["total"] - len(shop.KINDS), "false": len(shop.KINDS)})
        self.assertNotIn("facets", self.search(photo).json)

    def test_facets_keep_to_the_categories_the_filter_and_the_least_score(self):
        photo = shop.product_picture("Boards", 2)
        games = self.search(photo, category="games", filter="price < 15", min_score=0, limit=100, facets=["category", "price"])
        self.assertEqual(counts(games, "category"), {"boards": 5, "coins": 5})
        self.assertEqual(games.json["facets"]["total"], len(result_ids(games)))
        for fields in ({}, {"category": "all"}, {"category": "games"}):
            every = self.search(photo, min_score=0, limit=100, collapse="false", **fields).json["results"]
            for score in (0.2, 0.5, every[4]["score"], every[-1]["score"]):
                some = self.search(photo, min_score=score, limit=100, collapse="false", facets="category", **fields)
                self.assertEqual(some.json["facets"]["total"], some.json["total"], (fields, score))
                self.assertEqual(sum(counts(some, "category").values()), some.json["total"])

    # features: C2 C3
    def test_a_list_takes_a_filter_and_facets_too(self):
        page = self.products(filter="price >= 20 and in_stock", sort="price_desc", limit=3, facets="pattern,category")
        self.assertEqual(page.json["total"], 2 * len(shop.KINDS))
        self.assertEqual([product["price"] for product in page.json["products"]], [21.5] * 3)
        self.assertEqual(counts(page, "category"), {kind.lower(): 2 for kind in shop.KINDS})
        games = self.products(filter="price < 12", category="games", sort="price_asc")
        self.assertEqual([product["id"] for product in games.json["products"]], ["coins-0", "boards-0", "coins-1", "boards-1"])
        self.assertEqual(self.products(facets="brand", limit=100).json["products"], self.products(limit=100).json["products"])
        self.assertEqual(self.products(400, filter="price < 12", category="toys").json["code"], "unknown_category")

    # features: D4
    def test_diversity_and_a_cap_on_brands_change_what_is_shown_and_pages_fit_together(self):
        photo = shop.product_picture("Boards", 2)
        self.assertEqual(len(result_ids(self.search(photo, min_score=0, max_per_brand=4, limit=100))), 4)
        plain = result_ids(self.search(photo, min_score=0, limit=60))
        self.assertEqual(result_ids(self.search(photo, min_score=0, limit=60, diversity=0)), plain)
        diverse = self.search(photo, min_score=0, limit=60, diversity=0.7)
        self.assertEqual(result_ids(diverse)[0], plain[0])
        self.assertNotEqual(result_ids(diverse), plain)
        kinds = [{name.split("-")[0] for name in names[:8]} for names in (plain, result_ids(diverse))]
        self.assertGreater(len(kinds[1]), len(kinds[0]))
        pages = [result_ids(self.search(photo, min_score=0, limit=20, offset=offset, diversity=0.7)) for offset in (0, 20, 40)]
        self.assertEqual(sum(pages, []), result_ids(diverse))
        for wrong in ({"diversity": 1.5}, {"diversity": "x"}, {"max_per_brand": 0}):
            self.assertEqual(self.search(photo, 400, **wrong).json["code"], "bad_parameter")


if __name__ == "__main__":
    unittest.main()
