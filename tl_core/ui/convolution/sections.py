"""The sections of the page, and what of it a lesson may leave out."""

from tl_core.ui.convolution import (
    article,
    challenge,
    code,
    explore,
    learned,
    live,
    pooling,
    relatives,
    signal,
    stack,
    views,
)
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.sections import Section, names_to_hide
from tl_core.wording import N_

SECTIONS: tuple[Section[[Scene]], ...] = (
    Section(name="explore", title=N_("Explore"), show=explore.show),
    Section(name="views", title=N_("Views"), show=views.show),
    Section(name="pooling", title=N_("Pooling"), show=pooling.show),
    Section(name="stack", title=N_("Stack"), show=stack.show),
    Section(name="learned", title=N_("Learned"), show=learned.show),
    Section(name="relatives", title=N_("Relatives"), show=relatives.show),
    Section(name="signal", title=N_("1-D"), show=signal.show),
    Section(name="live", title=N_("Live"), show=live.show),
    Section(name="code", title=N_("Code"), show=code.show),
    Section(name="challenge", title=N_("Challenge"), show=challenge.show),
    Section(name="read", title=N_("Read"), show=article.show),
)
HIDEABLE = {
    "section": N_("Section"),
    "kernel": N_("Kernel"),
    "weights": N_("Weights of the kernel"),
    "operation": N_("Operation"),
    "bias": N_("Bias"),
    "image": N_("Image"),
    "size": N_("Working size (pixels)"),
    "colour": N_("Channels"),
    "stride_y": N_("Stride down"),
    "stride_x": N_("Stride right"),
    "padding": N_("Padding"),
    "dilation": N_("Dilation"),
    "fill": N_("Padding holds"),
    "view": N_("Show the result"),
    "size_formula": N_("Size formula"),
} | names_to_hide(SECTIONS)
"""What a lesson may leave out, by its name in the link."""
