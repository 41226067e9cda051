import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training import mixtures, networks  # noqa: E402


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


def scene(own, other, haze, water):
    """Bands for fast-s6x, 60 m ones mixed by `own`, whatever the guides have at 60 m; `haze` and
    `water` are what is left of the detail of B1 and B9."""
    torch.manual_seed(0)
    b10, b20 = torch.rand(1, 4, 192, 192), torch.rand(1, 6, 96, 96)
    fine = torch.cat([b10, torch.nn.functional.interpolate(b20, scale_factor=2)], 1)
    band = torch.einsum("g,nghw->nhw", own, fine)
    fine = torch.stack([haze * band, water * band], 1)
    net = networks.build(
        {"network": {"type": "fast-s6x", "channels": 8, "blocks": 0, "prior": True}}
    )
    net.prior.mixtures[:] = torch.stack([own, other])
    return net.eval(), (b10, b20, torch.nn.functional.avg_pool2d(fine, 6)), fine


OWN, OTHER = torch.linspace(-0.1, 0.3, 10), torch.linspace(0.3, 0.0, 10)


def error(net, bands, fine):
    """Mean square errors of B1 and B9, edges left out."""
    with torch.no_grad():
        return (net(*bands) - fine)[..., 24:-24, 24:-24].square().mean((0, 2, 3))


def shares(haze, water):
    net, bands, _ = scene(OWN, OTHER, haze, water)
    with torch.no_grad():
        return net.prior(*bands)[1][0, :, 8:-8, 8:-8]


def test_what_other_scenes_tell_helps_where_it_holds_and_harms_little_where_not():
    net, bands, fine = scene(OWN, OTHER, 0.3, 0.3)
    known = error(net, bands, fine)
    net.prior.mixtures[:] = 3 * torch.stack([OTHER - OWN, -OWN])
    wrong = error(net, bands, fine)
    net.prior.mixtures[:] = 0
    without = error(net, bands, fine)
    assert (known < 0.98 * without).all()
    assert (wrong < 1.05 * without).all()


def test_a_clear_b1_is_left_to_the_network():
    b1, b9 = shares(haze=4.0, water=0.3)
    assert b1.max() < 0.03 < b9.mean()


def test_where_no_water_vapour_is_in_the_way_the_network_is_left_alone():
    assert shares(haze=0.3, water=4.0).max() < 0.03
    assert shares(haze=0.3, water=0.3).mean() > 0.03


def test_in_training_the_network_is_alone():
    net, bands, fine = scene(OWN, OTHER, 0.3, 0.3)
    in_use = error(net, bands, fine)
    net.train()
    assert (error(net, bands, fine) > in_use).all()
