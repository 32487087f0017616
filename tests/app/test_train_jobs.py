"""A training while it waits, runs, is stopped, fails or was left behind: the page shows it as it is."""

import gettext
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, button, curves, labels, press, progress, sound, told
from tests.app.trainings import DEAD, epochs, only_run, open_run, queued, running
from tl_core.runs import Run
from tl_core.runs.progress import read_events
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.engine_status import engine
from tl_core.wording import DOMAIN, LOCALES

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
WAITING = "Waiting for the engine; its state is in the sidebar."
STOPPED = "Stopped. What was finished is kept."
INTERRUPTED = "Interrupted: the program ended while this ran. What was finished is kept."


# Waiting, stopping, starting again


def test_a_click_makes_a_run_that_waits_for_the_engine(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    run = only_run()
    assert told(app) == [WAITING]
    assert address(app) == {"run": run.id}
    assert snapshot(run).state is JobState.QUEUED
    assert "Stop" in labels(app) and "Resume" not in labels(app)
    assert engine().status.queued == 1


def test_clicking_twice_makes_one_run(open_page: Open) -> None:
    app = press(press(open_page(PAGE), "Train"), "Train")
    run = only_run()
    assert told(app) == [WAITING]
    assert len(read_events(run.folder / "progress.jsonl")) == 1
    assert (engine().status.queued, engine().position(run)) == (1, 0)


def test_a_refresh_and_another_tab_show_the_same_job(open_page: Open) -> None:
    first = press(open_page(PAGE), "Train")
    second = open_page(PAGE, **address(first))
    assert told(second) == [WAITING]
    press(second, "Stop")
    assert told(sound(first.run())) == [STOPPED]


def test_the_job_is_still_there_after_a_visit_to_another_page(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    sound(app.switch_page("streamlit_app.py").run())
    assert told(sound(app.switch_page(PAGE).run())) == [WAITING]


def test_a_waiting_job_is_stopped_at_once_and_can_be_started_again(open_page: Open) -> None:
    app = press(open_page(PAGE), "Train")
    press(app, "Stop")
    assert told(app) == [STOPPED]
    assert snapshot(only_run()).state is JobState.CANCELLED
    assert engine().status.queued == 0
    assert "Stop" not in labels(app)
    press(app, "Start again")
    assert told(app) == [WAITING]
    assert "Stop" in labels(app) and "Start again" not in labels(app)
    assert engine().status.queued == 1


def test_jobs_that_wait_are_counted_in_the_panel(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tl_core.ui.job_panel.engine_ready", lambda: True)
    press(open_page(PAGE), "Train")
    assert told(open_page(PAGE, run=only_run().id)) == ["Queued: next in line."]
    app = open_page(PAGE, seed="1")
    assert told(press(app, "Train")) == ["Queued: 1 job before this one."]
    app = open_page(PAGE, seed="2")
    assert told(press(app, "Train")) == ["Queued: 2 jobs before this one."]


@pytest.mark.parametrize(
    ("seconds", "added"),
    [
        (None, ""),
        (3, " It starts in about 1 minute."),
        (290, " It starts in about 5 minutes."),
    ],
)
def test_a_waiting_job_says_in_how_many_minutes_it_starts_if_something_tells(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, seconds: float | None, added: str
) -> None:
    monkeypatch.setattr("tl_core.ui.job_panel.engine_ready", lambda: True)
    monkeypatch.setattr(engine(), "seconds_until_start", lambda run: seconds)
    press(open_page(PAGE), "Train")
    app = press(open_page(PAGE, seed="1"), "Train")
    assert told(app) == [f"Queued: 1 job before this one.{added}"]


def test_a_full_queue_is_one_sentence(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    app = press(open_page(PAGE), "Train")
    assert told(app) == [WAITING]
    app = press(open_page(PAGE, seed="1"), "Train")
    assert [error.value for error in app.error] == [
        "1 jobs are waiting already. Wait until some have ended, then try again."
    ]
    assert engine().status.queued == 1


def test_a_job_that_a_full_queue_refused_was_not_interrupted(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has run, so nothing can have been interrupted or kept."""
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    press(open_page(PAGE), "Train")
    app = press(open_page(PAGE, seed="1"), "Train")
    assert INTERRUPTED not in told(app)
    assert INTERRUPTED not in told(sound(app.run()))


def test_a_full_queue_speaks_korean(
    open_page: Open, korean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_QUEUE_LIMIT", "1")
    press(open_page(PAGE), "학습")
    app = press(open_page(PAGE, seed="1"), "학습")
    assert [error.value for error in app.error] == [
        "이미 작업 1개가 기다리고 있습니다. 몇 개가 끝난 뒤 다시 시도하세요."
    ]


def test_a_job_that_was_told_to_stop_says_so_until_it_has(open_page: Open) -> None:
    run = running(open_run())
    app = open_page(PAGE, run=run.id)
    press(app, "Stop")
    assert told(app) == ["Stopping …"]
    assert button(app, "Stop").disabled
    run.append("state", state="cancelled")
    sound(app.run())
    assert told(app) == [STOPPED]
    assert "Resume" in labels(app)


# While it runs


def test_a_running_job_shows_phases_rates_and_curves(open_page: Open) -> None:
    run = running(open_run())
    app = open_page(PAGE, run=run.id)
    assert told(app) == ["Running: preparing …"]
    run.append("progress", phase="features", done=287, total=287)
    run.append("progress", phase="head", done=0, total=30 * 230)
    run.append("progress", phase="head", done=262, total=30 * 230, message="2/30")
    sound(app.run())
    assert told(app) == []
    finished, current = progress(app)
    assert finished == "**Compute features** · 287 of 287, done"
    assert current.startswith("**Train the head** · epoch 2 of 30 · ")
    assert "images a second" in current and "left" in current
    epochs(run, 1)
    assert not curves(sound(app.run()))  # one point is no curve
    epochs(run, 1, first=2)
    assert len(curves(sound(app.run()))) == 2
    assert "Stop" in labels(app)


def test_what_takes_long_inside_an_epoch_is_told(open_page: Open) -> None:
    run = running(open_run())
    run.append("progress", phase="head", done=0, total=30 * 230, message="0/30")
    app = open_page(PAGE, run=run.id)
    laying = "laying out the computation, once, which can take a while …"
    assert progress(app) == [f"**Train the head** · {laying}"]
    run.append("progress", phase="head", done=459, total=30 * 230, message="2/30 40/57")
    judging = "epoch 2 of 30 · judging: 40 of 57 validation images"
    assert progress(sound(app.run())) == [f"**Train the head** · {judging}"]
    run.append("progress", phase="Judge the result", done=32, total=230)
    assert progress(sound(app.run()))[1].startswith("**Judge the result** · 32 of 230")


def test_a_fine_tuning_shows_one_bar_for_each_phase(open_page: Open) -> None:
    run = running(open_run(unfrozen=2, epochs=3, fine_epochs=4))
    run.append("progress", phase="head", done=3 * 230, total=3 * 230, message="3/3")
    run.append("progress", phase="tail", done=0, total=4 * 230)
    run.append("progress", phase="tail", done=230 + 64, total=4 * 230, message="2/4")
    head, tail = progress(open_page(PAGE, run=run.id))
    assert head == "**Train the head** · epoch 3 of 3, done"
    assert tail.startswith("**Train the blocks and the head** · epoch 2 of 4 · ")


def test_a_phase_that_ended_early_is_done(open_page: Open) -> None:
    run = running(open_run(patience=1))
    run.append("progress", phase="head", done=30 * 230, total=30 * 230, message="30/30")
    (bar,) = progress(open_page(PAGE, run=run.id))
    assert bar.endswith("done")


@pytest.mark.parametrize(
    ("phase", "title"), [("weights", "Download the weights"), ("unpack", "Unpack the archive")]
)
def test_bytes_are_counted_in_megabytes(open_page: Open, phase: str, title: str) -> None:
    run = running(open_run())
    run.append("progress", phase=phase, done=7_000_000, total=14_000_000)
    assert progress(open_page(PAGE, run=run.id)) == [f"**{title}** · 7 MB of 14 MB"]


def test_a_download_of_unknown_size_is_not_called_done(open_page: Open) -> None:
    run = running(open_run())
    run.append("progress", phase="weights", done=7_000_000, total=0)
    (text,) = progress(open_page(PAGE, run=run.id))
    assert "done" not in text and "7 MB" in text


# Runs that somebody left behind


def test_a_run_whose_program_died_before_it_began_can_be_started_again(open_page: Open) -> None:
    run = queued(open_run(), **DEAD)
    app = open_page(PAGE, run=run.id)
    assert told(app) == ["This has not started yet."]
    assert "Stop" not in labels(app)
    press(app, "Start again")
    assert told(app) == [WAITING]
    assert snapshot(run).state is JobState.QUEUED


def test_a_run_whose_program_died_while_it_ran_can_be_resumed(open_page: Open) -> None:
    run = running(open_run(), **DEAD)
    epochs(run, 3)
    app = open_page(PAGE, run=run.id)
    assert told(app) == [INTERRUPTED]
    press(app, "Resume")
    assert told(app) == [WAITING]
    assert len(snapshot(run).epochs) == 3
    assert len(curves(app)) == 2  # the curves go on where they were


def test_an_interrupted_run_speaks_korean(open_page: Open) -> None:
    app = open_page(PAGE, locale="ko-KR", run=running(open_run(), **DEAD).id)
    (sentence,) = told(app)
    assert sentence != INTERRUPTED and "이어서 하기" in labels(app)


# Failures


TOO_MANY = "A head with one unit is for two classes and {title} has {classes}. Choose softmax."


def fail(run: Run, title: str = "Pets") -> Run:
    values = {"title": title, "classes": 3}
    run.append("state", state="failed", template=TOO_MANY, values=values)
    return run


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_failed_run_says_why_in_the_readers_language(open_page: Open, locale: str) -> None:
    catalogue = gettext.translation(
        DOMAIN, localedir=LOCALES, languages=[locale[:2]], fallback=True
    )
    app = open_page(PAGE, locale=locale, run=fail(running(open_run())).id)
    assert told(app) == [catalogue.gettext(TOO_MANY).format(title="Pets", classes=3)]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_failed_run_says_what_stands_behind_it_too(open_page: Open, locale: str) -> None:
    catalogue = gettext.translation(
        DOMAIN, localedir=LOCALES, languages=[locale[:2]], fallback=True
    )
    values = {"title": "Pets", "classes": 3}
    behind = {"template": TOO_MANY, "values": values | {"title": "*Zoo*"}}
    run = running(open_run())
    run.append("state", state="failed", template=TOO_MANY, values=values, because=behind)
    first, second = (
        catalogue.gettext(TOO_MANY).format(title=t, classes=3) for t in ("Pets", r"\*Zoo\*")
    )
    assert told(open_page(PAGE, locale=locale, run=run.id)) == [f"{first} {second}"]


def test_what_a_person_has_named_is_shown_as_it_is(open_page: Open) -> None:
    run = fail(running(open_run()), title="*my* [cats](http://example.com)")
    (sentence,) = told(open_page(PAGE, run=run.id))
    assert r"\*my\* \[cats\]" in sentence


def test_a_failed_run_can_be_tried_again(open_page: Open) -> None:
    app = press(open_page(PAGE, run=fail(running(open_run())).id), "Resume")
    assert told(app) == [WAITING]


def test_what_a_worker_says_in_words_is_not_taken_for_epochs(open_page: Open) -> None:
    """Other jobs send sentences with their progress; and a phase may not have begun its first epoch."""
    run = running(open_run())
    run.append("progress", phase="features", done=3, total=9, message="Looking at the images")
    run.append("progress", phase="head", done=0, total=60)
    app = open_page(PAGE, run=run.id)
    assert progress(app) == ["**Compute features** · 3 of 9", "**Train the head** · preparing …"]
    run.append("progress", phase="head", done=40, total=60, message="2/3")
    assert progress(sound(app.run()))[1].startswith("**Train the head** · epoch 2 of 3 · ")
