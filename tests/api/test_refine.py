"""A photo search refined by words, likes and dislikes."""
import unittest

import contract
import service
import shop
from service import result_ids

COUNT = shop.PRODUCTS_PER_KIND


class RefineTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()
        self.photo = shop.product_picture("Boards", 2)

    def search(self, photo=None, status=200, **fields):
        answer = self.service.search(photo, **fields)
        contract.check("POST", "/api/v1/search", answer)
        self.assertEqual(answer.status, status, answer.body[:300])
        return answer

    # features: A6
    def test_words_beside_a_photo_put_what_they_name_first_and_hide_nothing(self):
        plain = self.search(self.photo, min_score=0, limit=100)
        refined = self.search(self.photo, min_score=0, limit=100, text="but as curtains")
        self.assertEqual(refined.json["query"]["wishes"], {"colours": [], "categories": ["curtains"], "brands": [], "words": ["as"]})
        place = lambda answer: sum(result_ids(answer).index(f"curtains-{i}") for i in range(COUNT))
        self.assertLess(place(refined), place(plain))
        self.assertEqual(sorted(result_ids(refined)), sorted(result_ids(plain)))
        self.assertEqual({hit["product"]["id"]: hit["score"] for hit in refined.json["results"]}, {hit["product"]["id"]: hit["score"] for hit in plain.json["results"]})

    def test_words_refine_a_vector_page_by_page(self):
        vector = self.search(self.photo).json["query"]["vector"]
        whole = result_ids(self.search(vector=vector, min_score=0, limit=60, text="no. 7"))
        pages = [id for offset in range(0, 60, 20) for id in result_ids(self.search(vector=vector, min_score=0, limit=20, offset=offset, text="no. 7"))]
        self.assertEqual(pages, whole)
        self.assertIn("boards-7", whole[:2])
        self.assertNotEqual(result_ids(self.search(vector=vector, min_score=0, limit=60)), whole)

    def test_words_bring_in_nothing_that_does_not_look_alike(self):
        refined = self.search(self.photo, text="curtains")
        self.assertTrue(all(hit["score"] >= refined.json["query"]["min_score"] - 1e-6 for hit in refined.json["results"]))

    # features: A7
    def test_likes_draw_the_results_towards_them_and_dislikes_are_gone(self):
        plain = result_ids(self.search(self.photo, min_score=0, limit=100))
        liked = result_ids(self.search(self.photo, min_score=0, limit=100, **{"like[]": ["crosses-1", "crosses-2"]}))
        place = lambda ids: sum(ids.index(f"crosses-{i}") for i in range(3, COUNT))
        self.assertLess(place(liked), place(plain))
        disliked = result_ids(self.search(self.photo, min_score=0, limit=100, dislike=[plain[3]]))
        self.assertEqual(sorted([*disliked, plain[3]]), sorted(plain))
        self.assertNotEqual(disliked, [id for id in plain if id != plain[3]])
        # What was liked can be taken back: the vector stays the photo's.
        again = self.search(self.photo, like=["crosses-1"]).json["query"]["vector"]
        self.assertEqual(again, self.search(self.photo).json["query"]["vector"])

    def test_what_cannot_refine_is_told(self):
        vector = self.search(self.photo).json["query"]["vector"]
        for fields, code, detail in (
            ({"like": ["no-such"]}, "unknown_feedback", "'no-such'"),
            ({"dislike": ["no-such"]}, "unknown_feedback", "leave it out"),
            ({"like": ["boards-1"], "dislike": ["boards-1"]}, "bad_parameter", "both like and dislike"),
            ({"like": [f"boards-{i}" for i in range(21)]}, "bad_parameter", "like"),
            ({"text": ""}, "bad_parameter", "text"),
            ({"text": "x" * 201}, "bad_parameter", "text"),
            ({"text": "green", "diversity": 0.5}, "bad_parameter", "diversity"),
        ):
            answer = self.service.search_json(vector=vector, **fields)
            contract.check("POST", "/api/v1/search", answer)
            self.assertEqual((answer.status, answer.json["code"]), (400, code), fields)
            self.assertIn(detail, answer.json["detail"])


if __name__ == "__main__":
    unittest.main()
