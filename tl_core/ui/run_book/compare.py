"""Two to four runs beside each other: results, curves, settings that differ, the same photos."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import nan

import streamlit as st

from tl_core.errors import LabError
from tl_core.run_book import Entry, read_epochs
from tl_core.run_book.comparison import SharedPhotos, compare_on_photos, differing
from tl_core.runs import Run
from tl_core.runs.snapshots import snapshot
from tl_core.statistics import mcnemar, wilson_interval
from tl_core.ui.curve_chart import curve_chart
from tl_core.ui.numbers import range_text
from tl_core.ui.run_book.names import Names
from tl_core.ui.text import escaped, say, t, tn
from tl_core.ui.training.parameters import setting_text, setting_title
from tl_core.wording import percent

MOST = 4
LETTERS = "ABCD"
CHANCE = 0.05
"""A difference that chance alone brings about less often than this is called more than chance."""


def show(entries: Sequence[Entry], names: Names) -> None:
    """Draw the comparison.

    Args:
        entries: two to `MOST` runs.
        names: what they are called.
    """
    named = dict(zip(LETTERS, entries, strict=False))
    _results(named, names)
    _curves(named)
    _settings(named, names)
    _same_photos(named)


def _results(named: Mapping[str, Entry], names: Names) -> None:
    metrics = [entry.metrics for entry in named.values()]
    found = [one.validation if one else None for one in metrics]
    right = [f"{one.correct} / {one.n}" if one else "–" for one in found]
    accuracies = [
        percent(one.accuracy) if one else names.state(entry)
        for one, entry in zip(found, named.values(), strict=True)
    ]
    intervals = [range_text(one) if one else "–" for one in found]
    table = {
        "": list(named),
        t("Run"): [escaped(names.title(entry)) for entry in named.values()],
        t("Accuracy"): accuracies,
        t("Right"): right,
        t("95 % interval"): intervals,
    }
    st.table(table)
    lacking = {
        letter: len(one.unjudged)
        for letter, one in zip(named, found, strict=True)
        if one and one.unjudged
    }
    if lacking:
        runs_text = ", ".join(f"{letter} ({count})" for letter, count in lacking.items())
        st.caption(
            t(
                "Classes that were never judged, and do not count in the accuracy: {runs}.",
                runs=runs_text,
            )
        )


def _curves(named: Mapping[str, Entry]) -> None:
    epochs = {letter: read_epochs(entry.run) for letter, entry in named.items()}
    if not any(epochs.values()):
        st.caption(t("None of these runs has finished an epoch, so there are no curves yet."))
        return
    accuracy, loss = st.columns(2)
    with accuracy:
        _curve(epochs, "val_accuracy", t("Validation accuracy"))
    with loss:
        _curve(epochs, "val_loss", t("Validation loss"))
    st.caption(
        t(
            "Look for who is ahead in the end and who got there first. One epoch's lead within the intervals "
            "above means little."
        )
    )


def _curve(epochs: Mapping[str, Sequence[Mapping[str, float]]], name: str, title: str) -> None:
    curves = {letter: [one.get(name, nan) for one in found] for letter, found in epochs.items()}
    ends = ", ".join(f"{letter} {values[-1]:.3f}" for letter, values in curves.items() if values)
    curve_chart(
        curves,
        alt=t("{title} of every epoch; the last values: {ends}.", title=title, ends=ends),
        x_title=t("Epoch"),
        y_title=title,
        y_range=(0, 1.02) if name == "val_accuracy" else None,
        height=280,
        key=f"compare-{name}",
    )


def _settings(named: Mapping[str, Entry], names: Names) -> None:
    configs = {letter: entry.config for letter, entry in named.items() if entry.config}
    if len(configs) < 2:
        st.caption(t("The settings of these runs cannot be read, so they cannot be compared."))
        return
    fields = differing(list(configs.values()))
    if not fields:
        st.caption(
            t("All settings are the same; an earlier version of the lab kept fewer of them.")
        )
        return
    st.markdown(f"**{t('Settings that differ')}**")
    rows = {
        letter: [escaped(setting_text(config, field)) for field in fields]
        for letter, config in configs.items()
    }
    st.table({t("Setting"): [setting_title(field) for field in fields]} | rows)
    st.caption(
        tn(
            "{n} setting differs: it made the difference, or chance did.",
            "{n} settings differ: which of them made the difference cannot be told. "
            "Repeat with one change to find out.",
            len(fields),
        )
    )


def _same_photos(named: Mapping[str, Entry]) -> None:
    st.markdown(f"**{t('On the same photos')}**")
    done = {letter: entry.run for letter, entry in named.items() if entry.metrics}
    if len(done) < 2:
        st.caption(t("Two of these runs need a result before they can be compared on photos."))
        return
    pairs = list(combinations(done, 2))
    found: dict[tuple[str, str], SharedPhotos] = {}
    sentences = []
    for first, second in pairs:
        try:
            shared = _shared(done[first], done[second])
        except LabError as error:
            sentences.append(escaped(say(error)))
            continue
        if shared is None:
            sentences.append(
                t(
                    "{first} and {second} share no held-out photo. "
                    "Train both with the same dataset and seed.",
                    first=first,
                    second=second,
                )
            )
        else:
            found[first, second] = shared
            sentences.append(_verdict(first, second, shared, len(pairs)))
    if found:
        _agreement_table(found)
    for sentence in dict.fromkeys(sentences):
        st.markdown(sentence)
    if found:
        st.caption(_explanation(len(pairs)))


def _shared(first: Run, second: Run) -> SharedPhotos | None:
    ends = snapshot(first).ended, snapshot(second).ended
    return _shared_cached(first.id, second.id, ends, first, second)


@st.cache_data(show_spinner=False, max_entries=500)
def _shared_cached(
    first: str, second: str, ends: tuple[float | None, ...], _first: Run, _second: Run
) -> SharedPhotos | None:
    """Compare two runs; ids and ends stand for them in the cache's key: a stopped one may go on."""
    return compare_on_photos(_first, _second)


