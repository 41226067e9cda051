"""python -m training VERB … : see README.md."""
import argparse
import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def load_config(name):
    path = Path(name) if name.endswith(".toml") else HERE / "configs" / f"{name}.toml"
    return tomllib.loads(path.read_text())


def main():
    p = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = p.add_subparsers(dest="verb", required=True)
    t = verbs.add_parser("train", help="train a network, or go on with it")
    t.add_argument("config", help="a name in training/configs, or a .toml file")
    t.add_argument("scenes", help="folder of scenes")
    t.add_argument("out", help="folder for the checkpoint; training goes on where it stands")
    t.add_argument("--minutes", type=float, help="end after so many minutes instead of the config's steps")
    t.add_argument("--from", dest="start", help="start from the weights of this .onnx or checkpoint")
    t.add_argument("--device", default="cpu")
    t.add_argument("--threads", type=int, default=1)
    t.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    if o.verb == "train":
        import torch

        from .train import train

        torch.set_num_threads(o.threads)
        config = load_config(o.config)
        start = None
        if o.start:
            start = torch.load(o.start, map_location="cpu")["ema"]
        train(config, o.scenes, o.out, o.minutes, start, o.device, o.seed)


main()
