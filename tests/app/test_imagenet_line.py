"""ImageNet's guesses as people read them: bars, a sentence, in both languages, and nothing made of names."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import STARTING, told
from tests.app.test_predict import values
from tl_core.engine.questions import IMAGENET, Question
from tl_core.errors import WeightsMissing
from tl_core.prediction.imagenet import Guess, ImageNetGuesses

GUESSES = ((967, 0.9), (968, 0.06), (504, 0.008), (505, 0.002), (99, 0.0))


class ImageNet:
    """Stands for a ready engine: gives these guesses, or raises this error, and keeps what it was asked."""

    def __init__(self, answer: Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        assert question is IMAGENET and seconds > 0
        self.asked.append(arguments)
        if self.answer:
            raise self.answer
        guesses = tuple(Guess(label=label, share=share) for label, share in GUESSES)
        return ImageNetGuesses(photos=(guesses,), milliseconds=9.0)


def bars() -> None:
    from tl_core.ui.photo import followed_photo
    from tl_core.ui.prediction.imagenet_line import imagenet_bars

    imagenet_bars(followed_photo())


def line() -> None:
    from tl_core.ui.photo import followed_photo
    from tl_core.ui.prediction.imagenet_line import imagenet_line

    imagenet_line(followed_photo())


def line_in_place() -> None:
    from tl_core.ui.errors import shown_in_place
    from tl_core.ui.photo import followed_photo
    from tl_core.ui.prediction.imagenet_line import imagenet_line

    with shown_in_place():
        imagenet_line(followed_photo())


def drawn(script: Callable[[], None]) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["espresso", "cup", "coffee mug", "coffeepot", "goose"]),
        ("ko", ["에스프레소", "컵", "머그잔", "커피포트", "거위"]),
    ],
)
def test_the_five_best_are_bars_in_the_language_of_the_session(
    let_answer: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    names: list[str],
) -> None:
    let_answer(server := ImageNet())
    monkeypatch.setattr("tl_core.ui.prediction.imagenet_line.language", lambda: language)
    app = drawn(bars)
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert figure["layout"]["yaxis"]["ticktext"] == names
    assert values(figure["data"][0]["x"]) == [share for _, share in GUESSES]
    assert figure["layout"]["xaxis"]["range"] == [0, 1.0]  # a half-sure guess is half a bar
    assert all(
        f"{name} {share:.1%}"[:-1] in chart.proto.alt
        for name, (_, share) in zip(names, GUESSES, strict=True)
    )
    assert app.header[0].value == f"{names[0]}: 90.0\xa0%"
    (asked,) = server.asked
    assert asked["pixels"].shape == (1, 224, 224, 3)


def test_the_caption_says_what_the_bars_leave_out(let_answer: Callable[[Any], None]) -> None:
    let_answer(ImageNet())
    (caption,) = drawn(bars).caption
    assert "1,281,167 photos of 1,000 classes" in caption.value
    assert "the other 995 have 3.0\xa0% together" in caption.value


def test_the_sentence_leaves_out_what_is_hardly_meant(let_answer: Callable[[Any], None]) -> None:
    let_answer(ImageNet())
    app = drawn(line)
    (sentence,) = app.markdown
    expected = "ImageNet's own classifier says: espresso 90.0\xa0%, cup 6.0\xa0%."
    assert sentence.value.replace("\\", "") == expected
    assert "coffee mug" not in sentence.value
    assert not app.get("plotly_chart")


def test_an_engine_that_starts_is_waited_for_in_words() -> None:
    app = drawn(bars)
    assert told(app) == [STARTING]
    assert not app.get("plotly_chart")


def test_missing_weights_are_a_sentence_where_the_answer_would_be(
    let_answer: Callable[[Any], None],
) -> None:
    let_answer(ImageNet(WeightsMissing("There are no weights. Install them.")))
    app = drawn(line_in_place)
    assert told(app) == ["There are no weights. Install them."]
    assert not app.markdown
