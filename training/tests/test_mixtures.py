import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training import mixtures, shares  # noqa: E402
from training.resample import upsample  # noqa: E402


def case_of(mixture, gain):
    rng = np.random.default_rng(1)
    low = torch.from_numpy(rng.normal(1, 0.2, (1, 10, 30, 30)).astype(np.float32))
    band = gain * (mixture[:, None, None] * low[0]).sum(0)
    return mixtures.Case(low, None, torch.stack([band, band])[None], None, None, 6)


def test_a_scene_that_is_a_mixture_times_a_gain_is_found_whatever_the_gain():
    own = torch.linspace(-0.1, 0.3, 10)
    other = torch.linspace(0.3, 0.0, 10)
    for gain in (0.3, 1.8):
        c = case_of(own, gain)
        by_gain = mixtures.scaled(c, 0, torch.stack([own, other]), 9, 0.001)
        by_band = mixtures.around(c, 0, torch.zeros(10), 5, 0.05)
        true = gain * own[:, None, None]
        assert (by_gain - true).abs().max() < 0.02
        assert (by_gain - true).abs().max() < (by_band - true).abs().max()


def test_slopes_shrink_towards_the_prior():
    own = torch.linspace(-0.1, 0.3, 10)
    c = case_of(own, 1.0)
    for slopes in (mixtures.around(c, 1, own, 5, 1.0), mixtures.whole(c, 1, own, 1.0)):
        assert (slopes - (own if slopes.ndim == 1 else own[:, None, None])).abs().max() < 1e-4
    assert (mixtures.around(c, 1, torch.zeros(10), 5, 1e4)).abs().max() < 0.01


def test_the_share_of_a_regression_that_brings_the_least_error_is_found():
    torch.manual_seed(0)
    found, true = [], [0.3, 0.0]
    for area in (100, 400):
        coarse = torch.rand(1, 2, 30, 30)
        y, r = torch.randn(2, 1, 2, 180, 180)
        case = mixtures.Case(None, None, coarse, None, np.ones((36, 36), bool), 6)
        whole = upsample(coarse, 6) + shares.averaged(y, r, true)
        case.target = case.inner(whole)[0].numpy() * mixtures.DIVISOR
        found.append((area, [(case, y, r)]))
    assert np.allclose(shares.shares(found), true, atol=1e-3)
