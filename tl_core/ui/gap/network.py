"""Which network computes the real numbers of a section: that of the set-up above, wherever it can be."""

import streamlit as st

from tl_core.backbones import (
    DEFAULT_BACKBONE,
    BackboneSpec,
    get_backbone,
    list_backbones,
    weights_source,
)
from tl_core.head_math import HeadSetup
from tl_core.ui.errors import callback
from tl_core.ui.gap.columns import shape_text
from tl_core.ui.gap.setup import take_setup
from tl_core.ui.state import url_choice
from tl_core.ui.text import t

KEY = "network"


def network_control(setup: HeadSetup) -> tuple[BackboneSpec, int]:
    """Draw the choice among backbones whose weights are here.

    It follows the set-up, and the set-up follows it. Where the set-up's own weights are missing, or it stands
    on a free feature map, the built-in network computes; `tell_of_difference` says so.

    Returns:
        The backbone, and its input size in pixels.
    """
    titles = {spec.name: spec.title for spec in _present()}
    own = setup.backbone in titles
    options = url_choice(KEY, list(titles), default=setup.backbone if own else DEFAULT_BACKBONE)
    if own:
        st.session_state[KEY] = setup.backbone
    name: str = st.selectbox(
        t("Backbone with weights on this machine"),
        **options,
        format_func=titles.__getitem__,
        help=t("The numbers are real, so the backbone's weights have to be here."),
        on_change=callback(_count_chosen),
        args=(setup,),
    )
    spec = get_backbone(name)
    return spec, setup.size if own else spec.default_size


def tell_of_difference(setup: HeadSetup, spec: BackboneSpec, size: int) -> None:
    """Say that the numbers above count another network than this one, and offer to count this one there."""
    if setup.backbone == spec.name:
        return
    here = t(
        "Here {network} computes, at {size} px: its feature map is {shape}.",
        network=spec.title,
        size=size,
        shape=shape_text(spec.feature_shape(size)),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.info(f"{_counted(setup)} {here}", icon=":material/compare_arrows:", width="stretch")
        st.button(
            t("Count {network} above", network=spec.title),
            key="count_network",
            on_click=callback(_count),
            args=(setup, spec.name),
        )


def _counted(setup: HeadSetup) -> str:
    """Say what the headline counts, and why that network cannot compute."""
    if not setup.backbone:
        return t(
            "The numbers above count a feature map of {shape}, which no photo stands behind.",
            shape=shape_text(setup.feature_map),
        )
    return t(
        "The numbers above count {network} at {size} px, whose weights are not on this machine.",
        network=get_backbone(setup.backbone).title,
        size=setup.size,
    )


def _count_chosen(setup: HeadSetup) -> None:
    _count(setup, st.session_state[KEY])


def _count(setup: HeadSetup, name: str) -> None:
    size = get_backbone(name).default_size
    take_setup(HeadSetup(config=setup.config, backbone=name, size=size))


def _present() -> list[BackboneSpec]:
    return [spec for spec in list_backbones() if weights_source(spec.name) != "missing"]
