"""All versions of a dataset: what changed, the way back, and how to delete them."""

from collections.abc import Sequence

import streamlit as st

from tl_core.datasets.catalogue import DatasetSummary, delete_dataset, get_dataset
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.owners import deletion_refusal
from tl_core.datasets.versions import versions_of
from tl_core.ui.datasets.changes import attempt, choose, tell
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.errors import callback
from tl_core.ui.run_titles import changes_text, dataset_title
from tl_core.ui.text import escaped, t, tn
from tl_core.ui.visitor import disallowed, visitor

PAGE = 8
"""Versions on a page."""
DIGITS = 8
"""Of a fingerprint: enough to tell one version from another."""


def show_versions(dataset: Dataset) -> None:
    """Draw the versions of `dataset`, the newest first."""
    versions = versions_of(dataset.id)
    st.caption(
        t(
            "A run is trained on one version and keeps it, with its fingerprint: equal fingerprints are "
            "equal images in equal classes."
        )
    )
    for place in choose_page("versions_page", len(versions), PAGE):
        number = len(versions) - place
        version = versions[number - 1]
        _show_version(number, version, current=version.id == dataset.id)
    _deletion(dataset, versions)


def _show_version(number: int, version: DatasetSummary, *, current: bool) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        classes = tn("{n} class", "{n} classes", len(version.count_by_class))
        images = tn("{n} image", "{n} images", version.image_count)
        st.markdown(
            f"**{t('Version {n}', n=number)}** · {escaped(_what_changed(version))}  \n"
            f"{images} · {classes} · {t('fingerprint')} `{_fingerprint(version)}`",
            width="stretch",
        )
        st.button(
            t("In use") if current else t("Go back to this version"),
            icon=":material/check:" if current else ":material/history:",
            key=f"version-{version.id}",
            disabled=current,
            on_click=callback(st.session_state.__setitem__),
            args=["dataset", version.id],
        )


def _what_changed(version: DatasetSummary) -> str:
    """Return the sentences of what was changed, translated."""
    if not version.change:
        return t("as it came") if not version.origin else t("changed")
    return changes_text(version)


def _fingerprint(version: DatasetSummary) -> str:
    # The id of what is not built in is the start of its fingerprint: no index has to be read for it.
    full = get_dataset(version.id).fingerprint if version.built_in else version.id
    return full[:DIGITS]


# Deleting


def _deletion(dataset: Dataset, versions: Sequence[DatasetSummary]) -> None:
    own = [version for version in versions if not version.built_in]
    if not own:
        st.caption(t("This dataset comes with the app and cannot be deleted."))
        return
    with st.popover(t("Delete …"), icon=":material/delete:"):
        st.markdown(
            t(
                "Deleted images do not come back. Runs that were trained on them stay, and can still predict."
            )
        )
        if any(version.id == dataset.id for version in own):
            st.button(
                t("Delete this version"),
                icon=":material/delete:",
                on_click=callback(_delete),
                args=[[dataset.id], _next_best(dataset, versions)],
                **disallowed(deletion_refusal(dataset.id, visitor())),
            )
        _deletion_of_many(dataset, versions, own)


def _deletion_of_many(
    dataset: Dataset, versions: Sequence[DatasetSummary], own: Sequence[DatasetSummary]
) -> None:
    """Draw the button for all versions, or for one's own where some are others'."""
    theirs = [one for one in own if deletion_refusal(one.id, visitor()) is None]
    if len(theirs) < 2:
        return
    if len(theirs) == len(own):
        label = tn("Delete {n} version", "Delete all {n} versions", len(own))
    else:
        label = tn("Delete my version", "Delete my {n} versions", len(theirs))
    st.button(
        label,
        icon=":material/delete_forever:",
        on_click=callback(_delete),
        args=[[version.id for version in theirs], _next_best(dataset, versions, theirs)],
    )


def _next_best(
    dataset: Dataset, versions: Sequence[DatasetSummary], gone: Sequence[DatasetSummary] = ()
) -> str:
    """Return the newest version that is left, or nothing: then the usual dataset is chosen."""
    lost = {dataset.id} | {version.id for version in gone}
    left = [version.id for version in versions if version.id not in lost]
    return left[-1] if left else ""


def _delete(identifiers: Sequence[str], instead: str) -> None:
    title = dataset_title(identifiers[0])

    def delete() -> None:
        gone = [delete_dataset(identifier, visitor()) for identifier in identifiers]
        choose(instead)
        if all(gone):
            tell(t("{title} was deleted.", title=title))
        else:
            tell(t("{title} is no longer yours. It stays for others who have it too.", title=title))

    attempt(delete)
