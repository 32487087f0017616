"""What a training is worth and what was trained: ``metrics.json`` and ``model.json``, read and checked."""

from collections.abc import Mapping
from typing import Any

from tl_core.results import scores
from tl_core.runs import METRICS, MODEL, WRONG_SHAPE, Run, check_amount, damaged


def read_metrics(run: Run) -> dict[str, Any]:
    """Return ``metrics.json`` of a training, checked; accuracies and intervals are computed from the counts.

    Returns:
        ``validation``, and ``test`` where there is one: see `scores.summarize`; ``seconds_features``,
        ``seconds_head``, ``images_computed``, ``images_reused``; maybe ``best_epoch`` and ``stopped``.

    Raises:
        RunNotFound: the file is missing or damaged.
    """
    found = run.result(METRICS)
    try:
        for name in ("seconds_features", "seconds_head"):
            check_amount(found[name], int | float)
        for name in ("images_computed", "images_reused"):
            check_amount(found[name])
        check_amount(found.get("best_epoch", 1))
        names = ("validation", "test") if "test" in found else ("validation",)
        return found | {name: _judged(found[name]) for name in names}
    except WRONG_SHAPE:
        raise damaged(run.id, METRICS) from None


def _judged(found: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("correct", "n"):
        check_amount(found[name])
    confusion = found["confusion"]
    if not isinstance(confusion, list) or len(confusion) < 2:
        raise ValueError("a row for each of two or more classes")
    return {**found, **scores.proportion(found["correct"], found["n"])}


def read_model(run: Run) -> dict[str, Any]:
    """Return ``model.json`` of a training, checked: ``class_names``, two or more, and ``unfrozen`` blocks.

    Raises:
        RunNotFound: the file is missing or damaged.
    """
    found = {"unfrozen": 0} | run.result(MODEL)
    names: Any = found.get("class_names")
    named = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not named or len(names) < 2 or not isinstance(found["unfrozen"], int):
        raise damaged(run.id, MODEL)
    return found
