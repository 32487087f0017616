"""How a control is kept: in the page's URL, and in the session while the person is on another page.

    st.selectbox(t("Kernel"), **url_choice("kernel", list_kernels(), default="sobel_x"), format_func=...)
    st.slider(t("Working size"), **url_number("size", 32, 512, default=256))

The name is both the widget's key and the URL's parameter; a value equal to the default is left out.
A value in the URL that cannot be used falls back to the default, with one sentence. Streamlit's own
``bind="query-params"`` puts the *translated* label of a choice into the URL and drops a bad value without a
word, so it is not used. The URL is written when the whole page has run, or a part of it alone (`redrawing`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tl_core.errors import LabError
from tl_core.ui import news
from tl_core.ui.kept import Control, Kept
from tl_core.ui.kept import kept as session
from tl_core.ui.text import escaped, language, say, t

AFRESH = "afresh"
"""Parameter of a link that lets go of how its page was left."""


def enter_page(
    page: str,
    app_wide: Callable[[], dict[str, str]] = dict,
    note: Callable[[], object] = lambda: None,
) -> None:
    """Start a run of `page`: take over the URL if it was just entered, by link, by address or by Back.

    Args:
        page: its title.
        app_wide: for parts that run alone: returns the parameters that every page carries.
        note: for these too: is called when somebody has changed something in one.
    """
    kept = session()
    kept.app_wide, kept.note = app_wide, note
    context = get_script_run_ctx()
    went_back = context is not None and context.is_history_navigation
    if kept.page != page or went_back:
        news.forget()
        kept.page, kept.seeded = page, set()
        kept.asked = dict(st.query_params.to_dict())
        if went_back:
            kept.asked = dict.fromkeys(kept.links.get(page, {})) | kept.asked
    kept.relabelled, kept.language = kept.language != language(), language()
    kept.drawn, kept.parts, kept.part, kept.page_wanted = {}, {}, None, False
    kept.notices, kept.told_next = kept.told_next, []
    kept.broken, kept.whole, kept.redrawn, kept.awaited = None, False, 0, set()


def leave_page(app_wide: Mapping[str, str]) -> None:
    """End a run: write every control that is off its default into the URL, and remember it.

    Args:
        app_wide: parameters that every page carries, such as the language.
    """
    kept = session()
    if kept.broken is not None:
        return
    kept.was_app_wide, kept.page_called = dict(app_wide), False
    own = texts(kept.drawn)
    remembered = kept.texts.get(kept.page, {})
    hidden = {name: text for name, text in remembered.items() if name not in kept.drawn}
    kept.texts[kept.page] = hidden | own
    kept.links[kept.page] = own
    # Streamlit would give it an older value when it comes back.
    for name in kept.seeded - kept.drawn.keys():
        st.session_state.pop(name, None)
    if (wanted := kept.was_app_wide | own) != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
    kept.whole = True


def keep_address() -> None:
    """Leave the address as it is, until the part that is drawn now, which broke, is drawn without a fault."""
    kept = session()
    kept.broken = kept.part


def texts(drawn: Mapping[str, Control]) -> dict[str, str]:
    """Return the URL texts of those controls that are off their defaults."""
    return {name: text for name, text in map(_text, drawn.values()) if text is not None}


def _text(control: Control) -> tuple[str, str | None]:
    value = st.session_state.get(control.name, control.default)
    text = control.write(value)
    named = control.place and st.query_params.get(control.name) == text
    return control.name, text if named or text != control.write(control.default) else None


def link_parameters(page: str, app_wide: Mapping[str, str]) -> dict[str, str]:
    """Return the URL parameters with which a link finds `page` as it was left."""
    return dict(app_wide) | session().links.get(page, {})


def take_link(parameters: Mapping[str, str | None]) -> None:
    """Set controls of the page that is open as a link to it would: for ``on_click``.

    A link from a page to itself is no entry of the page, so its parameters would not be looked at.

    Args:
        parameters: text for a control's name, as in the URL; None, or no text, for its default. Controls
            that are not named stay as they are.
    """
    kept = session()
    kept.asked |= {name: text or None for name, text in parameters.items()}
    kept.seeded -= parameters.keys()
    kept.page_wanted = True


def forget_page() -> None:
    """Let go of what is remembered of the open page's controls; what its address says holds."""
    kept = session()
    kept.texts.pop(kept.page, None)
    kept.links.pop(kept.page, None)


def take_afresh() -> None:
    """Let go of how the page was left, if it was just entered by a link that asks for it."""
    if asked_in_url(AFRESH) is not None:
        forget_page()


def restart_page(parameters: Mapping[str, str]) -> None:
    """Open the page that is open as if it had never been seen, with these controls set: for ``on_click``."""
    forget_page()
    take_link(dict.fromkeys(session().drawn) | dict(parameters))


def is_drawn(name: str) -> bool:
    """Whether this run, of the page or of a part of it, has the control `name` already."""
    return name in session().drawn


def asked_in_url(name: str) -> str | None:
    """Return, once, the text that the URL had for `name` when the page was entered."""
    return session().asked.pop(name, None)


