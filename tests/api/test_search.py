"""POST /api/v1/search as a shopper's browser and a merchant's program use it."""
import base64
import json
import pathlib
import tempfile
import unittest
import zlib

import contract
import service
import shop
from service import result_ids


class SearchTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    def search(self, *photo, **fields):
        answer = self.service.search(*photo, **fields)
        contract.check("POST", "/api/v1/search", answer)
        return answer

    # features: A1 B1
    def test_a_photo_finds_its_product_with_one_decode_and_one_encode(self):
        answer = self.search(shop.product_picture("Rings", 3))
        self.assertEqual(answer.status, 200)
        self.assertEqual(result_ids(answer)[0], "rings-3")
        timings = answer.json["query"]["timings_ms"]
        self.assertGreater(timings["decode"], 0)
        self.assertGreater(timings["encode"], 0)
        self.assertGreaterEqual(timings["total"] + 0.01, timings["decode"] + timings["encode"] + timings["search"] + timings["rank"])

    # features: D1
    def test_scores_fall_and_stay_above_the_threshold(self):
        answer = self.search(shop.product_picture("Plates", 2)).json
        scores = [hit["score"] for hit in answer["results"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertTrue(all(score >= answer["query"]["min_score"] - 1e-6 for score in scores))
        self.assertEqual(answer["total"], len(scores) if len(scores) < 30 else answer["total"])
        self.assertFalse(answer["refused"])

    def test_a_photo_of_one_colour_is_refused_and_counts_nothing(self):
        wall = shop.png(64, 64, bytes([128] * 3) * 64 * 64)
        answer = self.search(wall, facets="category").json
        self.assertTrue(answer["refused"])
        self.assertEqual((answer["results"], answer["total"], answer["facets"]["total"]), ([], 0, 0))
        self.assertTrue(self.search(wall, min_score=0).json["results"])

    # features: D2
    def test_a_result_is_a_whole_card(self):
        product = self.search(shop.product_picture("Tiles", 4)).json["results"][0]["product"]
        self.assertEqual(product["id"], "tiles-4")
        self.assertEqual(product["title"], "Tiles no. 4")
        self.assertEqual(product["price"], 14.5)
        self.assertEqual(product["currency"], "EUR")
        self.assertEqual(product["category"]["name"], "Tiles")
        self.assertEqual(product["brand"], "Nozama Tests")
        self.assertEqual(product["rating"], 4.5)
        self.assertTrue(product["in_stock"])
        self.assertEqual(product["url"], "https://shop.example/tiles-4")
        picture = self.service.get(product["image_url"])
        self.assertEqual((picture.status, picture.type), (200, "image/webp"))

    def test_stock_of_none_is_told(self):
        hit = self.search(shop.product_picture("Tiles", 0), limit=1).json["results"][0]["product"]
        self.assertEqual((hit["id"], hit["in_stock"]), ("tiles-0", False))

    # features: B4 B5
    def test_categories_are_probabilities_and_can_be_overridden(self):
        photo = shop.product_picture("Plates", 5)
        automatic = self.search(photo).json
        categories = automatic["query"]["categories"]
        self.assertEqual({guess["slug"] for guess in categories[:2]}, {"plates", "coins"})
        probabilities = [guess["probability"] for guess in categories]
        self.assertEqual(probabilities, sorted(probabilities, reverse=True))
        self.assertLessEqual(sum(probabilities), 1.001)
        self.assertGreater(probabilities[1], 0.01)
        self.assertEqual({hit["product"]["category"]["slug"] for hit in automatic["results"]} & {"plates", "coins"}, {"plates", "coins"})

        elsewhere = self.search(photo, category="boards", min_score=0).json
        self.assertTrue(elsewhere["results"])
        self.assertEqual({hit["product"]["category"]["slug"] for hit in elsewhere["results"]}, {"boards"})
        parent = self.search(photo, category="home", min_score=0).json
        self.assertEqual({hit["product"]["category"]["slug"] for hit in parent["results"]}, {"curtains", "tiles"})
        everywhere = self.search(photo, category="all", min_score=0, limit=100).json
        self.assertEqual(everywhere["total"], shop.PRODUCTS_PER_KIND * len(shop.KINDS))

    # features: B4 B8
    def test_the_category_named_is_the_most_specific_that_is_sure(self):
        named = self.search(shop.product_picture("Boards", 5)).json["query"]["category"]
        self.assertEqual(named["slug"], "boards")
        # What of two categories it is nobody can tell, and they have no parent in common.
        self.assertIsNone(self.search(shop.product_picture("Plates", 5)).json["query"]["category"])

    # features: B9
    def test_attributes_that_pictures_tell_are_guessed(self):
        guessed = {guess["name"]: guess for guess in self.search(shop.product_picture("Curtains", 5)).json["query"]["attributes"]}
        self.assertEqual(set(guessed), {"pattern"})  # colour and brand have one value in this shop
        self.assertEqual(guessed["pattern"]["value"], "striped")
        self.assertGreater(guessed["pattern"]["probability"], 0.5)

    # features: B5
    def test_the_gate_orders_and_never_hides(self):
        photo = shop.product_picture("Curtains", 5)
        answer = self.search(photo, min_score=0, limit=30).json
        self.assertEqual(len(answer["results"]), 30)
        slugs = [hit["product"]["category"]["slug"] for hit in answer["results"]]
        self.assertEqual(set(slugs[: shop.PRODUCTS_PER_KIND]), {"curtains"})
        self.assertGreater(len(set(slugs)), 1)
        scores = [hit["score"] for hit in answer["results"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertEqual(answer["total"], shop.PRODUCTS_PER_KIND * len(shop.KINDS))

    # features: D1
    def test_pages_join_without_gap_or_repeat(self):
        photo = shop.product_picture("Crosses", 1)
        whole = result_ids(self.search(photo, limit=20, min_score=0))
        self.assertEqual(len(whole), 20)
        pages = [result_ids(self.search(photo, limit=8, offset=offset, min_score=0)) for offset in (0, 8, 16)]
        self.assertEqual((pages[0] + pages[1] + pages[2])[:20], whole)
        self.assertEqual(result_ids(self.search(photo, offset=1000, min_score=0)), [])

    def test_excluded_products_do_not_appear(self):
        photo = shop.product_picture("Boards", 7)
        first = result_ids(self.search(photo, limit=10, min_score=0))
        for name in ("exclude", "exclude[]"):
            rest = result_ids(self.search(photo, limit=8, min_score=0, **{name: first[:2]}))
            self.assertEqual(rest, first[2:])

    # features: B5
    def test_what_fits_nothing_is_refused_and_the_nearest_are_offered(self):
        photo = shop.noise(1)
        refused = self.search(photo, min_score=1).json
        self.assertTrue(refused["refused"])
        self.assertEqual((refused["results"], refused["total"]), ([], 0))
        self.assertGreater(refused["nearest_available"], 0)
        offered = self.search(photo, min_score=0).json
        self.assertFalse(offered["refused"])
        self.assertEqual(len(offered["results"]), refused["nearest_available"])

    # features: A3
    def test_a_crop_chooses_what_is_searched(self):
        left, right = shop.product_picture("Rings", 6), shop.product_picture("Boards", 6)
        both = side_by_side(left, right)
        self.assertEqual(result_ids(self.search(both, crop="0,0,0.5,1"))[0], "rings-6")
        self.assertEqual(result_ids(self.search(both, crop="0.5,0,0.5,1"))[0], "boards-6")

    # features: D5
    def test_the_vector_stands_in_for_the_photo(self):
        by_photo = self.search(shop.product_picture("Crosses", 9), limit=10, min_score=0)
        vector = by_photo.json["query"]["vector"]
        self.assertRegex(vector, r"^[A-Za-z0-9_-]+$")
        self.assertLess(len(vector), 1000)
        by_vector = self.service.search_json(vector=vector, limit=10, min_score=0)
        contract.check("POST", "/api/v1/search", by_vector)
        self.assertEqual(result_ids(by_vector)[0], "crosses-9")
        self.assertGreaterEqual(len(set(result_ids(by_vector)) & set(result_ids(by_photo))), 9)
        self.assertEqual(by_vector.json["query"]["timings_ms"]["decode"], 0)
        self.assertEqual(by_vector.json["query"]["timings_ms"]["encode"], 0)
        self.assertEqual(result_ids(self.search(vector=vector, limit=10, min_score=0)), result_ids(by_vector))

    # features: D5
    def test_a_vector_of_another_encoder_is_stale(self):
        with tempfile.TemporaryDirectory(prefix="nozama-api-test-") as folder:
            pictures = pathlib.Path(folder) / "pictures" / "rings"
            pictures.mkdir(parents=True)
            for number in range(3):
                (pictures / f"{number}.png").write_bytes(shop.product_picture("Rings", number))
            other = ["--data", pathlib.Path(folder) / "data", "--models", shop.MODELS]
            imported = shop.run("import", *other, "--bundle", "efficientnet-lite0", pictures.parent)
            self.assertEqual(imported.returncode, 0, imported.stderr)
            found = shop.run("search", *other, "--json", pictures / "0.png")
            self.assertEqual(found.returncode, 0, found.stderr)
            answer = self.service.search_json(vector=json.loads(found.stdout)["query"]["vector"])
        contract.check("POST", "/api/v1/search", answer)
        self.assertEqual((answer.status, answer.json["code"]), (409, "stale_vector"))

    # features: D5
    def test_a_damaged_vector_is_bad(self):
        vector = self.search(shop.product_picture("Plates", 9)).json["query"]["vector"]
        data = bytearray(base64.urlsafe_b64decode(vector + "=" * (-len(vector) % 4)))
        data[-1] ^= 1
        for bad in ("x", "!!!", vector[:-4], "A" * len(vector), base64.urlsafe_b64encode(data).decode().rstrip("=")):
            answer = self.service.search_json(vector=bad)
            contract.check("POST", "/api/v1/search", answer)
            self.assertEqual((answer.status, answer.json["code"]), (400, "bad_vector"), bad)

    # features: A5
    def test_more_like_a_product(self):
        answer = self.service.search_json(product_id="curtains-2", limit=5, min_score=0)
        contract.check("POST", "/api/v1/search", answer)
        self.assertEqual(answer.status, 200)
        self.assertEqual(len(result_ids(answer)), 5)
        self.assertNotIn("curtains-2", result_ids(answer))
        self.assertIn("curtains", {hit["product"]["category"]["slug"] for hit in answer.json["results"]})

    # features: C2
    def test_a_filter_keeps_what_fulfils_it_however_it_is_written(self):
        photo = shop.product_picture("Boards", 2)
        cheap = self.search(photo, filter="price < 13 and in_stock", min_score=0, limit=100)
        self.assertEqual(cheap.json["total"], 2 * len(shop.KINDS))
        self.assertEqual({hit["product"]["price"] for hit in cheap.json["results"]}, {11.5, 12.5})
        for same in ("IN_STOCK and price<13.00", "not (price >= 13 or not in_stock)", "(price < 12 or price = 12.50) and in_stock = true"):
            self.assertEqual(result_ids(self.search(photo, filter=same, min_score=0, limit=100)), result_ids(cheap), same)
        nobody = self.search(photo, filter='brand = "Nobody"', min_score=0).json
        self.assertEqual((nobody["results"], nobody["total"], nobody["refused"]), ([], 0, True))
        vector = cheap.json["query"]["vector"]
        by_vector = self.service.search_json(vector=vector, filter='brand in ("Nozama Tests") and rating >= 4.5 and price > 20', min_score=0)
        contract.check("POST", "/api/v1/search", by_vector)
        self.assertEqual({hit["product"]["price"] for hit in by_vector.json["results"]}, {20.5, 21.5})

    # features: B6 C2
    def test_a_colour_is_a_filter(self):
        red = shop.draw(lambda x, y: x * x + y * y < 0.5, (200, 30, 30), (250, 250, 250))
        everything = self.search(red, min_score=0, limit=100)
        found = set()
        for colour in ("black", "white", "grey", "red", "orange", "yellow", "green", "turquoise", "blue", "navy", "purple", "pink", "brown", "beige"):
            found |= set(result_ids(self.search(red, filter=f'colour = "{colour}"', min_score=0, limit=100)))
        self.assertEqual(found, set(result_ids(everything)), "every picture has a colour with a name")
        greens = result_ids(self.search(red, filter='colour = "green"', min_score=0, limit=100))
        self.assertTrue(0 < len(greens) < len(found))
        self.assertFalse(set(greens) & set(result_ids(self.search(red, filter='not color in ("green")', min_score=0, limit=100))))

    def test_a_bad_filter_is_told_where_it_is_wrong(self):
        photo = shop.product_picture("Boards", 2)
        for text, detail in (("price << 5", "column 8"), ("brand = Ikea", "column 9"), ("colour = 'crimson'", "there is no colour 'crimson'"), ("(" * 50, "column 21")):
            answer = self.search(photo, filter=text)
            self.assertEqual((answer.status, answer.json["code"]), (400, "bad_filter"), text)
            self.assertIn(detail, answer.json["detail"])

    # features: F4
    def test_titles_come_in_the_language_asked_for(self):
        photo = shop.product_picture("Rings", 1)
        self.assertEqual(self.search(photo, lang="de", limit=1).json["results"][0]["product"]["title"], "Rings Nr. 1")
        self.assertEqual(self.search(photo, lang="pt", limit=1).json["results"][0]["product"]["title"], "Rings no. 1")


def side_by_side(left, right):
    """Two of our own SIDE × SIDE pictures as one."""
    def rows(picture):
        start = picture.index(b"IDAT") + 4
        raw = zlib.decompress(picture[start : picture.index(b"IEND") - 8])
        stride = shop.SIDE * 3 + 1
        return [raw[y * stride + 1 : (y + 1) * stride] for y in range(shop.SIDE)]

    return shop.png(2 * shop.SIDE, shop.SIDE, b"".join(a + b for a, b in zip(rows(left), rows(right))))


if __name__ == "__main__":
    unittest.main()
