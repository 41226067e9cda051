"""What the training relies on: quick convolutions that are right, steps of the right size,
larger networks from smaller."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from training import export, exported, networks  # noqa: E402
from training.__main__ import load_config, load_weights, trained  # noqa: E402
from training.optimizer import orthogonal  # noqa: E402
from training.scenes import Pair  # noqa: E402
from training.teacher import Earlier, Teacher, turned, turned_back  # noqa: E402
from training.train import train  # noqa: E402
from training.winograd import conv3x3, library  # noqa: E402


@pytest.mark.skipif(library() is None, reason="no C compiler")
@pytest.mark.parametrize("shape", [(2, 5, 7, 13), (1, 64, 4, 4), (3, 20, 9, 16)])
def test_quick_convolutions_are_convolutions_forward_and_backward(shape):
    g = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(s, generator=g) for s in (shape, (11, shape[1], 3, 3), (11,)))
    push = torch.randn(shape[0], 11, *shape[2:], generator=g)
    results = []
    for convolve in (conv3x3, lambda x, w, b: torch.nn.functional.conv2d(x, w, b, padding=1)):
        leaves = [t.clone().requires_grad_() for t in (x, weight, bias)]
        y = convolve(*leaves)
        results.append([y, *torch.autograd.grad(y, leaves, push)])
    for quick, plain in zip(*results):
        assert (quick - plain).abs().max() < 3e-5 * plain.abs().max()


def test_steps_have_no_favourite_direction():
    singular = torch.linalg.svdvals(
        orthogonal(torch.randn(24, 90, generator=torch.Generator().manual_seed(0)))
    )
    assert 0.5 < singular.min() and singular.max() < 1.5


def test_a_larger_network_starts_as_the_smaller_one():
    small, large = (
        networks.build({"network": {"type": "fast-t2x", "channels": c, "blocks": b}})
        for c, b in ((12, 2), (20, 3))
    )
    for p in small.parameters():
        torch.nn.init.normal_(p, std=0.1)
    large.load_state_dict(networks.grown(small.state_dict(), large.state_dict()))
    bands = torch.rand(1, 4, 16, 16), torch.rand(1, 6, 8, 8)
    with torch.no_grad():
        assert (small(*bands) - large(*bands)).abs().max() < 1e-5


def test_views_can_be_turned_back():
    patch = torch.arange(24.0).reshape(1, 1, 4, 6)
    ways = [(t, f) for t in range(4) for f in (False, True)]
    views = [turned(patch, *w) for w in ways]
    assert len({(v.shape, v.numpy().tobytes()) for v in views}) == 8
    assert all((turned_back(v, *w) == patch).all() for v, w in zip(views, ways))


def test_targets_move_half_way_to_what_the_teacher_makes():
    teacher = Teacher(
        [lambda b10, b20: b20.repeat_interleave(2, 2).repeat_interleave(2, 3) + 1],
        2000,
        "cpu",
        seed=0,
    )
    rng = np.random.default_rng(0)
    inputs, target = (
        [rng.uniform(0, 3000, s).astype(np.float32) for s in ((4, 16, 16), (6, 8, 8))],
        np.full((6, 16, 16), 500, np.float32),
    )
    target[:, 3, 3] = np.nan  # what is missing stays missing
    wanted = (target + inputs[1].repeat(2, 1).repeat(2, 2) + 2000) / 2
    for _ in range(8):  # whichever way it is asked
        softened = teacher.soften(Pair(inputs, target, np.ones(6))).target
        assert np.allclose(softened, wanted, atol=0.01, equal_nan=True)


def test_a_network_of_an_earlier_version_can_teach(tmp_path):
    config = load_config("fast-x2")
    earlier = {**config, "network": {**config["network"], "channels": 8, "blocks": 1}}
    net = networks.build(earlier)
    torch.nn.init.normal_(net.trunk.tail.weight, 0, 0.1)
    path = tmp_path / "fast-x2.onnx"
    onnx.save(export.to_onnx(earlier, net.state_dict(), "0.1.0", steps=0), path)
    x = torch.rand(1, 1, 12, 12)
    with torch.no_grad():
        assert torch.allclose(trained(path, "cpu", config)(x), net(x), atol=1e-5)


def test_a_network_with_another_regression_can_teach(tmp_path):
    config = load_config("fast-t2x")
    earlier = {**config, "network": {**config["network"], "regression": "box"}}
    net = networks.build(earlier)
    path = tmp_path / "fast-t2x.onnx"
    onnx.save(export.to_onnx(earlier, net.state_dict(), "0.1.0", steps=0), path)
    bands = torch.rand(1, 4, 24, 24), torch.rand(1, 6, 12, 12)
    with torch.no_grad():
        assert torch.allclose(trained(path, "cpu", config)(*bands), net(*bands), atol=1e-5)


@pytest.mark.parametrize("name", ["fast-t2x", "flagship-t2x"])
def test_a_network_that_sees_its_inputs_in_another_order_begins_none_but_can_teach(name, tmp_path):
    config = load_config(name)
    path = tmp_path / f"{name}.onnx"
    model = export.to_onnx(config, networks.build(config).state_dict(), "0.1.0", steps=0)
    onnx.save(model, path)
    assert load_weights(config, path)
    trunk = exported.nodes(model, "Convolutions")[0]
    seen = next(n for n in model.graph.node if trunk.input[0] in n.output)
    orders = [a.ints for a in seen.attribute if a.name == "sum"]
    order = orders[0] if orders else seen.input
    order[0], order[4] = order[4], order[0]
    onnx.save(model, path)
    with pytest.raises(SystemExit, match="another order"):
        load_weights(config, path)
    assert isinstance(trained(path, "cpu", config), Earlier)


def test_a_training_goes_on_where_it_stood(tmp_path, capsys):
    rng = np.random.default_rng(0)
    bands = {"b10": (4, 96, 96), "b20": (6, 48, 48)}
    np.savez(
        tmp_path / "somewhere.npz",
        **{k: rng.integers(100, 3000, shape, np.uint16) for k, shape in bands.items()},
    )
    network = {"type": "fast-t2x", "channels": 32, "blocks": 1}
    config = {
        "name": "t",
        "divisor": 2000,
        "network": network,
        "training": {"batch": 2, "patch": 16, "border": 2, "rate": 1e-3},
    }
    states = []
    for steps in (2, 4):
        config["training"]["steps"] = steps
        train(config, tmp_path, tmp_path / "run")
        states.append(torch.load(tmp_path / "run" / "checkpoint.pt"))
    assert [s["step"] for s in states] == [2, 4] and "resumed at step 2" in capsys.readouterr().out
    assert any((states[0]["ema"][k] != v).any() for k, v in states[1]["ema"].items())
