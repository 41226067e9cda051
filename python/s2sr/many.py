"""Many products into a folder: in this process, or a future a product on a Dask cluster."""

import os
import time
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Union

from .calls import super_resolve
from .engine import EngineCancelled, EngineError, OptionError
from .engine.errors import CANCELLED
from .places import engine_for_files
from .progress import Progress, shown
from .report import Results
from .spelling import listed, spelt

AnyPath = Union[str, "os.PathLike[str]"]

# Seconds from one look at a cluster's futures to the next.
PATIENCE = 0.2


def super_resolve_many(
    products: Union[AnyPath, Iterable[AnyPath]],
    folder: AnyPath,
    *,
    client: Any = None,
    skip_existing: bool = True,
    progress: Progress = None,
    **options: Any,
) -> Results:
    """Super-resolves many products into a folder. One that fails does not stop the others.

    A result appears whole or not at all. Called again after whatever stopped it, it leaves the
    results that are there and makes those that are not.

    Parameters
    ----------
    products : iterable of paths
        Products as `super_resolve` takes them, or one; with `client`, by paths that the workers
        see.
    folder : path
        Where the results go; named after the products, as `s2sr run` names them. It is made where
        there is none; a product is no folder for results.
    client : dask.distributed.Client, optional
        Works on the products there, a future a product, one thread each unless `threads` says
        otherwise. Without it, one product after the other in this process.
    skip_existing : bool
        False: results that are there are made anew.
    progress : bool or callable, optional
        As for `super_resolve`.
    **options
        As for `super_resolve` with files.

    Returns
    -------
    Results
        A list of dicts, in the order of the products: state ("done", "skipped", "failed"), input,
        output, and seconds or error. It shows itself as a table.
    """
    if isinstance(products, (str, bytes, os.PathLike)):
        products = [products]
    options = listed(options)
    Path(folder).mkdir(parents=True, exist_ok=True)
    sources = [os.fsdecode(product) for product in products]
    outputs = engine_for_files().outputs_in(sources, os.fsdecode(folder), spelt(options))
    jobs = list(zip(sources, outputs))
    with shown(progress, "products") as tell:
        if client is None:
            return Results(_one_by_one(jobs, skip_existing, options, tell))
        return Results(_on_cluster(client, jobs, skip_existing, {"threads": 1, **options}, tell))


def make(
    source: str,
    output: str,
    skip_existing: bool,
    options: Mapping[str, Any],
    progress: Progress = None,
) -> dict:
    """Does one product; what goes wrong is part of the answer. This is what a worker runs."""
    row = {"state": "skipped", "input": source, "output": output}
    if skip_existing and os.path.exists(output):
        return row
    start = time.monotonic()
    try:
        super_resolve(source, output, progress=progress, **options)
    except OptionError:
        raise  # wrong for every product
    except EngineError as error:
        if progress is not None and isinstance(error, EngineCancelled):
            raise
        return {**row, "state": "failed", "error": str(error)}
    return {**row, "state": "done", "seconds": round(time.monotonic() - start, 3)}


def _one_by_one(jobs, skip_existing, options, tell):
    for i, (source, output) in enumerate(jobs):

        def part(fraction, message, i=i):
            return tell((i + fraction) / len(jobs), message)

        yield make(source, output, skip_existing, options, part)


def _on_cluster(client, jobs, skip_existing, options, tell):
    futures = [
        client.submit(_make_there, source, output, skip_existing, options, pure=False)
        for source, output in jobs
    ]
    rows = {}
    try:
        while len(rows) < len(jobs):
            ended = [f for f in futures if f not in rows and f.done()]
            for future in ended:
                rows[future] = _row(future, *jobs[futures.index(future)])
            # Asked between results, too, so that Ctrl-C is heard while all workers compute.
            if not tell(len(rows) / max(1, len(jobs)), ""):
                raise EngineCancelled("cancelled; the results that are there stay", CANCELLED)
            if not ended:
                time.sleep(PATIENCE)
    finally:
        client.cancel([f for f in futures if f not in rows])
    return [rows[f] for f in futures]


def _row(future, source, output):
    """What became of a product; what `make` raised for all of them is raised here, too."""
    if future.status == "finished":
        return future.result()
    error = None if future.cancelled() else future.exception()
    if isinstance(error, OptionError):
        raise error
    why = str(error or "the cluster cancelled it")
    return {"state": "failed", "input": source, "output": output, "error": why}


def _make_there(source, output, skip_existing, options):
    """`make` on a worker, until its task is cancelled."""
    wanted = task_wanted()
    return make(source, output, skip_existing, options, lambda fraction, message: wanted())


def task_wanted() -> Callable[[], bool]:
    """Tells whether the task that runs here is still wanted; Dask itself lets what runs run on."""
    from distributed import get_worker
    from distributed.worker import thread_state

    try:
        tasks, key = get_worker().state.tasks, thread_state.key
    except (ValueError, AttributeError):  # no worker, or one that keeps its tasks elsewhere
        return lambda: True
    return lambda: key in tasks and tasks[key].state != "cancelled"
