"""Exported networks: as PyTorch computes them, with a halo that is enough, and weights that come
back."""

import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from training import export, exported, infer, networks, resample, verify  # noqa: E402

NETWORKS = {
    "fast-t2x": {"type": "fast-t2x", "channels": 16, "blocks": 2, "doubt": 8},
    "refined-t2x": {
        "type": "fast-t2x",
        "channels": 16,
        "blocks": 1,
        "fine": [8, 1],
        "doubt": 8,
    },
    "fine-t2x": {"type": "fine-t2x", "channels": 16, "blocks": 1, "doubt": 8},
    "flagship-t2x": {"type": "fine-t2x", "channels": 12, "blocks": 1, "coarse": [20, 2]},
    "fast-s6x": {"type": "fast-s6x", "channels": 16, "blocks": 1, "doubt": 8},
    "fast-x2": {"type": "fast-single", "factor": 2, "channels": 16, "blocks": 2},
    "fast-x4": {"type": "fast-single", "factor": 4, "channels": 16, "blocks": 1},
    "dsen2-t2x": {"type": "dsen2", "gsd_in": [10, 20], "channels": 16, "blocks": 2},
    "dsen2-s6x": {"type": "dsen2", "gsd_in": [10, 20, 60], "channels": 16, "blocks": 1},
    "vdsr-x2": {"type": "vdsr", "factor": 2, "channels": 16, "layers": 5},
}


def tiny(name):
    """A network none of whose layers is zero, and its config."""
    torch.manual_seed(0)
    config = {"name": name, "divisor": 2000, "back_projection": 2, "network": NETWORKS[name]}
    net = networks.build(config)
    for p in net.parameters():
        if p.abs().max() == 0:
            torch.nn.init.normal_(p, 0, 0.03)
    if getattr(net, "prior", None):
        net.prior.mixtures.uniform_(-0.1, 0.3)
    return config, net


@pytest.mark.parametrize("name", NETWORKS)
def test_export(name, tmp_path):
    config, net = tiny(name)
    path = tmp_path / "net.onnx"
    onnx.save(export.to_onnx(config, net.state_dict(), "0.0.1"), path)
    session = infer.Session(path)
    assert verify.parity(session, net, 2) < 1e-4
    for contrast in verify.CONTRASTS:
        assert 0 < verify.reach(session, 0, contrast) <= session.halo
    back = exported.onnx_weights(config, path)
    assert all(torch.allclose(back[k], v, atol=1e-5) for k, v in net.state_dict().items())
    assert len(session.outputs) == (2 if NETWORKS[name].get("doubt") else 1)


def test_a_deeper_network_begins_with_a_file_of_fewer_blocks(tmp_path):
    config, net = tiny("fast-t2x")
    onnx.save(export.to_onnx(config, net.state_dict(), "0.0.1"), tmp_path / "net.onnx")
    deeper = config | {"network": config["network"] | {"blocks": 4}}
    start, large = exported.onnx_weights(deeper, tmp_path / "net.onnx"), networks.build(deeper)
    large.load_state_dict(networks.grown(start, large.state_dict()))
    bands = torch.rand(1, 4, 16, 16), torch.rand(1, 6, 8, 8)
    with torch.no_grad():
        assert (net(*bands) - large(*bands)).abs().max() < 1e-5


@pytest.mark.parametrize("name", ["fast-x2", "vdsr-x2"])
def test_without_biases_the_result_scales_with_the_input(name):
    _, net = tiny(name)
    x = torch.rand(1, 1, 12, 12)
    with torch.no_grad():
        assert torch.allclose(net(3 * x), 3 * net(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("s", [2, 4, 6])
def test_back_projection_gives_the_source_back(s):
    fine, coarse = torch.rand(1, 2, 8 * s, 8 * s), torch.rand(1, 2, 8, 8)

    def left(steps):
        done = resample.back_project(fine, coarse, s, steps)
        return (resample.degrade(done, s) - coarse).square().mean().sqrt()

    assert left(1) < 0.5 * left(0) and left(3) < 0.5 * left(1)


def test_a_new_network_is_bicubic():
    config = {"network": NETWORKS["dsen2-t2x"]}
    b10, b20 = torch.rand(1, 4, 16, 16), torch.rand(1, 6, 8, 8)
    with torch.no_grad():
        assert torch.allclose(
            networks.build(config)(b10, b20), resample.upsample(b20, 2), atol=1e-5
        )


def test_a_new_fast_network_finds_how_bands_hang_together():
    """20 m bands that are sums of the 10 m bands, other sums left and right, far brighter than any
    training scene: before it has learnt anything, local regression brings most of their detail
    back."""
    torch.manual_seed(0)
    b10 = torch.rand(1, 4, 96, 96)
    b10 = resample.upsample(b10[:, :, ::2, ::2], 2) + 0.3 * b10
    left, right = torch.rand(2, 6, 4)
    mixed = torch.cat(
        [
            torch.einsum("tg,nghw->nthw", m, b10[..., s])
            for m, s in ((left, slice(48)), (right, slice(48, None)))
        ],
        3,
    )
    fine = 5 * mixed
    with torch.no_grad():
        coarse = torch.nn.functional.avg_pool2d(fine, 2)
        y = networks.build({"network": NETWORKS["fast-t2x"]})(b10, coarse)
        bicubic = resample.upsample(coarse, 2)
    inside = (..., slice(8, -8), torch.cat([torch.arange(8, 28), torch.arange(68, 88)]))
    assert (y - fine)[inside].square().mean() < 0.05 * (bicubic - fine)[inside].square().mean()


def test_dsen2_and_vdsr_have_the_published_sizes():
    for network, count in (
        ({"type": "dsen2", "gsd_in": [10, 20]}, 1789574),
        ({"type": "dsen2", "gsd_in": [10, 20, 60]}, 1787266),
        ({"type": "vdsr", "factor": 2}, 664704),
    ):
        assert networks.parameters(networks.build({"network": network})) == count
