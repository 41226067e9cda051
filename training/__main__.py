"""python -m training VERB … : see README.md."""

import argparse
import sys
from pathlib import Path

import tomllib

HERE = Path(__file__).parent


def load_config(name):
    path = Path(name) if name.endswith(".toml") else HERE / "configs" / f"{name}.toml"
    return tomllib.loads(path.read_text())


def load_weights(config, path):
    """From an .onnx made by `export`, or a checkpoint (its averaged weights)."""
    if str(path).endswith(".onnx"):
        from .exported import OtherOrder, onnx_weights

        try:
            return onnx_weights(config, path)
        except OtherOrder as error:
            sys.exit(str(error))
    import torch

    return torch.load(path, map_location="cpu")["ema"]


def trained(path, device, student):
    """The network of an exported .onnx, which is named as its config, to teach another one of
    the same task."""
    import torch

    from . import networks
    from .exported import OtherOrder, onnx_weights, same_regression
    from .infer import Session
    from .teacher import Earlier

    session = Session(path)
    config = load_config(session.name)
    net, other = networks.build(config), networks.build(student)
    if (net.kind, net.factor) != (other.kind, other.factor):
        sys.exit(
            f"{path}: {config['name']} is of another task than {student['name']} and cannot teach"
            " it; give one of the same task"
        )
    try:
        net.load_state_dict(onnx_weights(config, path))
    except (KeyError, RuntimeError, OtherOrder):  # other layers, or of other sizes
        return Earlier(session)
    if not same_regression(net, path):
        return Earlier(session)
    return net.to(device, memory_format=torch.channels_last).eval()


def train(o):
    import torch

    from .teacher import Teacher
    from .train import train as run

    torch.set_num_threads(o.threads)
    config = load_config(o.config)
    start = load_weights(config, o.start) if o.start else None
    teacher = (
        Teacher(
            [trained(m, o.device, config) for m in o.teacher], config["divisor"], o.device, o.seed
        )
        if o.teacher
        else None
    )
    run(
        config,
        o.scenes,
        o.out,
        o.minutes,
        start,
        o.device,
        o.seed,
        o.exclude.split(","),
        teacher,
        o.workers,
        o.native,
    )


def doubt(o):
    import torch

    from .doubt import fit, named

    torch.set_num_threads(o.threads)
    config = load_config(o.config)

    def source(text):
        path, names = text.split("=", 1)
        return load_weights(config, path), named(names, o.scenes)

    calibrated = [source(t) for t in o.calibrate]
    used = {n for _, kept in calibrated for n in kept}
    weights = load_weights(config, o.weights)
    others = {n: part for n, part in named("all", o.scenes).items() if n not in used}
    learnt = [source(t) for t in o.learn] or [(weights, others)]
    torch.save(
        {"ema": fit(config, weights, o.scenes, learnt, calibrated), "name": config["name"]}, o.out
    )


def export(o):
    import onnx

    from .export import set_halo, to_onnx
    from .infer import Session
    from .verify import measured_halo

    config = load_config(o.config)
    model = to_onnx(config, load_weights(config, o.weights), o.version, o.steps)
    onnx.save(model, o.out)
    onnx.save(set_halo(model, measured_halo(Session(o.out))), o.out)


def score(o):
    import torch

    from . import networks
    from .infer import Session, torch_model
    from .score import score_scene

    torch.set_num_threads(o.threads)
    config = load_config(o.config)
    net = networks.build(config)
    if o.weights.endswith(".onnx"):
        model = Session(o.weights, o.threads)
    else:
        net.load_state_dict(load_weights(config, o.weights))
        model = torch_model(
            net, config["divisor"], config.get("back_projection", 2) if o.steps is None else o.steps
        )
    gsds = networks.gsd_in(net)
    total = []
    for scene in o.scene:
        s = score_scene(model, scene, gsds, net.factor)
        total.append((s["model"]["sre"].mean(), s["bicubic"]["sre"].mean()))
        bands = " ".join(f"{v:.2f}" for v in s["model"]["sre"])
        print(
            f"{Path(scene).stem:24s} SRE {total[-1][0]:6.2f} (bicubic {total[-1][1]:6.2f})  RMSE"
            f" {s['model']['rmse'].mean():6.2f}  bands {bands}  bias % {100 * np_max(s):.3f} "
            f" closure {s['closure'].max():.2f}",
            flush=True,
        )
    n = len(total)
    print(
        f"{'mean':24s} SRE {sum(t[0] for t in total) / n:6.2f} (bicubic"
        f" {sum(t[1] for t in total) / n:6.2f})"
    )


