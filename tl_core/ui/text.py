"""Every word that a person sees, in the language of this session.

A message is written in English where it is shown, as a literal: ``t("Choose a photo")``. The Korean is in
``locales/ko/LC_MESSAGES/lab.po``; ``python scripts/update_catalogue.py`` collects new messages and compiles
the catalogue. Text kept in plain-layer data is marked there with `N_` and drawn with `t_marked`; with values
it is a `Sentence` or a `LabError`, and drawn with `say`.
"""

import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

from tl_core.errors import LabError
from tl_core.particles import filled
from tl_core.wording import LANGUAGES, SOURCE_LANGUAGE, Sentence, catalogue

MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$]|:(?=\S|$)|&(?=#?\w+;)")
"""What Markdown does not read as markup behind a backslash."""
FOUND = re.compile(
    r"^(?=[-+=]|\d+[.)](?:\s|$)|[ \t]+\S)"  # a list, a line of code
    r"|(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)"  # an address
    r"|(?<=:)(?=material/|[\w+-]+:)"  # an icon, an emoji
    r"|(?<=[<-])(?=-)|(?<=-)(?=>)|(?<=[<>~])(?==)",  # an arrow, a dash, a sign
    re.IGNORECASE | re.MULTILINE,
)
"""Where to cut what Streamlit finds in spite of backslashes: it looks again when they are gone."""
CUT = ":small[]"
"""Markdown for an empty span: nobody sees, hears or copies it, and nothing is found across it."""
LANGUAGE_KEY = "lang"
"""Name of the language in the URL and in the session."""


def t(message: str, /, **values: Any) -> str:
    """Return `message` in the session's language, its ``{placeholders}`` filled with `values`.

    Args:
        message: an English literal; it is the key in the catalogue.
        **values: what goes into the placeholders. Without values the text is returned as it is.

    Example:
        >>> t("{count} photos", count=3)
        '3 photos'
    """
    translated = t_marked(message)
    return filled(translated, values) if values else translated


def t_marked(message: str) -> str:
    """Return a message that was marked with ``N_`` elsewhere in the session's language.

    Text that is not in the catalogue, such as the name of a class, comes back unchanged.
    """
    return _translated(message, language())


def _translated(message: str, code: str) -> str:
    return catalogue(code).gettext(message) if message else message


def tn(singular: str, plural: str, n: int, /, **values: Any) -> str:
    """Return `singular` or `plural`, whichever fits `n`, in the session's language; ``{n}`` is `n`.

    Example:
        >>> tn("{n} photo", "{n} photos", 2)
        '2 photos'
    """
    return filled(catalogue(language()).ngettext(singular, plural, n), {"n": n, **values})


def say(told: Sentence | LabError) -> str:
    """Return a sentence in the session's language; marked text among an error's values is translated too.

    Example:
        >>> say(LabError("{name} is empty. Choose another file.", name="cat.jpg"))
        'cat.jpg is empty. Choose another file.'
    """
    return _said(told, language())


def later_say() -> Callable[[Sentence | LabError], str]:
    """Return `say` in this session's language, for where there is no session: a file made at a click."""
    return partial(_said, code=language())


def _said(told: Sentence | LabError, code: str) -> str:
    sentence, translate = (told.sentence, True) if isinstance(told, LabError) else (told, False)
    return " ".join(_say(part, code, translate=translate) for part in sentence.parts())


def _say(sentence: Sentence, code: str, *, translate: bool) -> str:
    values = {
        name: _translated(value, code) if translate and isinstance(value, str) else value
        for name, value in sentence.values.items()
    }
    return filled(_translated(sentence.template, code), values)


def every_language(message: str) -> tuple[str, ...]:
    """Return a message that was marked with `N_` in each of `LANGUAGES`, in their order."""
    return tuple(_translated(message, code) for code in LANGUAGES)


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is: names of files and classes may hold anything."""
    return CUT.join(MARKDOWN.sub(r"\\\g<0>", part) for part in FOUND.split(text))


def language() -> str:
    """Return this session's language: the one chosen, else the URL's, else the browser's, else ``"en"``."""
    run = get_script_run_ctx()
    if run is None:
        return SOURCE_LANGUAGE
    if not _found.in_run(run):
        _found.language = _find_language()
        _found.run, _found.query, _found.browser = run, run.query_string, run.context_info
    return _found.language


def choose_language(code: str) -> None:
    """Speak one of `LANGUAGES` in this session from now on."""
    st.session_state[LANGUAGE_KEY] = code
    _found.run = None


class _Found(threading.local):
    """The language as this thread found it last: a page asks for it at each of its words.

    A thread of Streamlit belongs to one session, and what decides besides the choice comes with each run.
    """

    language = SOURCE_LANGUAGE
    run: ScriptRunContext | None = None
    query: str | None = None
    browser: object = None

    def in_run(self, run: ScriptRunContext) -> bool:
        """Whether it was found from what `run` was started with."""
        return (
            self.run is run and self.query is run.query_string and self.browser is run.context_info
        )


_found = _Found()


def _find_language() -> str:
    for wanted in (st.session_state.get(LANGUAGE_KEY), st.query_params.get(LANGUAGE_KEY)):
        if wanted in LANGUAGES:
            return str(wanted)
    browser = (st.context.locale or "").partition("-")[0].lower()
    return browser if browser in LANGUAGES else SOURCE_LANGUAGE
