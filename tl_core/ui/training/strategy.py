"""How much of the network learns: the head, the top blocks with it, or everything.

One number is kept in the URL, ``unfrozen``: how many blocks at the end of the backbone learn. The three
strategies and the cut are two ways to set it, so their widgets follow it.
"""

from typing import Any

import streamlit as st

from tl_core.backbones import BackboneSpec, get_backbone
from tl_core.datasets.dataset import Dataset
from tl_core.training import TrainingConfig
from tl_core.ui import lesson
from tl_core.ui.errors import callback
from tl_core.ui.state import url_choice, url_number
from tl_core.ui.text import t, t_marked, tn
from tl_core.ui.training.more import RATES, rate_text, written_out
from tl_core.ui.training.suggestion import TITLES, show_suggestion

UNFROZEN, STRATEGY, CUT = "unfrozen", "strategy", "cut"
USUAL = TrainingConfig(dataset="")
FINE_TUNING: dict[str, Any] = {
    "fine_epochs": USUAL.fine_epochs,
    "fine_rate": rate_text(USUAL.fine_rate),
    "size": str(USUAL.size),
}
FROM_SCRATCH: dict[str, Any] = {"fine_epochs": 30, "fine_rate": "0.001", "size": "64"}
"""Usual values where nothing was learned before: more epochs, no reason for small steps, small images."""


def unfrozen_blocks(spec: BackboneSpec) -> int:
    """Return how many blocks at the end of the backbone learn, as the URL or a control has it.

    Where the last blocks hold no kernel, one more learns, and so on, until there is something to learn.
    """
    blocks = len(spec.blocks)
    if spec.weights is None:
        return blocks
    url_number(UNFROZEN, 0, blocks, default=0)
    if wanted := int(st.session_state[UNFROZEN]):
        learning = (number for number in range(wanted, blocks) if spec.learned_weights(number))
        st.session_state[UNFROZEN] = next(learning, blocks)
    return int(st.session_state[UNFROZEN])


def strategy_controls(spec: BackboneSpec, dataset: Dataset) -> dict[str, Any]:
    """Draw the strategy and what belongs to it; return ``unfrozen`` and the settings of the second phase."""
    unfrozen = unfrozen_blocks(spec)
    if spec.weights is None:
        st.caption(
            tn(
                "It has no ImageNet weights, so there is nothing to keep: its {n} block learns.",
                "It has no ImageNet weights, so there is nothing to keep: all of its {n} blocks learn.",
                unfrozen,
            )
        )
        return {"unfrozen": unfrozen, "epochs": 0, **_second_phase(scratch=True)}
    st.session_state[STRATEGY] = strategy_of(
        spec, unfrozen
    )  # hidden too: the next backbone keeps it
    if not lesson.hidden(STRATEGY):
        _strategy_control(spec)
        show_suggestion(dataset)
        if 0 < unfrozen < len(spec.blocks):
            _cut_control(spec, unfrozen)
    if not unfrozen:
        return {"unfrozen": 0}
    return {"unfrozen": unfrozen, **_second_phase(scratch=False)}


def strategy_of(spec: BackboneSpec, unfrozen: int) -> str:
    """Return which of `TITLES` learning the last `unfrozen` blocks is."""
    if not unfrozen:
        return "head"
    return "all" if unfrozen == len(spec.blocks) else "top"


def blocks_of(spec: BackboneSpec, strategy: str) -> int:
    """Return how many blocks a strategy usually unfreezes; a third of them for the top blocks."""
    return {"head": 0, "top": max(1, len(spec.blocks) // 3), "all": len(spec.blocks)}[strategy]


def follow_backbone() -> None:
    """Keep the strategy, not the number of blocks, when another backbone was chosen: for ``on_change``."""
    spec = get_backbone(st.session_state["backbone"])
    strategy = st.session_state.get(STRATEGY, "head")
    if spec.weights is not None:
        st.session_state[UNFROZEN] = blocks_of(spec, strategy)
    old, new = FROM_SCRATCH, FINE_TUNING
    if spec.weights is None:
        old, new = new, old
    for name, value in new.items():
        if st.session_state.get(name) == old[name]:
            st.session_state[name] = value


def _strategy_control(spec: BackboneSpec) -> None:
    st.segmented_control(
        t("What learns"),
        tuple(TITLES),
        key=STRATEGY,
        format_func=lambda name: t_marked(TITLES[name]),
        required=True,
        on_change=callback(_take_strategy),
        args=[spec.name],
        help=t(
            "The head always learns. Head only: the backbone stays as it is, which is fast and needs few "
            "images. The others go on to fine-tune: usually once the head has learned, the chosen blocks "
            "learn with it at a lower rate."
        ),
    )


def _take_strategy(drawn: str) -> None:
    spec = get_backbone(st.session_state.get("backbone", drawn))
    st.session_state[UNFROZEN] = blocks_of(spec, st.session_state[STRATEGY])


def _cut_control(spec: BackboneSpec, unfrozen: int) -> None:
    names = [block.name for block in spec.blocks]
    # From the second block on: from the first would be everything. Not where no kernel is left to learn.
    offered = [name for i, name in enumerate(names) if i and spec.learned_weights(len(names) - i)]
    st.session_state[CUT] = names[len(names) - unfrozen]
    st.select_slider(
        t("First block that learns"),
        offered,
        key=CUT,
        on_change=callback(_take_cut),
        args=[names],
        help=t(
            "This block and all behind it learn. Early blocks see edges and colours, which every photo "
            "has; late blocks see parts of things, which differ."
        ),
    )


def _take_cut(names: list[str]) -> None:
    st.session_state[UNFROZEN] = len(names) - names.index(st.session_state[CUT])


def _second_phase(*, scratch: bool) -> dict[str, Any]:
    usual = FROM_SCRATCH if scratch else FINE_TUNING
    with lesson.part("fine"):
        left, right = st.columns(2)
        chosen_epochs = left.slider(
            t("Epochs") if scratch else t("Fine-tuning epochs"),
            **url_number("fine_epochs", 1, 100, default=usual["fine_epochs"]),
            help=t("How often the blocks that learn see every training image."),
        )
        chosen_rate = right.select_slider(
            t("Learning rate") if scratch else t("Fine-tuning rate"),
            **url_choice("fine_rate", RATES, default=usual["fine_rate"]),
            format_func=written_out,
            help=t(
                "Step size of this phase. To fine-tune, a third of the head's or less: much larger steps can "
                "wipe out what ImageNet taught."
            ),
        )
    return {"fine_epochs": chosen_epochs, "fine_rate": float(chosen_rate)}