def verify(o):
    import torch

    from . import networks
    from .infer import Session
    from .verify import CONTRASTS, parity, reach

    torch.set_num_threads(1)
    config = load_config(o.config)
    session, net = Session(o.model), networks.build(config)
    net.load_state_dict(load_weights(config, o.model))
    difference = parity(session, net, config.get("back_projection", 2))
    radius = max(reach(session, contrast=contrast) for contrast in CONTRASTS)
    print(
        f"{session.name}: differs from PyTorch by {difference:.1e} at most; halo {session.halo},"
        f" reach {radius}"
    )
    return 0 if difference < 1e-4 and radius <= session.halo else 1


def speed(o):
    from . import catalog
    from .infer import Session
    from .verify import speed as measured

    for m in catalog.load(o.models):
        s = measured(Session(Path(o.models) / m["file"]), m["tflop_per_tile"])
        catalog.add(o.models, m["name"], "speed", s | {"machine": o.machine})
        print(f"{m['name']:12s} {s}", flush=True)


def index(o):
    from .catalog import update

    for m in update(o.models):
        print(
            f"{m['name']:12s} {m['version']:8s} {m['parameters']:9d} parameters "
            f" {m['tflop_per_tile']:7.1f} TFLOP a tile"
        )


def np_max(s):
    return abs(s["model"]["bias"] / s["model"]["mean"]).max()


def main():
    p = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = p.add_subparsers(dest="verb", required=True)
    t = verbs.add_parser("train", help="train a network, or go on with it")
    t.set_defaults(run=train)
    t.add_argument("config", help="a name in training/configs, or a .toml file")
    t.add_argument("scenes", help="folder of scenes")
    t.add_argument("out", help="folder for the checkpoint; training goes on where it stands")
    t.add_argument(
        "--minutes", type=float, help="end after so many minutes instead of the config's steps"
    )
    t.add_argument(
        "--from", dest="start", help="start from the weights of this .onnx or checkpoint"
    )
    t.add_argument(
        "--teacher",
        nargs="+",
        help="soften the targets with what these .onnx of the same task make of the inputs",
    )
    t.add_argument(
        "--native", help="20 m: a folder that `training.native` made; a pair more for each scene"
    )
    t.add_argument("--exclude", default="", help="scenes to hold out, with commas between")
    t.add_argument("--device", default="cpu")
    t.add_argument("--threads", type=int, default=1)
    t.add_argument(
        "--workers",
        type=int,
        default=0,
        help="processes that draw patches beside the training; 2 or 3 for a GPU",
    )
    t.add_argument("--seed", type=int, default=1)
    d = verbs.add_parser(
        "doubt",
        help="learn how far a trained network's result is off, and leave the network as it is",
    )
    d.set_defaults(run=doubt)
    d.add_argument("config")
    d.add_argument("weights", help="checkpoint.pt or .onnx")
    d.add_argument("scenes", help="folder of scenes")
    d.add_argument("out", help="the checkpoint to write")
    d.add_argument(
        "--learn",
        action="append",
        default=[],
        metavar="WEIGHTS=SCENE,SCENE",
        help=(
            "learn from these scenes, of which the network with these weights saw none; all,"
            " places or strips stand for those in training/holdout.py (default: its own weights,"
            " all other scenes)"
        ),
    )
    d.add_argument(
        "--calibrate",
        action="append",
        required=True,
        metavar="WEIGHTS=SCENE,SCENE",
        help="the same for the final factors",
    )
    d.add_argument("--threads", type=int, default=1)
    e = verbs.add_parser("export", help="write weights as ONNX with the model's contract")
    e.set_defaults(run=export)
    e.add_argument("config")
    e.add_argument("weights", help="checkpoint.pt or .onnx")
    e.add_argument("out", help="the .onnx to write")
    e.add_argument("--version", default="1.0.0")
    e.add_argument("--steps", type=int, help="back-projection steps, instead of the config's")
    s = verbs.add_parser("score", help="score weights on scenes by Wald's protocol")
    s.set_defaults(run=score)
    s.add_argument("config")
    s.add_argument("weights", help="checkpoint.pt or .onnx")
    s.add_argument("scene", nargs="+", help="scenes (.npz)")
    s.add_argument("--steps", type=int, help="back-projection steps, instead of the config's")
    s.add_argument("--threads", type=int, default=1)
    i = verbs.add_parser("index", help="write index.json for a folder of exported models")
    i.set_defaults(run=index)
    i.add_argument("models", help="the folder")
    v = verbs.add_parser(
        "verify", help="hold a model against PyTorch, and its halo against what it reaches"
    )
    v.set_defaults(run=verify)
    v.add_argument("config")
    v.add_argument("model", help="an exported .onnx")
    w = verbs.add_parser("speed", help="time the models of an index on one core")
    w.set_defaults(run=speed)
    w.add_argument("models", help="the folder")
    w.add_argument("--machine", required=True, help="the processor's name, for the cards")
    o = p.parse_args()
    return o.run(o)


if __name__ == "__main__":
    sys.exit(main())
