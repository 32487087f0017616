"""Section "See GAP happen": the photo's real feature map, its means, and what moving does to them."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tl_core.engine.questions import FOLLOWED_MAP
from tl_core.head_math import HeadSetup
from tl_core.head_math.positions import (
    cosine,
    flatten_vector,
    gap_vector,
    relative_change,
    shift_right,
    shuffle_positions,
)
from tl_core.images import model_input
from tl_core.ui.asking import ask, may_ask
from tl_core.ui.charts import number_grid, show_chart
from tl_core.ui.gap import class_map
from tl_core.ui.gap.columns import shape_text
from tl_core.ui.gap.network import network_control, tell_of_difference
from tl_core.ui.photo import Photo, photo_picker
from tl_core.ui.pictures import show_picture
from tl_core.ui.state import url_number
from tl_core.ui.text import t
from tl_core.ui.theme import ACTIVATIONS, POSITIVE

Map = NDArray[np.float32]

MOST_SHIFT = 64
VECTOR_HEIGHT = 170
PHOTO_SIDE = 240


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What the backbone is asked about."""

    backbone: str
    size: int
    photo: Photo

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The photo as the backbone sees it, ``(size, size, 3)``."""
        return _seen_pixels(self.photo.name, self.size, self.photo.data)

    def map(self, shift: int = 0) -> Map:
        """Return the feature map of the photo moved to the right by `shift` pixels."""
        pixels = shift_right(self.pixels, shift)
        return ask(FOLLOWED_MAP, backbone=self.backbone, size=self.size, pixels=pixels).values


def show(setup: HeadSetup) -> None:
    """Draw the photo, one channel with its mean, all means, the class map, and both tests."""
    photo, network = st.columns([3, 2], vertical_alignment="bottom")
    with photo:
        followed = photo_picker()
    with network:
        spec, size = network_control(setup)
    tell_of_difference(setup, spec, size)
    seen = _Seen(backbone=spec.name, size=size, photo=followed)
    if not may_ask():
        return
    with st.spinner(t("Computing the feature map …")):
        feature_map = seen.map()
    _show_channel(feature_map, seen)
    class_map.show(spec, seen.pixels)
    shuffled, shifted = st.columns(2, gap="large")
    with shuffled:
        _shuffle_test(feature_map)
    with shifted:
        _shift_test(feature_map, seen)


@st.cache_resource(show_spinner=False, max_entries=100)
def _seen_pixels(photo: str, size: int, _data: bytes) -> NDArray[np.uint8]:
    return model_input(_data, photo, size)


def _show_channel(feature_map: Map, seen: _Seen) -> None:
    height, width, channels = feature_map.shape
    means = gap_vector(feature_map)
    order = np.argsort(means)[::-1]
    picture, grid, vector = st.columns([2, 2, 3], gap="medium")
    with picture:
        show_picture(
            seen.pixels,
            alt=seen.photo.title,
            width=PHOTO_SIDE,
            depends_on=(seen.photo.name, seen.size),
            caption=t("What the backbone sees: {size} × {size} pixels", size=seen.size),
        )
    with grid:
        rank = st.slider(
            t("Channel, strongest first"),
            **url_number("rank", 1, channels, default=1),
            help=t("Sorted by their mean on this photo."),
        )
        channel = int(order[rank - 1])
        values = feature_map[:, :, channel]
        number_grid(
            values,
            signed=bool(values.min() < 0),
            alt=t(
                "{shape} numbers of channel {channel}, mean {mean}.",
                shape=shape_text(values.shape),
                channel=channel,
                mean=f"{means[channel]:.3f}",
            ),
            height=220,
            key="channel",
        )
    with vector:
        st.markdown(
            t(
                "Channel {channel}: {sum} / {n} = **{mean}**",
                channel=channel,
                sum=f"{values.sum(dtype=np.float64):.2f}",
                n=height * width,
                mean=f"{means[channel]:.3f}",
            )
        )
        _vector(means, channel)
    st.caption(
        t(
            "GAP adds the numbers of a channel up and divides by how many there are: {shape} numbers become "
            "{channels}, one a channel (the bars; red is the chosen one). Look for where in the grid the "
            "channel answers to the photo, and how the mean forgets that place.",
            shape=shape_text(feature_map.shape),
            channels=f"{channels:,}",
        )
    )


def _vector(means: NDArray[np.float64], channel: int) -> None:
    """Draw all means as one strip of thin bars."""
    layout = {
        "height": VECTOR_HEIGHT,
        "showlegend": False,
        "xaxis": {"title": t("Channel")},
        "yaxis": {"title": t("Mean")},
    }
    # One filled line instead of thousands of bars: the browser draws it at once.
    strip = {
        "y": means.astype(np.float32),
        "fill": "tozeroy",
        "line": {"color": ACTIVATIONS, "width": 0.6, "shape": "hvh"},
        "hoverinfo": "skip",
    }
    chosen = {
        "x": [channel, channel],
        "y": [0, float(means[channel])],
        "mode": "lines+markers",
        "line": {"color": POSITIVE, "width": 2},
        "hoverinfo": "skip",
    }
    show_chart(
        [strip, chosen],
        layout,
        alt=t(
            "The means of all {n} channels, from {low} to {high}.",
            n=f"{len(means):,}",
            low=f"{means.min():.3f}",
            high=f"{means.max():.3f}",
        ),
        key="means",
    )


def _shuffle_test(feature_map: Map) -> None:
    st.subheader(t("Shuffle the positions"), anchor=False)
    seed = st.number_input(
        t("Seed of the shuffle"),
        **url_number("shuffle", 0, 9999, default=0),
        help=t("Another seed is another order; it is the same order in every channel."),
    )
    shuffled = shuffle_positions(feature_map, seed)
    difference = float(np.abs(gap_vector(shuffled) - gap_vector(feature_map)).max())
    _compare(feature_map, shuffled)
    st.caption(
        t(
            "The largest difference in GAP's vector is {difference}: a mean does not know where. Flatten's "
            "vector is another one, although no number was changed.",
            difference=f"{difference:.2g}",
        )
    )


def _shift_test(feature_map: Map, seen: _Seen) -> None:
    st.subheader(t("Move the photo"), anchor=False)
    shift = st.slider(
        t("To the right by (pixels)"), **url_number("shift", 0, MOST_SHIFT, default=16)
    )
    with st.spinner(t("Computing the feature map …")):
        moved = seen.map(shift)
    _compare(feature_map, moved)
    st.caption(
        t(
            "The same photo, a little to the right. Look for which vector moves less: a head on it needs to "
            "learn less about places."
        )
    )


def _compare(before: Map, after: Map) -> None:
    lines = [
        f"| | {t('Relative change')} | {t('Cosine')} |",
        "|:--|--:|--:|",
    ]
    for title, vector in (("GAP", gap_vector), ("Flatten", flatten_vector)):
        one, other = vector(before), vector(after)
        change = f"{relative_change(one, other) * 100:.1f} %"
        lines.append(f"| {title} | {change} | {cosine(one, other):.4f} |")
    st.markdown("\n".join(lines))
