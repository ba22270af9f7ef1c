"""Pictures made by integer arithmetic, the same in every language: tests in C++ draw them too.

Each is as large as the short side before the centre is cut out, so that no resizing is involved.
"""

import numpy as np


def gradient(side):
    y, x = np.mgrid[0:side, 0:side].astype(np.int64)
    last = side - 1
    return np.stack([x * 255 // last, y * 255 // last, (x + y) * 255 // (2 * last)], axis=-1).astype(np.uint8)


def shapes(side):
    y, x = np.mgrid[0:side, 0:side].astype(np.int64)
    picture = np.empty((side, side, 3), np.uint8)
    picture[:] = (230, 228, 220)
    picture[(y > side // 2) & ((x // 12) % 2 == 0)] = (40, 70, 140)
    third, radius = side // 3, side // 5
    picture[(x - third) ** 2 + (y - third) ** 2 < radius**2] = (190, 30, 45)
    picture[(x > 2 * third) & (y > third // 2) & (y < 2 * third)] = (25, 120, 60)
    return picture


def noise(side):
    y, x, channel = np.mgrid[0:side, 0:side, 0:3].astype(np.uint64)
    cell = (x // 8) * 73856093 ^ (y // 8) * 19349663 ^ channel * 83492791
    return ((cell * 2654435761 % (1 << 32)) >> 24).astype(np.uint8)


PICTURES = {"gradient": gradient, "shapes": shapes, "noise": noise}


def centre(picture, size):
    """The middle size × size, the odd pixel going to the right and below."""
    top, left = (picture.shape[0] - size) // 2, (picture.shape[1] - size) // 2
    return picture[top : top + size, left : left + size]
