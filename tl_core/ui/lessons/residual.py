"""One residual block with the followed photo going through it: x, F(x), and their sum, in real numbers."""

import numpy as np
import streamlit as st

from tl_core.backbones import DEFAULT_BACKBONE, get_backbone
from tl_core.engine.questions import RESIDUAL_BLOCK
from tl_core.images import shrink
from tl_core.lessons.skip import RESIDUAL_CHANNELS, RESIDUAL_SIDE, BlockParts, residual_blocks
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.errors import shown_in_place
from tl_core.ui.lessons.residual_drawing import block_drawing
from tl_core.ui.numbers import adding_up
from tl_core.ui.photo import Photo, photo_picker
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t
from tl_core.ui.theme import text_colour


def show() -> None:
    """Draw the photo's choice, the block's choice, and the block."""
    st.subheader(t("F(x) + x, with your photo"), anchor=False)
    photo, block, channel = st.columns([3, 2, 2], vertical_alignment="bottom")
    with photo:
        followed = photo_picker()
    with block:
        name = st.selectbox(
            t("Block of {network}", network=get_backbone(DEFAULT_BACKBONE).title),
            **url_choice("residual", residual_blocks(), default=residual_blocks()[0]),
            format_func=lambda name: name.removeprefix("block"),
            help=t("The blocks that end in a sum, from the photo's side. Deeper maps are coarser."),
        )
    with channel:
        rank = st.slider(
            t("Channel, clearest first"),
            **url_number("channel", 1, RESIDUAL_CHANNELS, default=1),
            help=t("Sorted by how much both x and F(x) vary from region to region."),
        )
    if not may_ask():
        return
    with shown_in_place():
        with st.spinner(t("Sending the photo through the block …")):
            pixels = shrink(followed.image, RESIDUAL_SIDE)
            answer = ask(RESIDUAL_BLOCK, block=name, pixels=pixels)
        _show_block(answer, rank - 1, followed)


def _show_block(answer: BlockParts, rank: int, photo: Photo) -> None:
    x, change = answer.x[rank], answer.change[rank]
    total = x + change
    st.image(
        block_drawing(
            x,
            change,
            labels={"x": "x", "block": "F", "change": "F(x)", "sum": "F(x) + x"},
            skip_label=t("skip connection"),
            text_colour=text_colour(),
        ),
        width="stretch",
        alt=t(
            "The photo {photo} in channel {channel}: a map x, below it the map F(x) that the block "
            "computes from it, and their sum.",
            photo=photo.title,
            channel=answer.channels[rank],
        ),
    )
    row, column = (int(place) for place in np.unravel_index(np.abs(change).argmax(), x.shape))
    own, added = adding_up([x[row, column], change[row, column]], total[row, column])
    st.markdown(
        t(
            "Where F(x) is strongest (row {row}, column {column}): **{x} + ({change}) = {sum}**",
            row=row + 1,
            column=column + 1,
            x=f"{own:.2f}",
            change=f"{added:.2f}",
            sum=f"{total[row, column]:.2f}",
        )
    )
    st.caption(
        t(
            "Channel {channel} of {total}, {height} × {width} numbers; blue is negative, white zero, red "
            "positive, on one scale. F is three convolutions: 1 × 1 to more channels, one that looks at each "
            "channel's neighbourhood, and 1 × 1 back. Over all channels F(x) is {share} times as long as x: "
            "the block need not build the picture anew, it adds what is missing. Look for what the sum still "
            "has of x.",
            channel=answer.channels[rank],
            total=answer.total,
            height=x.shape[0],
            width=x.shape[1],
            share=f"{answer.share:.2f}",
        )
    )
