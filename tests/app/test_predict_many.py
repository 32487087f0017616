"""Many photos on the Predict page: bringing them, the table that comes out, and what stays in the address."""

import shutil
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, labels, press, progress, sound, told, words
from tests.app.test_predict import done
from tests.datasets.samples import picture, zip_bytes
from tests.prediction.scorings import NAMES, PETS, row, scoring, write
from tl_core import runs
from tl_core.datasets.archives import opened
from tl_core.datasets.bringing.waiting import upload_path, uploads_dir
from tl_core.errors import QueueFull
from tl_core.exports import trained_mark
from tl_core.people import Person
from tl_core.prediction.rows import Row
from tl_core.runs import Run
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.ui.engine_status import engine

Open = Callable[..., AppTest]
PAGE = "pages/4_predict.py"


def open_many(open_page: Open, **url: str) -> AppTest:
    return open_page(PAGE, section="many", **url)


def result(rows: list[Row] = PETS, names: tuple[str, ...] = NAMES, aside: int = 0) -> Run:
    """Write what a network of two classes has said of photos."""
    return write(scoring(done(names).id), rows, names, aside)


def upload(app: AppTest, *chosen: tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(name, data, "") for name, data in chosen])
    return sound(app.run())


def taken(run: Run) -> Run:
    """Take a job out of the queue, as an engine does when it starts it."""
    engine().cancel(run)
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    return run


def only_job() -> Run:
    (run,) = runs.list_runs("score")
    return run


def table(app: AppTest) -> Any:
    (found,) = app.dataframe
    return found.value


def choose(app: AppTest, key: str, value: str) -> AppTest:
    return sound(app.selectbox(key=key).set_value(value).run())


# Bringing


def test_without_a_trained_network_the_section_shows_the_way_to_one(open_page: Open) -> None:
    app = open_many(open_page)
    (sentence,) = told(app)
    assert "Train a network first" in sentence and not app.file_uploader


def test_a_zip_is_kept_and_a_job_is_begun_for_the_chosen_network(open_page: Open) -> None:
    network = done()
    content = zip_bytes({"cats/1.png": picture(1)})
    app = upload(open_many(open_page), ("pets.zip", content))
    run = only_job()
    assert (run.config["run"], run.config["title"]) == (network.id, "pets")
    assert run.config["trained"] == trained_mark(network)
    assert upload_path(run).read_bytes() == content
    assert snapshot(run).state is JobState.QUEUED
    assert address(app)["many"] == run.id
    assert "Waiting for the engine" in told(app)[0] and "Stop" in labels(app)


def test_classes_are_known_by_their_names_in_every_language(open_page: Open) -> None:
    done()
    upload(open_many(open_page), ("pets.zip", zip_bytes({"1.png": picture(1)})))
    assert only_job().config["titles"] == ["animals", "food", "vehicles", "동물", "음식", "탈것"]


def test_loose_photos_become_one_archive(open_page: Open) -> None:
    done()
    files = [("IMG_1.png", picture(1)), ("IMG_1.png", picture(2)), ("notes.txt", b"no photo")]
    upload(open_many(open_page), *files)
    run = only_job()
    assert run.config["title"] == "IMG_1 + 2"
    with opened(upload_path(run), "x", lambda *_: None) as entries:
        assert sorted(entry.read() for entry in entries) == sorted(data for _, data in files)


def test_a_single_photo_is_no_archive_and_is_looked_at_all_the_same(open_page: Open) -> None:
    done()
    upload(open_many(open_page), ("IMG_1.png", picture(1)))
    with opened(upload_path(only_job()), "x", lambda *_: None) as entries:
        assert [entry.name for entry in entries] == ["IMG_1.png"]


def test_the_same_photos_are_not_looked_at_twice(open_page: Open) -> None:
    done()
    content = zip_bytes({"1.png": picture(1)})
    app = upload(open_many(open_page), ("pets.zip", content))
    run = write(taken(only_job()), PETS, NAMES)
    upload_path(run).unlink()
    app = upload(press(sound(app.run()), "Bring other photos"), ("pets.zip", content))
    assert only_job() == run and len(table(app)) == len(PETS)
    assert not list(uploads_dir().glob("*.zip"))


