"""Any channel of any block: where the photo speaks to it, and a picture that it answers to most."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.convolution.sheets import map_row
from tl_core.engine.questions import CHANNEL_MAP, LIKED
from tl_core.ui.asking import ask
from tl_core.ui.convolution.controls import choice, number
from tl_core.ui.errors import callback
from tl_core.ui.pictures import show_picture
from tl_core.ui.text import t

USUAL_BLOCKS = ("block4c", "block3")
USUAL_CHANNEL, MOST_SEED = 12, 9999
DRAWN_KEY = "_liked"
"""What somebody has asked for: network, block, channel and seed."""
Asked = tuple[str, int, int, int]


def show(network: str, pixels: NDArray[np.uint8], photo: str) -> None:
    """Draw the controls, the photo's map, and on wish the picture that the channel likes best.

    Args:
        network: name of the backbone.
        pixels: of the photo, ``(h, w, 3)``.
        photo: key of what is kept about it.
    """
    spec = get_backbone(network)
    st.subheader(t("One channel of any block"), anchor=False)
    asked = _controls(spec)
    block, channel = asked[1:3]
    seen, liked = st.columns(2, gap="medium")
    with seen:
        _show_seen(spec, pixels, photo, (block, channel))
    with liked:
        _show_liked(asked)


def _controls(spec: BackboneSpec) -> Asked:
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    names = [block.name for block in spec.blocks]
    with left:
        usual = next((name for name in USUAL_BLOCKS if name in names), names[len(names) // 2])
        name = choice(
            "block", t("Block"), {each: each for each in names}, default=usual, select=True
        )
    block = names.index(name)
    channels = spec.block_shape(block, spec.default_size)[-1]
    with middle:
        channel = number("seen_channel", t("Channel"), 1, channels, default=USUAL_CHANNEL)
    with right:
        seed = number("liked_seed", t("Seed"), 0, MOST_SEED, default=0)
    return spec.name, block, int(channel) - 1, int(seed)


def _show_seen(
    spec: BackboneSpec, pixels: NDArray[np.uint8], photo: str, place: tuple[int, int]
) -> None:
    block, channel = place
    found = ask(CHANNEL_MAP, backbone=spec.name, pixels=pixels, block=block, channel=channel)
    height, width, channels = found.shape
    words = t(
        "The photo in channel {channel} of {channels} after {block}: {height} × {width}",
        channel=channel + 1,
        channels=channels,
        block=found.layer,
        height=height,
        width=width,
    )
    show_picture(
        map_row(found.maps),
        alt=words,
        caption=words,
        depends_on=("channel", spec.name, photo, *place),
    )


def _show_liked(asked: Asked) -> None:
    if st.session_state.get(DRAWN_KEY) != asked:
        st.button(
            t("Draw what this channel likes best"),
            icon=":material/auto_awesome:",
            on_click=callback(_draw),
            args=(asked,),
        )
        st.caption(
            t(
                "The engine begins with noise and changes it 48 times so that the channel gets louder: a "
                "few seconds."
            )
        )
        return
    network, block, channel, seed = asked
    with st.spinner(t("Drawing what the channel likes …")):
        found = ask(LIKED, backbone=network, block=block, channel=channel, seed=seed)
    if found.after <= found.before:
        st.info(
            t(
                "48 changes of the noise did not make this channel louder: perhaps it is silent. Try another "
                "one, or another seed."
            ),
            icon=":material/volume_off:",
        )
        return
    words = t(
        "What the channel likes: its mean rose from {before} to {after}.",
        before=_short(found.before),
        after=_short(found.after),
    )
    show_picture(found.pixels, alt=words, caption=words, depends_on=("liked", *asked))
    st.caption(
        t(
            "Nobody drew this: it is what the weights ask for. Look for edges in the first blocks, patterns "
            "in the middle, eyes, feathers and parts of things in the last ones."
        )
    )


def _draw(asked: Asked) -> None:
    st.session_state[DRAWN_KEY] = asked


def _short(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
