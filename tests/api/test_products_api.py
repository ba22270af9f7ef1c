"""Products over HTTP, as a merchant's program writes them: what is acknowledged is stored and found by the next search."""
import json
import unittest
import urllib.parse

import merchant
import service
import shop
from merchant import database


class ProductsApi(merchant.MerchantCase):
    # features: I2, C4
    def test_a_product_is_searchable_when_it_is_acknowledged_and_gone_when_it_is_deleted(self):
        photo = shop.noise("new one")
        self.files.files["/new.png"] = photo
        answer = self.put("new 1", price="12.50", currency="EUR", category=["Things", "New"], pictures=[self.files.url("/new.png")], attributes={"warranty": "2 years"})
        self.assertEqual((answer.status, answer.json["status"]), (201, "created"), answer.body)
        self.assertEqual(self.found_first(photo), "new 1")
        self.assertEqual(self.put("new 1", price="12.50", currency="EUR", category=["Things", "New"], pictures=[self.files.url("/new.png")], attributes={"warranty": "2 years"}).json["status"], "unchanged")
        patched = self.ask("PATCH", "/api/v1/products/new%201", {"price": "9.00", "attributes": {"warranty": None, "origin": "Jena"}})
        self.assertEqual((patched.status, patched.json["status"]), (200, "updated"), patched.body)
        self.assertEqual(self.files.asked["/new.png"], 2, "a change of the price fetches no picture")
        product = self.service.get("/api/v1/products/new%201").json
        self.assertEqual((product["price"], product["attributes"]), (9, [{"name": "origin", "value": "Jena"}]))
        self.assertEqual(self.service.search(photo).json["results"][0]["product"]["price"], 9)
        self.assertEqual(self.ask("DELETE", "/api/v1/products/new%201").status, 204)
        self.assertNotEqual(self.found_first(photo), "new 1")
        for method, body in (("DELETE", None), ("PATCH", {"brand": "X"})):
            answer = self.ask(method, "/api/v1/products/new%201", body)
            self.assertEqual((answer.status, answer.json["code"]), (404, "unknown_product"))

    # features: F3, I2
    def test_two_editors_do_not_write_over_each_other(self):
        self.put("shared", title="Shared", price="5.00", currency="EUR", stock=3)
        read = self.ask("GET", "/api/v1/admin/products/shared")
        version = read.headers["ETag"]
        self.assertEqual(version, f'"{read.json["row"]["version"]}"')
        self.assertEqual((read.json["product"]["title"], read.json["row"]["stock"], read.json["pictures"]), ("Shared", 3, []))
        patch = lambda body, tag: self.ask("PATCH", "/api/v1/products/shared", body, headers={"If-Match": tag})
        self.assertEqual(patch({"stock": 2}, version).status, 200)
        late = patch({"stock": 9}, version)
        self.assertEqual((late.status, late.json["code"]), (412, "product_changed"))
        self.assertEqual(patch({"brand": "Nobody"}, '"').json["code"], "product_changed")
        self.assertEqual(patch({"brand": "Anybody"}, "*").status, 200)
        row = self.ask("GET", "/api/v1/admin/products/shared").json["row"]
        self.assertEqual((row["stock"], row["brand"]), (2, "Anybody"))
        create = lambda name, tag: self.ask("PUT", f"/api/v1/products/{name}", {"title": "New"}, headers={"If-None-Match": tag})
        self.assertEqual(create("shared", "*").json["code"], "product_exists")
        self.assertEqual(self.ask("GET", "/api/v1/admin/products/shared").json["row"]["title"], "Shared")
        self.assertEqual(create("never-seen", "*").status, 201)
        self.assertEqual(create("never-seen", '"x"').json["code"], "bad_parameter")
        self.assertEqual(self.ask("GET", "/api/v1/admin/products/none").json["code"], "unknown_product")
        self.assertEqual(self.service.get("/api/v1/admin/products/shared").status, 401)

    # features: F3
    def test_the_table_of_products_is_searched_sorted_and_paged(self):
        for number in range(5):
            self.put(f"row {number}", title=f"Tabular {number}", price=f"{number}.50", currency="EUR", stock=number % 2, category=["Rows"])
        for sort, order, wanted in (("title", "asc", "01234"), ("price", "desc", "43210"), ("stock", "desc", "31420"), ("created", "asc", "01234"), ("updated", "desc", "43210")):
            seen, after = "", None
            while after != "":
                page = self.ask("GET", f"/api/v1/admin/products?text=tabular&limit=2&sort={sort}&order={order}" + (f"&after={urllib.parse.quote(after)}" if after else ""))
                self.assertEqual(page.json["total"], 5)
                seen += "".join(row["id"][-1] for row in page.json["products"])
                after = page.json["next"] or ""
            self.assertEqual(seen, wanted, sort)
        self.assertEqual([row["id"] for row in self.ask("GET", "/api/v1/admin/products?category=rows&stock=none&sort=title&order=asc").json["products"]], ["row 0", "row 2", "row 4"])
        for query, code in (("sort=price&after=x", "bad_page"), ("sort=brand", "bad_parameter"), ("limit=101", "bad_parameter"), ("category=nowhere", "unknown_category"), ("colour=red", "unknown_parameter")):
            answer = self.ask("GET", f"/api/v1/admin/products?{query}")
            self.assertEqual((answer.status, answer.json["code"]), (400, code))
        self.assertEqual(self.service.get("/api/v1/admin/products").status, 401)

    # features: I2, C5
    def test_pictures_are_uploaded_to_a_product_and_taken_from_it(self):
        self.assertEqual(self.put("pictured", variants=[{"variant": "red"}]).status, 201)
        photo = shop.noise("pictured")
        content_type, body = service.multipart([("image", photo), ("variant", "red")])
        added = self.ask("POST", "/api/v1/products/pictured/pictures", body, content_type)
        self.assertEqual((added.status, added.json["width"]), (201, shop.SIDE), added.body)
        self.assertEqual(self.found_first(photo), "pictured")
        self.assertEqual(self.ask("POST", "/api/v1/products/pictured/pictures", body, content_type).status, 201)
        self.assertEqual(len(self.service.get("/api/v1/products/pictured").json["pictures"]), 1, "the same picture again is the same picture")
        # By its name a picture may go to other products and stay through a PUT.
        again = self.put("pictured", variants=[{"variant": "red", "pictures": [added.json["picture"]]}])
        self.assertEqual(again.json["status"], "unchanged", again.body)
        self.assertEqual(self.put("other", pictures=[added.json["picture"]]).json["picture_errors"], [])
        hash_path = f"/api/v1/products/pictured/pictures/{added.json['hash']}"
        self.assertEqual(self.ask("DELETE", hash_path).status, 204)
        self.assertEqual(self.ask("DELETE", hash_path).json["code"], "unknown_picture")
        self.assertEqual(self.found_first(photo), "other")
        for image, status, code in ((b"<html></html>", 415, "unsupported_image"), (photo[:60], 422, "damaged_image")):
            content_type, body = service.multipart([("image", image)])
            answer = self.ask("POST", "/api/v1/products/pictured/pictures", body, content_type)
            self.assertEqual((answer.status, answer.json["code"]), (status, code))
        content_type, body = service.multipart([("image", photo), ("variant", "blue")])
        self.assertEqual(self.ask("POST", "/api/v1/products/pictured/pictures", body, content_type).json["code"], "bad_picture")

    # features: I2
    def test_bad_products_are_refused_with_what_is_wrong(self):
        for fields, code in (
            ({"pricee": 1}, "unknown_parameter"),
            ({"variants": [{"variant": "a", "colour": "red"}]}, "unknown_parameter"),
            ({"price": "12"}, "bad_currency"),
            ({"price": "cheap", "currency": "EUR"}, "bad_price"),
            ({"title": None}, "missing_value"),
            ({"id": "another"}, "bad_parameter"),
            ({"stock": -1}, "bad_stock"),
        ):
            answer = self.put("bad", **fields)
            self.assertEqual((answer.status, answer.json["code"]), (400, code), fields)
        for body, code in (("{", "bad_json"), ("[]", "bad_json"), (b'{"title": "\xff"}', "bad_json"), ('{"title":' + "[" * 10_000, "bad_json")):
            self.assertEqual(self.ask("PUT", "/api/v1/products/bad", body).json["code"], code, body[:20])
        answer = self.ask("PUT", "/api/v1/products/bad", "title=x", "application/x-www-form-urlencoded")
        self.assertEqual((answer.status, answer.json["code"]), (415, "unsupported_media_type"))
        self.assertEqual(self.service.get("/api/v1/products/bad").status, 404)

    # features: I2, G5
    def test_pictures_that_cannot_be_had_are_told_and_the_product_is_stored(self):
        self.files.files["/page.png"] = b"<html></html>"
        wrong = [self.files.url("/missing.png"), self.files.url("/page.png"), "/etc/passwd", "nozama:../../catalogue.db", "nozama:" + "0" * 64, "http://169.254.169.254/a.png"]
        answer = self.put("unlucky", pictures=wrong)
        self.assertEqual(answer.status, 201, answer.body)
        codes = [error["code"] for error in answer.json["picture_errors"]]
        self.assertEqual(codes[:4] + codes[5:], ["not_there", "unsupported_image", "bad_picture", "bad_picture", "address_refused"])
        self.assertEqual(self.service.get("/api/v1/products/unlucky").json["pictures"], [])

    # features: I2, C4
    def test_a_batch_answers_each_line_in_order(self):
        photo = shop.noise("of a batch")
        self.files.files["/batch.png"] = photo
        lines = [{"id": "b-0", "title": "Zero", "picture": self.files.url("/batch.png")}, "", "{broken", {"id": "b-1"}, {"id": "b-2", "title": "Two", "nonsense": 1}]
        lines += [{"id": f"many-{number}", "title": f"Many {number}"} for number in range(1000)]
        lines += [{"id": "b-0", "title": "Zero again", "picture": self.files.url("/batch.png")}, {"id": "many-7", "title": "Many 7"}]
        answers = self.batch(lines)
        self.assertEqual([answer["line"] for answer in answers], [1, *range(3, len(lines) + 1)])
        self.assertEqual([answer["status"] for answer in answers[:4]], ["created", "failed", "failed", "failed"])
        self.assertEqual([answer["code"] for answer in answers[1:4]], ["bad_json", "missing_value", "unknown_parameter"])
        self.assertIn("line 3", answers[1]["detail"])
        self.assertEqual({answer["status"] for answer in answers[4:-2]}, {"created"})
        self.assertEqual([answer["status"] for answer in answers[-2:]], ["updated", "unchanged"])
        self.assertEqual(self.found_first(photo), "b-0")
        self.assertEqual(self.service.get("/api/v1/products/b-0").json["title"], "Zero again")
        self.assertEqual(self.service.get("/api/v1/products", text="many").json["total"], 1000)

    def test_without_a_key_nothing_is_written(self):
        for method, target in (("PUT", "/api/v1/products/x"), ("PATCH", "/api/v1/products/x"), ("DELETE", "/api/v1/products/plates-0"), ("POST", "/api/v1/products/batch")):
            answer = self.service.ask(method, target, json.dumps({"title": "x"}) if method != "DELETE" else None, {"Content-Type": "application/json"})
            self.assertEqual((answer.status, answer.json["code"]), (401, "sign_in_required"), method)
        self.assertEqual(self.service.get("/api/v1/products/plates-0").status, 200)


class ProductsOnSqlite(ProductsApi, unittest.TestCase):
    pass


@database.needs_server
class ProductsOnPostgres(ProductsApi, unittest.TestCase):
    postgres = True


if __name__ == "__main__":
    unittest.main()
