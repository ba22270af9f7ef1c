"""What the program serves to a browser: the embedded pages, and the sample shop's own photos."""
import gzip
import os
import re
import unittest

import contract
import service


class PagesTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    # features: F1
    def test_the_shops_pages_are_served_under_their_policy(self):
        for path in ("/", "/search", "/search?vector=abc", "/product/rings-1", "/category/rings"):
            page = self.service.get(path, {"Accept": "text/html"})
            self.assertEqual((page.status, page.type), (200, "text/html"), path)
            self.assertIn("script-src 'self' 'sha256-", page.headers["Content-Security-Policy"], path)
            self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"], path)
            self.assertEqual(page.headers["Cache-Control"], "no-cache", path)
        for path in ("/no/such/page", "/product/a%2Fb"):
            missing = self.service.get(path, {"Accept": "text/html"})
            self.assertEqual((missing.status, missing.type), (404, "text/html"), path)
            self.assertIn("script-src 'self' 'sha256-", missing.headers["Content-Security-Policy"], path)

    # features: F4
    def test_hashed_assets_are_immutable_compressed_and_tagged(self):
        page = self.service.get("/").body.decode()
        assets = sorted(set(re.findall(r"/_app/immutable/[\w./-]+\.(?:js|css)", page)))
        self.assertTrue(assets)
        for asset in assets:
            plain = self.service.get(asset, {"Accept-Encoding": "identity"})
            self.assertEqual(plain.status, 200)
            self.assertIn("immutable", plain.headers["Cache-Control"])
            self.assertNotIn("Content-Encoding", plain.headers)
            packed = self.service.get(asset, {"Accept-Encoding": "gzip"})
            if packed.headers["Content-Encoding"]:
                self.assertEqual(gzip.decompress(packed.body), plain.body)
                self.assertLess(len(packed.body), len(plain.body))
            again = self.service.get(asset, {"If-None-Match": plain.headers["ETag"]})
            self.assertEqual((again.status, again.body), (304, b""))

    def test_the_policys_manifest_is_not_a_page(self):
        self.assertEqual(self.service.get("/csp.json").status, 404)


@unittest.skipUnless(os.environ.get("NOZAMA_DATA"), "NOZAMA_DATA names the sample shop's data directory")
class SampleShopTest(unittest.TestCase):
    # features: A1
    def test_every_sample_photo_finds_something(self):
        with service.Service(data=os.environ["NOZAMA_DATA"]) as running:
            shop = running.get("/api/v1/shop")
            contract.check("GET", "/api/v1/shop", shop)
            self.assertTrue(shop.json["sample_data"])
            self.assertTrue(shop.json["notice"])
            self.assertGreaterEqual(len(shop.json["samples"]), 12)
            for sample in shop.json["samples"]:
                photo = running.get(sample["url"])
                contract.check("GET", sample["url"], photo)
                self.assertEqual(photo.status, 200, sample)
                answer = running.search(photo.body, min_score=0)
                contract.check("POST", "/api/v1/search", answer)
                self.assertEqual(len(answer.json["results"]), 30, sample)


if __name__ == "__main__":
    unittest.main()
