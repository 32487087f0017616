"""Two heads on the same feature map, side by side: every shape, every weight, and the ratio."""

import streamlit as st

from tl_core.ui.frame import frame
from tl_core.ui.heads import both_heads, feature_map_controls, head_controls, head_table, headline
from tl_core.ui.text import t
from tl_core.wording import N_

with frame(
    N_("GAP vs Flatten"),
    ":material/compare_arrows:",
    N_(
        "A feature map becomes a vector in one of two ways: Flatten keeps every position of every channel, "
        "GAP keeps one average per channel. See what each costs."
    ),
):
    below, head = st.columns(2, gap="large")
    with below:
        feature_map = feature_map_controls()
    with head:
        config = head_controls()

    flatten, gap = both_heads(feature_map, config)
    headline(flatten, gap)

    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("Head with Flatten"), anchor=False)
        head_table(feature_map, flatten)
    with right:
        st.subheader(t("Head with GAP"), anchor=False)
        head_table(feature_map, gap)
    st.caption(
        t(
            "Look at the first Dense layer: it has one weight for every number that comes in and every unit. "
            "All layers after it are the same on both sides."
        )
    )
