"""Curation: the shop's rules for what searches and lists show, from the API to the results."""
import contextlib
import json
import shutil
import sys
import pathlib
import tempfile
import time
import unittest

import contract
import merchant
import service
import shop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import database  # noqa: E402

RULES = "/api/v1/admin/curation"


class RulesCase(merchant.MerchantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        created = cls.run_program("key", "create", "--name", "rules", "--scope", "analytics", "--json")
        cls.editor = {"Authorization": f"Bearer {json.loads(created.stdout)['secret']}"}

    def rules(self, method, path="", body=None):
        return self.ask(method, RULES + path, body, headers=self.editor)

    @contextlib.contextmanager
    def rule(self, **fields):
        answer = self.rules("POST", "", {"name": "test", **fields})
        self.assertEqual(answer.status, 201, answer.body)
        try:
            yield answer.json
        finally:
            self.assertEqual(self.rules("DELETE", f"/{answer.json['id']}").status, 204)

    @contextlib.contextmanager
    def sold_out(self, *products):
        for product in products:
            self.assertEqual(self.ask("PATCH", f"/api/v1/products/{product}", {"stock": 0}).status, 200)
        try:
            yield
        finally:
            for product in products:
                self.ask("PATCH", f"/api/v1/products/{product}", {"stock": 5})

    def listed(self, server=None, **query):
        answer = (server or self.service).get("/api/v1/products", **query)
        contract.check("GET", "/api/v1/products", answer)
        return [product["id"] for product in answer.json["products"]]

    def found(self, **fields):
        answer = self.service.search_json(**{"min_score": 0, **fields})
        contract.check("POST", "/api/v1/search", answer)
        return service.result_ids(answer)


class CurationTest(RulesCase, unittest.TestCase):
    # features: H1
    def test_a_pin_by_words_opens_the_first_page_and_is_on_no_other(self):
        plain = self.listed(text="rings", limit=100)
        with self.rule(action="pin", products=["curtains-3", "curtains-4"], words="RÍNGS"):
            first = self.service.get("/api/v1/products", text="rings", limit=5).json
            self.assertEqual([product["id"] for product in first["products"]], ["curtains-3", "curtains-4", *plain[:3]])
            self.assertEqual([product.get("pinned") for product in first["products"]], [True, True, None, None, None])
            self.assertEqual(first["total"], len(plain) + 2)
            rest = self.listed(text="rings", limit=5, after=first["next"])
            self.assertEqual(rest, plain[3:8])
            self.assertEqual(self.listed(text="tiles", limit=3), self.listed(text="tiles", limit=3, sort="default"))
            self.assertNotIn("curtains-3", self.listed(text="tiles", limit=100))
        self.assertEqual(self.listed(text="rings", limit=100), plain)

    # features: H1
    def test_a_pin_takes_its_place_in_a_category_and_by_looks(self):
        plain = self.listed(category="rings", limit=100)
        with self.rule(action="pin", products=["curtains-3"], category="rings", place=3):
            self.assertEqual(self.listed(category="rings", limit=5), [*plain[:2], "curtains-3", *plain[2:4]])
            self.assertEqual(self.listed(category="rings", limit=4, offset=5), plain[4:8])
            self.assertEqual(self.listed(category="rings", limit=5, facets="brand"), [*plain[:2], "curtains-3", *plain[2:4]])
            self.assertNotIn("curtains-3", self.listed(category="rings", limit=100, sort="price_asc"), "the shopper's own order")
            self.assertNotIn("curtains-3", self.listed(category="rings", limit=100, filter="price > 0"), "the shopper's own filter")
            results = self.service.search_json(product_id="rings-1", category="rings", limit=5).json["results"]
            self.assertEqual((results[2]["product"]["id"], results[2].get("pinned"), results[0].get("pinned")), ("curtains-3", True, None))
            similar = self.service.get("/api/v1/products/rings-1/similar", limit=5)
            contract.check("GET", "/api/v1/products/rings-1/similar", similar)
            self.assertEqual(similar.json["results"][2]["product"]["id"], "curtains-3")
            explained = self.service.search_json(product_id="rings-1", category="rings", limit=5, explain=True)
            contract.check("POST", "/api/v1/search", explained)
            self.assertEqual(explained.json["results"][2]["heat_map"], None)
            self.assertNotIn("curtains-3", self.found(product_id="rings-1", category="rings", exclude=["curtains-3"]))

    # features: H1
    def test_hidden_products_are_nowhere_and_pages_stay_full(self):
        plain, listed = self.found(product_id="rings-1", limit=6), self.listed(limit=100)
        hidden = plain[:3]
        with self.rule(action="hide", products=hidden):
            now = self.found(product_id="rings-1", limit=6)
            self.assertEqual((now[:3], len(now)), (plain[3:], 6))
            for query in ({}, {"category": "rings"}, {"text": "rings"}, {"facets": "brand"}, {"filter": "price > 0"}, {"sort": "price_asc"}):
                self.assertEqual(set(self.listed(limit=100, **query)) & set(hidden), set(), query)
            counted = self.service.get("/api/v1/products", facets="category", limit=1).json
            self.assertEqual((counted["total"], counted["facets"]["total"]), (len(listed) - 3, len(listed) - 3))
            self.assertEqual(self.service.get(f"/api/v1/products/{hidden[0]}").status, 200, "its own page stays")

    # features: H1
    def test_a_boost_moves_what_is_found_and_brings_in_nothing(self):
        plain = self.found(product_id="rings-1", limit=30)
        with self.rule(action="boost", products=[plain[8]], boost=0.5):
            now = self.found(product_id="rings-1", limit=30)
            self.assertLess(now.index(plain[8]), 8)
            self.assertEqual(set(now), set(plain))
            words = self.listed(text="rings", limit=100)
            self.assertEqual((sorted(words), words[0] == plain[8]), (sorted(self.listed(text="rings", limit=100, sort="default")), plain[8].startswith("rings")))
        with self.rule(action="boost", products=["curtains-3", "rings-9"], boost=0.1):
            words = self.listed(text="rings", limit=100)
            self.assertEqual((words[0], "curtains-3" in words), ("rings-9", False))
            self.assertEqual(self.listed(text="rings", limit=5, after=self.service.get("/api/v1/products", text="rings", limit=5).json["next"]), words[5:10])

    # features: H1
    def test_products_out_of_stock_sink_or_vanish(self):
        def in_stock(products):
            return [product["in_stock"] for product in products]

        queries = ({"category": "rings"}, {"text": "rings"}, {"category": "rings", "facets": "brand"})
        looks = {"product_id": "rings-5", "limit": 40}
        plain = self.found(**looks)
        gone = ["rings-0", "rings-1", "rings-2"]
        with self.sold_out(*gone):
            with self.rule(action="sink_out_of_stock"):
                for query in queries:
                    first = self.service.get("/api/v1/products", limit=7, **query).json
                    more = {"after": first["next"]} if "next" in first else {"offset": 7}
                    paged = first["products"] + self.service.get("/api/v1/products", limit=7, **query, **more).json["products"]
                    self.assertEqual([product["id"] for product in paged[-3:]], gone, query)
                    self.assertEqual(in_stock(paged), sorted(in_stock(paged), reverse=True))
                    self.assertEqual(len({product["id"] for product in paged}), 12)
                results = [hit["product"] for hit in self.service.search_json(min_score=0, **looks).json["results"]]
                self.assertEqual(in_stock(results), sorted(in_stock(results), reverse=True))
                self.assertIn(False, in_stock([hit["product"] for hit in self.service.search_json(min_score=0, **{**looks, "limit": 100}).json["results"]]))
                self.assertEqual(self.listed(limit=100, category="rings", sort="price_asc")[:3], gone, "the shopper's own order")
            with self.rule(action="hide_out_of_stock"):
                for query in (*queries, {"sort": "price_asc"}, {"filter": "price > 0"}):
                    self.assertEqual(set(self.listed(limit=100, **query)) & set(gone), set(), query)
                self.assertEqual(len(self.found(**looks)), len(plain), "the page stays full")
                self.assertEqual(set(self.found(**looks)) & set(gone), set())
                with self.rule(action="pin", products=[*gone, "curtains-3"]):
                    self.assertEqual(self.found(**looks)[0], "curtains-3", "a pin obeys the rule about stock")

    # features: H1
    def test_a_picture_triggers_what_resembles_it(self):
        vector = self.service.search(shop.product_picture("Rings", 1)).json["query"]["vector"]
        with self.rule(action="pin", products=["curtains-3"], vector=vector, similarity_min=0.6) as rule:
            self.assertFalse(rule["outdated"])
            self.assertEqual(service.result_ids(self.service.search(shop.product_picture("Rings", 1)))[0], "curtains-3")
            self.assertNotEqual(service.result_ids(self.service.search(shop.product_picture("Boards", 2), min_score=0))[0], "curtains-3")
            self.assertNotEqual(self.listed(text="rings")[0], "curtains-3", "words have no looks")

    # features: H1
    def test_a_rule_is_in_force_in_its_time_only_and_the_first_decides(self):
        now = int(time.time() * 1000)
        for fields in ({"enabled": False}, {"starts_ms": now + 3_600_000}, {"ends_ms": now}):
            with self.rule(action="pin", products=["curtains-3"], **fields):
                self.assertNotEqual(self.listed()[0], "curtains-3", fields)
        with self.rule(action="pin", products=["curtains-3"], starts_ms=now - 1000, ends_ms=now + 3_600_000, position=1):
            self.assertEqual(self.listed()[0], "curtains-3")
            with self.rule(action="hide", products=["curtains-3"], position=2):
                self.assertEqual(self.listed()[0], "curtains-3")
            with self.rule(action="hide", products=["curtains-3"], position=0):
                self.assertNotIn("curtains-3", self.listed(limit=100))

    # features: H1
    def test_rules_are_listed_changed_and_removed(self):
        with self.rule(action="pin", products=["curtains-3"], words="rings", place=2) as rule:
            self.assertEqual(self.rules("GET").json["rules"], [rule])
            self.assertEqual(self.rules("GET", f"/{rule['id']}").json, rule)
            changed = self.rules("PUT", f"/{rule['id']}", {"name": "other", "action": "hide", "products": ["rings-1"]}).json
            self.assertEqual(changed, {**rule, "name": "other", "action": "hide", "products": ["rings-1"], "words": None, "place": 1})
        self.assertEqual(self.rules("GET").json["rules"], [])
        for method in ("GET", "PUT", "DELETE"):
            body = {"name": "x", "action": "sink_out_of_stock"} if method == "PUT" else None
            for unknown in (rule["id"], "x", "-3"):
                answer = self.rules(method, f"/{unknown}", body)
                self.assertEqual((answer.status, answer.json["code"]), (404, "unknown_rule"))

    # features: H1
    def test_a_preview_shows_both_and_stores_nothing(self):
        with self.rule(action="hide", products=["rings-1"]) as stored:
            draft = {"action": "pin", "products": ["curtains-3"], "words": "rings", "enabled": False, "starts_ms": 4_000_000_000_000}
            shown = self.rules("POST", "/preview", {**draft, "query_text": "rings"}).json
            self.assertEqual(shown["with"][0]["id"], "curtains-3")
            self.assertTrue(shown["with"][0]["pinned"])
            self.assertEqual([product["id"] for product in shown["with"][1:]], [product["id"] for product in shown["without"][:11]])
            self.assertNotIn("rings-1", [product["id"] for product in shown["without"]], "the other rules of the shop")
            replaced = self.rules("POST", "/preview", {**draft, "id": stored["id"], "query_text": "rings"}).json
            self.assertIn("rings-1", [product["id"] for product in replaced["without"]])
            looks = self.rules("POST", "/preview", {"action": "pin", "products": ["curtains-3"], "query_product_id": "rings-2"}).json
            self.assertEqual(looks["with"][0]["id"], "curtains-3")
            category = self.rules("POST", "/preview", {"action": "hide", "products": ["rings-2"], "query_category": "rings"}).json
            self.assertEqual([len(category["without"]), "rings-2" in [product["id"] for product in category["with"]]], [11, False])
            self.assertEqual(self.rules("GET").json["rules"], [stored])

    # features: H1
    def test_bad_rules_are_refused_with_a_reason(self):
        good = {"name": "x", "action": "pin", "products": ["rings-1"]}
        cases = [
            ({**good, "name": None}, "bad_rule", "name"),
            ({**good, "action": None}, "bad_rule", "action"),
            ({**good, "action": "burn"}, "bad_parameter", "pin, hide"),
            ({**good, "products": []}, "bad_rule", "products"),
            ({**good, "products": ["no such"]}, "unknown_product", "no such"),
            ({**good, "products": ["rings-1"] * 51}, "bad_parameter", "50"),
            ({**good, "category": "no-such"}, "unknown_category", "no-such"),
            ({**good, "vector": "nonsense"}, "bad_vector", ""),
            ({**good, "similarity_min": 2}, "bad_parameter", "similarity_min"),
            ({**good, "place": 0}, "bad_parameter", "place"),
            ({**good, "action": "boost", "boost": 0}, "bad_rule", "boost"),
            ({**good, "action": "boost", "boost": 9}, "bad_parameter", "boost"),
            ({**good, "starts_ms": 5, "ends_ms": 5}, "bad_rule", "before"),
            ({**good, "action": "sink_out_of_stock"}, "bad_rule", "stock"),
            ({**good, "surprise": 1}, "unknown_parameter", "surprise"),
        ]
        for body, code, word in cases:
            for path in ("", "/preview"):
                if path and body.get("name", "") is None:
                    continue
                answer = self.rules("POST", path, body)
                self.assertEqual((answer.status, answer.json["code"]), (400, code), body)
                self.assertIn(word, answer.json["detail"])
        self.assertEqual(self.rules("POST", "", "{").json["code"], "bad_json")
        self.assertEqual(self.rules("GET").json["rules"], [])

    # features: H1 I5
    def test_rules_are_for_the_shops_people(self):
        self.assertEqual(self.service.get(RULES).status, 401)
        self.assertEqual(self.ask("GET", RULES).status, 403, "a key for the catalogue only")


@database.needs_server
class CurationOnPostgresTest(CurationTest):
    postgres = True

    # features: H1 I4
    def test_a_second_server_sees_a_rule_within_a_second(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-second-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with service.Service(*self.database, data=folder) as second:
            self.assertNotEqual(self.listed(second)[0], "curtains-3")
            with self.rule(action="pin", products=["curtains-3"]):
                self.assertTrue(service.wait_until(lambda: self.listed(second)[0] == "curtains-3"))
            self.assertTrue(service.wait_until(lambda: self.listed(second)[0] != "curtains-3"))


if __name__ == "__main__":
    unittest.main()
