"""The controls of the GAP page: what the heads stand on, and what they share."""

from typing import Any

import streamlit as st

from tl_core.backbones import MAX_INPUT_SIZE, BackboneSpec, get_backbone, list_backbones
from tl_core.errors import SettingInvalid
from tl_core.head_math import (
    ACTIVATIONS,
    BIASES,
    HeadConfig,
    HeadSetup,
    bias_name,
    get_preset,
    list_presets,
    read_units,
    write_units,
)
from tl_core.ui import lesson
from tl_core.ui.errors import callback, fragment, show_error
from tl_core.ui.redrawing import redraw
from tl_core.ui.state import url_choice, url_flag, url_number, url_text
from tl_core.ui.text import t, t_marked
from tl_core.ui.unseen import left_at
from tl_core.wording import N_

TEXTBOOK_BACKBONE, TEXTBOOK_SIZE, TEXTBOOK_UNITS = "vgg16", 224, "256"
FREE = ("height", "width", "channels")
"""What a feature map is set with that no backbone has made."""
SOURCES = {"backbone": N_("A backbone"), "free": N_("Any feature map")}
BIAS_TITLES = {
    "all": N_("All Dense layers"),
    "hidden": N_("Hidden layers only"),
    "last": N_("Last layer only"),
    "none": N_("None"),
}
TITLES = {
    "flatten": "Flatten",
    "gap": "GAP",
    "gmp": N_("Global max"),
    "gap+gmp": N_("Average + max"),
}
"""What the heads are called on this page, by pooling."""
LARGEST_MAP, MOST_CHANNELS, MOST_CLASSES = 64, 4096, 1000
PRESET_KEY, GOOD_UNITS_KEY = "gap_preset", "gap_units"
CHOOSABLE_KEY = "gap_activation_choosable"
OWN = ""
CONTENT, PRESET, RATIO, SUMS, SHOWN = "content", "preset", "ratio", "sums", "shown"
"""Keys of the parts of the page: all of it, the well-known set-up, and what is counted of it."""
COUNTED = (PRESET, RATIO, SUMS, SHOWN)


def setup_controls() -> None:
    """Draw all controls."""
    options = _options()
    preset, source, rest = st.columns([5, 4, 9], vertical_alignment="bottom")
    with source, lesson.part("from"):
        chosen = _source(options)
    draw, left = (_backbone, FREE) if chosen == "backbone" else (_free_map, ("backbone",))
    draw(options, rest)
    for name in left:
        left_at(options[name]["key"])
    units, classes, activation, more = st.columns([5, 4, 4, 5], vertical_alignment="bottom")
    with units, lesson.part("units"):
        _units(options)
    with classes, lesson.part("classes"):
        st.number_input(t("Classes"), **options["classes"], on_change=callback(_redraw_counted))
    with activation, lesson.part("activation"):
        _activation(options)
    with more, lesson.part("more"):
        _more(options)
    with preset, lesson.part("preset"):
        fragment(_presets, key=PRESET)()


def setup_as_set() -> tuple[HeadSetup, tuple[str, ...]]:
    """Return the set-up as the controls say, and the poolings to show, Flatten and GAP first."""
    set_to = st.session_state
    on_hidden, on_last = BIASES[set_to["bias"]]
    config = HeadConfig(
        units=tuple(set_to.get(GOOD_UNITS_KEY, read_units(TEXTBOOK_UNITS))),
        classes=set_to["classes"],
        activation=set_to["activation"] if set_to["classes"] == 2 else "softmax",
        use_bias=on_hidden,
        output_bias=on_last,
        dropout=round(set_to["dropout"], 1),
    )
    poolings = tuple(TITLES) if set_to["extra"] else tuple(TITLES)[:2]
    if set_to["from"] == "backbone":
        return HeadSetup(config=config, backbone=set_to["backbone"], size=set_to["size"]), poolings
    shape = (set_to["h"], set_to["w"], set_to["c"])
    return HeadSetup(config=config, free_map=shape), poolings


def _redraw_counted() -> None:
    """Redraw what is counted, and no control: for those on which no other one depends."""
    choosable = st.session_state["classes"] == 2
    if choosable == st.session_state.get(CHOOSABLE_KEY):  # or the activation follows
        redraw(*COUNTED)


def _options() -> dict[str, dict[str, Any]]:
    """Return what to draw each control with; all are declared, so that a preset can set any of them."""
    titles = [spec.name for spec in list_backbones()]
    return dict(
        source=url_choice("from", list(SOURCES), default="backbone"),
        backbone=url_choice("backbone", titles, default=TEXTBOOK_BACKBONE),
        height=url_number("h", 1, LARGEST_MAP, default=7),
        width=url_number("w", 1, LARGEST_MAP, default=7),
        channels=url_number("c", 1, MOST_CHANNELS, default=512, step=64),
        units=url_text("units", default=TEXTBOOK_UNITS, check=read_units),
        classes=url_number("classes", 2, MOST_CLASSES, default=2),
        activation=url_choice("activation", ACTIVATIONS, default="softmax"),
        bias=url_choice("bias", list(BIASES), default="all"),
        dropout=url_number("dropout", 0.0, 0.9, default=0.0, step=0.1),
        extra=url_flag("extra"),
    )


