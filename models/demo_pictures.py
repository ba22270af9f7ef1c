"""Our own renders, as the networks see them: what is measured on pictures is measured on these."""

from pathlib import Path

import numpy as np
from bundles import CROP_SHARE
from PIL import Image

DEMO = Path(__file__).resolve().parent.parent / "demo"


def network_input(path, size):
    """As the program prepares it: short side scaled to size / crop share, white behind transparency, the centre cut out."""
    with Image.open(path) as opened:
        picture = Image.alpha_composite(Image.new("RGBA", opened.size, "white"), opened.convert("RGBA")).convert("RGB")
    scale = round(size / CROP_SHARE) / min(picture.size)
    width, height = (max(size, round(side * scale)) for side in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BOX)
    left, top = (width - size) // 2, (height - size) // 2
    return np.asarray(picture.crop((left, top, left + size, top + size)))[None]
