"""Whatever a person can read is in the Korean catalogue, and nothing is shown around it."""

import ast
import gettext
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog

from scripts import update_catalogue as catalogue
from tl_core.errors import LabError
from tl_core.wording import LANGUAGES, SOURCE_LANGUAGE

VISIBLE = {
    *("title", "header", "subheader", "markdown", "write", "text", "caption", "badge", "latex"),
    *("button", "download_button", "link_button", "form_submit_button", "page_link", "menu_button"),
    *("selectbox", "multiselect", "radio", "segmented_control", "pills", "slider", "select_slider"),
    *("number_input", "text_input", "text_area", "toggle", "checkbox", "file_uploader"),
    *("camera_input", "data_editor", "dataframe", "table", "metric", "image", "plotly_chart"),
    *("error", "warning", "info", "success", "toast", "exception", "progress", "spinner", "status"),
    *("expander", "popover", "tabs", "dialog", "set_page_config"),
}
"""Streamlit commands, called on ``st`` or on a container, whose first argument is shown."""
VISIBLE_KEYWORDS = {"label", "help", "caption", "alt", "title", "body", "text", "placeholder"} | {
    *("page_title", "x_title", "y_title", "delta", "intro"),
}
NOT_WORDS = re.compile(r":material/\w+:|:[a-z-]+\[|\$[^$]*\$|&\w+;")
"""Icons, colour directives, formulas and character references: the same in every language."""
ALLOWED = {"GAP", "Flatten", "Dense", "h", "w", "c"}
"""Names of layers and sizes that stay as they are in Korean."""


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


def parts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value or "",)


