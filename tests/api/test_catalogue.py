"""Products, categories, pictures and the API's own description."""
import unittest

import contract
import service
import shop


class CatalogueTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    def get(self, path, **query):
        answer = self.service.get(path, **query)
        contract.check("GET", path, answer)
        return answer

    # features: I2
    def test_every_described_endpoint_answers_as_described(self):
        picture = self.get("/api/v1/products/rings-1").json["pictures"][0]["image_url"]
        targets = {
            ("GET", "/api/v1/products"): "/api/v1/products",
            ("GET", "/api/v1/products/{id}"): "/api/v1/products/rings-1",
            ("GET", "/api/v1/products/{id}/similar"): "/api/v1/products/rings-1/similar",
            ("GET", "/api/v1/suggestions"): "/api/v1/suggestions?q=ri",
            ("GET", "/api/v1/categories"): "/api/v1/categories",
            ("GET", "/api/v1/shop"): "/api/v1/shop",
            ("GET", "/api/v1/shelves"): "/api/v1/shelves",
            ("GET", "/api/v1/recall"): "/api/v1/recall",
            ("GET", "/api/v1/openapi.yaml"): "/api/v1/openapi.yaml",
            ("GET", "/media/{hash}/{file}"): picture,
            ("GET", "/healthz"): "/healthz",
            ("GET", "/readyz"): "/readyz",
            ("GET", "/metrics"): "/metrics",
            ("GET", "/robots.txt"): "/robots.txt",
            ("GET", "/sitemap.xml"): "/sitemap.xml",
            ("GET", "/sitemaps/{file}"): "/sitemaps/pages.xml",
        }
        elsewhere = {("POST", "/api/v1/search"), ("POST", "/api/v1/events"), ("GET", "/samples/{file}")} | contract.described_paths("access", "admin", "merchant", "orders")  # in test_access, test_accounts, test_analytics, test_curation, test_products_api, test_jobs_api, test_orders
        self.assertEqual(contract.described_paths(), set(targets) | elsewhere)
        for (method, _), target in targets.items():
            answer = self.service.ask(method, target)
            self.assertEqual(answer.status, 200, target)
            contract.check(method, target, answer)
            head = self.service.ask("HEAD", target)
            self.assertEqual((head.status, head.body), (200, b""), target)

    # features: I2
    def test_the_description_served_is_the_one_tested(self):
        self.assertEqual(self.service.get("/api/v1/openapi.yaml").body, (shop.ROOT / "docs/openapi.yaml").read_bytes())

    def test_products_are_listed_in_pages(self):
        first = self.get("/api/v1/products", limit=50).json
        rest = self.get("/api/v1/products", limit=50, offset=50).json
        self.assertEqual(first["total"], shop.PRODUCTS_PER_KIND * len(shop.KINDS))
        ids = [product["id"] for product in first["products"] + rest["products"]]
        self.assertEqual(len(set(ids)), first["total"])

    def test_pages_follow_one_another_by_their_cursor(self):
        for sort in ("default", "price_asc", "price_desc", "rating"):
            whole = [product["id"] for product in self.get("/api/v1/products", limit=100, sort=sort).json["products"]]
            page = self.get("/api/v1/products", limit=30, sort=sort).json
            followed = [product["id"] for product in page["products"]]
            while "next" in page:
                page = self.get("/api/v1/products", limit=30, sort=sort, after=page["next"]).json
                followed += [product["id"] for product in page["products"]]
            self.assertEqual(followed, whole, sort)
        refused = self.get("/api/v1/products", after="nonsense")
        self.assertEqual((refused.status, refused.json["code"]), (400, "bad_page"))
        for narrowed in ({"text": "rings", "filter": "price < 12"}, {"facets": "brand"}, {"text": "rings", "sort": "rating"}):
            self.assertEqual(self.get("/api/v1/products", after="0-1", **narrowed).json["code"], "bad_page", narrowed)

    def test_words_find_products(self):
        page = self.get("/api/v1/products", text="RINGS no 1", limit=2).json
        self.assertEqual([product["id"] for product in page["products"]], ["rings-1", "rings-10"])
        self.assertEqual(page["total"], 3)
        rest = self.get("/api/v1/products", text="RINGS no 1", limit=2, after=page["next"]).json
        self.assertEqual([product["id"] for product in rest["products"]], ["rings-11"])
        self.assertNotIn("next", rest)
        self.assertEqual(self.get("/api/v1/products", text="nozama tests", category="jewellery").json["total"], 2 * shop.PRODUCTS_PER_KIND)
        self.assertEqual(self.get("/api/v1/products", text="bicycle").json["total"], 0)
        self.assertEqual(self.get("/api/v1/products", text="' OR 1=1 --").json["total"], 0)

    # features: C2 C3
    def test_words_take_a_filter_facets_and_an_order_and_are_paged_by_offset(self):
        whole = [product["id"] for product in self.get("/api/v1/products", text="nozama tests", limit=100).json["products"]]
        cheap = self.get("/api/v1/products", text="nozama tests", filter="price < 12", facets="category,brand", limit=100).json
        self.assertEqual(cheap["facets"]["total"], cheap["total"])
        self.assertEqual(cheap["total"], len(cheap["products"]))
        self.assertTrue(0 < cheap["total"] < len(whole))
        shown = [product["id"] for product in cheap["products"]]
        self.assertEqual(shown, [id for id in whole if id in shown], "as without a filter")
        pages = [self.get("/api/v1/products", text="nozama tests", filter="price < 12", limit=4, offset=at).json["products"] for at in range(0, cheap["total"], 4)]
        self.assertEqual([product["id"] for page in pages for product in page], shown)
        rings = self.get("/api/v1/products", text="rings", facets="category,price").json
        self.assertEqual(rings["facets"]["columns"][0]["values"], [{"value": "rings", "count": shop.PRODUCTS_PER_KIND}])
        self.assertEqual(sum(bucket["count"] for bucket in rings["facets"]["columns"][1]["buckets"]), shop.PRODUCTS_PER_KIND)
        dear = self.get("/api/v1/products", text="rings", sort="price_desc", category="jewellery").json["products"]
        self.assertEqual([product["price"] for product in dear], sorted((product["price"] for product in dear), reverse=True))
        self.assertEqual(len(dear), shop.PRODUCTS_PER_KIND)
        nothing = self.get("/api/v1/products", text="bicycle", facets="brand").json
        self.assertEqual((nothing["total"], nothing["facets"]["total"], nothing["products"]), (0, 0, []))

    # features: F1
    def test_what_is_typed_gets_suggestions(self):
        found = self.get("/api/v1/suggestions", q="ri").json
        self.assertEqual([category["slug"] for category in found["categories"]], ["rings"])
        self.assertTrue(found["queries"][0].lower().startswith("ri"), found["queries"])
        self.assertTrue(1 <= len(found["products"]) <= 4)
        self.assertEqual(self.get("/api/v1/suggestions", q="NOZ").json["brands"], ["Nozama Tests"])
        self.assertEqual(self.get("/api/v1/suggestions", q="tests no").json["brands"], [])
        for empty in ({}, {"q": "…"}, {"q": "bicycle"}):
            self.assertEqual(self.get("/api/v1/suggestions", **empty).json, {"queries": [], "categories": [], "brands": [], "products": []}, empty)
        for bad in ({"q": "x" * 301}, {"q": ""}, {"query": "ri"}):
            self.assertEqual(self.get("/api/v1/suggestions", **bad).status, 400, bad)

    # features: F1
    def test_a_category_lists_its_own_and_its_descendants(self):
        self.assertEqual(self.get("/api/v1/products", category="rings").json["total"], shop.PRODUCTS_PER_KIND)
        self.assertEqual(self.get("/api/v1/products", category="jewellery").json["total"], 2 * shop.PRODUCTS_PER_KIND)

    # features: D1
    def test_products_are_sorted_by_price(self):
        prices = [product["price"] for product in self.get("/api/v1/products", category="rings", sort="price_asc").json["products"]]
        self.assertEqual(prices, sorted(prices))
        prices = [product["price"] for product in self.get("/api/v1/products", category="rings", sort="price_desc").json["products"]]
        self.assertEqual(prices, sorted(prices, reverse=True))

    # features: C5
    def test_a_product_has_its_variants_pictures_and_attributes(self):
        product = self.get("/api/v1/products/plates-0", lang="de").json
        self.assertEqual(product["title"], "Plates Nr. 0")
        self.assertEqual([variant["key"] for variant in product["variants"]], ["small", "large"])
        self.assertEqual([variant["price"] for variant in product["variants"]], [10.5, 20.0])
        self.assertEqual([step["name"] for step in product["breadcrumbs"]], ["Tableware", "Plates"])
        self.assertIn({"name": "creator", "value": "A. Tester"}, product["attributes"])
        self.assertEqual((product["pictures"][0]["width"], product["pictures"][0]["height"]), (shop.SIDE, shop.SIDE))

    # features: A5 E1
    def test_similar_products_leave_out_the_product_itself(self):
        answer = self.get("/api/v1/products/tiles-3/similar", limit=5).json
        ids = [hit["product"]["id"] for hit in answer["results"]]
        self.assertEqual(len(ids), 5)
        self.assertNotIn("tiles-3", ids)

    def test_categories_are_a_tree_with_counts(self):
        nodes = {node["slug"]: node for node in self.get("/api/v1/categories").json["categories"]}
        self.assertEqual(nodes["home"]["product_count"], 2 * shop.PRODUCTS_PER_KIND)
        self.assertEqual((nodes["tiles"]["parent"], nodes["tiles"]["depth"]), ("home", 1))
        self.assertEqual((nodes["home"]["parent"], nodes["home"]["depth"]), (None, 0))

    def test_pictures_are_made_in_every_width_and_cached_for_ever(self):
        address = self.get("/api/v1/products/rings-2").json["pictures"][0]["image_url"]
        for width in (160, 320, 640, 1280):
            target = address.rsplit("/", 1)[0] + f"/{width}.webp"
            answer = self.get(target)
            self.assertTrue(answer.body.startswith(b"RIFF") and answer.body[8:12] == b"WEBP")
            self.assertIn("immutable", answer.headers["Cache-Control"])
            again = self.service.get(target, {"If-None-Match": answer.headers["ETag"]})
            self.assertEqual((again.status, again.body), (304, b""))

    def test_what_does_not_exist_is_named_by_its_code(self):
        cases = {
            "/api/v1/products/no-such": (404, "unknown_product"),
            "/api/v1/products/no%2Fsuch%20%C3%A4/similar": (404, "unknown_product"),
            f"/media/{'0' * 64}/320.webp": (404, "unknown_picture"),
            "/media/../320.webp": (404, "unknown_picture"),
            "/samples/no-such.webp": (404, "unknown_sample"),
            "/samples/..%2Fcatalogue.db": (404, "unknown_sample"),
            "/api/v1/products?category=no-such": (400, "unknown_category"),
        }
        address = self.get("/api/v1/products/rings-2").json["pictures"][0]["image_url"].rsplit("/", 1)[0]
        for file in ("321.webp", "320.png", "0320.webp", "-1.webp", "320"):
            cases[f"{address}/{file}"] = (404, "unknown_picture")
        for target, expected in cases.items():
            answer = self.service.get(target)
            self.assertEqual((answer.status, answer.json["code"]), expected, target)
            self.assertEqual(answer.type, contract.ERROR_TYPE)


if __name__ == "__main__":
    unittest.main()
