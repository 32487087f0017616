"""What ImageNet's own classifier says of a photo: before a training, and beside a trained network."""

import streamlit as st

from tl_core import settings
from tl_core.backbones import DEFAULT_BACKBONE
from tl_core.engine.questions import IMAGENET
from tl_core.prediction.imagenet import TRAINED_ON, Guess, imagenet_classes, input_size
from tl_core.training import TrainingConfig
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.charts import bar_chart
from tl_core.ui.photo import Photo
from tl_core.ui.prediction.shown import photo_pixels
from tl_core.ui.text import escaped, language, t
from tl_core.ui.theme import class_colour
from tl_core.wording import percent

IN_A_LINE = 3
"""Guesses; a sentence with more is not read."""
LEAST = 0.01
"""Share of a guess that is worth a place in a sentence."""
KEY = "imagenet"


def imagenet_guesses(photo: Photo) -> tuple[Guess, ...]:
    """Return the five classes of ImageNet that the photo looks most like, the surest first.

    Raises:
        ImageRefused: the photo cannot be read.
        EngineUnavailable: the engine gave no answer.
        WeightsMissing: the built-in network's weights are not on this machine.
    """
    pixels = photo_pixels(photo, input_size())
    with st.spinner(t("Looking at the photo …")):
        return ask(IMAGENET, pixels=pixels[None]).photos[0]


def imagenet_bars(photo: Photo) -> None:
    """Draw the five best guesses as bars, the first in words above them.

    Raises:
        LabError: as `imagenet_guesses`.
    """
    if not may_ask():
        return
    guesses = imagenet_guesses(photo)
    names = [_name(guess) for guess in guesses]
    shares = [guess.share for guess in guesses]
    st.header(t("{name}: {share}", name=escaped(names[0]), share=percent(shares[0])), anchor=False)
    bar_chart(
        names,
        shares,
        alt=t("ImageNet's five best guesses: {guesses}", guesses=_listed(guesses)),
        colours=[class_colour(guess.label) for guess in guesses],
        largest=1.0,
        key=KEY,
    )
    st.caption(
        t(
            "From ImageNet's own classifier: it was trained on {photos} photos of {classes} "
            "classes and knows no others, so a photo of something else gets one of them too. These are "
            "its five best; the other {others} have {rest} together. Look for how far the first is ahead "
            "of the second.",
            photos=f"{TRAINED_ON:,}",
            classes=f"{len(imagenet_classes()):,}",
            others=len(imagenet_classes()) - len(guesses),
            rest=percent(max(1.0 - sum(shares), 0.0)),
        )
    )


def may_stand_beside(config: TrainingConfig) -> bool:
    """Return whether a second opinion costs no more than its own pass.

    The cloud profile keeps one network: another size or backbone would be built anew for each photo.
    """
    same = (config.backbone, config.size) == (DEFAULT_BACKBONE, input_size())
    return same or settings.current().profile != "cloud"


def imagenet_line(photo: Photo) -> None:
    """Say the best guesses in one sentence, to stand beside the answer of a trained network that is there.

    Raises:
        LabError: as `imagenet_guesses`.
    """
    first, *others = imagenet_guesses(photo)[:IN_A_LINE]
    told = [first, *(guess for guess in others if guess.share >= LEAST)]
    st.markdown(
        t("ImageNet's own classifier says: {guesses}.", guesses=escaped(_listed(tuple(told))))
    )


def _name(guess: Guess) -> str:
    return imagenet_classes()[guess.label].name(language())


def _listed(guesses: tuple[Guess, ...]) -> str:
    return ", ".join(f"{_name(guess)} {percent(guess.share)}" for guess in guesses)
