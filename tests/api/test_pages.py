"""What the pages say without JavaScript: to search engines, link previews and readers."""
import csv
import gzip
import html
import html.parser
import json
import pathlib
import re
import shutil
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import contract
import service
import shop

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
DATA_TYPES = ("application/ld+json", "application/json")
HOSTILE_ID = "bad/\"><script>alert(1)</script>"
HOSTILE_TITLE = "</title></script><script>alert(1)</script>\" onload=\"x \u202Etfel"


class Reading(html.parser.HTMLParser):
    """Title, metas, links and JSON-LD of a page; every element's name; the text of its <noscript>."""

    def __init__(self, markup):
        super().__init__()
        self.title = self.text = ""
        self.answers = {}
        self.metas, self.links, self.data, self.elements, self.anchors, self.lang = {}, [], [], [], [], None
        self._open, self._target = [], None
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if tag == "html":
            self.lang = attributes.get("lang")
        elif tag == "meta":
            self.metas[attributes.get("property") or attributes.get("name")] = attributes.get("content")
        elif tag == "link":
            self.links.append(attributes)
        elif tag == "a":
            self.anchors.append(attributes["href"])
        if tag in ("title", "noscript") or (tag == "script" and attributes.get("type") == "application/ld+json"):
            self._open.append(tag)
        self._target = attributes.get("data-answer") if tag == "script" else None

    def handle_endtag(self, tag):
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data):
        if self._target is not None:
            self.answers[self._target] = json.loads(data)
            self._target = None
        if not self._open:
            return
        if self._open[-1] == "title":
            self.title += data
        elif self._open[-1] == "script":
            self.data.append(json.loads(data))
        else:
            self.text += data

    def link(self, rel):
        return [link["href"] for link in self.links if link.get("rel") == rel]

    def data_of(self, kind):
        return next(data for data in self.data if data["@type"] == kind)


def read(answer):
    return Reading(answer.body.decode())


class PagesTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()
        self.address = f"http://127.0.0.1:{self.service.port}"

    def page(self, path, status=200, **headers):
        answer = self.service.get(path, {"Accept": "text/html", **headers})
        self.assertEqual((answer.status, answer.type), (status, "text/html"), path)
        return answer

    # features: F1
    def test_a_products_page_describes_the_product(self):
        known = self.service.get("/api/v1/products/rings-1").json
        page = read(self.page("/product/rings-1"))
        self.assertIn("Rings no. 1", page.title)
        self.assertEqual(page.link("canonical"), [self.address + "/product/rings-1"])
        self.assertEqual(page.metas["og:type"], "product")
        self.assertEqual(page.metas["og:image"], self.address + known["pictures"][0]["image_url"])
        self.assertEqual(page.metas["description"], "Plain & good")
        self.assertEqual((page.metas["product:price:amount"], page.metas["product:price:currency"]), ("11.50", "EUR"))
        data = page.data_of("Product")
        self.assertEqual((data["name"], data["sku"]), ("Rings no. 1", "rings-1"))
        self.assertEqual(data["brand"]["name"], "Nozama Tests")
        self.assertEqual(data["image"], [self.address + picture["image_url"] for picture in known["pictures"]])
        offer = data["offers"]
        self.assertEqual((offer["price"], offer["priceCurrency"], offer["availability"]), ("11.50", "EUR", "https://schema.org/InStock"))
        self.assertEqual((float(data["aggregateRating"]["ratingValue"]), data["aggregateRating"]["ratingCount"]), (4.5, 3))
        crumbs = page.data_of("BreadcrumbList")["itemListElement"]
        self.assertEqual([crumb["name"] for crumb in crumbs[1:]], ["Jewellery", "Rings", "Rings no. 1"])
        self.assertEqual(crumbs[2]["item"], self.address + "/category/rings")
        for words in ("Rings no. 1", "11.50 EUR", "In stock", "Plain & good"):
            self.assertIn(words, page.text)
        self.assertIn("/category/rings", page.anchors)

    def test_variants_with_prices_of_their_own_are_an_aggregate_offer(self):
        offer = read(self.page("/product/plates-0")).data_of("Product")["offers"]
        self.assertEqual((offer["@type"], offer["lowPrice"], offer["highPrice"], offer["offerCount"]), ("AggregateOffer", "10.50", "20.00", 2))
        # Sold out, as the feed says.
        self.assertEqual(read(self.page("/product/rings-0")).data_of("Product")["offers"]["availability"], "https://schema.org/OutOfStock")

    # features: F1
    def test_a_categorys_page_lists_its_products_and_what_is_below_it(self):
        page = read(self.page("/category/jewellery"))
        self.assertIn("Jewellery", page.title)
        listed = page.data_of("CollectionPage")["mainEntity"]["itemListElement"]
        self.assertEqual(len(listed), 2 * shop.PRODUCTS_PER_KIND)
        self.assertTrue(all(item["url"].startswith(self.address + "/product/") for item in listed))
        self.assertTrue({"/category/rings", "/category/crosses", "/product/rings-3"} <= set(page.anchors))

    def test_the_home_page_leads_to_categories_and_products(self):
        page = read(self.page("/"))
        self.assertEqual(page.data_of("WebSite")["url"], self.address + "/")
        self.assertIn("/category/jewellery", page.anchors)
        self.assertNotIn("/category/rings", page.anchors)
        self.assertTrue(any(anchor.startswith("/product/") for anchor in page.anchors))

    # features: F1
    def test_unknown_products_and_categories_are_pages_with_status_404(self):
        for path in ("/product/nobody", "/category/nothing", "/product/%00", "/product/" + "x" * 2000):
            answer = self.service.get(path, {"Accept": "text/html"})
            self.assertIn(answer.status, (400, 404), path)
            if path == "/product/%00":
                continue
            page = read(answer)
            self.assertEqual(answer.status, 404)
            self.assertEqual(page.metas["robots"], "noindex")
            self.assertEqual(page.link("canonical"), [])
            self.assertNotIn("ETag", answer.headers)

    def test_what_the_app_asks_first_is_in_the_page_as_the_api_answers_it(self):
        for path, targets in {
            "/": ["/api/v1/shop", "/api/v1/categories?lang=en", "/api/v1/shelves?lang=en"],
            "/search": ["/api/v1/shop", "/api/v1/categories?lang=en"],
            "/category/rings": ["/api/v1/shop", "/api/v1/categories?lang=en"],
            "/product/rings-1": ["/api/v1/shop", "/api/v1/categories?lang=en", "/api/v1/products/rings-1?lang=en"],
        }.items():
            answers = read(self.page(path)).answers
            self.assertEqual(sorted(answers), sorted(targets), path)
            for target, answer in answers.items():
                self.assertEqual(answer, self.service.get(target).json, target)

    def test_pages_are_compressed_and_a_known_one_is_not_sent_again(self):
        plain = self.page("/product/rings-1")
        packed = self.page("/product/rings-1", **{"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertLess(len(packed.body), len(plain.body) / 2)
        self.assertEqual(packed.headers["Vary"], "Accept-Encoding, Accept-Language")
        again = self.service.get("/product/rings-1", {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_data_is_no_inline_script_that_the_policy_would_have_to_allow(self):
        answer = self.page("/product/rings-1")
        policy = answer.headers["Content-Security-Policy"]
        self.assertNotIn("unsafe-inline", policy)
        inline = [attributes for tag, attributes in read(answer).elements if tag == "script" and "src" not in attributes]
        runnable = [attributes for attributes in inline if attributes.get("type") not in DATA_TYPES]
        self.assertEqual(len(runnable), 1)
        self.assertGreater(len(inline), 1)

    def test_a_host_header_that_is_no_host_is_not_repeated(self):
        connection = self.service.connection()
        connection.putrequest("GET", "/product/rings-1", skip_host=True)
        connection.putheader("Host", 'x"><script>alert(1)</script>')
        connection.endheaders()
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        self.assertEqual(response.status, 200)
        self.assertNotIn("<script>alert", body)
        self.assertEqual(Reading(body).link("canonical"), [])

    def test_many_pages_come_over_one_connection(self):
        connection = self.service.connection()
        for path in ("/", "/product/rings-1", "/api/v1/shop", "/product/nobody", "/sitemap.xml"):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            self.assertFalse(response.will_close, path)
            port = connection.sock.getsockname()[1]
            self.assertEqual(port, getattr(self, "first_port", port), path)
            self.first_port = port
        connection.close()

    # features: F1
    def test_robots_and_sitemap_lead_to_every_product(self):
        robots = self.service.get("/robots.txt")
        contract.check("GET", "/robots.txt", robots)
        self.assertIn(f"Sitemap: {self.address}/sitemap.xml", robots.body.decode())
        self.assertIn("Disallow: /admin", robots.body.decode())
        index = self.service.get("/sitemap.xml")
        contract.check("GET", "/sitemap.xml", index)
        found = []
        for entry in ElementTree.fromstring(index.body).iter(SITEMAP + "loc"):
            path = entry.text.removeprefix(self.address)
            file = self.service.get(path, {"Accept-Encoding": "gzip"})
            contract.check("GET", path, file)
            self.assertEqual(file.headers["Content-Encoding"], "gzip")
            self.assertEqual(gzip.decompress(file.body), self.service.get(path).body)
            found += [url.text for url in ElementTree.fromstring(gzip.decompress(file.body)).iter(SITEMAP + "loc")]
            again = self.service.get(path, {"Accept-Encoding": "gzip", "If-None-Match": file.headers["ETag"]})
            self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(len(found), len(set(found)))
        expected = {f"{self.address}/product/{kind.lower()}-{number}" for kind in shop.KINDS for number in range(shop.PRODUCTS_PER_KIND)}
        self.assertEqual({url for url in found if "/product/" in url}, expected)
        self.assertIn(self.address + "/category/rings", found)
        self.assertIn(self.address + "/", found)
        for name in ("products-1.xml", "products--1.xml", "products-00.xml", "products-99999999999999999999.xml", "nothing.xml"):
            missing = self.service.get("/sitemaps/" + name)
            contract.check("GET", "/sitemaps/" + name, missing)
            self.assertEqual(missing.status, 404, name)


class HostileCatalogueTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nozama-pages-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "a.png").write_bytes(shop.product_picture("Rings", 1))
        with open(cls.folder / "feed.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow("id title description category brand price currency picture".split())
            writer.writerow([HOSTILE_ID, html.escape(HOSTILE_TITLE), '"><img src=x onerror=alert(1)>', "A <b> & > C", "</script><!--", "1", "EUR", "a.png"])
        done = shop.run("import", "--data", cls.folder / "data", "--models", shop.MODELS, cls.folder / "feed.csv")
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        cls.service = service.Service("--public-url", "https://shop.example/", data=cls.folder / "data")
        cls.addClassCleanup(cls.service.close)

    # features: F1
    def test_no_text_of_a_product_becomes_markup(self):
        path = "/product/" + "bad%2F%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E"
        category = self.service.get("/api/v1/categories").json["categories"][-1]["slug"]
        for asked in (path, "/", f"/category/{category}"):
            answer = self.service.get(asked)
            self.assertEqual(answer.status, 200, asked)
            page = read(answer)
            scripts = [attributes for tag, attributes in page.elements if tag == "script"]
            self.assertEqual([s for s in scripts if s.get("type") not in DATA_TYPES], [{}], asked)
            self.assertFalse([tag for tag, attributes in page.elements if any(name.startswith("on") for name in attributes)], asked)
            self.assertFalse([tag for tag, attributes in page.elements if tag == "img" and attributes.get("src") == "x"], asked)
            # The API's answers in the page are as the API gives them.
            self.assertNotIn("\u202e", re.sub(r'<script type="application/json".*?</script>', "", answer.body.decode(), flags=re.DOTALL))
        product = read(self.service.get(path))
        self.assertEqual(product.title.split(" – ")[0], "</title></script><script>alert(1)</script>\" onload=\"x tfel")
        self.assertEqual(product.data_of("Product")["brand"]["name"], "</script><!--")

    def test_addresses_are_those_that_shoppers_use(self):
        self.assertEqual(read(self.service.get("/")).link("canonical"), ["https://shop.example/"])
        file = self.service.get("/sitemaps/products-0.xml")
        urls = [url.text for url in ElementTree.fromstring(file.body).iter(SITEMAP + "loc")]
        self.assertEqual(len(urls), 1)
        self.assertTrue(re.fullmatch(r"https://shop\.example/product/bad%2F[\w%().]+", urls[0]), urls)

    def test_an_address_that_is_none_is_refused_at_the_start(self):
        refused = shop.run("serve", "--data", self.folder / "data", "--models", shop.MODELS, "--listen", "127.0.0.1:0", "--public-url", "shop.example")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("https://shop.example", refused.stderr)


if __name__ == "__main__":
    unittest.main()
