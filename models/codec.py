"""codec.bin: the directions along which an embedding is kept when it is sent to a client as a short vector.

Layout: `NZC1`, codec_dim and embedding_dim as little-endian u32, then the mean (embedding_dim) and the orthonormal
directions (codec_dim × embedding_dim, row by row) as IEEE half floats.
"""

import struct

import numpy as np

CODEC_DIM = 256


def classifier_directions(weights):
    """The leading right-singular directions of the classifier's weights: what the network itself tells things apart by."""
    _, _, directions = np.linalg.svd(weights.astype(np.float64), full_matrices=False)
    directions = directions[:CODEC_DIM]
    # A singular vector's sign is free: fix it, so that the file is the same everywhere.
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return directions * signs[:, None]


def pack(mean, directions):
    header = b"NZC1" + struct.pack("<II", *directions.shape)
    return header + mean.astype("<f2").tobytes() + directions.astype("<f2").tobytes()
