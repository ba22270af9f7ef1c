"""The first system's way from a photo to thirty products: Keras Xception, two passes, one Annoy index a category.

  first_system.py make FOLDER --rows N     models (random weights, seeded) and indexes (random rows, seeded)
  first_system.py answer FOLDER --passes predict|function
      reads {"photos": [path, ...], "clients": n} a line, writes {"milliseconds": [...], "seconds": s, "results": [...]} a line
"""
import argparse
import json
import os
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy
import tensorflow
from annoy import AnnoyIndex
from keras.applications.xception import Xception, preprocess_input
from PIL import Image

CATEGORIES = 8
PIXELS = 224
FEATURES = 2048
TREES = 10
NEIGHBOURS = 30
SEARCH_K = 10


def make(folder, rows):
    """Both models have the layers of the old ones; what their weights are does not change the time of a pass."""
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(1)
    Xception(weights=None, input_shape=(PIXELS, PIXELS, 3), classes=CATEGORIES).save(folder / "category.keras")
    Xception(weights=None, input_shape=(PIXELS, PIXELS, 3), include_top=False, pooling="avg").save(folder / "features.keras")
    random = numpy.random.default_rng(1)
    for category in range(CATEGORIES):
        # Pooled features of a rectified network are not negative.
        features = numpy.abs(random.standard_normal((rows, FEATURES), dtype=numpy.float32))
        index = AnnoyIndex(FEATURES, "angular")
        index.set_seed(category + 1)
        for row, vector in enumerate(features):
            index.add_item(row, vector)
        index.build(TREES)
        index.save(str(folder / f"{category}.ann"))


class FirstSystem:
    def __init__(self, folder, passes):
        models = [keras.models.load_model(folder / name, compile=False) for name in ("category.keras", "features.keras")]
        if passes == "predict":
            self._category, self._features = (lambda batch, model=model: model.predict(batch, verbose=0) for model in models)
        else:
            shape = tensorflow.TensorSpec((1, PIXELS, PIXELS, 3), tensorflow.float32)
            functions = [tensorflow.function(lambda batch, model=model: model(batch, training=False), input_signature=[shape]) for model in models]
            self._category, self._features = (lambda batch, function=function: function(batch).numpy() for function in functions)
        self._indexes = [AnnoyIndex(FEATURES, "angular") for _ in range(CATEGORIES)]
        for category, index in enumerate(self._indexes):
            index.load(str(folder / f"{category}.ann"))

    def answer(self, path):
        """Rows and distances of the photo's neighbours in its most probable category."""
        photo = Image.open(path).convert("RGB").resize((PIXELS, PIXELS), Image.Resampling.NEAREST)
        batch = preprocess_input(numpy.asarray(photo, dtype=numpy.float32)[None])
        category = int(self._category(batch)[0].argmax())
        vector = self._features(batch)[0]
        rows, distances = self._indexes[category].get_nns_by_vector(vector, NEIGHBOURS, search_k=SEARCH_K, include_distances=True)
        return category, list(zip(rows, distances))

    def answer_many(self, photos, clients):
        def timed(path):
            started = time.perf_counter()
            _, neighbours = self.answer(path)
            return (time.perf_counter() - started) * 1000, len(neighbours)

        started = time.perf_counter()
        if clients == 1:
            answers = [timed(path) for path in photos]
        else:
            with ThreadPoolExecutor(clients) as pool:
                answers = list(pool.map(timed, photos))
        seconds = time.perf_counter() - started
        return {"milliseconds": [one[0] for one in answers], "seconds": seconds, "results": [one[1] for one in answers]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["make", "answer"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--passes", choices=["predict", "function"], default="predict")
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.folder, arguments.rows)
        return
    system = FirstSystem(arguments.folder, arguments.passes)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(system.answer_many(asked["photos"], asked["clients"])), flush=True)


if __name__ == "__main__":
    main()