def test_photos_whose_table_was_damaged_are_looked_at_again(open_page: Open) -> None:
    done()
    content = zip_bytes({"1.png": picture(1)})
    app = upload(open_many(open_page), ("pets.zip", content))
    run = write(taken(only_job()), PETS, NAMES)
    (run.folder / "columns.npz").unlink()
    app = upload(press(sound(app.run()), "Bring other photos"), ("pets.zip", content))
    assert snapshot(only_job()).state is JobState.QUEUED and upload_path(run).exists()
    assert not app.dataframe


def test_what_was_brought_in_this_session_can_be_opened_again(open_page: Open) -> None:
    done()
    app = open_many(open_page)
    for name in ("one", "two"):
        app = upload(app, (f"{name}.zip", zip_bytes({f"{name}.png": picture(1)})))
        app = press(app, "Bring other photos")
    first, second = sorted(runs.list_runs("score"), key=lambda run: run.config["title"])
    app = upload(app, ("one.zip", zip_bytes({"one.png": picture(1)})))
    assert app.selectbox(key="many_earlier").options == ["one", "two"]
    assert address(choose(app, "many_earlier", second.id))["many"] == second.id
    assert first.id != second.id


def test_the_page_says_what_becomes_of_the_photos(open_page: Open) -> None:
    done()
    assert "nowhere else" in words(open_many(open_page))


# While it runs


def test_progress_is_shown_after_a_refresh(open_page: Open) -> None:
    run = scoring(done().id)
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    run.append("progress", phase="Look at the photos", done=40, total=500, message="")
    app = open_many(open_page, many=run.id)
    assert progress(app) == ["**Look at the photos** · 40 of 500"]
    assert "Stop" in labels(app) and not app.dataframe
    assert "Delete this table" not in labels(app)


def test_what_was_stopped_can_go_on(open_page: Open) -> None:
    run = scoring(done().id)
    upload_path(run).parent.mkdir(parents=True)
    upload_path(run).write_bytes(b"waits")
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    run.append("state", state="cancelled")
    assert "Resume" in labels(open_many(open_page, many=run.id))


def test_what_was_refused_says_why_and_cannot_go_on(open_page: Open) -> None:
    run = scoring(done().id)
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="failed", template="{name} is empty.", values={"name": "pets"})
    app = open_many(open_page, many=run.id)
    assert told(app) == ["pets is empty."] and "Resume" not in labels(app)
    assert "Bring other photos" in labels(app)


@pytest.mark.parametrize("link", ["0" * 16, "zzz", "../../etc", "<b>", ""])
def test_a_link_to_no_table_is_one_sentence(open_page: Open, link: str) -> None:
    done()
    app = open_many(open_page, many=link)
    assert len(app.warning) == 1 and app.file_uploader


def test_a_link_to_a_job_of_another_kind_is_no_table(open_page: Open) -> None:
    training = done()
    assert len(open_many(open_page, many=training.id).warning) == 1


# What came out


def test_the_table_says_what_the_network_says(open_page: Open) -> None:
    app = open_many(open_page, many=result().id)
    found = table(app)
    assert list(found["file"]) == [one.name for one in PETS]
    assert list(found["guess"]) == ["cats", "dogs", "cats", "dogs", "cats", "", "cats"]
    assert list(found["folder"]) == ["cats", "cats", "cats", "dogs", "dogs", "", ""]
    assert found["sure"][0] == 0.9 and np.isnan(found["sure"][5])
    assert found["score 0"][1] == 0.45 and found["score 1"][1] == 0.55
    assert found["photo"][0].startswith("data:image/webp;base64,")
    assert pd.isna(found["photo"][5])
    assert found["reason"][5] == "empty.jpg is empty. Copy it again, or choose another file."
    assert found["reason"][0] == ""


def test_it_is_summed_up_in_words(open_page: Open) -> None:
    said = words(open_many(open_page, many=result(aside=2).id))
    assert "**6** photos were looked at. Taken for: cats 4, dogs 2." in said
    assert "1 file cannot be used; its row says why." in said
    assert "2 files that a system has left behind are not in the table." in said


