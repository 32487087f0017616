"""The teacher's plan has a step for each stop of the lesson, and prints without anything from outside."""

import re
from html.parser import HTMLParser

import pytest

from tl_core.guide.plan import lesson_plan
from tl_core.guide.printing import plan_page
from tl_core.guide.tours import get_tour
from tl_core.wording import LANGUAGES


class Reader(HTMLParser):
    """Collects tags and words, and whatever would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_every_stop_of_the_lesson_has_words_and_a_question_with_its_answer() -> None:
    assert [step.stop for step in lesson_plan()] == list(get_tour("lesson").stops)
    assert all(step.words and step.questions for step in lesson_plan())
    assert all(q.text.endswith("?") and q.answer for step in lesson_plan() for q in step.questions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_to_print_is_whole_and_asks_for_nothing(language: str) -> None:
    page = plan_page(language)
    found = read(page)
    assert found.tags.count("section") == len(lesson_plan()) + 1
    assert found.tags.count("dt") == sum(3 + 2 * len(s.questions) for s in lesson_plan())
    assert not found.fetched and not re.search(r"https?:|@import|url\(|<script", page)
    assert "@media print" in page and f'<html lang="{language}">' in page


def test_the_page_in_korean_says_nothing_in_english() -> None:
    words = " ".join(read(plan_page("ko")).words)
    assert "학생이 할 일" in words
    for step in lesson_plan():
        texts = [step.words, step.stop.task, step.stop.reason, step.stop.title]
        texts += [text for question in step.questions for text in (question.text, question.answer)]
        assert not any(text in words for text in texts)


def test_the_minutes_run_from_the_first_to_the_end_of_the_lesson() -> None:
    words = " ".join(read(plan_page("en")).words)
    clocks = [tuple(map(int, two)) for two in re.findall(r"minute (\d+) to (\d+)", words)]
    assert clocks[0][0] == 0 and clocks[-1][1] == 45
    assert [end for _, end in clocks[:-1]] == [begin for begin, _ in clocks[1:]]
    for step in lesson_plan():
        assert step.words in words and step.questions[0].answer in words
