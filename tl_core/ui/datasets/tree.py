"""The folders of an archive as they are read, drawn as a tree of text: a screen reader can read it too."""

from collections import defaultdict

import streamlit as st

from tl_core.datasets.reading.choices import Choices, chosen_cells
from tl_core.datasets.reading.listing import natural_key
from tl_core.datasets.reading.plans import Plan
from tl_core.ui.text import t, t_marked, tn
from tl_core.wording import N_

MOST_LINES = 40
ROLES = {
    "train": N_("Training"),
    "validation": N_("Validation"),
    "test": N_("Test"),
    "divide": N_("Divide by share and seed"),
    "out": N_("Leave out"),
}


def show_tree(plan: Plan, choices: Choices) -> None:
    """Draw which folder is read as what, and how many photos of each class are in it."""
    branches: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _, cell in chosen_cells(plan.reading(choices.reading), choices):
        branches[_branch(cell.outer, cell.part, cell.group)][cell.class_name] += cell.count
    lines = []
    for branch, classes in sorted(branches.items(), key=lambda item: natural_key(item[0])):
        indent = ""
        if branch:
            lines.append(branch)
            indent = "  "
        for name, count in sorted(classes.items(), key=lambda item: natural_key(item[0])):
            lines.append(f"{indent}{name}: {tn('{n} photo', '{n} photos', count)}")
    shown = lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        shown.append(tn("… and {n} more line", "… and {n} more lines", len(lines) - MOST_LINES))
    st.code("\n".join(shown), language=None)


def _branch(outer: str, part: str, group: str) -> str:
    if part:
        return t("{folder}: {part}", folder=outer or "·", part=role_title(part))
    if group:
        return t("{folder}: kept together", folder=group)
    return outer


def role_title(role: str) -> str:
    """Return what a part, or what else a folder is used for, is called on a page."""
    return t_marked(ROLES[role])