def _agreement_table(found: Mapping[tuple[str, str], SharedPhotos]) -> None:
    counts = [shared.found for shared in found.values()]
    st.table(
        {
            t("Runs"): [
                t("{first} and {second}", first=first, second=second) for first, second in found
            ],
            t("Shared photos"): [f"{one.n:,}" for one in counts],
            t("Same answer"): [percent(one.same / one.n) for one in counts],
            t("95 % interval"): [
                " – ".join(map(percent, wilson_interval(one.same, one.n))) for one in counts
            ],
            t("Only the first right"): [f"{one.only_first:,}" for one in counts],
            t("Only the second right"): [f"{one.only_second:,}" for one in counts],
        }
    )


def _verdict(first: str, second: str, shared: SharedPhotos, pairs: int) -> str:
    """Return whether the difference is more than chance, and on what evidence."""
    ours, theirs = shared.found.only_first, shared.found.only_second
    better, worse = (first, second) if ours > theirs else (second, first)
    chance, limit = mcnemar(ours, theirs), CHANCE / pairs
    names = {"first": first, "second": second, "better": better, "worse": worse}
    values = names | {"n": ours + theirs, "most": max(ours, theirs), "chance": _chance(chance)}
    if not values["n"]:
        return t("**{first} and {second}** are right on exactly the same photos.", **values)
    if mcnemar(0, ours + theirs) >= limit:
        return t(
            "**{first} and {second}** differ on only {n} of these photos: too few to tell a difference from "
            "chance. More held-out photos would be needed.",
            **values,
        )
    if chance < limit:
        return t(
            "**{better} is better than {worse}**, by more than chance: of the {n} photos that only one of "
            "them got right, {better} has {most}. Were both equally good, one of the two would have that or "
            "more in {chance} of cases.",
            **values,
        )
    return t(
        "**{first} and {second}**: the difference may be chance. Of the {n} photos that only one of them got "
        "right, one has {most}; were both equally good, that or more would happen in {chance} of cases.",
        **values,
    )


def _chance(chance: float) -> str:
    return t("less than 0.1 %") if chance < 0.001 else f"{100 * chance:.2g} %"


def _explanation(pairs: int) -> str:
    text = t(
        "Only photos that both runs held out count, and only if they had the same class in both. "
        "McNemar's exact test looks at the photos that one got right and the other did not."
    )
    if pairs == 1:
        return text
    return (
        text
        + " "
        + t(
            "With {n} comparisons at once each has to be clearer: the limit is 5 % divided by {n}.",
            n=pairs,
        )
    )
