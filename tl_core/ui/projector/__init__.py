"""The layout for a wall that a whole class looks at: larger words, set-up folded, the result on top."""

from tl_core.ui.projector.layout import (
    PARAMETER,
    fold_again,
    folded,
    is_on,
    larger,
    set_up_beside,
    show_switch,
    take_layout,
    url_parameters,
    without_layout,
)

__all__ = [
    "PARAMETER",
    "fold_again",
    "folded",
    "is_on",
    "larger",
    "set_up_beside",
    "show_switch",
    "take_layout",
    "url_parameters",
    "without_layout",
]
