import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402

from training import kernels, mixtures, networks, prior, resample  # noqa: E402


def case_of(mixture, gain):
    rng = np.random.default_rng(1)
    low = torch.from_numpy(rng.normal(1, 0.2, (1, 10, 30, 30)).astype(np.float32))
    band = gain * (mixture[:, None, None] * low[0]).sum(0)
    return mixtures.Case(low, None, torch.stack([band, band])[None], None, None, 6, "L1C")


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


def scene(own, other, gain, level="L1C"):
    """Bands for fast-s6x, 60 m ones mixed by `own` times `gain`, whatever the guides have at
    60 m, and seen as they see in a level. In L1C there is little light in B9."""
    torch.manual_seed(0)
    b10, b20 = torch.rand(1, 4, 192, 192), torch.rand(1, 6, 96, 96)
    net = networks.build({"network": {"type": "fast-s6x", "channels": 8, "blocks": 0}}).eval()
    fine = torch.cat([b10, net.sharpened(b10, b20)], 1)
    band = gain * torch.einsum("g,nghw->nhw", own, fine)
    bands = torch.stack([band, band], 1)
    spots = kernels.spot(prior.Prior.spread[level], (1, 1))
    seen = F.conv2d(F.pad(bands, [1] * 4), torch.from_numpy(spots), groups=2)
    net.prior.mixtures[:] = torch.stack([own, other])
    return net, (b10, b20, F.avg_pool2d(bands, 6)), seen


OWN, OTHER = torch.linspace(-0.1, 0.3, 10), torch.linspace(0.3, 0.0, 10)


def error(net, bands, fine):
    """Mean square errors of B1 and B9, edges left out."""
    with torch.no_grad():
        return (net(*bands) - fine)[..., 24:-24, 24:-24].square().mean((0, 2, 3))


def test_what_other_scenes_tell_helps_where_it_holds_and_harms_little_where_not():
    net, bands, fine = scene(OWN, OTHER, 0.3)
    known = error(net, bands, fine)
    net.prior.mixtures[:] = 3 * torch.stack([OTHER - OWN, -OWN])
    wrong = error(net, bands, fine)
    net.prior.mixtures[:] = 0
    without = error(net, bands, fine)
    assert (known < 0.9 * without).all()
    assert (wrong < 1.1 * without).all()


@pytest.mark.parametrize("level, gain", [("L1C", 0.3), ("L2A", 1.0)])
def test_b9_tells_the_level_and_that_how_wide_a_spot_the_bands_see(level, gain):
    net, bands, fine = scene(OWN, OTHER, gain, level)
    right = error(net, bands, fine)
    l1c, more = np.split(net.blurred, 2)
    net.blurred = np.concatenate([l1c + more, -more])
    assert (right < error(net, bands, fine)).all()


def test_b8a_less_what_water_vapour_takes_guides_b9(monkeypatch):
    net, (b10, b20, b60), _ = scene(OWN, OTHER, 0.3)
    net.prior.mixtures[:] = 0
    left = torch.linspace(0.1, 0.3, 192)[None, :]
    b8a = left * net.sharpened(b10, b20)[:, prior.B8A - 4]
    fine = torch.stack([b8a, b8a], 1)
    spots = torch.from_numpy(kernels.spot(prior.Prior.spread["L1C"], (1, 1)))
    seen = F.conv2d(F.pad(fine, [1] * 4), spots, groups=2)
    bands = b10, b20, F.avg_pool2d(fine, 6)
    guided = error(net, bands, seen)[1]
    none = staticmethod(lambda low, b60: torch.zeros_like(b60[:, 1:]))
    monkeypatch.setattr(prior.Prior, "left", none)
    assert guided < 0.8 * error(net, bands, seen)[1]


def test_what_the_finer_bands_bring_is_blurred_as_the_band_sees_it():
    x = torch.rand(1, 2, 24, 24)
    spots = kernels.spot((0.1, 0.06), (1.0, 1.5))
    phases = torch.from_numpy(kernels.on_phases(spots))
    folded = F.conv2d(F.pixel_unshuffle(x, 2), phases, padding=1)
    direct = F.conv2d(x, torch.from_numpy(spots), padding=1, groups=2)
    inside = (..., slice(2, -2), slice(2, -2))
    assert torch.allclose(F.pixel_shuffle(folded, 2)[inside], direct[inside], atol=1e-6)
    assert np.allclose(spots.sum((1, 2, 3)), [1, 1.5])


def test_the_20_m_bands_are_sharpened_by_what_the_10_m_bands_show_nearby():
    torch.manual_seed(0)
    b10 = torch.rand(1, 4, 48, 48)
    own = torch.linspace(-0.2, 0.5, 24).reshape(6, 4)
    fine = torch.einsum("tg,nghw->nthw", own, b10)
    b20 = F.avg_pool2d(fine, 2)
    left = (networks.FastS6x.sharpened(b10, b20) - fine)[..., 8:-8, 8:-8].square().mean()
    interpolated = (resample.upsample(b20, 2) - fine)[..., 8:-8, 8:-8].square().mean()
    assert left < 0.05 * interpolated
