"""The classes of what was found: a few pictures of each, and how many photos there are for what."""

import base64
from collections import defaultdict

import numpy as np
import streamlit as st

from tl_core import images, runs
from tl_core.datasets.bringing.archive import Scan
from tl_core.datasets.bringing.samples import COLUMNS, SIDE
from tl_core.datasets.reading.choices import Choices, chosen_cells, counts
from tl_core.datasets.reading.plans import EXAMPLES
from tl_core.ui.datasets.paging import choose_page
from tl_core.ui.datasets.tree import role_title
from tl_core.ui.text import escaped, t, tn

PAGE = 24


def show_classes(run: runs.Run, scan: Scan, choices: Choices) -> None:
    """Draw each class with up to four pictures and its counts; many classes on several pages."""
    found = counts(scan.plan, choices)
    divided = any(side.get("validation") for side in found.values())
    names = list(found)
    of_class: defaultdict[str, list[str]] = defaultdict(list)
    for _, cell in chosen_cells(scan.plan.reading(choices.reading), choices):
        of_class[cell.class_name] += cell.examples
    total = sum(sum(side.values()) for side in found.values())
    classes = tn("{n} class", "{n} classes", len(names))
    st.caption(f"{classes} · {tn('{n} photo', '{n} photos', total)}")
    places = choose_page("found_page", len(names), PAGE, of=run.id)
    shown = [names[place] for place in places]
    if not shown:
        return
    with st.grid(min(len(shown), 3), min_column_width=200, gap="small"):
        for name in shown:
            with st.container(gap="xsmall"):
                if url := _strip(run.id, tuple(of_class[name]), scan):
                    st.image(url, alt=t("Some images of the class {name}", name=name))
                st.caption(f"{escaped(name)} · {_sides(found[name], divided=divided)}")


def _sides(side: dict[str, int], *, divided: bool) -> str:
    """Return how many photos a class has for what; a dash where nothing will judge it."""
    parts = [part for part in ("train", "validation", "test") if side.get(part)]
    if not parts:
        return tn("{n} photo", "{n} photos", sum(side.values()))
    told = [f"{role_title(part)} {side[part]:,}" for part in parts]
    if divided and not side.get("validation"):
        told.append(f"{role_title('validation')} –")
    return " · ".join(told)


@st.cache_resource(show_spinner=False, max_entries=500)
def _strip(run_id: str, names: tuple[str, ...], _scan: Scan) -> str:
    """Return up to four pictures side by side as the address of a WebP file; empty if there are none."""
    where = {name: place for place, name in enumerate(_scan.samples.names)}
    places = [where[name] for name in names if name in where][:EXAMPLES]
    if not places:
        return ""
    sheet = _sheet(run_id, _scan)
    cut = [
        sheet[
            place // COLUMNS * SIDE : place // COLUMNS * SIDE + SIDE,
            place % COLUMNS * SIDE : place % COLUMNS * SIDE + SIDE,
        ]
        for place in places
    ]
    data = images.encode_webp(np.hstack(cut))
    return f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"


@st.cache_resource(show_spinner=False, max_entries=5)
def _sheet(run_id: str, _scan: Scan) -> images.Pixels:
    """Return all pictures of a look, decoded once for everybody."""
    with images.opened(_scan.samples.sheet, "samples.webp") as file:
        return file.rgb()
