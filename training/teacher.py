"""Softer targets for a small network: the truth averaged with what a trained network makes of the same input, itself the
mean over all eight ways to turn and mirror it. That mean lacks the noise that nothing in the input foretells, and it is
better than any of the eight alone (as `--quality best` is)."""
import numpy as np


def turned(bands, turns, flip):
    bands = [np.rot90(b, turns, (1, 2)) for b in bands]
    return [b[:, :, ::-1] for b in bands] if flip else bands


def turned_back(band, turns, flip):
    return np.rot90(band[:, :, ::-1] if flip else band, -turns, (1, 2))


def mean_of_views(model, bands):
    return sum(turned_back(model(turned(bands, t, f)), t, f) for t in range(4) for f in (False, True)) / 8


def soften(pair, model, share=0.5):
    filled = [np.where(np.isfinite(b), b, np.nanmean(b, (1, 2), keepdims=True)).astype(np.float32) for b in pair.inputs]
    pair.target = ((1 - share) * pair.target + share * mean_of_views(model, filled)).astype(np.float32)
