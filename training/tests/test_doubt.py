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
        config, net.state_dict(), tmp_path, [(before, ["a", "b"])], [(before, ["c"])], steps=300
    )
    assert all(torch.equal(state[k], v) for k, v in before.items() if not k.startswith("doubt."))
    net.load_state_dict(state)
    ratio = doubt.ratios(net, *doubt.sizes(net.eval(), config, tmp_path, ["c"], seed=5)[:3])
    one, two = doubt.inside(ratio)
    assert 64 < one < 76 and 90 < two < 98
    # The rough half is the uncertain one.
    with torch.no_grad():
        _, error = networks.with_error(
            net, torch.rand(1, 4, 64, 64) * 0.01, torch.rand(1, 6, 32, 32) * 0.01
        )
        _, rough = networks.with_error(net, torch.rand(1, 4, 64, 64), torch.rand(1, 6, 32, 32))
    assert rough.mean() > 5 * error.mean()
