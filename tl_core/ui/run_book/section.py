"""Section "Run book": every training with its settings and its result, to find, compare, repeat and clear."""

from collections.abc import Sequence, Set

import streamlit as st

from tl_core.errors import NotAllowed
from tl_core.people import Person, ownership
from tl_core.run_book import Entry, delete_run, read_entries
from tl_core.run_book.table import csv_bytes, entry_row
from tl_core.runs import Run, list_damaged, runs_dir
from tl_core.runs.snapshots import snapshot
from tl_core.ui import lesson
from tl_core.ui.errors import callback, fragment, shown_in_place
from tl_core.ui.presses import pressed
from tl_core.ui.run_book import compare, nickname, projects, run
from tl_core.ui.run_book.mine import own_runs
from tl_core.ui.run_book.names import Names, look_up_names
from tl_core.ui.run_book.table import choose_runs
from tl_core.ui.sections import open_section
from tl_core.ui.state import take_link, url_choice, url_flag
from tl_core.ui.text import t, tn
from tl_core.ui.visitor import disallowed, visitor

POLL_SECONDS = 3.0


def show() -> None:
    """Draw the run book."""
    entries = read_entries()
    own = own_runs(entries)
    if not entries:
        _nothing_yet()
    else:
        _book(entries, own)
    projects.show_opening()
    _damaged_folders()


def _book(entries: Sequence[Entry], own: Set[str]) -> None:
    names = look_up_names()
    filters = st.container(horizontal=True, vertical_alignment="bottom")
    with filters:
        shown = _of_dataset(_of_people(entries, own), entries, names)
        everything = st.toggle(
            t("All settings"),
            **url_flag("book_all"),
            help=t("A column for every setting of a training."),
        )
        nickname.show()
    if not shown:
        st.info(t("No run of this kind yet. Choose other runs above, or train one."))
        _to_training()
        return
    chosen = choose_runs(shown, names, everything=everything)
    _follow([entry.run for entry in shown if entry.state and entry.state.live])
    _under_the_table(shown, chosen)
    projects.show_taking(chosen, names)
    if len(chosen) == 1:
        run.show(chosen[0], names)
    elif 1 < len(chosen) <= compare.MOST:
        compare.show(chosen, names)


def _nothing_yet() -> None:
    st.info(
        t(
            "Nothing is trained yet. Every training is kept here with its settings and its result, "
            "so that you can compare and repeat it."
        ),
        icon=":material/menu_book:",
    )
    _to_training()


def _to_training() -> None:
    st.button(
        t("Train a network"),
        icon=":material/play_arrow:",
        on_click=callback(open_section),
        args=["train"],
    )


def _of_people(entries: Sequence[Entry], own: Set[str]) -> list[Entry]:
    whose = st.segmented_control(
        t("Whose runs"),
        **url_choice("whose", ("all", "mine"), default="all"),
        format_func=lambda name: t("Everybody's") if name == "all" else t("Mine"),
        required=True,
        help=t(
            "Mine are the runs that this browser has asked for, or that the link brought along."
        ),
    )
    return [entry for entry in entries if whose == "all" or entry.run.id in own]


def _of_dataset(
    entries: Sequence[Entry], all_entries: Sequence[Entry], names: Names
) -> list[Entry]:
    used = dict.fromkeys(entry.config.dataset for entry in all_entries if entry.config)
    dataset = st.selectbox(
        t("Trained on"),
        **url_choice("book_dataset", ("all", *used), default="all"),
        format_func=lambda name: t("every dataset") if name == "all" else names.dataset(name),
        width=260,
    )
    if dataset == "all":
        return list(entries)
    return [entry for entry in entries if entry.config and entry.config.dataset == dataset]


def _follow(live: Sequence[Run]) -> None:
    """Draw the book again once one of the runs that are at work has ended."""
    if live:
        fragment(_look, run_every=POLL_SECONDS)(live)


def _look(live: Sequence[Run]) -> None:
    if not all(snapshot(run).state.live for run in live):
        st.rerun()


def _under_the_table(shown: Sequence[Entry], chosen: Sequence[Entry]) -> None:
    st.caption(
        t(
            "Look for runs whose intervals do not overlap. A click on a column's name sorts. Choose one run "
            "for its details, two to {most} to compare them: with the boxes at the left, or with the arrow "
            "keys and Shift + space.",
            most=compare.MOST,
        )
    )
    if len(chosen) > compare.MOST:
        st.info(
            t(
                "{n} runs are chosen. Choose two to {most} of them to compare.",
                n=len(chosen),
                most=compare.MOST,
            )
        )
    with st.container(horizontal=True):
        st.download_button(
            t("Table as CSV"),
            lambda: csv_bytes([entry_row(entry) for entry in shown]),
            file_name="runs.csv",
            mime="text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
        if chosen and not lesson.hidden("delete"):
            _offer_deletion(chosen)


def _offer_deletion(chosen: Sequence[Entry]) -> None:
    me = visitor()
    label = tn("Delete {n} run", "Delete {n} runs", len(chosen))
    with st.popover(label, icon=":material/delete:"):
        st.markdown(
            t(
                "Settings, curves, result and trained network are lost for good. "
                "Links to them will say that they are gone."
            )
        )
        if any(set(entry.people) - {me.id} for entry in chosen):
            st.markdown(_about_others(me))
        live = [entry for entry in chosen if entry.state and entry.state.live]
        if live:
            st.markdown(
                tn(
                    "{n} of them waits or is running: stop it first.",
                    "{n} of them wait or are running: stop them first.",
                    len(live),
                )
            )
        refused = (ownership.losing(entry.run.folder, me, ownership.RUN) for entry in chosen)
        if pressed(
            t("Delete for good"),
            type="primary",
            key="delete_runs",
            **disallowed(next(filter(None, refused), None), disabled=bool(live)),
        ):
            _delete([entry.run.id for entry in chosen])


def _about_others(me: Person) -> str:
    if ownership.may_do_all(me):
        return t("You did not start all of these: somebody else may still need them.")
    return t("What others have asked for too stays theirs, and is no longer among yours.")


def _damaged_folders() -> None:
    damaged = list_damaged()
    if not damaged:
        return
    st.warning(
        tn(
            "{n} folder of the run book cannot be read: it is damaged.",
            "{n} folders of the run book cannot be read: they are damaged.",
            len(damaged),
        ),
        icon=":material/folder_off:",
    )
    with st.popover(t("Delete what is damaged"), icon=":material/delete:"):
        st.markdown(t("Nothing in them can be shown or used any more."))
        refused = (_damage_refusal(identifier) for identifier in damaged)
        if pressed(
            t("Delete for good"),
            type="primary",
            key="delete_damaged",
            **disallowed(next(filter(None, refused), None)),
        ):
            _delete(damaged)


def _damage_refusal(identifier: str) -> NotAllowed | None:
    return ownership.losing(runs_dir() / identifier, visitor(), ownership.RUN)


def _delete(ids: Sequence[str]) -> None:
    with shown_in_place():
        for identifier in ids:
            delete_run(identifier, visitor())
        if st.session_state.get("run") in ids:
            take_link({"run": None})  # the training section would look for it
        st.rerun()
