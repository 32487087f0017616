"""Section Read: what a network's answer is, with its answer to the followed photo."""

import math
from functools import partial

import streamlit as st

from tl_core.prediction.imagenet import input_size
from tl_core.ui.asking import may_ask
from tl_core.ui.errors import shown_in_place
from tl_core.ui.photo import chosen_or
from tl_core.ui.pictures import show_picture
from tl_core.ui.prediction import run_photos
from tl_core.ui.prediction.answer import show_bars
from tl_core.ui.prediction.imagenet_line import imagenet_bars
from tl_core.ui.prediction.networks import choose_networks
from tl_core.ui.prediction.shown import Shown, look
from tl_core.ui.text import escaped, t
from tl_core.wording import percent

WIDTH = 220
MOST_WRITTEN_OUT = 20
"""Leads above this are not written out as a factor: it would have more than nine digits."""


def show() -> None:
    """Draw the article."""
    run = choose_networks(compared=False).run
    photo = chosen_or(partial(run_photos.usual, run) if run else None)
    side = run.settings.size if run else input_size()
    st.markdown(
        t(
            "For a network a photo is {size} numbers. On the way through the layers they mean more and more, "
            "and in the end there is one for each class (with a sigmoid one for both): the **logit**, a sum "
            "of all features, each times a weight of its own, and a bias. Logits may have any size and sign.",
            size=f"{3 * side**2:,}",
        )
    )
    picture, bars = st.columns([1, 3], gap="medium")
    with picture:
        show_picture(photo.image, alt=photo.title, width=WIDTH, depends_on=(photo.name,))
    with bars, shown_in_place():
        if run is None:
            imagenet_bars(photo)
        elif may_ask():
            shown = look(run, photo)
            show_bars(shown.names, shown.answer, key="article_scores")
            st.markdown(_sum(shown))
    st.markdown(
        t(
            "**Softmax** makes shares of the logits: each becomes e to its power, divided by the sum of "
            "all. So every share is above 0, and all of them add up to 100 %, whatever the photo shows. A "
            "photo of something that the network has never seen gets a class as well, and often with much "
            "certainty."
        )
    )
    st.markdown(
        t(
            "Being sure is therefore not being right. Three things tell more. With many classes, the lead of "
            "the first over the second. The held-out photos: how often was the network right when it was as "
            "sure as now? And the nearness to its training photos: who has seen drawings only has not "
            "learned photos."
        )
    )
    st.markdown(
        t(
            "Nor does a right answer say what it was given for. Cover parts of the photo, or spoil it step "
            "by step, and watch the score: what costs most is what the network goes by. If that is the "
            "grass and not the animal, it has learned the grass. The folded parts below One photo do each "
            "of these."
        )
    )


def _sum(shown: Shown) -> str:
    """Return how the first share follows from the logits, in numbers; empty where there is but one logit."""
    answer, first = shown.answer, shown.guess
    if len(answer.logits) == 1 or not all(map(math.isfinite, answer.logits)):
        return ""
    second = answer.order[1]
    lead = answer.logit(first) - answer.logit(second)
    values = {
        "first": escaped(shown.names[first]),
        "second": escaped(shown.names[second]),
        "lead": f"{lead:.2f}",
        "share": percent(answer.shares[first]),
        "other": percent(answer.shares[second]),
    }
    if lead > MOST_WRITTEN_OUT:
        return t(
            "{first} leads {second} by {lead} in logits, so its share is e to the power of {lead} times as "
            "large: {share} against {other}.",
            **values,
        )
    return t(
        "{first} leads {second} by {lead} in logits, so its share is e to the power of {lead}, {times} "
        "times as large: {share} against {other}.",
        times=f"{math.exp(lead):,.1f}",
        **values,
    )
