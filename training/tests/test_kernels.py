"""The fixed filters against their definitions in plain numpy and scipy."""

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")
from training import kernels, reference, scenes  # noqa: E402


def apply(kernel, phases):
    """(o, i, k, k) on (i, h, w) without padding."""
    o, i, k, _ = kernel.shape
    h, w = phases.shape[1] - k + 1, phases.shape[2] - k + 1
    out = np.zeros((o, h, w))
    for y in range(k):
        for x in range(k):
            out += np.einsum(
                "oi,ihw->ohw", kernel[:, :, y, x].astype(float), phases[:, y : y + h, x : x + w]
            )
    return out


def fold(x, s):
    h, w = (d // s for d in x.shape)
    return x.reshape(h, s, w, s).transpose(1, 3, 0, 2).reshape(s * s, h, w)


def unfold(x, s):
    h, w = x.shape[1:]
    return x.reshape(s, s, h, w).transpose(2, 0, 3, 1).reshape(h * s, w * s)


@pytest.mark.parametrize("s", [2, 3, 4, 6])
def test_upsampling_is_bicubic_with_half_pixel_centres(s):
    x = np.random.default_rng(0).random((12, 9))
    got = unfold(apply(kernels.upsample_kernel(s), x[None]), s)
    assert np.allclose(got, reference.cubic_up(x, s)[2 * s : -2 * s, 2 * s : -2 * s], atol=1e-6)


@pytest.mark.parametrize("s", [2, 4, 6])
def test_degradation_is_a_gaussian_and_a_block_mean(s):
    x = np.random.default_rng(1).random((10 * s, 8 * s))
    got = apply(kernels.degrade_kernel(s), fold(x, s))[0]
    assert np.allclose(got, scenes.degrade(x[None], s)[0, 1:-1, 1:-1], atol=1e-5)


def test_a_constant_stays_constant():
    for s in (2, 3, 4, 6):
        assert np.allclose(kernels.upsample_kernel(s).sum((1, 2, 3)), 1, atol=1e-6)
        assert abs(kernels.degrade_kernel(s).sum() - 1) < 1e-6
