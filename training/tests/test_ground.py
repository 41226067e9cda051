"""Patches drawn on the device: the same pairs as those of whole scenes, whatever is drawn at
random."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from training.augment import KINDS, augmented, mixed  # noqa: E402
from training.device_train import Trainer  # noqa: E402
from training.ground import Ground  # noqa: E402
from training.resample import degrade  # noqa: E402
from training.scenes import make_pair  # noqa: E402


@pytest.fixture
def scenes(tmp_path):
    rng = np.random.default_rng(0)
    bands = {"b10": (4, 180, 180), "b20": (6, 90, 90), "b60": (2, 30, 30)}
    np.savez(
        tmp_path / "somewhere.npz",
        **{k: rng.integers(100, 3000, shape, np.uint16) for k, shape in bands.items()},
    )
    return tmp_path


def test_a_patch_is_a_part_of_the_scene_and_its_pair_of_the_scenes_pair(scenes):
    torch.manual_seed(0)
    ground = Ground(scenes, (10, 20), 2, 16, "cpu", {})
    bands, hard = ground.draw(400)
    inputs, target, _ = ground.pair(bands, hard)
    scene = np.load(scenes / "somewhere.npz")
    whole = make_pair([scene["b10"], scene["b20"]], 2)
    found = 0
    for patch, fine, coarse in zip(target.numpy(), inputs[0].numpy(), inputs[1].numpy()):
        at = np.argwhere(
            (scene["b20"] == patch[:, :1, :1]).all(0)
        )  # only where it is neither turned nor mirrored
        for y, x in at:
            same = np.array_equal(scene["b20"][:, y : y + 16, x : x + 16], patch)
            if same and y % 2 == 0 and x % 2 == 0 and 8 < min(y, x) and max(y, x) < 60:
                assert np.allclose(
                    whole.inputs[1][:, y // 2 : y // 2 + 8, x // 2 : x // 2 + 8], coarse, atol=0.02
                )
                assert np.allclose(whole.inputs[0][:, y : y + 16, x : x + 16], fine, atol=0.02)
                found += 1
    assert found


def test_missing_pixels_are_never_drawn(scenes):
    scene = dict(np.load(scenes / "somewhere.npz"))
    scene["b20"][:, 40, 40] = 0
    np.savez(scenes / "somewhere.npz", **scene)
    bands, _ = Ground(scenes, (10, 20), 2, 16, "cpu", {}).draw(200)
    assert bands[20].min() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_at_random_leaves_a_pair_a_pair(scenes, kind):
    """Brightness at both scales stays the same: what was changed was changed before degrading."""
    torch.manual_seed(0)
    ground = Ground(scenes, (10, 20), 2, 16, "cpu", {})
    bands, hard = mixed(*augmented(*ground.draw(8), KINDS[kind]), 0.5)
    inputs, target, hard = ground.pair(bands, hard)
    assert [x.shape for x in inputs] == [(4, 4, 16, 16), (4, 6, 8, 8)] and hard.shape == (4, 6)
    assert torch.allclose(
        degrade(target, 2)[:, :, 1:-1, 1:-1], inputs[1][:, :, 1:-1, 1:-1], atol=0.02
    )


def test_a_training_on_a_device_learns(scenes):
    config = {
        "name": "t",
        "divisor": 2000,
        "network": {"type": "fine-t2x", "channels": 8, "blocks": 1},
    }
    config["training"] = {"batch": 2, "patch": 16, "border": 2, "rate": 1e-3}
    trainer = Trainer(config, scenes, "cpu", {})
    before = {k: v.clone() for k, v in trainer.net.state_dict().items()}
    trainer.rate.fill_(1e-3), trainer.width.fill_(1.0)
    trainer.step()
    assert all((before[k] != v).any() for k, v in trainer.net.state_dict().items() if "tail" in k)
