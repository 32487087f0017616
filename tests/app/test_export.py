"""Take it home: closed at first, a row for each format, a download only for what was checked."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import sound, words
from tests.app.trainings import done, open_run
from tl_core import files, runs
from tl_core.exports import (
    ExportConfig,
    export_config,
    export_path,
    find_job,
    get_format,
    list_formats,
)

pytestmark = pytest.mark.usefixtures("no_engine")


def page():
    from tl_core.training import list_trainings
    from tl_core.ui.results.export import show_export

    show_export(list_trainings()[0])


@pytest.fixture
def run():
    return done(open_run())


def opened(run, is_open=True):
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state[f"export-{run.id}"] = is_open
    return sound(app.run())


def made(run, name):
    path = export_path(run, export_config(run, name))
    files.write_bytes(path, b"PK" * 50_000)
    record: dict[str, Any] = {"size": 100_000, "difference": 2.34e-7, "photos": 3}
    if get_format(name).measured:
        record["measured"] = {"file": {"size": 100_000, "milliseconds": 3.3333}}
    files.write_json(path.with_suffix(".json"), record)
    return path


def note(path, measured):
    """Write a record of what was measured beside a file."""
    files.write_json(path, files.read_json(path) | {"measured": measured})


def keys(app):
    return {button.key.rsplit("-", 1)[0] for button in app.button if button.key}


def test_nothing_is_drawn_or_begun_while_it_is_closed(run):
    app = opened(run, is_open=False)
    assert not app.button and not app.markdown
    assert runs.list_runs(ExportConfig.KIND) == ()


def test_every_format_can_be_made_or_says_what_it_needs(run):
    app = opened(run)
    text = words(app)
    for form in list_formats():
        assert form.title in text
        if f"make-{form.name}" not in keys(app):
            assert form.extras
            assert any("pip install" in code.value for code in app.code)
    assert runs.list_runs(ExportConfig.KIND) == ()


def test_a_click_begins_the_job_of_that_format_alone(run):
    app = opened(run)
    app.button(key=f"make-keras-{run.id}").click()
    sound(app.run())
    (job,) = runs.list_runs(ExportConfig.KIND)
    assert job == find_job(export_config(run, "keras"))
    assert "make-keras" not in keys(app)
    assert f"stop-{job.id}" in {button.key for button in app.button}


def test_what_was_checked_can_be_downloaded_with_its_size_and_difference(run):
    made(run, "litert")
    app = opened(run)
    text = words(app)
    assert "0.1 MB" in text and "2.3e-07" in text and "3 photos" in text
    (button,) = app.get("download_button")
    assert button.proto.label == "Download"
    assert "make-litert" not in keys(app)
    assert "make-keras" in keys(app)


LOSS = {
    "before": {"correct": 33, "n": 34},
    "after": {"correct": 31, "n": 34},
    "same": 30,
}


FILE, EXACT = {"size": 3_700_000, "milliseconds": 1.543}, {"size": 13_400_000, "milliseconds": 12.4}


def test_a_file_that_is_not_rounded_says_how_quick_it_is(run):
    made(run, "litert")
    assert "A photo takes 3.3 ms on this machine, in one thread." in words(opened(run))


@pytest.mark.parametrize("form", ["litert8", "litert16"])
def test_what_rounded_weights_take_and_cost_is_said_with_its_interval(run, form):
    path = made(run, form).with_suffix(".json")
    note(path, {"file": FILE, "exact": EXACT})
    text = words(opened(run))
    told = "3.7 MB and 1.5 ms a photo on this machine, in one thread; in float32 13.4 MB and 12 ms."
    assert told in text and "Both say the same" not in text  # no photo was left
    note(path, {"file": FILE, "exact": EXACT, "loss": LOSS})
    text = words(opened(run))
    assert "31 of 34 held-out images right; 95 % interval 77.0\xa0% to 97.0\xa0%" in text
    assert told in text and "In float32: 33. Both say the same of 30." in text


@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
@pytest.mark.parametrize(("counted", "n"), [(48, 57), (49, 57), (48, 50)])  # the run: 49 of 57
def test_why_the_run_counted_otherwise_than_its_network_in_float32_is_said(
    run, precision, counted, n
):
    model = run.folder / runs.MODEL
    files.write_json(model, files.read_json(model) | {"precision": precision})
    loss = {"before": {"correct": counted, "n": n}, "after": {"correct": 47, "n": n}, "same": 45}
    path = made(run, "litert8").with_suffix(".json")
    note(path, {"file": FILE, "exact": EXACT, "loss": loss})
    told = "The run itself counted 49, on features rounded to bfloat16."
    same_photos_other_count = n == 57 and counted != 49
    assert (told in words(opened(run))) is (precision == "bfloat16" and same_photos_other_count)


@pytest.mark.parametrize(
    "measured",
    [
        {"loss": {"before": LOSS["before"], "after": {"correct": 3, "n": 4}, "same": 3}},
        {"loss": LOSS | {"same": 35}},
        {"loss": LOSS | {"same": None}},
        {"loss": {"after": LOSS["after"]}},
        {"loss": [1, 2]},
        {"file": {"size": 3_700_000}},
        {"file": FILE | {"milliseconds": 0}},
        {"file": FILE | {"milliseconds": "NaN"}},
        {"file": FILE | {"size": -1}},
        {"exact": None},
    ],
)
def test_a_damaged_record_of_what_was_measured_offers_no_file(run, measured):
    path = made(run, "litert8").with_suffix(".json")
    note(path, {"file": FILE, "exact": EXACT, "loss": LOSS} | measured)
    assert "make-litert8" in keys(opened(run))


def test_a_file_of_an_earlier_version_of_which_less_was_measured_is_made_anew(run):
    path = made(run, "litert8").with_suffix(".json")
    record = files.read_json(path)
    files.write_json(path, {name: one for name, one in record.items() if name != "measured"})
    assert "make-litert8" in keys(opened(run))


def test_a_file_that_is_gone_can_be_made_again(run):
    path = made(run, "keras")
    job = runs.open_run(ExportConfig.KIND, export_config(run, "keras").as_json())
    job.append("state", state="queued", owner=runs.owner())
    job.append("state", state="done")
    path.unlink()
    app = opened(run)
    app.button(key=f"make-keras-{run.id}").click()
    sound(app.run())
    (again,) = runs.list_runs(ExportConfig.KIND)
    assert again.created > job.created


def test_a_failed_export_says_why_and_can_be_tried_again(run):
    job = runs.open_run(ExportConfig.KIND, export_config(run, "onnx").as_json())
    job.append("state", state="queued", owner=runs.owner())
    job.append("state", state="failed", template="It broke: {why}.", values={"why": "<b>"})
    app = opened(run)
    if not any("pip install" in code.value for code in app.code):  # the packages are installed here
        assert any("It broke" in error.value for error in app.error)


def test_a_run_without_a_result_is_one_sentence(run):
    (run.folder / runs.METRICS).unlink()
    app = opened(run)
    assert "not trained yet" in app.error[0].value
