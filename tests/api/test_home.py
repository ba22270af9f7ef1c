"""What the home page and the pages about the shop itself are made of."""
import unittest

import contract
import service
import shop


class HomeTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    def shelves(self, where=None, **query):
        answer = (where or self.service).get("/api/v1/shelves", **query)
        contract.check("GET", "/api/v1/shelves", answer)
        return answer

    # features: E4
    def test_the_shelves_are_the_most_reviewed_and_the_newest_until_shoppers_do_something(self):
        answer = self.shelves().json
        self.assertEqual(answer["trending"]["by"], "reviews")
        self.assertEqual(len(answer["trending"]["products"]), 12)
        kind = list(shop.KINDS)[-1].lower()
        self.assertEqual([product["id"] for product in answer["newest"]["products"]], [f"{kind}-{i}" for i in reversed(range(12))])
        self.assertEqual(self.shelves(lang="de").json["newest"]["products"][0]["title"], "Crosses Nr. 11")
        self.assertEqual(self.shelves(limit=3).status, 400)

    def test_the_shop_says_what_it_keeps_as_it_was_started(self):
        answer = self.service.get("/api/v1/shop")
        contract.check("GET", "/api/v1/shop", answer)
        self.assertEqual((answer.json["photo_by_url"], answer.json["privacy"]), (False, {"searches_logged": False, "searches_days": 30, "events_days": 0}))
        with service.Service("--image-url-search", "public", "--keep-queries-days", "7", "--keep-events-days", "90") as other:
            told = other.get("/api/v1/shop").json
            self.assertEqual((told["photo_by_url"], told["privacy"]["searches_days"], told["privacy"]["events_days"]), (True, 7, 90))

    # features: F6
    def test_the_pages_about_the_shop_have_titles_of_their_own_and_are_in_the_sitemap(self):
        sitemap = self.service.get("/sitemaps/pages.xml").body.decode()
        for path, title in (("/how-to-use", "How to search with a photo"), ("/how-it-works", "How it works"), ("/privacy", "Privacy")):
            page = self.service.get(path)
            self.assertEqual(page.status, 200, path)
            self.assertIn(f"<title>{title} – ", page.body.decode())
            self.assertIn(f"{path}</loc>", sitemap)


if __name__ == "__main__":
    unittest.main()