def _source(options: dict[str, dict[str, Any]]) -> str:
    chosen: str = st.selectbox(
        t("Feature map from"),
        **options["source"],
        format_func=lambda name: t_marked(SOURCES[name]),
        help=t("A feature map is what the backbone makes of a photo: height × width × channels."),
    )
    return chosen


def _backbone(options: dict[str, dict[str, Any]], column: Any) -> None:
    left, right = column.columns([4, 5], vertical_alignment="bottom")
    titles = {spec.name: spec.title for spec in list_backbones()}
    with left, lesson.part("backbone"):
        name = st.selectbox(t("Backbone"), **options["backbone"], format_func=titles.__getitem__)
    spec = get_backbone(name)
    limits = url_number("size", spec.min_size, MAX_INPUT_SIZE, default=_usual_size(spec))
    with right, lesson.part("size"):
        st.slider(t("Input size (pixels)"), **limits, on_change=callback(_redraw_counted))


def _usual_size(spec: BackboneSpec) -> int:
    return max(spec.min_size, TEXTBOOK_SIZE)


def _free_map(options: dict[str, dict[str, Any]], column: Any) -> None:
    labels = dict(zip(FREE, (t("Height"), t("Width"), t("Channels")), strict=True))
    with column, lesson.part("size"):
        for place, (name, label) in zip(st.columns(3), labels.items(), strict=True):
            with place:
                st.number_input(label, **options[name], on_change=callback(_redraw_counted))


def _units(options: dict[str, dict[str, Any]]) -> None:
    """Draw the hidden layers; while the text cannot be read, those of the last one that could hold."""
    text = st.text_input(
        t("Hidden Dense layers"),
        **options["units"],
        placeholder=t("none"),
        help=t("Units of up to 4 layers, first to last, such as 256, 64. Empty for none."),
    )
    try:
        st.session_state[GOOD_UNITS_KEY] = read_units(text)
    except SettingInvalid as error:
        show_error(error)


def _activation(options: dict[str, dict[str, Any]]) -> None:
    choosable = st.session_state["classes"] == 2
    st.session_state[CHOOSABLE_KEY] = choosable
    st.selectbox(
        t("Last activation"),
        **options["activation"],
        disabled=not choosable,
        on_change=callback(_redraw_counted),
        help=t("For two classes: softmax has one unit per class, sigmoid a single one."),
    )


def _more(options: dict[str, dict[str, Any]]) -> None:
    with st.popover(t("More settings"), icon=":material/tune:", width="stretch"):
        st.selectbox(
            t("Bias"),
            **options["bias"],
            on_change=callback(_redraw_counted),
            format_func=lambda name: t_marked(BIAS_TITLES[name]),
            help=t("A bias is one more weight for each unit."),
        )
        st.slider(
            t("Dropout"),
            **options["dropout"],
            on_change=callback(_redraw_counted),
            help=t("Dropped inputs before each Dense layer. It has no weights."),
        )
        st.toggle(
            t("Also show global max, and average + max"),
            **options["extra"],
            on_change=callback(_redraw_counted),
            help=t("Two further ways from a feature map to one or two numbers a channel."),
        )


def _presets() -> None:
    """Draw the well-known set-ups; the choice follows the controls, and sets them when it is changed."""
    known = {preset.text: preset for preset in list_presets()}
    found = known.get(setup_as_set()[0].text)
    st.session_state[PRESET_KEY] = found.name if found else OWN
    st.selectbox(
        t("Start from"),
        [OWN, *(preset.name for preset in list_presets())],
        format_func=lambda name: t_marked(get_preset(name).title) if name else t("Your own set-up"),
        key=PRESET_KEY,
        on_change=callback(_take_preset),
        help=t("Well-known heads, with the numbers that their authors use."),
    )


def _take_preset() -> None:
    if name := st.session_state[PRESET_KEY]:
        take_setup(get_preset(name))
        redraw(CONTENT)


def take_setup(setup: HeadSetup) -> None:
    """Set every control to what `setup` says; call it before the controls are drawn."""
    config = setup.config
    values: dict[str, object] = {
        "from": "backbone" if setup.backbone else "free",
        "units": write_units(config.units),
        "classes": config.classes,
        "activation": config.activation,
        "bias": bias_name(config),
        "dropout": config.dropout,
    }
    if setup.backbone:
        values |= {"backbone": setup.backbone, "size": setup.size}
    else:
        values |= dict(zip("hwc", setup.free_map, strict=True))
    st.session_state.update(values)


def origin(setup: HeadSetup) -> str:
    """Return where a well-known set-up comes from, in the session's language; empty for any other."""
    return next((t_marked(one.origin) for one in list_presets() if one.text == setup.text), "")


def known_as(setup: HeadSetup) -> str:
    """Return what a well-known set-up is called, in the session's language, or that it is one's own."""
    found = (t_marked(one.title) for one in list_presets() if one.text == setup.text)
    return next(found, t("Your own set-up"))
