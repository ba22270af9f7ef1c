"""What an answer says about the photo and about each result: colours, regions, heat maps, reasons."""
import unittest

import contract
import service
import shop
from service import result_ids

REASONS = ["nearly_identical", "same_category", "similar_shape", "same_colour", "same_brand", "similar_price"]
SIDE = 240


def scene(things, background=(250, 250, 248), width=SIDE, height=SIDE):
    """Shapes (inside, colour, centre x, centre y, half size) in fractions of a plain picture."""
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            colour = background
            for inside, own, cx, cy, size in things:
                if inside((x / width - cx) / size, (y / height - cy) / size):
                    colour = own
            pixels += bytes(colour)
    return shop.png(width, height, bytes(pixels))


RED, BLUE = (200, 25, 30), (25, 70, 200)
TWO_THINGS = [(shop.ring(0.9, 0), RED, 0.27, 0.3, 0.2), (shop.checks(0.8, 0), BLUE, 0.72, 0.7, 0.2)]


def two_things(**size):
    bounded = [(lambda x, y, inside=inside: max(abs(x), abs(y)) < 1 and inside(x, y), *rest) for inside, *rest in TWO_THINGS]
    return scene(bounded, **size)


class UnderstandingTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    def search(self, *photo, **fields):
        answer = self.service.search(*photo, **fields)
        contract.check("POST", "/api/v1/search", answer)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def ask(self, **fields):
        answer = self.service.search_json(**fields)
        contract.check("POST", "/api/v1/search", answer)
        return answer

    # features: B6
    def test_the_photos_colours_are_those_of_its_subject(self):
        thing = scene([(shop.disc(1, 0), RED, 0.5, 0.5, 0.3)])
        colours = self.search(thing)["query"]["colours"]
        self.assertEqual([colour["name"] for colour in colours], ["red"])
        self.assertGreater(colours[0]["share"], 0.8)
        r, g, b = (int(colours[0]["hex"][i : i + 2], 16) for i in (1, 3, 5))
        self.assertLess(max(abs(r - RED[0]), abs(g - RED[1]), abs(b - RED[2])), 25)
        beside = scene([(shop.disc(1, 0), RED, 0.3, 0.5, 0.2), (shop.disc(1, 0), BLUE, 0.7, 0.5, 0.2)])
        both = {colour["name"] for colour in self.search(beside)["query"]["colours"]}
        self.assertLessEqual({"red", "blue"}, both)

    # features: A4
    def test_regions_are_boxes_of_the_photo_with_vectors_to_search_by(self):
        query = self.search(two_things())["query"]
        self.assertTrue(query["regions"])
        scores = [region["score"] for region in query["regions"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertLessEqual(sum(scores), 1.03)
        for region in query["regions"]:
            box = region["box"]
            self.assertLessEqual(box["x"] + box["w"], 1.000001)
            self.assertLessEqual(box["y"] + box["h"], 1.000001)
            found = self.ask(vector=region["vector"], min_score=0, limit=5)
            self.assertEqual(found.status, 200)
            self.assertEqual(len(found.json["results"]), 5)
            self.assertEqual((found.json["query"]["regions"], found.json["query"]["colours"]), ([], []))
            self.assertEqual(found.json["query"]["timings_ms"]["encode"], 0)

    # features: A4
    def test_boxes_lie_in_the_whole_photo_also_where_it_is_cropped(self):
        photo = two_things()
        for crop in ("0,0,0.5,1", "0.5,0.5,0.5,0.5", "0.1,0.2,0.3,0.7"):
            x, y, w, h = map(float, crop.split(","))
            for region in self.search(photo, crop=crop)["query"]["regions"]:
                box = region["box"]
                self.assertGreaterEqual(box["x"], x - 1e-6)
                self.assertGreaterEqual(box["y"], y - 1e-6)
                self.assertLessEqual(box["x"] + box["w"], x + w + 1e-6)
                self.assertLessEqual(box["y"] + box["h"], y + h + 1e-6)

    def test_boxes_stay_in_what_the_encoder_saw_of_a_photo_that_is_not_square(self):
        thing = (shop.disc(1, 0), RED, 0.5, 0.5, 0.2)
        for width, height in ((480, 200), (200, 480)):
            for region in self.search(scene([thing], width=width, height=height))["query"]["regions"]:
                box, short = region["box"], min(width, height) + 0.002  # boxes have six decimals
                self.assertGreaterEqual(box["x"] * width, (width - short) / 2)
                self.assertLessEqual((box["x"] + box["w"]) * width, (width + short) / 2)
                self.assertGreaterEqual(box["y"] * height, (height - short) / 2)
                self.assertLessEqual((box["y"] + box["h"]) * height, (height + short) / 2)

    def test_pictures_in_which_there_is_nothing_have_no_regions(self):
        blank = {"1 x 1": shop.png(1, 1, b"\x10\x80\x30"), "white": scene([]), "red": scene([], RED), "a line": shop.png(3000, 1, bytes(9000)), "a column": shop.png(1, 3000, bytes(9000))}
        for name, photo in blank.items():
            with self.subTest(name):
                query = self.search(photo, min_score=0)["query"]
                self.assertEqual(query["regions"], [])
                self.assertEqual(len(query["colours"]), 1)
        for photo in (shop.noise(4), shop.noise(5, side=3), two_things(width=900, height=9)):
            self.search(photo, min_score=0)

    def check_grid(self, grid):
        self.assertEqual(len(grid["values"]), grid["width"] * grid["height"])
        self.assertTrue(any(value > 0 for value in grid["values"]))
        return grid

    # features: B7
    def test_a_heat_map_shows_where_query_and_product_are_alike(self):
        answer = self.search(shop.product_picture("Rings", 4), explain="true", min_score=0)
        self.assertEqual(len(answer["results"]), 10)
        for hit in answer["results"]:
            query, product = self.check_grid(hit["heat_map"]["query"]), self.check_grid(hit["heat_map"]["product"])
            self.assertEqual((query["width"], query["height"]), (product["width"], product["height"]))
            self.assertEqual(self.service.get(product["image_url"]).status, 200)
        self.assertEqual(result_ids_of(answer)[0], "rings-4")
        first = answer["results"][0]["heat_map"]
        differences = [abs(a - b) for a, b in zip(first["query"]["values"], first["product"]["values"])]
        self.assertLess(max(differences), 0.1, "one picture against itself is the same on both sides")
        for side in first.values():
            self.assertEqual(max(side["values"]), 1)
        self.assertEqual(answer, self.without_times(self.search(shop.product_picture("Rings", 4), explain="true", min_score=0), answer), "also from the cache")

    def without_times(self, answer, other):
        for own in ("id", "timings_ms"):
            answer["query"][own] = other["query"][own]
        return answer

    # features: B7
    def test_a_product_and_a_vector_are_explained_on_the_products_side(self):
        vector = self.search(shop.product_picture("Boards", 1))["query"]["vector"]
        for subject in ({"product_id": "boards-1"}, {"vector": vector}):
            answer = self.ask(**subject, explain=True, limit=2, min_score=0).json
            self.assertEqual(len(answer["results"]), 2)
            for hit in answer["results"]:
                self.assertIsNone(hit["heat_map"]["query"])
                self.check_grid(hit["heat_map"]["product"])

    # features: B7
    def test_heat_maps_come_only_when_asked_for_and_ten_at_a_time(self):
        photo = shop.product_picture("Tiles", 1)
        for fields in ({}, {"explain": "false"}):
            self.assertTrue(all("heat_map" not in hit for hit in self.search(photo, **fields)["results"]))
        refused = self.service.search(photo, explain="true", limit=11)
        contract.check("POST", "/api/v1/search", refused)
        self.assertEqual((refused.status, refused.json["code"]), (400, "bad_parameter"))
        self.assertIn("1 to 10", refused.json["detail"])
        self.assertEqual(len(self.search(photo, explain="true", limit=3, min_score=0)["results"]), 3)
        wrong = self.service.search(photo, explain="perhaps")
        self.assertEqual((wrong.status, wrong.json["code"]), (400, "bad_parameter"))

    # features: D1
    def test_reasons_are_few_known_and_in_order(self):
        answer = self.search(shop.product_picture("Crosses", 3), min_score=0)
        for hit in answer["results"]:
            self.assertEqual(hit["reasons"], [slug for slug in REASONS if slug in hit["reasons"]])
            self.assertFalse({"same_brand", "similar_price"} & set(hit["reasons"]), "a photo has neither")
        self.assertEqual(answer["results"][0]["reasons"][:2], ["nearly_identical", "same_category"])

    # features: D1 A5
    def test_a_product_shares_brand_category_and_price_with_what_is_like_it(self):
        answer = self.ask(product_id="curtains-2", limit=100, min_score=0).json
        for hit in answer["results"]:
            product, reasons = hit["product"], hit["reasons"]
            self.assertIn("same_brand", reasons)
            self.assertEqual("same_category" in reasons, product["category"]["slug"] == "curtains")
            low, high = sorted((12.5, product["price"]))
            self.assertEqual("similar_price" in reasons, high <= 1.25 * low, product["price"])

    # features: D1 B6
    def test_a_photo_shares_its_colour_with_results_of_that_colour(self):
        photo = scene([(shop.disc(1, 0), RED, 0.5, 0.5, 0.35)])
        hits = self.search(photo, min_score=0, limit=100)["results"]
        marked = {hit["product"]["id"] for hit in hits if "same_colour" in hit["reasons"]}
        filtered = set(result_ids(self.service.search(photo, filter='colour = "red"', min_score=0, limit=100)))
        self.assertTrue(marked <= filtered, marked - filtered)


def result_ids_of(answer):
    return [hit["product"]["id"] for hit in answer["results"]]


if __name__ == "__main__":
    unittest.main()
