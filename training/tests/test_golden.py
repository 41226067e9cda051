"""The shipped networks in ONNX Runtime give what they gave in PyTorch (tests/data/golden.json),
which the engine is held to as well."""

import json

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("onnxruntime")
from training import golden  # noqa: E402


@pytest.mark.parametrize(
    "case", json.loads(golden.FILE.read_text())["networks"], ids=lambda case: case["name"]
)
def test_a_network_gives_its_golden_values(case):
    session = golden.session_of(case["name"])
    made = golden.inputs(
        golden.ports_of(case["name"]), golden.coarsest_of(case["name"]), case["size"]
    )
    result = session.run(None, dict(zip([i["name"] for i in session.inputs], made)))[0][0]
    assert list(result.shape) == case["shape"]
    got = [result[tuple(p)] for p in case["points"]]
    np.testing.assert_allclose(got, case["values"], atol=1e-4)