def notices() -> list[str]:
    """Return the sentences about values of the URL that this run could not use."""
    return session().notices


def refuse(name: str, text: str) -> None:
    """Say above the page that the URL's `text` for `name` cannot be used."""
    sentence = t(
        "The link says {name} = {value}, which cannot be used here; the usual value is set instead.",
        name=name,
        value=text[:40],
    )
    session().notices.append(escaped(sentence))


def tell(error: LabError) -> None:
    """Say above the page why something that the URL names cannot be used."""
    session().notices.append(escaped(say(error)))


def url_choice(
    name: str, options: Sequence[str], *, default: str, always: bool = False, place: bool = False
) -> dict[str, Any]:
    """Return ``key`` and ``options`` for a selectbox, a segmented control or a radio kept in the URL.

    Args:
        name: key of the widget and name in the URL; unique on its page.
        options: stable names, never translated text; labels come from the widget's ``format_func``.
        default: one of them.
        always: whether the URL names the default too, because it may be another one tomorrow.
        place: whether another value is another place, to which Back leads.
    """

    def read(text: str) -> str:
        return options[options.index(text)]

    def mend(value: Any) -> str:
        return value if value in options else default

    usual = "" if always else default
    _seed(Control(name=name, default=usual, read=read, mend=mend, place=place))
    return {"key": name, "options": list(options)}


def url_choices(name: str, options: Sequence[str], *, most: int) -> dict[str, Any]:
    """Return what a multiselect kept in the URL needs, its values joined by commas; none by default.

    Args:
        name: key of the widget and name in the URL.
        options: stable names without a comma, as for `url_choice`; what was chosen and is no longer among
            them is let go.
        most: how many may be chosen.
    """

    def read(text: str) -> list[str]:
        values = text.split(",")
        if len(values) > most:
            raise ValueError(text)
        return [options[options.index(value)] for value in values]

    def mend(value: Any) -> list[str]:
        return [one for one in value or () if one in options][:most]

    _seed(Control(name=name, default=[], read=read, mend=mend, write=",".join))
    return {"key": name, "options": list(options), "max_selections": most}


def url_number(
    name: str, low: float, high: float, *, default: float, step: float = 1
) -> dict[str, Any]:
    """Return ``key``, ``value`` and limits for a slider or number input kept in the URL.

    Whole `low`, `high`, `default` and `step` make a whole-number control. A value outside ``low..high`` in
    the URL is refused; one that another control has left outside is moved to the nearest end.
    """
    whole = all(isinstance(value, int) for value in (low, high, default, step))
    kind: Callable[[Any], float] = int if whole else float

    def read(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:  # also refuses nan
            raise ValueError(text)
        return value

    def mend(value: Any) -> float:
        return kind(min(max(default if value is None else value, low), high))

    def write(value: Any) -> str:
        return str(mend(value)) if whole else f"{mend(value):.6g}"

    _seed(Control(name=name, default=kind(default), read=read, mend=mend, write=write))
    limits = {"min_value": kind(low), "max_value": kind(high), "step": kind(step)}
    # Until what is in the session reaches the browser it shows this, or the lowest number.
    return {"key": name, "value": st.session_state[name], **limits}


def url_flag(name: str, *, default: bool = False) -> dict[str, Any]:
    """Return the ``key`` for a toggle or checkbox kept in the URL as ``1`` or ``0``."""
    read, write = {"0": False, "1": True}.__getitem__, {False: "0", True: "1"}.__getitem__
    _seed(Control(name=name, default=default, read=read, mend=bool, write=write))
    return {"key": name}


def url_text(
    name: str, *, default: str = "", check: Callable[[str], object] = str
) -> dict[str, Any]:
    """Return the ``key`` for text kept in the URL, with or without a widget of that key.

    Args:
        name: key and name in the URL.
        default: text that is left out of the URL.
        check: called with a text from the URL; a LabError is shown, any other exception refuses it too.
    """

    def read(text: str) -> str:
        check(text)
        return text

    _seed(Control(name=name, default=default, read=read, mend=str))
    return {"key": name}


def _seed(control: Control) -> None:
    """Give a widget its value before it is drawn, where Streamlit's own memory does not do."""
    kept, name = session(), control.name
    kept.drawn[name], kept.parts[name] = control, kept.part
    if name not in kept.seeded or name not in st.session_state:
        st.session_state[name] = control.mend(_first_value(kept, control))
        kept.seeded.add(name)
        return
    value = st.session_state[name]
    if kept.relabelled or control.mend(value) != value:
        st.session_state[name] = control.mend(value)


def _first_value(kept: Kept, control: Control) -> Any:
    if control.name in kept.asked:
        text = kept.asked.pop(control.name)
    else:
        text = kept.texts.get(kept.page, {}).get(control.name)
    if text is None:
        return control.default
    try:
        return control.read(text)
    except LabError as error:
        tell(error)
    except Exception:  # whatever a link may hold
        refuse(control.name, text)
    return control.default
