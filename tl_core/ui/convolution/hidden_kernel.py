"""A mystery kernel that a teacher hides in a link, and pupils find."""

import numpy as np
import streamlit as st

from tl_core.convolution.challenges import mystery_kernel
from tl_core.convolution.hidden import find_kernel, hide_kernel
from tl_core.convolution.kernels import Kernel, get_kernel, list_kernels
from tl_core.errors import LabError
from tl_core.ui import lesson
from tl_core.ui.convolution.kernel_editing import CUSTOM
from tl_core.ui.errors import show_error
from tl_core.ui.frame import app_wide
from tl_core.ui.sections import KEY as SECTION_KEY
from tl_core.ui.state import url_text
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

KEY = "mystery"
"""Name of the hidden kernel in the URL."""
POPOVER_KEY = "mystery_maker"
START = "identity"
"""The kernel that pupils begin with: any other might be the hidden one."""
GOES_ALONG = ("image", "size", "colour", "painting", lesson.SENTENCE_KEY, lesson.HIDE_KEY)
"""What of the page the link holds; anything about the kernel would give it away."""


def hidden_code() -> str:
    """Return the code of the hidden kernel that the link has; empty without one."""
    url_text(KEY, check=find_kernel)
    return str(st.session_state[KEY])


def kernel_to_find(seed: int) -> Kernel:
    """Return the kernel that somebody has hidden, else the one of puzzle `seed`."""
    if not (code := hidden_code()):
        return mystery_kernel(seed)
    weights = find_kernel(code)
    for preset in list_kernels():
        known = get_kernel(preset.name)
        if known.second is None and np.array_equal(known.weights, weights):
            return known
    return Kernel(
        name=CUSTOM,
        title=N_("the hidden kernel"),
        description=N_(
            "It is none of the list as it comes: move the sliders of one, or write its weights yourself, "
            "with Edit."
        ),
        weights=weights,
    )


def forget_hidden() -> None:
    """Go back to the puzzles that have a number: for ``on_change`` and ``on_click``."""
    st.session_state[KEY] = ""


def show_maker(kernel: Kernel) -> None:
    """Draw a popover with a link in which the kernel that is chosen now is the mystery."""
    box = st.popover(
        t("Hide this kernel"), icon=":material/visibility_off:", key=POPOVER_KEY, on_change="rerun"
    )
    if box.open:
        with box:
            _show_link(kernel)


def _show_link(kernel: Kernel) -> None:
    st.markdown(
        t(
            "Your class opens this link and has to find **{name}**, the kernel that you have chosen now. "
            "The address does not name it, and the page shows it only after three hints.",
            name=t_marked(kernel.title),
        )
    )
    try:
        if kernel.second is not None:
            raise LabError("A kernel with two directions cannot be hidden. Choose another one.")
        code = hide_kernel(kernel.weights)
    except LabError as refusal:
        show_error(refusal)
        return
    own = {name: text for name, text in st.query_params.to_dict().items() if name in GOES_ALONG}
    asked = {SECTION_KEY: "challenge", "kernel": START, KEY: code}
    lesson.show_whole(app_wide() | own | asked, popover=POPOVER_KEY)
    st.caption(
        t("It is a puzzle and no secret: whoever can program can read the weights in the address.")
    )
