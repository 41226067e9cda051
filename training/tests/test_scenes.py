"""Pairs and patches: grids that fit, missing pixels that never reach a patch, offsets and
misalignment found."""

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")
from training import scenes, score  # noqa: E402


def scene(seed=0, n=12):
    """A smooth scene of n x n pixels of 60 m, the same picture on every grid."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    fine = gaussian_filter(rng.random((6 * n, 6 * n)), 2)
    fine = 500 + 3000 * (fine - fine.min()) / np.ptp(fine)
    out = {}
    for g, bands in ((10, 4), (20, 6), (60, 2)):
        k = g // 10
        mean = fine.reshape(6 * n // k, k, 6 * n // k, k).mean((1, 3))
        out[g] = np.stack([mean * (1 + 0.1 * b) for b in range(bands)]).astype(np.uint16)
    return out


def test_a_mixture_is_a_pair(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"b{g}": v for g, v in scene(n=24).items()})
    sampler = scenes.Sampler(tmp_path, (10, 20), 2, 16, 1, seed=0, mix=1.0)
    b10, b20, target = sampler.mixed(np.random.default_rng(0))[0]
    again = scenes.degrade(target, 2)
    assert np.abs(again - b20)[:, 1:-1, 1:-1].max() < 1


@pytest.mark.parametrize("gsds,s", [((10, 20), 2), ((10, 20, 60), 6)])
def test_pairs_fit(gsds, s):
    pairs = scenes.fusion_pairs(scene(), gsds, s)
    assert len(pairs) == s * s
    for p in pairs:
        assert p.target.shape[1:] == tuple(s * d for d in p.inputs[-1].shape[1:])
        assert [p.inputs[-1].shape[1] * gsds[-1] // g for g in gsds] == [
            i.shape[1] for i in p.inputs
        ]


def test_missing_pixels_never_reach_a_patch(tmp_path):
    s = scene()
    s[20][:, 5, 5] = 0
    np.savez(tmp_path / "a.npz", **{f"b{g}": a for g, a in s.items()})
    sampler = scenes.Sampler(tmp_path, (10, 20), 2, 12, 1, seed=1)
    rng = np.random.default_rng(0)
    for _ in range(50):
        cuts, weight = sampler.one(rng)
        assert (
            all((c > 0).all() and np.isfinite(c).all() for c in cuts) and np.isfinite(weight).all()
        )


def test_what_was_made_of_a_scene_as_it_is_is_a_pair_more(tmp_path):
    s = scene()
    made = np.repeat(np.repeat(s[20], 2, 1), 2, 2) + 1
    s[10][:, 5, 4], s[20][:, 20, 20], made[:, 60:62, 60:62] = 0, 0, 0
    np.savez(tmp_path / "a.npz", **{f"b{g}": a for g, a in s.items()})
    np.save(tmp_path / "a.npy", made)
    for native, pairs in ((None, 4), (tmp_path, 5)):
        sampler = scenes.Sampler(tmp_path, (10, 20), 2, 12, 1, seed=1, native=native)
        assert len(sampler.scenes[0]) == pairs
    pair = sampler.scenes[0][-1]
    lost = np.isnan(pair.target)
    assert np.array_equal(np.argwhere(lost[0])[::2, 0], [4, 5, 40, 41, 60, 61])
    assert np.array_equal(pair.target[~lost], made[~lost])
    for bands, source in zip(pair.inputs, (s[10], s[20])):
        known = ~np.isnan(bands)
        assert np.array_equal(bands[known], source[known]) and not known.all()


def test_a_step_has_its_batch_whoever_draws_it(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"b{g}": a for g, a in scene(n=24).items()})
    one, other = (scenes.Sampler(tmp_path, (10, 20), 2, 16, 2, seed=1, mix=0.5) for _ in range(2))
    one[0]
    assert (one[5][1] == other[5][1]).all() and (one[5][1] != one[6][1]).any()


def test_small_scenes_are_mirrored_up_to_a_patch(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"b{g}": a for g, a in scene(n=11).items()})
    cuts, _ = scenes.Sampler(tmp_path, (10, 20, 60), 6, 48, 1, seed=1).one(np.random.default_rng(0))
    assert (
        cuts[-1].shape[1:] == (48, 48)
        and cuts[0].shape[1:] == (48, 48)
        and cuts[2].shape[1:] == (8, 8)
    )


def test_series_of_one_place_share_a_name():
    assert (
        scenes.series("belgium_a_2018-05-11") == "belgium_a" and scenes.series("ben_11") == "ben_11"
    )


def test_wald_pair_crops_like_a_product():
    inputs, target, counts = score.wald_pair(scene(n=9), (10, 20), 2)
    assert counts.shape == (24, 24) and counts.sum() == 16 * 16
    assert (
        target.shape[1:] == (24, 24)
        and inputs[0].shape[1:] == (24, 24)
        and inputs[1].shape[1:] == (12, 12)
    )


def test_misalignment_is_found():
    pytest.importorskip("osgeo")
    from pathlib import Path

    from training.make_scenes import band_of, misalignment

    s = scene(n=20)
    assert misalignment(s) == (0, 0)
    assert misalignment({10: s[10], 20: np.roll(s[20], 1, 2)}) == (0, 1)
    assert [band_of(Path(f)) for f in ("T46_B02.jp2", "x_B8A_20m.jp2", "s2_B2.jp2", "SCL.tif")] == [
        "B2",
        "B8A",
        "B2",
        None,
    ]
