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


def shares_of(apart, b1=1.0):
    """Shares of B1 and B9 on ground where regressions are `apart`, B1 having `b1` times the detail
    of B2."""
    torch.manual_seed(0)
    low = torch.rand(1, 10, 30, 30)
    coarse = torch.cat([b1 * low[:, :1], low[:, 1:2]], 1)
    c = mixtures.Case(low, None, coarse, None, None, 6)
    plain = torch.rand(1, 2, 180, 180)
    return shares.shares(c, plain, plain + apart)[0, :, 3:-3, 3:-3]


def test_a_regression_with_knowledge_has_a_share_where_it_is_near_the_one_without():
    near, far = shares_of(0.003, b1=0.3), shares_of(0.5, b1=0.3)
    assert near.min() > 0.9 and far.max() < 0.1


def test_b1_with_as_much_detail_as_b2_is_left_to_the_network():
    b1, b9 = shares_of(0.01)
    assert b1.max() < 0.01 and b9.min() > 0.9


def test_averages_are_compared_with_the_network_alone():
    """A network that is right is harmed by none; one that adds nothing gains where mixtures are."""
    torch.manual_seed(0)
    fine = torch.rand(1, 10, 180, 180)
    mixture = torch.linspace(-0.1, 0.3, 10)
    band = torch.einsum("g,nghw->nhw", mixture, fine)[:, None]
    true = torch.cat([0.3 * band, band], 1)
    low, coarse = (torch.nn.functional.avg_pool2d(x, 6) for x in (fine, true))
    m = mixtures.MARGIN * 6
    shape = (180 - 2 * m,) * 2
    fine = fine - upsample(low, 6)
    target = true[0, :, m:-m, m:-m].numpy() * mixtures.DIVISOR
    c = mixtures.Case(low, fine, coarse, target, np.ones(shape, bool), 6, (coarse,))
    known = [torch.stack([a * mixture, a * mixture]) for a in (0.3, 1)]
    alone, quarter, own = shares.gained(lambda y: upsample(y, 6), known, c)
    assert quarter[0] == alone[0] and quarter[1] > alone[1]
    assert (own > alone).all()
    alone, _, own = shares.gained(lambda y: true, known, c)
    assert alone.min() > 40