def faults(korean: Catalog, messages: Sequence[str | tuple[str, ...] | list[str]]) -> list[str]:
    """Return what is wrong with a catalogue for these messages."""
    found = []
    for message in messages:
        entry = korean.get(parts(message)[0])
        if entry is None:
            found.append(f"missing: {message}")
            continue
        strings = parts(entry.string)
        if not all(strings):
            found.append(f"untranslated: {message}")
        if entry.fuzzy:
            found.append(f"fuzzy: {message}")
        expected = placeholders(parts(message)[-1])
        found += [
            f"other placeholders: {message}"
            for string in strings
            if string and placeholders(string) != expected
        ]
    return found


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def calls(code: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def computed_messages(code: str) -> list[int]:
    """Return the lines where a text function or an error gets something that is not a literal."""
    counts = catalogue.keywords()
    return [
        call.lineno
        for call in calls(code)
        if isinstance(call.func, ast.Name) and call.func.id in counts
        for argument in call.args[: counts[call.func.id]]
        if not is_literal(argument)
    ]


def words_in(node: ast.AST) -> Iterator[str]:
    """Yield literal words in an expression; what a function returns is that function's business."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = NOT_WORDS.sub("", node.value)
        yield from (word for word in re.findall(r"[^\W\d_]+", text) if word not in ALLOWED)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):  # "{} photos".format(3), ", ".join(names)
            yield from words_in(node.func.value)
    else:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.FormattedValue) or not isinstance(child.value, ast.Name):
                yield from words_in(child)


def goes_to_the_log(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and name_of(function.value) in ("log", "logger")


def untranslated_words(code: str) -> list[tuple[int, str]]:
    """Return (line, word) for words that a visible call shows without `t`."""
    found = []
    for call in calls(code):
        if name_of(call.func) not in VISIBLE or goes_to_the_log(call.func):
            continue
        shown = [*call.args[:1], *(k.value for k in call.keywords if k.arg in VISIBLE_KEYWORDS)]
        found += [(call.lineno, word) for node in shown for word in words_in(node)]
    return found


def ui_sources() -> list[Path]:
    """Return the files that draw: pages, and everything in `tl_core/ui`."""
    paths = catalogue.source_files()
    drawing = [path for path in paths if "tl_core" not in path.parts or "ui" in path.parts]
    assert len(drawing) > 5
    return drawing


def test_every_message_has_a_complete_korean_translation_with_the_same_placeholders() -> None:
    messages = [message.id for message in catalogue.template() if message.id]
    assert len(messages) > 50
    assert faults(catalogue.read_catalogue(), messages) == []


@pytest.mark.parametrize(
    ("string", "flags", "fault"),
    [
        ("{count}장의 사진", [], None),
        ("", [], "untranslated"),
        ("{count}장의 사진", ["fuzzy"], "fuzzy"),
        ("사진", [], "placeholders"),  # a number that the Korean sentence does not show
        ("{size}장의 사진", [], "placeholders"),  # fails only when it is shown
    ],
)
def test_a_bad_translation_is_caught(string: str, flags: list[str], fault: str | None) -> None:
    korean = Catalog(locale="ko")
    korean.add("{count} photos", string, flags=flags)
    found = faults(korean, ["{count} photos"])
    assert (fault is None) == (found == [])
    assert fault is None or fault in found[0]


LONGEST = 2
"""Characters of Korean for one of English, from five on."""
MAY_END_IN_A_SIGN = re.compile(r"\*\*\{(?:name|its|yours|truth|guess|\w*share|\w*accuracy)\}\*\*\w")


def test_nothing_bold_that_may_end_in_a_sign_is_followed_by_a_letter() -> None:
    """Markdown ends ``**7 %**`` only before a space or a sign: Korean particles would show the stars."""
    strings = [part for message in catalogue.read_catalogue() for part in parts(message.string)]
    assert [text for text in strings if MAY_END_IN_A_SIGN.search(text)] == []
    assert MAY_END_IN_A_SIGN.search("**{share}**이고") and any("**{name}**" in x for x in strings)


def test_no_label_has_a_sentence_for_a_translation() -> None:
    """One had that of its help text; Korean is shorter than English, but for words with an explanation."""
    labels = [message for message in catalogue.read_catalogue() if len(parts(message.id)[0]) > 4]
    long = [
        text
        for message in labels
        for text in parts(message.string)
        if len(text) > LONGEST * len(parts(message.id)[0])
    ]
    assert long == []
    assert len("슬라이더 값만 바꿉니다. 아직 학습하지는 않습니다.") > LONGEST * len("suggested")


def test_a_missing_message_is_caught() -> None:
    assert faults(Catalog(locale="ko"), ["Train"]) == ["missing: Train"]


def test_the_catalogue_holds_nothing_that_is_gone_from_the_code() -> None:
    wanted = {parts(message.id)[0] for message in catalogue.template()}
    assert {parts(message.id)[0] for message in catalogue.read_catalogue()} <= wanted


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert catalogue.MO.read_bytes() == catalogue.mo_bytes(catalogue.read_catalogue())


def test_a_stale_compiled_catalogue_is_caught() -> None:
    changed = catalogue.read_catalogue()
    changed["Home"].string = "다른 번역"
    assert catalogue.MO.read_bytes() != catalogue.mo_bytes(changed)


def test_the_compiled_catalogue_is_read_by_gettext() -> None:
    korean = gettext.GNUTranslations(io.BytesIO(catalogue.MO.read_bytes()))
    assert korean.gettext("Home") == "홈"
    assert set(LANGUAGES) == {SOURCE_LANGUAGE, "ko"}


def test_messages_are_collected_from_every_kind_of_call() -> None:
    code = """
t("One", name=1)
tn("{n} photo", "{n} photos", n)
x = N_("Two")
raise ImageRefused("Three "
                   "lines", name=2)
st.markdown(f"**{t('Four')}**")
log("Five")
"""
    assert set(catalogue.messages_of(code)) == {
        "One",
        ("{n} photo", "{n} photos"),
        "Two",
        "Three lines",
        "Four",
    }
    assert {kind.__name__ for kind in LabError.__subclasses__()} <= set(catalogue.keywords())


def test_messages_are_literals() -> None:
    found = {path.name: computed_messages(path.read_text()) for path in catalogue.source_files()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        't(f"{n} photos")',  # the catalogue has no such key
        "t(message)",
        't("a" if n else "b")',
        'tn("{n} photo", plural, n)',
        "N_(title)",
        'raise ImageRefused("broken: " + name)',
        'raise ImageRefused("broken: {}".format(name))',
    ],
)
def test_a_computed_message_is_caught(code: str) -> None:
    assert computed_messages(code) == [1]


def test_nothing_is_shown_untranslated() -> None:
    found = {path.name: untranslated_words(path.read_text()) for path in ui_sources()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "code",
    [
        'st.button("Train")',
        'st.sidebar.title("Lab")',
        'column.metric(t("Weights"), 3, help="All of them")',
        'st.markdown(f"**{count}** photos")',
        'st.caption("Look " + where)',
        'st.caption("Look" if seen else t("Look"))',
        'st.write("{} photos".format(3))',
        'st.image(image, alt="A cat")',
        'st.tabs(["One", t("Two")])',
    ],
)
def test_untranslated_text_is_caught(code: str) -> None:
    assert untranslated_words(code)


@pytest.mark.parametrize(
    "code",
    [
        'st.button(t("Train"), icon=":material/play_arrow:", key="start")',
        "st.markdown(f\"### :material/home: {t('Home')}\")",
        'st.markdown(f"**{name}** · 3 × 3")',
        'st.caption(", ".join(names))',
        "st.metric(t_marked(spec.title), 3)",
        'log.warning("The engine is gone")',
    ],
)
def test_translated_text_is_not_reported(code: str) -> None:
    assert untranslated_words(code) == []
