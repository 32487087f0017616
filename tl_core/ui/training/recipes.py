"""Recipes: known trainings, one click each, with the source's figure beside the one from this machine."""

from functools import partial

import streamlit as st

from tl_core.backbones import get_backbone, weights_source
from tl_core.datasets.dataset import Dataset
from tl_core.run_book import Entry, read_entries
from tl_core.statistics import Proportion
from tl_core.training import TrainingConfig
from tl_core.training.recipes import CATS_AND_DOGS, Recipe, follows, list_recipes, recipe_config
from tl_core.ui.errors import callback
from tl_core.ui.numbers import interval_text
from tl_core.ui.run_titles import dataset_title
from tl_core.ui.state import take_link
from tl_core.ui.text import escaped, t, t_marked, tn
from tl_core.ui.training.parameters import settings_parameters
from tl_core.ui.windows import close_window, window_button


def recipe_choice(dataset: Dataset) -> None:
    """Draw a button that opens the recipes; they set the controls and leave the dataset."""
    window_button(
        t("Recipes"),
        partial(_cards, dataset),
        key="recipes",
        icon=":material/menu_book:",
        help=t("Known trainings, one click each: every setting but the dataset is set."),
        wide=True,
    )


def _cards(dataset: Dataset) -> None:
    st.caption(
        t(
            "A click sets every control but the dataset, which is {dataset} now. Then press Train.",
            dataset=escaped(dataset_title(dataset.id)),
        )
    )
    entries = [entry for entry in read_entries() if entry.config and entry.metrics]
    cards = [(recipe, recipe_config(recipe, dataset)) for recipe in list_recipes()]
    # What can be trained at once comes first: a class without internet looks no further.
    for recipe, config in sorted(cards, key=lambda card: bool(_missing_weights(card[1].backbone))):
        _card(recipe, config, dataset, entries)


def _card(recipe: Recipe, config: TrainingConfig, dataset: Dataset, entries: list[Entry]) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{t_marked(recipe.title)}**")
        st.caption(t_marked(recipe.teaches))
        st.markdown(_figures(recipe, dataset, entries))
        if missing := _missing_weights(config.backbone):
            st.caption(missing)
        with st.container(horizontal=True, gap="small"):
            _button(config, t("Set the controls"), key=f"recipe-{recipe.name}")
            if recipe.divides:
                divided = recipe_config(recipe, dataset, divided=True)
                label = t("As in its source: pixels / 255")
                _button(divided, label, key=f"recipe-{recipe.name}-divided")
            for copies in recipe.copies:
                stored = recipe_config(recipe, dataset, copies=copies)
                label = tn("{n} stored copy", "{n} stored copies", copies)
                _button(stored, label, key=f"recipe-{recipe.name}-copies-{copies}")


def _button(config: TrainingConfig, label: str, *, key: str) -> None:
    parameters: dict[str, str | None] = dict(settings_parameters(config))
    del parameters["dataset"]
    st.button(label, key=key, icon=":material/tune:", on_click=callback(_use), args=[parameters])


def _use(parameters: dict[str, str | None]) -> None:
    take_link(parameters)
    close_window()  # the controls below it are what to look at now


def _figures(recipe: Recipe, dataset: Dataset, entries: list[Entry]) -> str:
    """Return the published figure and ours, a line for each form of the recipe."""
    source = t_marked(recipe.source)
    if recipe.published is None:
        lines = [t("Source: {source}; no figure given.", source=source)]
    else:
        lines = [
            t(
                "Published: **{accuracy}** on {data} ({source}).",
                accuracy=f"{recipe.published:.4f}",
                data=t_marked(recipe.published_on),
                source=source,
            )
        ]
    if recipe.measured:
        lines.append(_measured(recipe.measured, recipe.measured_divided))
    lines.append(_ours(recipe, dataset, entries))
    if recipe.divides:
        title = get_backbone(recipe.settings["backbone"]).title
        divided = _ours(recipe, dataset, entries, divided=True)
        told = t(
            "Its source divides pixels by 255, which is not what {title} was trained with.",
            title=title,
        )
        lines.append(f"{told} {divided}")
    return "\n\n".join(lines)


def _measured(right: Proportion, divided: Proportion | None) -> str:
    """Return what a recipe has given in the lab where it was run for the notes."""
    told = t(
        "With this lab, on {data}: **{accuracy}**. {interval}",
        data=t_marked(CATS_AND_DOGS),
        **_words_of(right),
    )
    if divided:
        told += " " + t("With pixels / 255: **{accuracy}**. {interval}", **_words_of(divided))
    return told


def _words_of(found: Proportion) -> dict[str, str]:
    return {"accuracy": f"{found.accuracy:.4f}", "interval": interval_text(found)}


def _ours(recipe: Recipe, dataset: Dataset, entries: list[Entry], *, divided: bool = False) -> str:
    """Return what the newest run that followed a form of the recipe has reached here."""
    found = (
        one.metrics.validation
        for one in entries
        if one.config and one.metrics and follows(one.config, recipe, dataset, divided=divided)
    )
    if (ours := next(found, None)) is None:  # newest first
        return (
            t("With pixels / 255, here, on this dataset: not trained yet.")
            if divided
            else t("Here, on this dataset: not trained yet.")
        )
    if divided:
        return t(
            "With pixels / 255, here, on this dataset: **{accuracy}**. {interval}",
            **_words_of(ours),
        )
    return t("Here, on this dataset: **{accuracy}**. {interval}", **_words_of(ours))


def _missing_weights(backbone: str) -> str:
    spec = get_backbone(backbone)
    if spec.weights is None or weights_source(backbone) != "missing":
        return ""
    return t(
        ":material/cloud_download: {title}'s weights ({megabytes} MB) must be downloaded first.",
        title=spec.title,
        megabytes=round(spec.weights.size_bytes / 1e6),
    )
