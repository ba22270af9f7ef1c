"""Everything wrong that a client can send: a clear answer, and the service goes on."""
import http.client
import json
import socket
import unittest

import contract
import service
import shop

URL = "/api/v1/search"


class BadInputTest(unittest.TestCase):
    def setUp(self):
        self.service = service.shared()

    def tearDown(self):
        self.assertEqual(self.service.get("/healthz").status, 200)

    def expect(self, answer, status, code, *words, target=URL, method="POST"):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer.body)
        contract.check(method, target, answer)
        for word in words:
            self.assertIn(word, answer.json["detail"])

    # features: A1
    def test_bytes_that_are_no_picture(self):
        good = shop.product_picture("Rings", 0)
        cases = {
            "0 bytes": (b"", 415, "unsupported_image"),
            "text": (b"hello, this is not a picture at all", 415, "unsupported_image"),
            "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>', 415, "unsupported_image"),
            "PDF": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", 415, "unsupported_image"),
            "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 415, "unsupported_image"),
            "truncated": (good[: len(good) // 2], 422, "damaged_image"),
            "header only": (good[:40], 422, "damaged_image"),
            "bomb": (shop.png_that_claims(10_000, 10_001), 413, "image_too_large"),
            "larger bomb": (shop.png_that_claims(2**31 - 1, 2**31 - 1), 413, "image_too_large"),
        }
        for name, (photo, status, code) in cases.items():
            with self.subTest(name):
                self.expect(self.service.search(photo), status, code)

    def test_odd_pictures_are_pictures(self):
        gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
        for name, photo in {"1 x 1": shop.png(1, 1, b"\1\2\3"), "very wide": shop.png(3000, 2, bytes(18000)), "GIF": gif}.items():
            with self.subTest(name):
                answer = self.service.search(photo)
                self.assertEqual(answer.status, 200, answer.body)
                contract.check("POST", URL, answer)

    def test_wrong_multipart(self):
        good_type, good = service.multipart([("image", shop.noise(2))], boundary="B")
        cases = {
            "no boundary": ("multipart/form-data", good),
            "other boundary": ("multipart/form-data; boundary=C", good),
            "cut short": (good_type, good[:-20]),
            "empty": (good_type, b""),
            "no name": (good_type, b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n"),
            "nested": (good_type, b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n--D--\r\n--B--\r\n'),
            "huge headers": (good_type, b'--B\r\nContent-Disposition: form-data; name="a"\r\nX: ' + b"y" * 10_000 + b"\r\n\r\nx\r\n--B--\r\n"),
        }
        for name, (content_type, body) in cases.items():
            with self.subTest(name):
                self.expect(self.service.ask("POST", URL, body, {"Content-Type": content_type}), 400, "bad_multipart")
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "image/png", "multipart/mixed; boundary=B"):
            with self.subTest(content_type):
                self.expect(self.service.ask("POST", URL, good, {"Content-Type": content_type}), 415, "unsupported_media_type")

    def test_bad_json(self):
        for body in (b"", b"{", b"[]", b'"text"', b'{"vector": {"a": 1}}', b'{"product_id": "\xff"}', b"{" + b'"a":[' * 50):
            with self.subTest(body):
                self.expect(self.service.ask("POST", URL, body, {"Content-Type": "application/json"}), 400, "bad_json")
        large = json.dumps({"vector": "x" * (1 << 20)})
        self.expect(self.service.ask("POST", URL, large, {"Content-Type": "application/json"}), 413, "payload_too_large")

    # features: I2
    def test_a_bad_value_names_field_value_and_range(self):
        photo = shop.noise(3)
        for fields, words in [
            ({"limit": 0}, ("'limit'", "'0'", "1 to 100")),
            ({"limit": 10_000}, ("'limit'", "'10000'", "1 to 100")),
            ({"limit": "many"}, ("'limit'", "'many'")),
            ({"limit": [5, 6]}, ("'limit'", "once")),
            ({"offset": -1}, ("'offset'", "0 to 1000")),
            ({"min_score": 1.5}, ("'min_score'", "0 to 1")),
            ({"min_score": "nan"}, ("'min_score'",)),
            ({"category": ""}, ("'category'",)),
            ({"lang": "x" * 36}, ("'lang'",)),
            ({"exclude": ["x"] * 1001}, ("'exclude'", "1000")),
            ({"image": photo}, ("'image'", "twice")),
        ]:
            with self.subTest(fields if "image" not in fields else "two photos"):
                answer = self.service.search(photo, **fields)
                self.expect(answer, 400, "bad_parameter", *words)
        for target, words in [
            ("/api/v1/products?limit=0", ("'limit'", "1 to 100")),
            ("/api/v1/products?limit=10000", ("'limit'",)),
            ("/api/v1/products?sort=random", ("'sort'", "price_asc")),
            ("/api/v1/products/rings-1/similar?limit=101", ("'limit'",)),
        ]:
            with self.subTest(target):
                self.expect(self.service.get(target), 400, "bad_parameter", *words, target=target, method="GET")

    # features: I2
    def test_an_unknown_field_is_named(self):
        photo = shop.noise(3)
        self.expect(self.service.search(photo, limti=5), 400, "unknown_parameter", "'limti'")
        self.expect(self.service.search_json(product_id="rings-1", why=True), 400, "unknown_parameter", "'why'")
        self.expect(self.service.search_json(product_id="rings-1", image="x"), 400, "unknown_parameter", "'image'")
        for target in ("/api/v1/products?q=x", "/api/v1/products/rings-1?limit=1", "/api/v1/categories?limit=1", "/api/v1/shop?a", "/api/v1/search?limit=5"):
            with self.subTest(target):
                method = "POST" if "search" in target else "GET"
                body, headers = (b"{}", {"Content-Type": "application/json"}) if method == "POST" else (None, {})
                self.expect(self.service.ask(method, target, body, headers), 400, "unknown_parameter", target=target, method=method)

    def test_exactly_one_subject(self):
        self.expect(self.service.search(), 400, "missing_query")
        self.expect(self.service.search_json(limit=3), 400, "missing_query")
        self.expect(self.service.search_json(product_id="rings-1", vector="x"), 400, "missing_query")
        self.expect(self.service.search(shop.noise(3), product_id="rings-1"), 400, "missing_query")

    def test_bad_crops(self):
        photo = shop.noise(3)
        for crop in ("0,0,1", "0,0,1,1,1", "a,b,c,d", "0,0,0,1", "0.5,0,0.6,1", "-0.1,0,1,1", "nan,0,1,1", "0,0,1e-400,1"):
            with self.subTest(crop):
                self.expect(self.service.search(photo, crop=crop), 400, "bad_crop")
        self.expect(self.service.search_json(product_id="rings-1", crop="0,0,1,1"), 400, "bad_crop")

    def test_unknown_names(self):
        self.expect(self.service.search(shop.noise(3), category="no-such"), 400, "unknown_category", "no-such")
        self.expect(self.service.search_json(product_id="no-such"), 404, "unknown_product", "no-such")

    def test_oversized_bodies(self):
        with service.Service("--upload-mib-max", "1") as small:
            answer = small.search(bytes(2 << 20))
            self.assertEqual((answer.status, answer.json["code"]), (413, "payload_too_large"))
            self.assertEqual(small.search(bytes(1 << 19)).status, 415)
            connection = http.client.HTTPConnection("127.0.0.1", small.port, timeout=60)
            chunks = (bytes(1 << 16) for _ in range(40))
            connection.request("POST", URL, chunks, {"Content-Type": "multipart/form-data; boundary=B"}, encode_chunked=True)
            self.assertEqual(connection.getresponse().status, 413)
            connection.close()

    def test_wrong_methods_and_paths(self):
        answer = self.service.ask("DELETE", "/api/v1/products")
        self.assertEqual((answer.status, answer.json["code"]), (405, "method_not_allowed"))
        self.assertEqual(answer.headers["Allow"], "GET, HEAD, OPTIONS")
        answer = self.service.get(URL)
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "OPTIONS, POST"))
        for path in ("/api/v1/nothing", "/api/v2/search", "/api", "/media", "/etc/passwd", "/..%2f..%2fetc/passwd", "/%zz"):
            with self.subTest(path):
                answer = self.service.get(path)
                self.assertEqual((answer.status, answer.type), (400 if path == "/%zz" else 404, contract.ERROR_TYPE))

    def test_bytes_that_are_not_http(self):
        for raw, status in [
            (b"hello\r\n\r\n", b" 400 "),
            (b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b" 431 "),
            (b"POST /api/v1/search HTTP/1.1\r\nContent-Length: x\r\n\r\n", b" 400 "),
            (b"POST /api/v1/search HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b" 400 "),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n", b" 400 "),
        ]:
            with self.subTest(raw[:40]), socket.create_connection(("127.0.0.1", self.service.port), timeout=20) as connection:
                connection.sendall(raw)
                self.assertIn(status, connection.makefile("rb").readline())

    def test_a_client_that_leaves_in_the_middle(self):
        content_type, body = service.multipart([("image", shop.noise(4))])
        head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        for sent in (head[:30], head, head + body[: len(body) // 2], head + body):
            with socket.create_connection(("127.0.0.1", self.service.port), timeout=20) as connection:
                connection.sendall(sent)
        self.assertEqual(self.service.search(shop.noise(4)).status, 200)


if __name__ == "__main__":
    unittest.main()
