"""How well words, likes and dislikes refine a search of a running shop: docs/decisions/0070-refining-a-photo-search.md.

python3 bench/refine_study.py http://127.0.0.1:8080
"""
import collections
import json
import sys
import urllib.request

PAGE = 12  # results that a shopper sees without scrolling
EVERY = 5  # of so many products one is searched for
COLOUR_SHARE_MIN = 0.3  # a product is of a colour from this share on


def ask(shop, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(shop + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def all_products(shop):
    found, offset = [], 0
    while page := ask(shop, f"/api/v1/products?limit=100&offset={offset}")["products"]:
        found += page
        offset += len(page)
    return found


def slug(product):
    return (product["category"] or {}).get("slug")


def colours(product):
    return {one["name"] for one in product.get("colours", []) if one["share"] >= COLOUR_SHARE_MIN}


def results(shop, product, **refined):
    answer = ask(shop, "/api/v1/search", {"product_id": product["id"], "limit": PAGE, **refined})
    return [hit["product"] for hit in answer["results"]]


class Mean:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def add(self, hits, predicate):
        for hit in hits:
            self.sum += predicate(hit)
            self.count += 1

    def __str__(self):
        return f"{self.sum / max(1, self.count):.3f}"


def words_study(shop, products):
    """"but in COLOUR", for each colour that others of the product's category have."""
    of_category = collections.defaultdict(collections.Counter)
    for product in products:
        of_category[slug(product)].update(colours(product))
    before, after, kept_before, kept_after, possible = Mean(), Mean(), Mean(), Mean(), 0
    for product in products[::EVERY]:
        for colour, count in of_category[slug(product)].items():
            if count < 3 or colour in colours(product):
                continue
            possible += 1
            wanted = min(PAGE, count)
            plain, refined = results(shop, product)[:wanted], results(shop, product, text=f"but in {colour}")[:wanted]
            before.add(plain, lambda hit: colour in colours(hit))
            after.add(refined, lambda hit: colour in colours(hit))
            kept_before.add(plain, lambda hit: slug(hit) == slug(product))
            kept_after.add(refined, lambda hit: slug(hit) == slug(product))
    print(f"words: {possible} searches; of the colour {before} -> {after}; of the category {kept_before} -> {kept_after}")


def feedback_study(shop, products):
    """A shopper wants one colour in the product's category: likes the first result that is so, dislikes the first that is not."""
    figures = {name: (Mean(), Mean(), Mean()) for name in ("like", "dislike", "both")}
    searches = 0
    for product in products[::EVERY]:
        plain = results(shop, product, limit=PAGE * 2)
        for colour in sorted({colour for hit in plain[:PAGE] for colour in colours(hit)} - colours(product)):
            fits = lambda hit: slug(hit) == slug(product) and colour in colours(hit)
            liked, disliked = next(filter(fits, plain[:PAGE]), None), next((hit for hit in plain if not fits(hit)), None)
            if liked is None or disliked is None:
                continue
            searches += 1
            judged = {liked["id"], disliked["id"]}
            for name, fields in (("like", {"like": [liked["id"]]}), ("dislike", {"dislike": [disliked["id"]]}), ("both", {"like": [liked["id"]], "dislike": [disliked["id"]]})):
                refined = results(shop, product, limit=PAGE + 2, **fields)
                unseen = lambda hits: [hit for hit in hits if hit["id"] not in judged][:PAGE]
                figures[name][0].add(unseen(plain), fits)
                figures[name][1].add(unseen(refined), fits)
                figures[name][2].add(unseen(refined), lambda hit: slug(hit) == slug(product))
    for name, (before, after, kept) in figures.items():
        print(f"{name}: {searches} searches; wanted among the first {PAGE} unseen {before} -> {after}; of the category {kept}")


def main():
    shop = sys.argv[1].rstrip("/")
    products = all_products(shop)
    words_study(shop, products)
    feedback_study(shop, products)


if __name__ == "__main__":
    main()
