"""Bring many photos: an archive, loose files or a folder; the job that looks at them starts by itself."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.typing import UploadedFile

from tl_core import images, runs, settings
from tl_core.datasets.bringing.waiting import release
from tl_core.datasets.job_configs import ScoreConfig
from tl_core.errors import LabError
from tl_core.exports import trained_mark
from tl_core.images import START
from tl_core.prediction.scored import read_scored
from tl_core.results.metrics import read_model
from tl_core.run_book import begin_anew
from tl_core.runs import Run
from tl_core.runs.reporting import OnProgress
from tl_core.runs.snapshots import JobState, snapshot
from tl_core.training import Training
from tl_core.ui.archives import RunOf, folder_title, keep_archive, keep_packed
from tl_core.ui.engine_status import engine
from tl_core.ui.run_titles import class_titles
from tl_core.ui.state import url_choice, url_text
from tl_core.ui.text import t, t_marked
from tl_core.ui.uploads import upload_many
from tl_core.ui.visitor import visitor
from tl_core.wording import N_

KEY = "many"
"""The id of the job that is shown, in the URL."""
EARLIER_KEY = "_many_earlier"
"""The ids of those that this session has begun, the latest last."""
SOURCES = {"files": N_("Zip or files"), "folder": N_("Folder")}


def take_job() -> Run | None:
    """Take the job from the URL, once in a run; None if there is none to show."""
    url_text(KEY, check=lambda text: runs.get_run(text, ScoreConfig.KIND))
    shown: str = st.session_state[KEY]
    try:
        return runs.get_run(shown, ScoreConfig.KIND) if shown else None
    except LabError:  # deleted in another tab
        forget_job()
        return None


def forget_job() -> None:
    """Show no job any more."""
    st.session_state[KEY] = ""


def earlier_jobs() -> list[Run]:
    """Return the jobs that this session has begun and that are still there, the latest last."""
    found = []
    for identifier in st.session_state.get(EARLIER_KEY, ()):
        try:
            found.append(runs.get_run(identifier, ScoreConfig.KIND))
        except LabError:  # it was deleted, or has left
            continue
    return found


def show_uploads(network: Training) -> None:
    """Draw the ways to bring photos for a network to look at, and what becomes of them."""
    source = st.segmented_control(
        t("Where from"),
        **url_choice("source", list(SOURCES), default="files"),
        format_func=lambda name: t_marked(SOURCES[name]),
        required=True,
    )
    if source == "folder":
        upload_many(
            t("A folder of photos; its folders may be called like the classes"),
            "many_folder",
            partial(_take_folder, network),
            kind="folder",
            limit_mb=settings.current().max_image_mb,
        )
    else:
        upload_many(
            t("A zip or tar of photos, or the photos themselves"),
            "many_files",
            partial(_take_files, network),
        )
    st.caption(
        t(
            "Every photo is shown whole, as in training. Photos in folders that are called like the classes "
            "also tell how many of the guesses are right."
        )
    )
    st.caption(
        t(
            "The photos go to the computer that runs this lab and nowhere else, and are deleted there when "
            "the table is ready. The table keeps small pictures of them for a day or longer; whoever has its "
            "link sees it, and nobody else. You can delete it at any time."
        )
    )


def _take_files(
    network: Training, uploads: Sequence[UploadedFile], on_progress: OnProgress
) -> None:
    """Keep a single archive as it came, and what are photos as a zip of them."""
    if not uploads:
        return  # a click has begun this anew, and all are taken
    first = uploads[0]
    if len(uploads) == 1 and not _is_photo(first):
        keep_archive(first, _run_of(network), _begin)
        return
    stem = first.name.rpartition(".")[0] or first.name
    title = stem if len(uploads) == 1 else f"{stem} + {len(uploads) - 1}"
    keep_packed(uploads, title, _run_of(network), _begin, on_progress)


def _take_folder(
    network: Training, uploads: Sequence[UploadedFile], on_progress: OnProgress
) -> None:
    if uploads:
        keep_packed(uploads, folder_title(uploads), _run_of(network), _begin, on_progress)


def _is_photo(upload: UploadedFile) -> bool:
    start = upload.read(START)
    upload.seek(0)
    return images.is_readable(images.kind_of(start))


def _run_of(network: Training) -> RunOf:
    dataset, names = network.settings.dataset, read_model(network).class_names
    in_languages = zip(*(class_titles(dataset, name) for name in names), strict=True)
    titles = tuple(title for language in in_languages for title in language)

    def run_of(sha256: str, title: str) -> Run:
        config = ScoreConfig(
            sha256=sha256,
            title=title,
            run=network.id,
            trained=trained_mark(network),
            titles=titles,
        )
        run = runs.open_job(config)
        if snapshot(run).state is JobState.DONE and not _can_be_read(run):
            return begin_anew(run)
        return run

    return run_of


def _can_be_read(run: Run) -> bool:
    try:
        read_scored(run)
    except LabError:
        return False
    return True


def _begin(run: Run) -> None:
    """Queue a job and show it; the same photos for the same network are not looked at twice."""
    engine().submit(run, visitor())
    if snapshot(run).state is JobState.DONE:
        release(run)
    st.session_state[KEY] = run.id
    earlier = st.session_state.setdefault(EARLIER_KEY, [])
    st.session_state[EARLIER_KEY] = [*(one for one in earlier if one != run.id), run.id]