def test_folders_of_classes_give_an_accuracy_with_n_and_interval(open_page: Open) -> None:
    app = open_many(open_page, many=result().id)
    said = words(app)
    assert "**60.0\xa0%** of the photos in folders of classes are right: 3 of 5" in said
    assert "95 % interval 23.1\xa0% to 88.2\xa0%" in said
    assert "Each of 2 classes counted alike: 58.3\xa0%." in said
    assert "is an honest one only for photos that the network has not learned from" in said
    assert "1 photo lies in a folder that is called like no class" in told(app)[0]


def test_without_folders_of_classes_nothing_is_called_right_or_wrong(open_page: Open) -> None:
    rows = [row("zoo/1.jpg", (0.9, 0.1)), row("zoo/2.jpg", (0.3, 0.7))]
    app = open_many(open_page, many=result(rows).id)
    assert "No folder is called like a class of this network" in told(app)[0]
    assert "interval" not in words(app) and "folder" not in table(app)
    assert [box.label for box in app.expander] == []


def test_loose_photos_are_not_asked_for_folders(open_page: Open) -> None:
    app = open_many(open_page, many=result([row("1.jpg", (0.9, 0.1))]).id)
    assert told(app) == []


@pytest.mark.parametrize(
    ("which", "files"),
    [
        ("all", 7),
        ("unsure", ["cats/2.jpg", "zoo/6.jpg"]),
        ("wrong", ["cats/2.jpg", "dogs/5.jpg"]),
        ("1", ["cats/2.jpg", "dogs/4.jpg"]),
        ("refused", ["empty.jpg"]),
    ],
)
def test_what_is_shown_can_be_chosen_and_is_in_the_address(
    open_page: Open, which: str, files: Any
) -> None:
    run = result()
    app = choose(open_many(open_page, many=run.id), "which", which)
    found = list(table(app)["file"])
    assert len(found) == files if isinstance(files, int) else found == files
    again = open_many(open_page, many=run.id, **({} if which == "all" else {"which": which}))
    assert list(table(again)["file"]) == found


def test_the_threshold_of_unsure_can_be_moved(open_page: Open) -> None:
    app = choose(open_many(open_page, many=result().id), "which", "unsure")
    sound(app.slider(key="sure").set_value(95).run())
    assert len(table(app)) == 5
    assert address(app)["sure"] == "95"


def test_all_rows_are_ordered_and_not_those_of_a_page(open_page: Open) -> None:
    rows = [row(f"{n:03}.jpg", (0.5 + n / 200, 0.5 - n / 200)) for n in range(60)]
    run = result(rows)
    app = open_many(open_page, many=run.id)
    assert list(table(app)["file"]) == [f"{n:03}.jpg" for n in range(25)]
    app = choose(app, "order", "surest")
    assert list(table(app)["file"])[:2] == ["059.jpg", "058.jpg"]
    app = open_many(open_page, many=run.id, order="surest", rows="3")
    assert list(table(app)["file"]) == [f"{n:03}.jpg" for n in range(9, -1, -1)]


def test_a_cell_of_the_confusion_matrix_opens_its_photos(open_page: Open) -> None:
    app = open_many(open_page, many=result().id, confused="1", cell="1-0")
    assert "1 of 2 photos of **dogs** were taken for **cats**, surest first" in words(app)
    shown = [image for group in app.get("image") for image in group.proto.imgs]
    assert [image.alt for image in shown] == ["5: dogs, taken for cats, 99.0\xa0% sure"]
    closed = open_many(open_page, many=result().id)
    assert "taken for **cats**" not in words(closed)


def test_each_class_has_its_recall(open_page: Open) -> None:
    app = open_many(open_page, many=result().id, classes="1")
    assert list(app.table[0].value["Recall"]) == ["66.7\xa0%", "50.0\xa0%"]


def test_the_table_has_words_for_a_screen_reader(open_page: Open) -> None:
    proto = open_many(open_page, many=result().id).dataframe[0].proto
    said = str(getattr(proto, "alt", "")) or str(proto)
    assert "7 of 7 files: 1: cats 90.0" in said and "empty cannot be used" in said


def test_names_are_shown_as_they_are_and_run_by_no_spreadsheet(open_page: Open) -> None:
    rows = [row("=1+1.jpg", (0.9, 0.1)), row("*a* [x](http://example.com)/1.jpg", (0.9, 0.1))]
    app = open_many(open_page, many=result(rows, ("=cats", "*dogs*")).id)
    assert table(app)["file"][0] == "'=1+1.jpg" and table(app)["guess"][0] == "'=cats"
    assert r"\*a\* \[x\]" in told(app)[0]


