"""Renders the shots of a plan with Blender's Cycles (the `bpy` module); see demo/README.md.

  python demo/render/render.py survey  --models DIR --out demo/models.csv
  python demo/render/render.py shoot   --models DIR --plan plan.jsonl --out DIR

`shoot` skips pictures that exist, so it can be stopped and started again.
"""

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
import zlib

import bpy
import numpy as np
from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import model  # noqa: E402
import package  # noqa: E402
import studio  # noqa: E402


def read_groups(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def load_item(item, models_folder):
    path = os.path.join(models_folder, item.library, item.model)
    return model.load(path, item.rotation, item.size)


def survey(args, items, rows):
    """Writes what the plan and the titles need to know of each model: the colour a shopper would name."""
    with open(args.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["item", "rgb", "share", "textured", "materials"])
        for row in rows:
            studio.reset(64, 1)
            found = model.dominant(load_item(items[row["item"]], args.models))
            if found is None:
                writer.writerow([row["item"], "", 0, 0, ""])
                continue
            group, mean, share = found
            rgb = np.clip(np.round(model.linear_to_srgb(mean / model._WHITEST) * 255), 0, 255).astype(int)
            names = " ".join(sorted({r[0].name.lower() for r in group}))[:80]
            textured = int(any(r[4] for r in group))
            writer.writerow([row["item"], "#%02x%02x%02x" % tuple(rgb), f"{share:.2f}", textured, names])
            file.flush()


def render_png(shot, item, args, path):
    scene = studio.reset(args.size, args.samples, args.device)
    if args.device == "GPU":
        use_gpu()
    if args.threads:
        scene.render.threads_mode, scene.render.threads = "FIXED", args.threads
    objects = load_item(item, args.models)
    paint = shot.get("paint")
    if paint:
        rgb = [int(paint["rgb"][i:i + 2], 16) / 255 for i in (1, 3, 5)]
        model.recolour(objects, model.srgb_to_linear(rgb) * model._WHITEST, paint.get("metallic"), paint.get("roughness"))
    points = model.vertices(objects)
    azimuth, elevation = shot["azimuth"], shot["elevation"]
    if shot["kind"] == "query":
        rng = random.Random(zlib.crc32(shot["file"].encode()))
        studio.room(azimuth, rng)
        studio.frame(points, azimuth, elevation, margin=rng.uniform(0.08, 0.18))
    else:
        studio.shadow_floor()
        studio.product_light(azimuth)
        studio.frame(points, azimuth, elevation)
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


def finish(shot, png, webp, quality):
    """Puts the studio's background behind a product, encodes, and returns numbers that show what went wrong."""
    picture = np.asarray(Image.open(png).convert("RGBA")).astype(float) / 255
    if shot["kind"] == "query":
        rgb, mask = picture[..., :3], np.ones(picture.shape[:2], bool)
    else:
        alpha = picture[..., 3:]
        rgb = picture[..., :3] * alpha + studio.product_background(picture.shape[0]) * (1 - alpha)
        mask = picture[..., 3] > 0.95
    Image.fromarray(np.round(rgb * 255).clip(0, 255).astype(np.uint8)).save(webp, "WEBP", quality=quality, method=6)
    grey = rgb @ (0.2126, 0.7152, 0.0722)
    inside = grey[mask] if mask.any() else np.zeros(1)
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return {"coverage": round(float(mask.mean()), 4), "edge": round(float(edge.mean()), 4),
            "mean": round(float(inside.mean()), 3), "deviation": round(float(inside.std()), 3),
            "burnt": round(float((inside > 0.985).mean()), 3)}


def shoot(args, items):
    with open(args.plan, encoding="utf-8") as file:
        shots = [json.loads(line) for line in file]
    part, parts = (int(n) for n in args.part.split("/"))
    shots = [s for s in shots[part - 1::parts] if not os.path.exists(os.path.join(args.out, s["file"]))]
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, \
            open(os.path.join(args.out, f"stats-{part}.jsonl"), "a", encoding="utf-8") as stats:
        for n, shot in enumerate(shots, 1):
            target = os.path.join(args.out, shot["file"])
            if os.path.exists(target):  # another process was faster
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            png = os.path.join(scratch, "shot.png")
            try:
                render_png(shot, items[shot["item"]], args, png)
                numbers = finish(shot, png, f"{target}.{part}", args.quality)
            except (RuntimeError, ValueError, OSError) as error:
                print(f"{shot['file']}: {error}", file=sys.stderr)
                continue
            os.rename(f"{target}.{part}", target)
            stats.write(json.dumps({"file": shot["file"], **numbers}) + "\n")
            stats.flush()
            print(f"{n}/{len(shots)} {shot['file']} {(time.monotonic() - start) / n:.2f} s each", flush=True)


def use_gpu():
    """Lets Cycles use an NVIDIA GPU; pictures agree with the CPU's up to noise."""
    preferences = bpy.context.preferences.addons["cycles"].preferences
    preferences.compute_device_type = "CUDA"
    preferences.get_devices()
    for device in preferences.devices:
        device.use = device.type == "CUDA"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["survey", "shoot"])
    parser.add_argument("--models", required=True, help="folder for the unpacked furniture libraries")
    parser.add_argument("--libraries", default=package.FOLDER, help="folder of the .sh3f files")
    parser.add_argument("--groups", default=os.path.join(os.path.dirname(__file__), "..", "groups.csv"))
    parser.add_argument("--plan", help="shots, one JSON object a line (from plan.py)")
    parser.add_argument("--out", required=True)
    parser.add_argument("--part", default="1/1", help="render every n-th shot: 2/4 is the second of four parts")
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--quality", type=int, default=80, help="WebP quality")
    parser.add_argument("--threads", type=int, default=0, help="processor threads; 0: all")
    parser.add_argument("--device", choices=["CPU", "GPU"], default="CPU")
    args = parser.parse_args()
    if os.path.isdir(args.libraries):
        package.extract(args.libraries, args.models)
    items = {item.id: item for item in package.read_libraries(args.libraries)}
    if args.command == "survey":
        survey(args, items, read_groups(args.groups))
    else:
        os.makedirs(args.out, exist_ok=True)
        shoot(args, items)


if __name__ == "__main__":
    main()
