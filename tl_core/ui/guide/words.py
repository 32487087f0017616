"""The glossary, as it is drawn: all of it on the home page, one word at a time from every page."""

from collections.abc import Callable, Iterator

import streamlit as st

from tl_core.guide.glossary import Term, list_terms
from tl_core.ui import state
from tl_core.ui.errors import callback
from tl_core.ui.text import t, t_marked

HELP_KEY, WORD_KEY, SEARCH_KEY = "glossary", "glossary_word", "glossary_search"
ICON = ":material/visibility:"
Link = Callable[[Term, str], object]
"""Draws a link to where a word is seen, with a translated label."""


def show_help(page: str, link: Link) -> None:
    """Draw a button that opens the glossary in place; costs nothing until somebody does.

    Args:
        page: name of the page that is open.
        link: for a word that is seen on another page.
    """
    box = st.popover(
        t("Glossary"),
        icon=":material/dictionary:",
        key=HELP_KEY,
        on_change="rerun",
        width="stretch",
    )
    if box.open:
        with box:
            _show_one(page, link)


def show_all(link: Link) -> None:
    """Draw every word with its meaning and where it is seen; those that hold what is looked for."""
    wanted = st.text_input(
        t("Look for a word"), key=SEARCH_KEY, placeholder=t("such as kernel"), max_chars=40
    )
    found = list(_matching(wanted))
    for term in found:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{t_marked(term.title)}**")
            st.markdown(t_marked(term.meaning))
            link(term, t("Show me on my data"))
    if not found:
        st.info(t("No word here holds that. Try a shorter part of it, or its English name."))


def _matching(wanted: str) -> Iterator[Term]:
    """Yield the terms that hold the text in either language, in the order of the glossary."""
    part = wanted.strip().casefold()
    for term in list_terms():
        texts = (term.title, t_marked(term.title), term.meaning, t_marked(term.meaning))
        if any(part in text.casefold() for text in texts):
            yield term


def _show_one(page: str, link: Link) -> None:
    terms = {term.name: term for term in list_terms()}
    chosen = st.selectbox(
        t("Word"),
        sorted(terms, key=lambda name: t_marked(terms[name].title).casefold()),
        index=None,
        format_func=lambda name: t_marked(terms[name].title),
        placeholder=t("Choose a word or type its beginning"),
        key=WORD_KEY,
    )
    if chosen is None:
        return
    term = terms[chosen]
    st.markdown(t_marked(term.meaning))
    if term.page != page:
        link(term, t("Show me on my data"))
    else:  # a link from a page to itself is no entry of it
        st.button(
            t("Show me on my data"),
            icon=ICON,
            key="glossary_show",
            on_click=callback(state.take_link),
            args=[term.url],
        )
