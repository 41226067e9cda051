"""Expected errors are learnt beside a network that stays as it is, and hold on scenes set apart."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from training import doubt, networks  # noqa: E402


def scene(path, seed, size=96):
    """Ground of which some parts are rougher than others, and a hole."""
    rng = np.random.default_rng(seed)
    rough = np.where(np.arange(size) < size // 2, 20, 200)[None, None, :]
    b10 = 2000 + rough * rng.normal(0, 1, (4, size, size))
    b20 = 1500 + rough[..., ::2] * rng.normal(0, 1, (6, size // 2, size // 2))
    b20[:, :3, :3] = 0
    np.savez(path, b10=b10.round().astype(np.uint16), b20=b20.round().astype(np.uint16))


def test_errors_are_expected_where_they_are(tmp_path):
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        scene(tmp_path / f"{name}.npz", seed)
    config = {
        "name": "t",
        "divisor": 2000,
        "network": {"type": "fast-t2x", "channels": 8, "blocks": 1, "doubt": 8},
    }
    net = networks.build(config)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    state = doubt.fit(
        config,
        net.state_dict(),
        tmp_path,
        [(before, {"a": 0, "b": 0})],
        [(before, {"c": 0})],
        steps=300,
    )
    assert all(torch.equal(state[k], v) for k, v in before.items() if not k.startswith("doubt."))
    net.load_state_dict(state)
    ratio = doubt.ratios(net, *doubt.sizes(net.eval(), config, tmp_path, {"c": 0}, seed=5)[:3])
    one, two = doubt.inside(ratio)
    assert 64 < one < 76 and 90 < two < 98
    # The rough half is the uncertain one.
    with torch.no_grad():
        _, error = networks.with_error(
            net, torch.rand(1, 4, 64, 64) * 0.01, torch.rand(1, 6, 32, 32) * 0.01
        )
        _, rough = networks.with_error(net, torch.rand(1, 4, 64, 64), torch.rand(1, 6, 32, 32))
    assert rough.mean() > 5 * error.mean()


def test_a_part_of_a_scene_and_scenes_by_the_name_of_their_set(tmp_path):
    scene(tmp_path / "a.npz", 1)
    config = {
        "divisor": 2000,
        "network": {"type": "fast-t2x", "channels": 8, "blocks": 1, "doubt": 8},
    }
    net = networks.build(config).eval()
    # Of what the trunk sees, the 10 m bands themselves; the right half is the rough one.
    whole, right = (
        doubt.sizes(net, config, tmp_path, {"a": part})[0][:, 70:74].std() for part in (0, 0.5)
    )
    assert right > 1.2 * whole
    assert doubt.named("strips", tmp_path)["virginia"] == 0.8
    assert doubt.named("a,b", tmp_path) == {"a": 0, "b": 0}