def test_in_korean_the_reasons_are_korean(open_page: Open) -> None:
    app = open_many(open_page, many=result().id, lang="ko")
    assert "empty.jpg" in table(app)["reason"][5]
    assert "is empty" not in table(app)["reason"][5]


def test_the_network_that_looked_is_named_also_when_it_is_gone(open_page: Open) -> None:
    run = result()
    assert "Looked at by Emoji" in words(open_many(open_page, many=run.id))
    shutil.rmtree(runs.get_run(run.config["run"]).folder)
    app = open_many(open_page, many=run.id)
    assert "The network has been deleted since." in words(app) and len(table(app)) == 7


@pytest.mark.parametrize("name", ["columns.npz", "scored.json", "rows.jsonl"])
def test_a_damaged_table_is_one_sentence(open_page: Open, name: str) -> None:
    run = result()
    (run.folder / name).write_bytes(b"\xff")
    app = open_many(open_page, many=run.id)
    assert len(app.error) == 1 and "Bring the photos again" in app.error[0].value
    assert "Bring other photos" in labels(app)


def test_a_table_can_be_deleted(open_page: Open) -> None:
    run = result()
    app = press(open_many(open_page, many=run.id), "Delete for good")
    assert not run.folder.exists() and "many" not in address(app) and app.file_uploader


def waiting(run: Run, state: str) -> Run:
    """Leave the photos of a job on disk, and the job in a state."""
    upload_path(run).parent.mkdir(parents=True, exist_ok=True)
    upload_path(run).write_bytes(b"waits")
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    if state != "running":
        run.append("state", state=state)
    return run


def test_with_a_stopped_table_its_photos_are_deleted(open_page: Open) -> None:
    run = waiting(scoring(done().id), "cancelled")
    press(open_many(open_page, many=run.id), "Delete for good")
    assert not run.folder.exists() and not upload_path(run).exists()


def test_photos_that_another_table_is_made_of_stay(open_page: Open) -> None:
    run = waiting(scoring(done(seed=1).id), "cancelled")
    other = waiting(scoring(done(seed=2).id), "running")
    assert upload_path(run) == upload_path(other) and run != other
    press(open_many(open_page, many=run.id), "Delete for good")
    assert not run.folder.exists() and upload_path(other).exists()


def test_a_full_queue_takes_no_photos_away_from_another_job(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = done(seed=1), done(seed=2)
    photos = ("pets.zip", zip_bytes({"cats/1.png": picture(1)}))
    upload(open_many(open_page, run=first.id), photos)
    other = taken(only_job())

    def full(run: Run, by: Person) -> None:
        raise QueueFull("Too many jobs are waiting. Try again in a minute.")

    monkeypatch.setattr(engine(), "submit", full)
    app = upload(open_many(open_page, run=second.id), photos)
    assert [one.value for one in app.error] == ["Too many jobs are waiting. Try again in a minute."]
    assert upload_path(other).exists()


def test_a_table_that_was_deleted_in_another_tab_is_no_fault(open_page: Open) -> None:
    run = result()
    app = open_many(open_page, many=run.id)
    shutil.rmtree(run.folder)
    sound(app.run())
    assert app.file_uploader and not app.dataframe


def test_a_page_of_20_000_rows_costs_the_web_process_no_more_than_one_of_100(
    open_page: Open,
) -> None:
    """A rerun parses 25 lines: the sum of all would take a second."""

    def cost(count: int) -> float:
        random = np.random.default_rng(0).random(count)
        rows = [row(f"cats/{n:05}.jpg", (x, 1 - x), 0) for n, x in enumerate(random.tolist())]
        run = write(scoring(done(NAMES).id, title=str(count)), rows, NAMES)
        app = open_many(open_page, many=run.id, order="surest", rows="2")
        times = []
        for _ in range(5):
            started = time.process_time()
            sound(app.run())
            times.append(time.process_time() - started)
            assert len(table(app)) == 25
        return min(times)

    few, many = cost(100), cost(20_000)
    assert many < few + 0.02
