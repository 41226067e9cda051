"""Degradation, filling and scores against the golden values that the engine is held to as well
(tests/data/golden.json), and what missing pixels do to a score: nothing."""

import json
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")
from training import reference, scenes, score  # noqa: E402

GOLDEN = json.loads((Path(__file__).parents[2] / "tests/data/golden.json").read_text())["cases"]


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_values(case):
    target, low, factor = (
        np.array(case["target"], np.float64),
        np.array(case["degraded"]),
        case["factor"],
    )
    missing = np.isnan(target).any(0)
    degraded = scenes.degrade(np.stack([scenes.filled(b, missing) for b in target]), factor)
    np.testing.assert_allclose(degraded, low, rtol=1e-5)
    got = reference.scores(
        target, np.stack([reference.cubic_up(b, factor) for b in degraded]), ~missing
    )
    np.testing.assert_allclose(got["sre"], case["scores"]["sre_bands"], rtol=1e-4)
    np.testing.assert_allclose(got["rmse"], case["scores"]["rmse_bands"], rtol=1e-4)


def test_no_number_is_made_up():
    band = np.full((1, 8, 8), 1000.0)
    with pytest.raises(ValueError, match="no pixel"):
        reference.scores(band, band + 1, np.zeros((8, 8), bool))
    for value in (np.nan, np.inf):
        lost = band.copy()
        lost[0, 3, 3] = value
        with pytest.raises(ValueError, match="not numbers"):
            reference.scores(band, lost)
        assert reference.scores(lost, band + 1, np.isfinite(lost[0]))["rmse"] == 1


@pytest.mark.parametrize("value", [0, 65535])
def test_a_hole_or_a_saturated_cloud_does_not_change_the_score_of_the_rest(value):
    rng = np.random.default_rng(3)
    base = np.kron(rng.integers(500, 3000, (1, 16, 16)), np.ones((1, 6, 6))) + rng.integers(
        0, 200, (1, 96, 96)
    )
    scene = {
        10: np.repeat(base, 4, 0).astype(np.uint16),
        20: np.repeat(base[:, ::2, ::2], 6, 0).astype(np.uint16),
    }
    spoilt = {g: a.copy() for g, a in scene.items()}
    spoilt[20][2, :9, :7] = value
    spoilt[10][1, 60:70, 60:66] = value
    (_, target, _), (inputs, _, counts) = (score.wald_pair(s, (10, 20), 2) for s in (scene, spoilt))
    assert 0.3 < counts.mean() < 0.7
    clean = score.wald_pair(scene, (10, 20), 2)[0][-1]
    one, other = (
        reference.scores(target, np.stack([reference.cubic_up(b, 2) for b in low]), counts)
        for low in (clean, inputs[-1])
    )
    np.testing.assert_allclose(one["sre"], other["sre"], atol=0.02)
