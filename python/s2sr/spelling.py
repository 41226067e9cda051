"""Options as the library spells them."""

import os
from typing import Any, Dict, Mapping


def spelt(options):
    """`with_native` is `with-native` there; sequences are lists with commas, but for creation
    options and windows."""
    spelt = {}
    for key, value in listed(options).items():
        if isinstance(value, list) and key in ("projwin", "srcwin"):
            value = " ".join(str(v) for v in value)
        elif isinstance(value, list) and key != "co":
            value = ",".join(str(v) for v in value)
        elif isinstance(value, Mapping):
            value = [f"{k}={v}" for k, v in value.items()]
        spelt[key.replace("_", "-")] = value
    return spelt


def listed(options: Mapping[str, Any]) -> Dict[str, Any]:
    """Options whose values are plain: whatever gives several values (iterators, keys of a dict,
    numpy's and pandas' arrays) is a list, which can be read more than once."""
    return {key: _listed(value) for key, value in options.items()}


def is_on(value: Any) -> bool:
    """Whether a switch is on, as the library reads it."""
    return str(value).strip().lower() in ("yes", "true", "on", "1")


def _listed(value):
    if isinstance(value, (str, bytes, os.PathLike, Mapping)):
        return value
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if hasattr(value, "tolist"):
        value = value.tolist()
    return list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else value
