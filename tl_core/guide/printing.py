"""The teacher's plan as a page to print: one HTML file that asks for nothing from anywhere."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from tl_core.guide.plan import PREPARATION, Step, lesson_plan
from tl_core.wording import N_, catalogue

STYLE = Path(__file__).with_name("plan.css")
TITLE = N_("Transfer learning in one lesson")
BEFORE = N_("Before the lesson")
SAY, DO = N_("Say"), N_("Pupils do")
WHY, ASK, ANSWER = N_("What for"), N_("Ask"), N_("Answer")
CLOCK = N_("minute {first} to {last}")


def plan_page(language: str) -> str:
    """Return the plan in a language of the lab, as HTML to be printed.

    Args:
        language: one of `LANGUAGES` of `tl_core.wording`.
    """
    said = catalogue(language).gettext
    sections, minute = [], 0
    for step in lesson_plan():
        sections.append(_section(step, minute, said))
        minute += step.stop.minutes
    before = "".join(f"<li>{escape(said(text))}</li>" for text in PREPARATION)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(said(TITLE))}</title>\n<style>\n{STYLE.read_text('utf-8')}</style>\n"
        f"<h1>{escape(said(TITLE))}</h1>\n"
        f"<section><h2>{escape(said(BEFORE))}</h2><ul>{before}</ul></section>\n"
        f"{''.join(sections)}</html>\n"
    )


def _section(step: Step, minute: int, said: Callable[[str], str]) -> str:
    lines = [(SAY, step.words), (DO, step.stop.task), (WHY, step.stop.reason)]
    for question in step.questions:
        lines += [(ASK, question.text), (ANSWER, question.answer)]
    clock = said(CLOCK).format(first=minute, last=minute + step.stop.minutes)
    rows = "".join(
        f"<dt>{escape(said(name))}</dt><dd>{escape(said(text))}</dd>\n" for name, text in lines
    )
    title = escape(said(step.stop.title))
    return (
        f'<section><span class="clock">{escape(clock)}</span><h2>{title}</h2>\n'
        f"<dl>\n{rows}</dl></section>\n"
    )
