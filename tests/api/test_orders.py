"""Carts and orders over the real server, on both databases."""
import concurrent.futures
import json
import pathlib
import shutil
import sys
import tempfile
import unittest
import urllib.parse
import uuid

import contract
import service
import shop

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import database  # noqa: E402

CONTACT = {"name": "Åse Müller", "email": "ase@example.org", "street": "Ring 1", "postal_code": "1010", "city": "Wien", "country": "AT"}
HEAD = "id,variant,title,title_de,price,currency,stock,category,picture"


def line(product, quantity=1, price=10.5, **more):
    return {"product_id": product, "quantity": quantity, "price": price, **more}


class Contract:
    """What both databases have to keep; `database_flags` says which one."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-orders-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.database_flags = cls.make_database()
        (cls.folder / "pictures").mkdir()
        cls.import_feed(
            "lamp,,Lamp,Lampe,10.50,EUR,7,Things,pictures/lamp.png",
            "rush,,Rush,,10.50,EUR,50,Things,pictures/rush.png",
            "last,,Last,,10.50,EUR,1,Things,pictures/last.png",
            "doomed,,Doomed,,10.50,EUR,3,Things,pictures/doomed.png",
            "yen,,Yen,,1200,JPY,,Things,pictures/yen.png",
            "shirt,s,Shirt,,10.50,EUR,1,Things,pictures/shirt.png",
            "shirt,m,Shirt,,12.00,EUR,2,Things,pictures/shirt.png",
        )
        cls.service = service.Service(*cls.database_flags, data=cls.folder / "data")
        cls.addClassCleanup(cls.service.close)
        made = shop.run("key", "create", "--data", cls.folder / "data", *cls.database_flags, "--models", shop.MODELS, "--name", "orders", "--scope", "orders", "--scope", "admin", "--json")
        cls.shop_key = {"Authorization": f"Bearer {json.loads(made.stdout)['secret']}"}

    @classmethod
    def import_feed(cls, *rows):
        for row in rows:
            name = row.split(",")[0]
            (cls.folder / "pictures" / f"{name}.png").write_bytes(shop.noise(name, 32))
        feed = cls.folder / "feed.csv"
        feed.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
        done = shop.run("import", "--data", cls.folder / "data", *cls.database_flags, "--models", shop.MODELS, feed)
        if done.returncode != 0:
            raise RuntimeError(f"nozama import failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")

    def send(self, method, target, body, headers=None):
        answer = self.service.ask(method, target, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
        contract.check(method, target, answer)
        return answer

    def order(self, *lines, key=None, currency="EUR", **members):
        body = {"currency": currency, "lang": "de", "lines": list(lines), "contact": CONTACT, **members}
        return self.send("POST", "/api/v1/orders", body, {"Idempotency-Key": key or uuid.uuid4().hex})

    def ask(self, target, headers=None):
        answer = self.service.get(target, headers=headers)
        contract.check("GET", target, answer)
        return answer

    def assert_problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.json)

    # features: F1
    def test_a_guest_orders_and_sees_the_order_with_its_token(self):
        made = self.order(line("lamp", 2), note="Ring twice\nplease")
        self.assertEqual(made.status, 201)
        order = made.json
        self.assertEqual(made.headers["Location"], f"/api/v1/orders/{order['id']}")
        self.assertEqual((order["total"], order["currency"], order["status"]), (21.0, "EUR", "received"))
        self.assertEqual([bought["title"] for bought in order["lines"]], ["Lampe"])
        self.assertEqual(order["contact"]["name"], "Åse Müller")
        target = f"/api/v1/orders/{order['id']}"
        self.assertEqual(self.ask(target, {"X-Order-Token": order["token"]}).json, order)
        for headers in ({}, {"X-Order-Token": ""}, {"X-Order-Token": "0" * 32}):
            self.assert_problem(self.ask(target, headers), 404, "unknown_order")

    # features: F1
    def test_two_hundred_checkouts_of_fifty_in_stock_make_fifty_orders(self):
        with concurrent.futures.ThreadPoolExecutor(200) as shoppers:
            answers = list(shoppers.map(lambda _: self.order(line("rush")), range(200)))
        statuses = [answer.status for answer in answers]
        self.assertEqual((statuses.count(201), statuses.count(409)), (50, 150), set(statuses))
        self.assertEqual(len({answer.json["id"] for answer in answers if answer.status == 201}), 50)
        self.assertEqual({answer.json["code"] for answer in answers if answer.status == 409}, {"out_of_stock"})

    # features: F1
    def test_what_is_sold_out_leaves_the_filter_and_comes_back_when_cancelled(self):
        in_stock = lambda: "last" in service.result_ids(self.service.search(shop.noise("last", 32), filter="in_stock=true"))
        self.assertTrue(service.wait_until(in_stock))
        order = self.order(line("last")).json
        self.assertTrue(service.wait_until(lambda: not in_stock()), "the index has not followed")
        self.assertFalse(self.ask("/api/v1/products/last").json["in_stock"])
        answer = self.order(line("last"))
        self.assert_problem(answer, 409, "out_of_stock")
        self.assertEqual(answer.json["lines"][0]["available"], 0)
        cancelled = self.send("PATCH", f"/api/v1/admin/orders/{order['id']}", {"status": "cancelled"}, self.shop_key)
        self.assertEqual(cancelled.json["status"], "cancelled")
        self.assertTrue(service.wait_until(in_stock))

    # features: F1
    def test_a_double_click_is_one_order(self):
        key = uuid.uuid4().hex
        with concurrent.futures.ThreadPoolExecutor(8) as clicks:
            answers = list(clicks.map(lambda _: self.order(line("shirt", variant="m", price=12), key=key), range(8)))
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 7 + [201])
        self.assertEqual(len({answer.json["id"] for answer in answers}), 1)
        self.assert_problem(self.order(line("shirt", price=10.5), key=key), 422, "idempotency_key_reused")

    def test_what_the_shopper_saw_is_held_against_the_catalogue(self):
        changed = self.order(line("lamp", price=9.5), line("shirt", 5), line("nothing"))
        self.assert_problem(changed, 409, "product_gone")
        self.assertEqual([each["problem"] for each in changed.json["lines"]], ["price_changed", "out_of_stock", "product_gone"])
        self.assertEqual(changed.json["lines"][0]["price"], 10.5)
        self.assert_problem(self.order(line("lamp", price=9.5)), 409, "price_changed")
        self.assert_problem(self.order(line("shirt", variant="xl")), 409, "variant_gone")
        self.assert_problem(self.order(line("yen", price=1200)), 409, "other_currency")
        self.assertEqual(self.order(line("yen", 3, price=1200), currency="JPY").json["total"], 3600)
        checked = self.send("POST", "/api/v1/cart", {"currency": "EUR", "lang": "en", "lines": [line("doomed", price=1)]})
        self.assertEqual((checked.status, checked.json["lines"][0]["problem"]), (200, "price_changed"))

    def test_what_is_no_order_is_refused_with_the_field(self):
        good = {"currency": "EUR", "lang": "en", "lines": [line("lamp")], "contact": CONTACT}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        for change, status, code in (
            ({"lines": []}, 400, "bad_cart"),
            ({"lines": [line("lamp")] * 2}, 400, "duplicate_line"),
            ({"lines": [line("lamp")] * 101}, 400, "bad_parameter"),
            ({"lines": [line("lamp", 0)]}, 400, "bad_quantity"),
            ({"lines": [line("lamp", 1.5)]}, 400, "bad_parameter"),
            ({"lines": [line("lamp", price="10.50")]}, 400, "bad_parameter"),
            ({"lines": [line("lamp", price=1e300)]}, 400, "bad_parameter"),
            ({"lines": [line("lamp", price=-1)]}, 400, "bad_parameter"),
            ({"lines": [line("lamp", colour="red")]}, 400, "unknown_parameter"),
            ({"lines": "lamp"}, 400, "bad_parameter"),
            ({"lines": [7]}, 400, "bad_parameter"),
            ({"currency": "euro"}, 400, "bad_parameter"),
            ({"contact": None}, 400, "bad_parameter"),
            ({"contact": {**CONTACT, "name": " "}}, 400, "bad_name"),
            ({"contact": {**CONTACT, "name": "x" * 201}}, 400, "bad_name"),
            ({"contact": {**CONTACT, "email": "nobody"}}, 400, "bad_email"),
            ({"contact": {**CONTACT, "city": "a\u0000b"}}, 400, "bad_city"),
            ({"contact": {**CONTACT, "country": "at"}}, 400, "bad_country"),
            ({"note": "n" * 2001}, 400, "bad_note"),
            ({"price": 1}, 400, "unknown_parameter"),
        ):
            with self.subTest(change=str(change)[:80]):
                self.assert_problem(self.send("POST", "/api/v1/orders", {**good, **change}, key), status, code)
        self.assert_problem(self.send("POST", "/api/v1/orders", good), 400, "bad_idempotency_key")
        for body in ("", "{", "[]", "null"):
            answer = self.service.ask("POST", "/api/v1/orders", body, {"Content-Type": "application/json", **key})
            self.assert_problem(answer, 400, "bad_json")
        self.assert_problem(self.service.ask("POST", "/api/v1/orders", json.dumps(good), key), 415, "unsupported_media_type")
        self.assert_problem(self.service.ask("POST", "/api/v1/orders", b" " * 300_000, {"Content-Type": "application/json"}), 413, "payload_too_large")

    # features: F3, I5
    def test_the_shop_sees_every_order_and_moves_it_on(self):
        order = self.order(line("lamp")).json
        target = f"/api/v1/admin/orders/{order['id']}"
        for path in ("/api/v1/admin/orders", target, "/api/v1/orders", "/api/v1/favourites"):
            self.assert_problem(self.ask(path), 401, "sign_in_required")
        self.assert_problem(self.send("PATCH", target, {"status": "confirmed"}), 401, "sign_in_required")
        page = self.ask("/api/v1/admin/orders?limit=1", self.shop_key).json
        self.assertEqual(([each["id"] for each in page["orders"]], page["total"] > 1, page["next"] is not None), ([order["id"]], True, True))
        rest = self.ask(f"/api/v1/admin/orders?after={page['next']}", self.shop_key).json
        self.assertNotIn(order["id"], [each["id"] for each in rest["orders"]])
        self.assertEqual(self.ask(target, self.shop_key).json, order)

        self.assert_problem(self.send("PATCH", target, {"status": "done"}, self.shop_key), 409, "bad_status_change")
        for status in ("confirmed", "sent", "done"):
            self.assertEqual(self.send("PATCH", target, {"status": status}, self.shop_key).json["status"], status)
        audited = [entry["detail"] for entry in self.ask("/api/v1/audit", self.shop_key).json["entries"]]
        self.assertIn(f"order {order['id']} is sent", audited)
        self.assertIn(order["id"], [each["id"] for each in self.ask("/api/v1/admin/orders?status=done", self.shop_key).json["orders"]])
        self.assert_problem(self.send("PATCH", target, {"status": "lost"}, self.shop_key), 400, "bad_parameter")
        self.assert_problem(self.send("PATCH", "/api/v1/admin/orders/none", {"status": "done"}, self.shop_key), 404, "unknown_order")
        self.assert_problem(self.ask("/api/v1/admin/orders?after=x", self.shop_key), 400, "bad_page")

    # features: F3
    def test_the_shop_finds_an_order_by_number_name_or_address(self):
        contact = {**CONTACT, "name": "Zoe 100%_Find!", "email": "zoe.find@example.org"}
        order = self.order(line("lamp"), contact=contact).json
        other = self.order(line("lamp")).json
        found = lambda text: [each["id"] for each in self.ask(f"/api/v1/admin/orders?{urllib.parse.urlencode({'text': text})}", self.shop_key).json["orders"]]
        for text in (order["id"], order["id"][2:8].lower(), "zoe", "ZOE.FIND@", "100%_find!"):
            with self.subTest(text=text):
                self.assertEqual(found(text), [order["id"]])
        self.assertIn(other["id"], found("Müller"))
        for text in ("z%f", "z_e", "' OR 1=1 --"):
            self.assertEqual(found(text), [], text)
        self.assert_problem(self.ask("/api/v1/admin/orders?text=%FF", self.shop_key), 400, "bad_parameter")
        self.assert_problem(self.ask(f"/api/v1/admin/orders?text={'x' * 201}", self.shop_key), 400, "bad_parameter")

    def sign_up(self):
        """A shopper's headers, for reading and for changing."""
        answer = self.send("POST", "/api/v1/accounts", {"email": f"{uuid.uuid4().hex}@example.org", "password": "four odd words here"})
        self.assertEqual(answer.status, 201)
        return {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": answer.json["csrf_token"]}

    # features: F2
    def test_a_shopper_sees_own_orders_and_nobody_elses(self):
        ada, ben = self.sign_up(), self.sign_up()
        body = {"currency": "JPY", "lang": "en", "lines": [line("yen", price=1200)], "contact": CONTACT}
        made = self.send("POST", "/api/v1/orders", body, {"Idempotency-Key": uuid.uuid4().hex, **ada}).json
        target = f"/api/v1/orders/{made['id']}"
        self.assertEqual(self.ask(target, ada).json, made)
        self.assertEqual([order["id"] for order in self.ask("/api/v1/orders", ada).json["orders"]], [made["id"]])
        self.assertEqual(self.ask("/api/v1/orders", ben).json["total"], 0)
        self.assert_problem(self.ask(target, ben), 404, "unknown_order")
        self.assert_problem(self.ask("/api/v1/admin/orders", ada), 403, "not_allowed")
        # A session that is over orders as a guest: the order is not lost.
        over = {"Cookie": "nozama_session=nzs_over", "X-CSRF-Token": "x"}
        guest = self.send("POST", "/api/v1/orders", body, {"Idempotency-Key": uuid.uuid4().hex, **over})
        self.assertEqual(guest.status, 201)
        self.assert_problem(self.ask("/api/v1/orders", over), 401, "sign_in_required")

    # features: E4, F2
    def test_favourites_belong_to_the_account(self):
        ada = self.sign_up()
        change = lambda method, product, headers: self.service.ask(method, f"/api/v1/favourites/{product}", headers=headers)
        self.assertEqual([change("PUT", product, ada).status for product in ("lamp", "lamp", "yen")], [204] * 3)
        self.assert_problem(change("PUT", "nothing", ada), 404, "unknown_product")
        self.assert_problem(change("PUT", "rush", {"Cookie": ada["Cookie"]}), 403, "csrf")
        self.assertEqual({product["id"] for product in self.ask("/api/v1/favourites?lang=de", ada).json["products"]}, {"lamp", "yen"})
        self.assertEqual(change("DELETE", "yen", ada).status, 204)
        self.assertEqual([product["title"] for product in self.ask("/api/v1/favourites?lang=de", ada).json["products"]], ["Lampe"])

    # features: F2
    def test_an_account_can_be_taken_home_and_deleted(self):
        ada = self.sign_up()
        body = {"currency": "JPY", "lang": "en", "lines": [line("yen", price=1200)], "contact": CONTACT}
        made = self.send("POST", "/api/v1/orders", body, {"Idempotency-Key": uuid.uuid4().hex, **ada}).json
        self.service.ask("PUT", "/api/v1/favourites/lamp", headers=ada)
        data = self.ask("/api/v1/account/export", ada)
        self.assertIn("attachment", data.headers["Content-Disposition"])
        self.assertEqual((data.json["favourites"], [order["id"] for order in data.json["orders"]]), (["lamp"], [made["id"]]))
        self.assertIn("@example.org", data.json["account"]["email"])

        self.assertEqual(self.service.ask("DELETE", "/api/v1/account", headers={"Cookie": ada["Cookie"]}).status, 403)
        self.assertEqual(self.service.ask("DELETE", "/api/v1/account", headers=ada).status, 204)
        self.assert_problem(self.ask("/api/v1/account/export", ada), 401, "sign_in_required")
        target = f"/api/v1/admin/orders/{made['id']}"
        self.assertEqual(self.ask(target, self.shop_key).json["contact"]["name"], "Åse Müller", "it is still to be sent")
        for status in ("confirmed", "sent", "done"):
            moved = self.send("PATCH", target, {"status": status}, self.shop_key).json
        self.assertEqual((moved["contact"], moved["token"], moved["total"]), (None, None, 1200))


class OnSqlite(Contract, unittest.TestCase):
    @classmethod
    def make_database(cls):
        return []


@database.needs_server
class OnPostgres(Contract, unittest.TestCase):
    @classmethod
    def make_database(cls):
        schema = database.Schema()
        cls.addClassCleanup(schema.close)
        return ["--database", schema.url]


if __name__ == "__main__":
    unittest.main()
