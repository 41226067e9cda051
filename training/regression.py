"""Bookkeeping of the local regression in networks.FastS6x: which channel is what.

Matrices per pixel are kept as channels, row by row, so that they are solved with gathers and products of whole images.
`networks` (PyTorch) and `export` (ONNX) follow the same lists.
"""
from dataclasses import dataclass

import numpy as np

from .kernels import haar_kernel

GUIDES, TARGETS, FINE_GUIDES = 10, 2, 4


def pairs(n, m):
    """Channel lists a, b such that x[a] * y[b] is (n, m), row by row."""
    return [i for i in range(n) for _ in range(m)], list(range(m)) * n


DIAGONAL = [i * GUIDES + i for i in range(GUIDES)]
# From the matrix (guide, guide) followed by the right sides (target, guide) to rows of guide + target columns.
AUGMENTED = [
    c for i in range(GUIDES) for c in [i * GUIDES + j for j in range(GUIDES)] + [GUIDES**2 + t * GUIDES + i for t in range(TARGETS)]
]
ROWS = [i for i in range(GUIDES) for _ in range(GUIDES + TARGETS)]
# From the solution (guide, target) to (target, guide).
TRANSPOSED = [g * TARGETS + t for t in range(TARGETS) for g in range(GUIDES)]
# Slopes of the 10 m guides, for each target and each of the four Haar components; and of the 20 m guides.
FINE = [t * GUIDES + b for t in range(TARGETS) for _ in range(4) for b in range(FINE_GUIDES)]
COARSE = [t * GUIDES + b for t in range(TARGETS) for b in range(FINE_GUIDES, GUIDES)]
# Which guide each of the 16 Haar components and each of the 6 coarse details is of; and each target four times.
FINE_OF, COARSE_OF = list(range(FINE_GUIDES)) * 4, list(range(FINE_GUIDES, GUIDES))
FOURFOLD = [t for t in range(TARGETS) for _ in range(4)]


def identity():
    """(1, GUIDES * (GUIDES + TARGETS), 1, 1): where the ridge goes."""
    eye = np.eye(GUIDES, GUIDES + TARGETS, dtype=np.float32)
    return eye.reshape(1, -1, 1, 1)


@dataclass
class Step:
    """Channels of one step of Gauss-Jordan elimination on rows of `c` columns; it drops the first column."""

    lead: list  # the pivot
    pivot: list  # the rest of its row
    column: list  # of each row its first element, once per remaining column
    rest: list  # of each row the remaining columns
    row: list  # repeats the pivot row for each row
    one: np.ndarray  # so that the pivot row itself is replaced, not reduced


def elimination():
    for k in range(GUIDES):
        c = GUIDES + TARGETS - k
        one = np.zeros((1, GUIDES, c - 1, 1, 1), np.float32)
        one[0, k] = 1
        yield Step(
            [k * c],
            [k * c + j for j in range(1, c)],
            [i * c for i in range(GUIDES) for _ in range(1, c)],
            [i * c + j for i in range(GUIDES) for j in range(1, c)],
            list(range(c - 1)) * GUIDES,
            one.reshape(1, -1, 1, 1),
        )


def sum_terms(terms, guides):
    """(o, TARGETS * terms, 1, 1) that adds each run of `guides` channels up: slope times detail, summed over guides."""
    outputs = TARGETS * terms // guides
    return np.repeat(np.eye(outputs, dtype=np.float32), guides, 1)[:, :, None, None]


def unfold_terms():
    """(8, 8, 1, 1): from (target, Haar component) to (target, phase)."""
    return np.kron(np.eye(TARGETS), np.linalg.inv(haar_kernel())).astype(np.float32)[:, :, None, None]
