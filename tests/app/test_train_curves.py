"""The curves of a training: both phases, the best epoch, what guessing gets, earlier runs, a log scale."""

import json
import math
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, curves, sound, words
from tests.app.trainings import done, epochs, open_run, pets, running
from tl_core.datasets.catalogue import delete_dataset, get_dataset
from tl_core.runs import Run
from tl_core.training import list_trainings

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
NAMES = ["Training", "Validation"]


def charts(app: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the charts of accuracy and loss as the browser gets them."""
    accuracy, loss = (json.loads(one.proto.spec) for one in curves(app))
    return accuracy, loss


def lines(chart: dict[str, Any]) -> dict[str, list[float]]:
    """Return the values of every line with a name."""
    return {line["name"]: line["y"] for line in chart["data"] if "name" in line}


def faint(chart: dict[str, Any]) -> int:
    return sum("name" not in line for line in chart["data"])


def guides(chart: dict[str, Any], axis: str) -> dict[str, float]:
    """Return the lines across (``y``) or upwards (``x``) by what stands beside them."""
    layout = chart["layout"]
    texts = [note["text"] for note in layout.get("annotations", ())]
    shapes = layout.get("shapes", ())
    return {
        text: shape[f"{axis}0"]
        for text, shape in zip(texts, shapes, strict=True)
        if shape[f"{axis}0"] == shape[f"{axis}1"]
    }


def spread(run: Run, *values: float) -> Run:
    """Record epochs with these validation accuracies."""
    for number, value in enumerate(values, start=1):
        epochs(run, 1, first=number, val_accuracy=value)
    return run


def test_training_and_validation_are_drawn_for_every_epoch(open_page: Open) -> None:
    run = running(open_run())
    epochs(run, 3)
    app = open_page(PAGE, run=run.id)
    accuracy, loss = charts(app)
    assert list(lines(accuracy)) == list(lines(loss)) == NAMES
    assert lines(accuracy)["Training"] == [0.5, 0.75, 1 - 0.5 / 3]
    assert lines(loss)["Validation"] == [1.2, 0.7, 0.2 + 1 / 3]
    assert "3 epochs" in curves(app)[0].proto.alt
    assert "Look for the gap" in words(app)


def test_guessing_and_the_largest_class_are_lines_across_the_accuracy_alone(
    open_page: Open,
) -> None:
    accuracy, loss = charts(open_page(PAGE, run=done(open_run()).id))
    levels = guides(accuracy, "y")
    assert levels == {"guessing": 1 / 3, "always the largest class": 129 / 287}
    assert guides(loss, "y") == {}
    # On a projector the lines are 15 pixels apart, and a name is as high.
    sides = {one["text"]: one["yanchor"] for one in accuracy["layout"]["annotations"]}
    assert sides["guessing"] == "top" and sides["always the largest class"] == "bottom"
    # The line of a mark passes behind the name of a level, not through it.
    shades = {one["text"]: one.get("bgcolor") for one in accuracy["layout"]["annotations"]}
    assert {shades[name] for name in levels} == {"#ffffff"}


def test_equal_classes_have_one_line_for_guessing_and_a_deleted_dataset_none(
    open_page: Open,
) -> None:
    identifier = pets()
    settings = {"dataset": identifier, "fingerprint": get_dataset(identifier).fingerprint}
    run = done(open_run(**settings), {})
    assert guides(charts(open_page(PAGE, run=run.id))[0], "y") == {"guessing": 0.5}
    delete_dataset(identifier)
    assert guides(charts(open_page(PAGE, run=run.id))[0], "y") == {}


def test_the_best_epoch_is_marked_in_both_charts_while_the_run_lives(open_page: Open) -> None:
    run = spread(running(open_run()), 0.5, 0.9, 0.7)
    for chart in charts(open_page(PAGE, run=run.id)):
        assert guides(chart, "x") == {"best": 2}


def test_no_epoch_is_marked_where_the_last_is_kept(open_page: Open) -> None:
    run = spread(running(open_run(keep_best=False)), 0.5, 0.9, 0.7)
    assert guides(charts(open_page(PAGE, run=run.id))[0], "x") == {}


def test_the_second_phase_begins_at_a_line_and_has_a_best_epoch_of_its_own(
    open_page: Open,
) -> None:
    run = spread(running(open_run(unfrozen=2)), 0.5, 0.9)
    epochs(run, 1, first=3, unfrozen=2, val_accuracy=0.6)
    epochs(run, 1, first=4, unfrozen=2, val_accuracy=0.4)
    for chart in charts(open_page(PAGE, run=run.id)):
        assert guides(chart, "x") == {"blocks learn too": 2.5, "best": 3}


def test_a_run_without_a_first_phase_has_no_line_for_the_second(open_page: Open) -> None:
    run = running(open_run(unfrozen=2, epochs=0))
    epochs(run, 3, unfrozen=2)
    assert guides(charts(open_page(PAGE, run=run.id))[0], "x") == {"best": 3}


def test_the_loss_can_be_drawn_on_a_logarithmic_scale_and_the_link_keeps_it(
    open_page: Open,
) -> None:
    run = done(open_run())
    app = open_page(PAGE, run=run.id)
    assert charts(app)[1]["layout"]["yaxis"].get("type") != "log"
    app.toggle(key="log").set_value(True)
    link = address(sound(app.run()))
    assert link == {"run": run.id, "log": "1"}
    accuracy, loss = charts(open_page(PAGE, **link))
    assert loss["layout"]["yaxis"]["type"] == "log"
    assert accuracy["layout"]["yaxis"].get("type") != "log"


def test_earlier_runs_with_the_same_photos_are_faint_behind(open_page: Open) -> None:
    other = pets()
    settings = {"dataset": other, "fingerprint": get_dataset(other).fingerprint}
    done(open_run(**settings), {})  # other photos
    running(open_run(seed=50))  # nothing to show yet
    first = done(open_run(seed=1))
    for seed in (2, 3, 4):
        done(open_run(seed=seed))
    last = done(open_run(seed=5))
    done(open_run(seed=6))  # later than the one that is looked at
    app = open_page(PAGE, run=last.id)
    assert [faint(chart) for chart in charts(app)] == [3, 3]
    assert "Faint: the validation curves of earlier runs" in words(app)
    app = open_page(PAGE, run=first.id)
    assert [faint(chart) for chart in charts(app)] == [0, 0]
    assert "Faint" not in words(app)


def test_the_own_run_sets_the_axes_and_broken_runs_are_left_out(open_page: Open) -> None:
    epochs(long := running(open_run(seed=1)), 40, val_loss=90.0)
    done(long)
    epochs(broken := running(open_run(seed=2, mistakes=["shuffled-labels"])), 5)
    done(broken)
    own = done(open_run(seed=3))  # of six epochs, its losses from 1/6 to 1.2
    for link in ({}, {"log": "1"}):
        accuracy, loss = charts(open_page(PAGE, run=own.id, **link))
        assert [faint(accuracy), faint(loss)] == [1, 1]
        for chart in (accuracy, loss):
            assert chart["layout"]["xaxis"]["range"] == [0, 6.5]
        low, high = loss["layout"]["yaxis"]["range"]
        low, high = (10**low, 10**high) if link else (low, high)
        assert 0 < low < 1 / 6 and 1.2 < high < 1.5


def test_a_run_of_an_earlier_version_among_them_does_no_harm(open_page: Open) -> None:
    old = done(open_run(seed=1))
    (old.folder / "progress.jsonl").unlink()
    assert faint(charts(open_page(PAGE, run=done(open_run(seed=2)).id))[0]) == 0


def test_a_training_that_ran_away_leaves_a_gap_and_a_page_that_works(open_page: Open) -> None:
    run = running(open_run(unfrozen=3, epochs=0, fine_rate=0.01, mistakes=["hot-unfreeze"]))
    epochs(run, 1, unfrozen=3)
    nothing = {"loss": math.nan, "val_loss": math.inf, "val_accuracy": 0.45, "unfrozen": 3}
    epochs(run, 4, first=2, **nothing)
    for app in (open_page(PAGE, run=run.id), open_page(PAGE, run=done(run).id, log="1")):
        loss = lines(charts(app)[1])
        assert loss == {"Training": [1.0, *[None] * 4], "Validation": [1.2, *[None] * 4]}
    assert "Broken on purpose" in "\n".join(one.value for one in app.warning)
    assert list_trainings() == (run,)
