"""Runs a network over a whole scene, in PyTorch or ONNX Runtime, with the edges mirrored by its
halo."""

import json

import numpy as np


class Session:
    """An .onnx with its contract."""

    def __init__(self, path, threads=1):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.run = session.run
        meta = session.get_modelmeta().custom_metadata_map
        m = {k.removeprefix("s2sr."): v for k, v in meta.items()}
        self.name, self.version, self.kind = m["name"], m["version"], m["kind"]
        self.inputs, self.outputs = json.loads(m["inputs"]), json.loads(m["outputs"])
        self.halo, self.divisor = int(m["halo"]), float(m["divisor"])
        self.factor = (
            self.outputs[0].get("factor") or self.inputs[-1]["gsd"] // self.outputs[0]["gsd"]
        )

    def __call__(self, bands):
        """Lists of (C, H, W) in DN, fine to coarse -> (C, H, W) in DN."""
        return mirrored(bands, self.halo, self.factor, self._call)

    def _call(self, bands):
        feed = {
            i["name"]: (b / self.divisor)[None].astype(np.float32)
            for i, b in zip(self.inputs, bands)
        }
        if self.kind == "single-band":
            feed = {k: v.transpose(1, 0, 2, 3) for k, v in feed.items()}
            return self.run(None, feed)[0][:, 0] * self.divisor
        return (
            self.run(None, feed)[0][0] * self.divisor
        )  # the bands; expected errors would come after them


def torch_model(net, divisor, steps, device="cpu"):
    """The same for a PyTorch network, back-projection included."""
    import torch

    from .resample import back_project

    net.eval()

    def call(bands):
        with torch.no_grad():
            x = [
                torch.from_numpy(np.ascontiguousarray(b[None] / divisor, np.float32)).to(device)
                for b in bands
            ]
            if net.kind == "single-band":
                x = [v.transpose(0, 1).contiguous() for v in x]
            y = back_project(net(*x), x[-1], net.factor, steps)
            return (y[:, 0] if net.kind == "single-band" else y[0]).cpu().numpy() * divisor

    return lambda bands: mirrored(bands, 24, net.factor, call)


def mirrored(bands, halo, factor, call):
    coarse = bands[-1].shape[1:]
    padded = []
    for b in bands:
        k = b.shape[1] // coarse[0]
        padded.append(np.pad(b, ((0, 0), (halo * k,) * 2, (halo * k,) * 2), mode="symmetric"))
    y = call(padded)
    return y[
        :, halo * factor : (halo + coarse[0]) * factor, halo * factor : (halo + coarse[1]) * factor
    ]
