"""What a training will take before it starts: time, memory and disk, from timed batches on this machine."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial

import streamlit as st

from tl_core.datasets.dataset import Dataset
from tl_core.datasets.splits import split, unjudged
from tl_core.engine.questions import FORECAST, FORECAST_TUNING
from tl_core.errors import LabError
from tl_core.features.store import last_change
from tl_core.head_math.costs import FLOAT32
from tl_core.training import TrainingConfig
from tl_core.training.forecast import (
    Counts,
    Rates,
    Space,
    Times,
    cheapest_fix,
    feature_numbers,
    fits,
    images_to_see,
    reads_features,
    room,
    space,
    times,
)
from tl_core.training.kept_features import count_kept
from tl_core.ui.asking import Measurement, may_measure, until_known
from tl_core.ui.datasets.shares import tell_of_unjudged
from tl_core.ui.errors import callback
from tl_core.ui.numbers import seconds_text, shown_seconds
from tl_core.ui.state import take_link
from tl_core.ui.text import say, t
from tl_core.ui.training.augmentation import AugmentationCosts
from tl_core.ui.training.parameters import settings_parameters
from tl_core.wording import megabytes


def show_forecast(config: TrainingConfig, dataset: Dataset) -> None:
    """Draw what the training will take, and the cheapest change if it does not fit; never waits."""
    counts, without = _counts(dataset, config)
    tell_of_unjudged(dataset, without)
    measured = _measured(config)
    measured.begin()
    if measured.answer:
        measured.renew(measured.answer.good_for)
    until_known(
        lambda: bool(measured.answer) or measured.failed, partial(_draw, config, counts, measured)
    )
    given, needed = room(), space(config, counts)
    if not fits(needed, given):
        _tell_of_fix(config, counts)


def augmentation_costs(config: TrainingConfig, dataset: Dataset) -> AugmentationCosts:
    """Return what changed images would cost with these settings, as far as the machine was measured."""
    rates = _measured(config).answer
    slow = rates.images_per_second if rates else 0.0
    live = slow
    if rates and rates.fine_images_per_second:
        live = 1 / (1 / slow + 1 / rates.fine_images_per_second)
    return AugmentationCosts(
        images=training_images(config, dataset),
        bytes_per_image=sum(feature_numbers(config)) * FLOAT32,
        images_per_second=slow,
        live_images_per_second=live,
        epochs=config.epochs + (config.fine_epochs if config.unfrozen else 0),
    )


def training_images(config: TrainingConfig, dataset: Dataset) -> int:
    """Return how many images of a dataset these settings learn from, without changed copies."""
    return _counts(dataset, config)[0].train


def _measured(config: TrainingConfig) -> Measurement[Rates]:
    """Return the measurement of a configuration with nothing in it that the rates do not depend on."""
    network = TrainingConfig(
        dataset="", backbone=config.backbone, weights=config.weights, size=config.size
    )
    if not config.unfrozen:
        return Measurement(FORECAST, config=network)
    network = replace(network, unfrozen=config.unfrozen, batch=config.batch)
    return Measurement(FORECAST_TUNING, config=network)


def _counts(dataset: Dataset, config: TrainingConfig) -> tuple[Counts, list[str]]:
    """Return how many images are used for what, and the classes that nothing judges."""
    train, validation, test, without = _sides(
        dataset.fingerprint, config.validation, config.test, config.seed, dataset
    )
    leaked = validation if "leak" in config.mistakes else 0
    counts = Counts(
        train=train + leaked,
        held_out=validation + test,
        classes=len(dataset.class_names),
        kept=_kept(dataset, config),
    )
    return counts, without


def _kept(dataset: Dataset, config: TrainingConfig) -> int:
    """Return how many images have their features already; looked up again once the store has changed."""
    if not reads_features(config):
        return 0
    names = (
        "backbone",
        "weights",
        "size",
        "pooling",
        "unfrozen",
        "copies",
        "seed",
        "validation",
        "test",
    )
    named = [str(getattr(config, name)) for name in names]
    named += [config.augmentation.id, *sorted(config.mistakes), dataset.fingerprint]
    return _kept_of("/".join(named), last_change(), config, dataset)


@st.cache_data(show_spinner=False, max_entries=200)
def _kept_of(key: str, changes: int, _config: TrainingConfig, _dataset: Dataset) -> int:
    try:
        return count_kept(_dataset, _config)
    except (
        LabError,
        OSError,
    ):  # weights that are not here yet have no features; nor has a disk that fails
        return 0


@st.cache_data(show_spinner=False, max_entries=200)
def _sides(
    fingerprint: str, validation: float, test: float, seed: int, _dataset: Dataset
) -> tuple[int, int, int, list[str]]:
    sides = split(_dataset, validation=validation, test=test, seed=seed)
    counted = len(sides.train), len(sides.validation), len(sides.test)
    return *counted, unjudged(_dataset, sides)


def _draw(config: TrainingConfig, counts: Counts, measured: Measurement[Rates]) -> None:
    rates = measured.answer
    needed = space(config, counts)
    amounts = t(
        "{disk} MB of disk, {memory} MB of memory",
        disk=f"{needed.disk / 1e6:,.0f}",
        memory=f"{needed.memory / 1e6:,.0f}",
    )
    if rates is None:
        st.caption(f":material/timer: {t('Forecast')}: {_why_unknown(measured)} · {amounts}")
        return
    expected = times(config, counts, rates)
    # What is shown of the phases adds up.
    together = sum(shown_seconds(seconds) for seconds in asdict(expected).values() if seconds > 0)
    total = f"**{seconds_text(together)}** ({_phases(expected)})"
    st.caption(
        f":material/timer: {t('Forecast')}: {total} · {amounts}",
        help=t(
            "From the fastest of some timed batches on this machine ({rate} images a second), if nobody else "
            "trains. Features that an earlier training computed are not counted: {kept} of {total} images.",
            rate=f"{rates.images_per_second:.0f}",
            kept=f"{counts.kept:,}",
            total=f"{images_to_see(config, counts):,}",
        ),
    )
    if rates.disturbed:
        st.caption(
            t(
                "The machine was busy with something else while this was measured, so it may be much faster. "
                "It is measured again in a minute."
            )
        )


def _why_unknown(measured: Measurement[Rates]) -> str:
    if measured.failed:
        return t("the time could not be measured")
    if may_measure():
        return t("measuring this machine …")
    return t("the time is measured when the engine is free, so that it disturbs no training")


def _phases(expected: Times) -> str:
    titles = {"features": t("features"), "head": t("head"), "fine": t("fine-tuning")}
    seconds = asdict(expected)
    return ", ".join(
        f"{titles[name]} {seconds_text(value)}" for name, value in seconds.items() if value > 0
    )


def _tell_of_fix(config: TrainingConfig, counts: Counts) -> None:
    given, needed = room(), space(config, counts)
    sentence = " ".join(_what_is_missing(needed, given))
    fix = cheapest_fix(config, counts, given)
    if fix is None:
        st.warning(
            f"{sentence} {t('Choose a smaller backbone, or fewer images.')}",
            icon=":material/memory:",
        )
        return
    advice = say(fix.advice)
    st.warning(f"{sentence} {advice}", icon=":material/memory:")
    now, then = settings_parameters(config), settings_parameters(fix.config)
    parameters = {name: text for name, text in then.items() if text != now[name]}
    st.button(
        t("Do that"), icon=":material/check:", on_click=callback(take_link), args=[parameters]
    )


def _what_is_missing(needed: Space, given: Space) -> Iterator[str]:
    """Yield a sentence for the disk and one for the memory, each only if there is too little of it."""
    if needed.disk > given.disk:
        takes, free = megabytes(needed.disk, given.disk)
        yield t(
            "This does not fit: it takes {needed} MB of disk, and {allowed} MB may be used.",
            needed=takes,
            allowed=free,
        )
    if needed.memory > given.memory:
        takes, free = megabytes(needed.memory, given.memory)
        yield t(
            "This does not fit: it takes {needed} MB of memory, and {allowed} MB are free.",
            needed=takes,
            allowed=free,
        )
