"""The embedding of a feature map, as src/model/pooling.cpp computes it, by another way: on the eigenvalues, in double precision."""

import numpy as np

ROOT_STEPS = 5


def _roots(values):
    """Newton and Schulz's iteration, which is a polynomial: of a matrix it is that of the eigenvalues."""
    roots, inverses = values, np.ones_like(values)
    for _ in range(ROOT_STEPS):
        step = (3 - inverses * roots) / 2
        roots, inverses = roots * step, step * inverses
    return roots


def embedding(feature_map):
    places = feature_map.reshape(feature_map.shape[0], -1).astype(np.float64)
    together = places @ places.T
    values, directions = np.linalg.eigh(together / np.trace(together))
    matrix = (directions * _roots(values)) @ directions.T
    rows, columns = np.triu_indices(len(matrix))
    return matrix[rows, columns] * np.where(rows == columns, 1, np.sqrt(2))
