"""The Predict page: what the network sees, what it says, and a way on when there is nothing to show."""

import base64
import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from tests.app.conftest import STARTING, address, press, sound, words
from tests.app.trainings import done as trained
from tests.app.trainings import open_run, pets
from tl_core import files, images, people, run_book, runs
from tl_core.datasets.catalogue import get_dataset, read_photo
from tl_core.engine.questions import HEAT_MAP, IMAGENET, PREDICT, Question
from tl_core.errors import EngineUnavailable, LabError, RunNotFound
from tl_core.people import ownership
from tl_core.prediction.imagenet import Guess, ImageNetGuesses
from tl_core.results.answers import ClassScores, HeatMaps
from tl_core.results.metrics import Judged
from tl_core.runs import Run, book
from tl_core.training import TrainingConfig, get_training, open_training
from tl_core.ui.photo import Photo
from tl_core.ui.prediction.figures import figures
from tl_core.ui.prediction.shown import Shown

Open = Callable[..., AppTest]
PAGE = "pages/4_predict.py"
OFFER = "Teach it your own classes: a network of yours is usually trained in less than a minute."


ONE_UNIT = ClassScores(shares=(0.25, 0.75), logits=(1.0986,), milliseconds=1.0)
TWO_UNITS = ClassScores(shares=(0.5, 0.5), logits=(2.0, 2.0), milliseconds=1.0)
IMAGENET_SAYS = ImageNetGuesses(
    photos=(tuple(Guess(label=label, share=0.5**label) for label in range(1, 6)),), milliseconds=9.0
)
PHOTO = Photo(name="own-1", title="Mine", image=np.zeros((2, 2, 3), np.uint8), data=b"")


class Answers:
    """Stands for a ready engine: gives these scores, or raises this error, and counts the questions."""

    def __init__(self, answer: list[float] | ClassScores | Exception) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.heat: Exception | None = None

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        assert seconds > 0
        if question is HEAT_MAP and self.heat:
            raise self.heat
        if question is HEAT_MAP:
            return HeatMaps(maps=np.eye(5, dtype=np.float32)[np.newaxis])
        if question is IMAGENET:
            return IMAGENET_SAYS
        assert question is PREDICT
        self.asked.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, ClassScores):
            return self.answer
        shares = tuple(self.answer)
        logits = tuple(float(x) for x in np.log(np.maximum(shares, 1e-9)))
        return ClassScores(shares=shares, logits=logits, milliseconds=4.2)


@pytest.fixture
def answers(let_answer: Callable[[Any], None]) -> Callable[..., Answers]:
    """Return ``answers(scores)``: from then on the engine is ready and says this."""

    def give(answer: list[float] | ClassScores | Exception) -> Answers:
        let_answer(found := Answers(answer))
        return found

    return give


def done(
    names: tuple[str, ...] = ("animals", "food", "vehicles"), correct: int = 8, **changes: Any
) -> Run:
    """Write a run that is trained: of 10 held-out images a class, `correct` are right."""
    fingerprint = get_dataset("emoji").fingerprint
    config = TrainingConfig(**({"dataset": "emoji", "fingerprint": fingerprint} | changes))
    run = open_training(config)
    diagonal = np.diag(np.full(len(names), correct))
    confusion = diagonal + np.roll(np.diag(np.full(len(names), 10 - correct)), 1, axis=1)
    found = Judged.of(confusion).as_json()
    facts = {
        "images_computed": 287,
        "images_reused": 0,
        "seconds_features": 2.0,
        "seconds_head": 1.0,
    }
    files.write_json(run.folder / "metrics.json", {"validation": found, "train": found, **facts})
    files.write_json(run.folder / "model.json", {"class_names": names, "features": [1280]})
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    run.append("state", state="done")
    return run


def bars(app: AppTest) -> tuple[list[str], list[float]]:
    """Return names and values of the bar chart, from top to bottom."""
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    return figure["layout"]["yaxis"]["ticktext"], values(figure["data"][0]["x"])


def values(found: Any) -> list[float]:
    """Plotly sends longer lists of numbers as bytes."""
    if isinstance(found, dict):
        return np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"]).tolist()
    return list(found)


# Nothing is trained yet


@pytest.mark.parametrize(
    ("locale", "title", "sentence", "link", "guess"),
    [
        ("en-US", "Predict", OFFER, "Train", "goldfish: 50.0\xa0%"),
        (
            "ko-KR",
            "예측",
            "나만의 클래스를 가르쳐 보세요. 네트워크 학습은 보통 1분이 채 걸리지 않습니다.",
            "학습",
            "금붕어: 50.0\xa0%",
        ),
    ],
)
def test_before_anything_is_trained_imagenet_answers_and_the_way_to_training_is_shown(
    open_page: Open,
    answers: Any,
    locale: str,
    title: str,
    sentence: str,
    link: str,
    guess: str,
) -> None:
    ready = answers([1.0])
    app = open_page(PAGE, locale=locale)
    assert app.title[0].value == title
    assert sentence in words(app)
    assert [
        one.value for one in app.main if isinstance(one, Element) and one.type == "page_link"
    ] == [link]
    assert app.header[0].value == guess
    assert bars(app)[1] == [0.5, 0.25, 0.125, 0.0625, 0.03125]
    assert app.selectbox(key="run").value == "imagenet" and not ready.asked
    assert address(app) == {}


def test_imagenet_can_be_asked_instead_of_a_trained_network(open_page: Open, answers: Any) -> None:
    done()
    ready = answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, run="imagenet")
    assert app.header[0].value == "goldfish: 50.0\xa0%" and not ready.asked
    assert "Read the answer" not in [box.label for box in app.expander]


def test_beside_a_run_s_answer_stands_what_imagenet_says(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    assert "ImageNet's own classifier says: goldfish 50.0\xa0%" in words(open_page(PAGE))
    assert "ImageNet's own classifier says" not in words(open_page(PAGE, guess="1"))


def test_a_run_that_is_not_done_is_not_offered(open_page: Open) -> None:
    run = open_training(TrainingConfig(dataset="emoji"))
    run.append("state", state="queued", owner=runs.owner())
    run.append("state", state="running")
    app = open_page(PAGE)
    assert app.selectbox(key="run").value == "imagenet" and OFFER in words(app)
    assert len(app.selectbox(key="run").options) == 1


def test_an_import_is_not_offered(open_page: Open) -> None:
    run = runs.open_run("import", {"sha256": "0" * 64, "title": "Pets"})
    run.append("state", state="done")
    assert len(open_page(PAGE).selectbox(key="run").options) == 1


# A trained network, no engine yet


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_while_the_engine_starts_the_page_says_so_and_shows_what_the_network_sees(
    open_page: Open, locale: str
) -> None:
    done()
    app = open_page(PAGE, locale=locale)
    (sentence,) = (one.value for one in app.info)
    assert (sentence == STARTING) == (locale == "en-US")
    assert "160 × 160" in words(app)
    assert len(app.image) == 2  # the followed photo, and what the network sees of it
    assert not app.get("plotly_chart")


def test_the_network_is_named_by_what_tells_it_from_others(open_page: Open) -> None:
    done(seed=7, pooling="flatten", size=96)
    name, _ = open_page(PAGE).selectbox(key="run").options
    for part in ("Emoji", "EfficientNet-Lite0", "96 px", "Flatten", "seed 7", "24 of 30 right"):
        assert part in name
    # The closed list is narrow: what all have in common would hide what does not.
    done(seed=8)
    one, other, _ = open_page(PAGE).selectbox(key="run").options
    assert "Emoji" not in one + other and one[:30] != other[:30]
    second = get_dataset(pets())
    done(dataset=second.id, fingerprint=second.fingerprint)
    assert all(
        "Emoji" in name or "Pets" in name
        for name in open_page(PAGE).selectbox(key="run").options[:3]
    )


def test_the_newest_network_is_chosen_and_every_other_can_be(open_page: Open) -> None:
    old, new = done(seed=1), done(seed=2)
    app = open_page(PAGE)
    assert app.selectbox(key="run").value == new.id
    app.selectbox(key="run").set_value(old.id)
    link = address(sound(app.run()))
    assert link == {"run": old.id}
    assert open_page(PAGE, **link).selectbox(key="run").value == old.id


def test_the_network_is_always_in_the_url(open_page: Open) -> None:
    """The newest one is another one as soon as somebody else has trained."""
    mine = done(seed=1)
    link = address(open_page(PAGE))
    done(seed=2)
    assert open_page(PAGE, **link).selectbox(key="run").value == mine.id


def test_the_link_below_a_result_opens_that_network(open_page: Open) -> None:
    mine = done(seed=1)
    done(seed=2)
    assert open_page(PAGE, run=mine.id).selectbox(key="run").value == mine.id


@pytest.mark.parametrize("identifier", ["0" * 16, "zzz", "../../etc/passwd", "<b>", "A" * 5000])
def test_a_link_to_no_network_is_one_sentence_and_the_newest(
    open_page: Open, identifier: str
) -> None:
    run = done()
    app = open_page(PAGE, run=identifier)
    assert len(app.warning) == 1 and not app.error
    assert app.selectbox(key="run").value == run.id


# Answers


def test_every_class_has_a_bar_and_the_best_is_in_words(open_page: Open, answers: Any) -> None:
    run = done()
    ready = answers([0.25, 0.7, 0.05])
    app = open_page(PAGE)
    assert app.header[0].value == "food: 70.0\xa0%"
    assert bars(app) == (["animals", "food", "vehicles"], [0.25, 0.7, 0.05])
    assert "24 of 30 held-out images right; 95 % interval 62.7\xa0% to 90.5\xa0%." in words(app)
    assert "The scores always add up to 100 %" in words(app)
    (question,) = ready.asked
    assert question["run_id"] == run.id


def test_class_names_are_translated_and_keep_their_places(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, locale="ko-KR")
    assert app.header[0].value == "음식: 70.0\xa0%"
    assert bars(app)[0][:2] == ["동물", "음식"]


def test_the_engine_gets_the_pixels_that_are_shown(open_page: Open, answers: Any) -> None:
    done(size=96)
    ready = answers([1.0, 0.0, 0.0])
    open_page(PAGE, photo="coffee")
    pixels: NDArray[np.uint8] = ready.asked[0]["pixels"]
    assert np.array_equal(pixels, images.model_input(read_photo("coffee"), "coffee", 96))


def test_the_same_photo_is_asked_about_once_and_another_again(
    open_page: Open, answers: Any
) -> None:
    done()
    ready = answers([0.2, 0.3, 0.5])
    app = open_page(PAGE)
    sound(app.run())
    assert len(ready.asked) == 1
    open_page(PAGE, photo="coffee")
    assert len(ready.asked) == 2


def test_where_it_looked_is_drawn_over_what_it_sees(open_page: Open, answers: Any) -> None:
    done()
    answers([0.2, 0.3, 0.5])

    def seen(app: AppTest) -> str:
        shown = [image for group in app.get("image") for image in group.proto.imgs]
        return next(image.url for image in shown if "as the network sees it" in image.alt)

    def legends(app: AppTest) -> int:
        shown = [image.alt for group in app.get("image") for image in group.proto.imgs]
        return sum("From dark purple, nothing, to yellow, most" in alt for alt in shown)

    plain, heated = open_page(PAGE), open_page(PAGE, heat="1")
    assert seen(plain) != seen(heated)
    assert "Yellow is where the network found most" in words(heated)
    assert "Yellow is" not in words(plain)
    assert (legends(plain), legends(heated)) == (0, 1)


def test_without_a_heat_map_the_photo_and_the_answer_stay(open_page: Open, answers: Any) -> None:
    done()
    answers([0.1, 0.2, 0.7]).heat = EngineUnavailable("The engine was restarted. Try again.")
    app = open_page(PAGE, heat="1")
    assert [one.value for one in app.error] == ["The engine was restarted. Try again."]
    assert app.header[0].value == "vehicles: 70.0\xa0%"
    assert "What the network sees: the photo resized" in words(app)


def test_the_caption_says_which_part_is_seen(open_page: Open) -> None:
    done()
    assert "the photo resized to 160 × 160" in words(open_page(PAGE))
    assert "the square in the middle, resized to 160 × 160" in words(open_page(PAGE, crop="centre"))


def test_of_many_classes_the_ten_best_are_shown_best_first(open_page: Open, answers: Any) -> None:
    names = tuple(f"class {number}" for number in range(12))
    done(names)
    shares = [number / 66 for number in range(12)]
    answers(shares)
    shown, lengths = bars(open_page(PAGE))
    assert shown == [f"class {number}" for number in range(11, 1, -1)]
    assert lengths == pytest.approx(shares[:1:-1])


def test_names_of_classes_are_shown_as_they_are(open_page: Open, answers: Any) -> None:
    done(("*cats* [x](http://example.com)", "dogs"))
    answers([0.9, 0.1])
    assert r"\*cats\* \[x\]" in open_page(PAGE).header[0].value


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            EngineUnavailable(
                "The engine gave no answer within {seconds} seconds. Try again when it is less busy.",
                seconds=60,
            ),
            "The engine gave no answer within 60 seconds. Try again when it is less busy.",
        ),
        (
            RunNotFound(
                "Run {id} has no trained head that can be read. Train it again.",
                id="0123456789abcdef",
            ),
            "Run 0123456789abcdef has no trained head that can be read. Train it again.",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_engine_refuses_is_one_sentence_and_asked_again_next_time(
    open_page: Open, answers: Any, error: LabError, sentence: str
) -> None:
    done()
    answers(error)
    app = open_page(PAGE)
    assert [one.value for one in app.error] == [sentence]
    assert not app.get("plotly_chart")
    answers([0.2, 0.3, 0.5])
    sound(app.run())
    assert not app.error and bars(app)


# Guess first


def test_the_answer_is_hidden_until_somebody_has_guessed(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, guess="1")
    assert [one.value for one in app.header] == ["What is it?"]
    assert not app.get("plotly_chart") and "70.0" not in words(app)
    press(app, "animals")
    assert app.header[0].value == "food: 70.0\xa0%"
    assert "You said **animals**; the network says **food**." in words(app)


def test_the_question_has_the_photo_beside_it_where_the_page_has_it_far_below(
    open_page: Open, answers: Any
) -> None:
    def times_shown(app: AppTest) -> int:
        shown = [image.alt for group in app.get("image") for image in group.proto.imgs]
        return sum(alt == "A cup of coffee" for alt in shown)

    done()
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, guess="1", photo="coffee")
    asked = times_shown(app)
    assert times_shown(press(app, "food")) == asked - 1
    assert times_shown(open_page(PAGE, guess="1", photo="coffee", layout="projector")) == asked - 1


def test_another_photo_is_to_be_guessed_again(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    app = press(open_page(PAGE, guess="1"), "food")
    assert "You said **food**, and so does the network." in words(app)
    other = open_page(PAGE, guess="1", photo="coffee")
    assert other.header[0].value == "What is it?"


def test_without_guess_first_nobody_is_told_what_they_said(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    app = press(open_page(PAGE, guess="1"), "food")
    app.toggle(key="guess").set_value(False)
    assert "You said" not in words(sound(app.run()))


# When it is not sure


def test_below_the_threshold_of_the_link_it_is_not_sure(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    assert open_page(PAGE, sure="70").header[0].value == "food: 70.0\xa0%"
    assert open_page(PAGE, sure="71").header[0].value == "Not sure. food: 70.0\xa0%"


def test_the_threshold_tells_how_many_validation_photos_would_be_answered(
    open_page: Open, answers: Any
) -> None:
    run = trained(open_run(), {(0, 1): 4})
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, run=run.id, unsure="1")
    assert "Of the 57 validation photos it would answer **57** (100.0\xa0%)" in words(app)
    assert "**53** are right" in words(app)
    assert "would answer none" in words(open_page(PAGE, run=run.id, unsure="1", sure="100"))


def test_the_threshold_outlives_the_folding_of_its_box(open_page: Open, answers: Any) -> None:
    run = trained(open_run(), {(0, 1): 4})
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, run=run.id)
    app.session_state["unsure"] = True
    sound(app.run()).slider(key="sure").set_value(80)
    sound(app.run())
    for _ in range(3):  # Streamlit lets go of what is not drawn one run later
        app.session_state["unsure"] = False
        assert sound(app.run()).header[0].value.startswith("Not sure") and not app.slider
        assert address(app)["sure"] == "80"
    app.session_state["unsure"] = True
    assert sound(app.run()).slider(key="sure").value == 80


def test_a_run_that_kept_no_guesses_says_so_in_the_part_alone(
    open_page: Open, answers: Any
) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, unsure="1")
    (sentence,) = (one.value for one in app.error)
    assert "kept no guesses" in sentence
    assert bars(app)


# Read the answer


def test_the_sum_behind_the_score_is_written_out(open_page: Open, answers: Any) -> None:
    done()
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, read="1")
    (formula,) = (one.value for one in app.latex)
    assert formula.endswith("= 0.7000") or "= 0.7000" in formula
    for logit in np.log([0.25, 0.7, 0.05]):
        assert f"e^{{{logit:.2f}}}" in formula
    assert "4.2 ms" in words(app)
    assert not open_page(PAGE).latex


def test_one_unit_is_a_sigmoid(open_page: Open, answers: Any) -> None:
    done(("cats", "dogs"))
    answers(ClassScores(shares=(0.25, 0.75), logits=(float(np.log(3)),), milliseconds=1.0))
    app = open_page(PAGE, read="1")
    (formula,) = (one.value for one in app.latex)
    assert r"1 + e^{-1.10}" in formula and "= 0.7500" in formula


def test_a_softmax_over_one_unit_is_no_sigmoid(open_page: Open, answers: Any) -> None:
    run = done(("cats", "dogs"), mistakes=("one-unit",))
    answers(ClassScores(shares=(0.0, 1.0), logits=(30.0,), milliseconds=1.0))
    app = open_page(PAGE, read="1", run=run.id)
    (formula,) = (one.value for one in app.latex)
    assert r"\frac{e^{z}}{e^{z}} = 1" in formula
    assert "whatever the photo, dogs gets 1" in words(app) and "the sigmoid of" not in words(app)


def test_large_logits_are_taken_relative_to_the_largest(open_page: Open, answers: Any) -> None:
    done(("cats", "dogs"))
    answers(ClassScores(shares=(0.0, 1.0), logits=(-900.0, 900.0), milliseconds=1.0))
    app = open_page(PAGE, read="1")
    assert "e^{0.00} + e^{-1800.00}" in app.latex[0].value
    assert "taken off all of them first" in words(app)


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (3.0, "e to the power of 3.00, 20.1 times as large"),
        (60.0, "e to the power of 60.00 times as large"),  # a factor of 27 digits
    ],
)
def test_the_article_writes_out_a_lead_as_a_factor_that_can_be_read(
    open_page: Open, answers: Any, lead: float, said: str
) -> None:
    done(("cats", "dogs"))
    share = float(1 / (1 + np.exp(-lead)))
    answers(ClassScores(shares=(share, 1 - share), logits=(lead, 0.0), milliseconds=1.0))
    assert said in words(open_page(PAGE, section="read"))


def test_outputs_that_are_no_numbers_are_said_to_be_none(open_page: Open, answers: Any) -> None:
    done(("cats", "dogs"))
    answers(ClassScores(shares=(0.5, 0.5), logits=(float("nan"), 1.0), milliseconds=1.0))
    app = open_page(PAGE, read="1")
    assert "its training has run away" in words(app) and not app.latex


# Several networks


def test_another_network_stands_beside_the_first(open_page: Open, answers: Any) -> None:
    first, second = done(seed=1), done(seed=2)
    ready = answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, run=first.id, beside=second.id)
    assert [one["run_id"] for one in ready.asked] == [first.id, second.id]
    assert len(app.header) == len(app.get("plotly_chart")) == 2
    assert address(app) == {"run": first.id, "beside": second.id}


def test_a_network_is_never_beside_itself(open_page: Open, answers: Any) -> None:
    first, second = done(seed=1), done(seed=2)
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, run=first.id, beside=second.id)
    app.selectbox(key="run").set_value(second.id)
    app = sound(app.run())
    assert len(app.header) == 1 and app.multiselect(key="beside").value == []


@pytest.mark.parametrize("text", [",", "zzz", "a,b,c,d", "../x"])
def test_a_link_with_no_networks_beside_is_one_sentence(open_page: Open, text: str) -> None:
    done(seed=1)
    app = open_page(PAGE, beside=text)
    assert len(app.warning) == 1 and not app.error


# Taking the figures away


def test_the_figures_are_the_answers_and_what_each_network_saw(
    open_page: Open, answers: Any
) -> None:
    shown = [
        Shown(
            run=get_training(run.id),
            photo=PHOTO,
            pixels=np.full((size, size, 3), size, np.uint8),
            names=("=cats", "dogs"),
            answer=answer,
        )
        for run, size, answer in (
            (done(("=cats", "dogs"), size=96), 96, ONE_UNIT),
            (done(("=cats", "dogs"), size=128), 128, TWO_UNITS),
        )
    ]
    with zipfile.ZipFile(io.BytesIO(figures(shown, ["first", "second"]))) as packed:
        rows = list(csv.DictReader(packed.read("answers.csv").decode("utf-8-sig").splitlines()))
        for one in shown:
            seen = Image.open(io.BytesIO(packed.read(f"seen-{one.run.id}.png")))
            assert np.array_equal(np.asarray(seen), one.pixels)
    assert [row["class"] for row in rows] == ["'=cats", "dogs"] * 2  # no spreadsheet runs it
    assert [float(row["score"]) for row in rows] == [0.25, 0.75, 0.5, 0.5]
    assert [float(row["logit"]) for row in rows] == [0.0, 1.0986, 2.0, 2.0]
    assert [row["network"] for row in rows] == ["first", "first", "second", "second"]


def test_the_figures_can_be_taken_only_when_there_are_some(open_page: Open, answers: Any) -> None:
    done()
    assert "download_button" not in {one.type for one in open_page(PAGE).main}
    answers([0.25, 0.7, 0.05])
    assert "download_button" in {one.type for one in open_page(PAGE).main}


# What stays when something fails


def test_the_last_answer_stays_when_the_next_one_fails(open_page: Open, answers: Any) -> None:
    run = done()
    answers([0.25, 0.7, 0.05])
    app = open_page(PAGE, run=run.id)
    answers(EngineUnavailable("The engine was restarted. Try again in a few seconds."))
    app.session_state["photo_popover"] = True
    sound(app.run())
    app.button(key="photo-coffee").click()
    sound(app.run())
    assert [one.value for one in app.error] == [
        "The engine was restarted. Try again in a few seconds."
    ]
    assert "Below is the last answer, for Chelsea the cat." in words(app)
    assert app.header[0].value == "food: 70.0\xa0%"


# Damage


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path: Path) -> None:
    path.write_bytes(b"\xff\xfe not json")


DAMAGE = pytest.mark.parametrize("damage", [cut, garble, Path.unlink], ids=lambda one: one.__name__)


@DAMAGE
@pytest.mark.parametrize("name", ["config.json", "metrics.json"])
def test_a_damaged_run_is_left_out(
    open_page: Open, name: str, damage: Callable[[Path], None]
) -> None:
    good, bad = done(seed=1), done(seed=2)
    damage(bad.folder / name)
    book._read_run.cache_clear()
    app = open_page(PAGE)
    assert app.selectbox(key="run").value == good.id
    assert len(app.selectbox(key="run").options) == 2  # and ImageNet's
    assert not app.error


@DAMAGE
def test_a_damaged_description_is_one_sentence(
    open_page: Open, answers: Any, damage: Callable[[Path], None]
) -> None:
    run = done()
    answers([0.2, 0.3, 0.5])
    damage(run.folder / "model.json")
    app = open_page(PAGE)
    (sentence,) = (one.value for one in app.error)
    assert run.id in sentence and "Train it again" in sentence


@pytest.mark.parametrize(
    "value",
    [[], {}, {"class_names": None}, {"class_names": ["a"]}, {"class_names": [1, 2, 3]}],
    ids=str,
)
def test_a_description_of_another_shape_is_one_sentence(
    open_page: Open, answers: Any, value: Any
) -> None:
    run = done()
    answers([0.2, 0.3, 0.5])
    files.write_json(run.folder / "model.json", value)
    (sentence,) = (one.value for one in open_page(PAGE).error)
    assert run.id in sentence and "model.json cannot be read" in sentence.replace("\\", "")


@pytest.mark.parametrize(
    "change",
    [{"validation": {}}, {"test": {}}, {"test": None}, {"seconds_head": None}],
    ids=str,
)
def test_a_run_with_results_of_another_shape_is_left_out(
    open_page: Open, change: dict[str, Any]
) -> None:
    good, bad = done(seed=1), done(seed=2)
    path = bad.folder / "metrics.json"
    files.write_json(path, files.read_json(path) | change)
    choice = open_page(PAGE).selectbox(key="run")
    assert choice.value == good.id and len(choice.options) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"warmup": 3},  # a setting of a newer version
        {"backbone": "resnet999"},  # a backbone that has left
        {"epochs": 0},  # a limit that has changed
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_run_of_another_version_does_not_close_the_page_for_all_others(
    open_page: Open, change: dict[str, Any]
) -> None:
    good = done(seed=1)
    config = files.read_json(good.folder / "config.json")["config"] | {"seed": 2} | change
    other = runs.open_run("train", config)
    for name in ("metrics.json", "model.json", "progress.jsonl"):
        (other.folder / name).write_bytes((good.folder / name).read_bytes())
    choice = open_page(PAGE).selectbox(key="run")
    assert choice.value == good.id and len(choice.options) == 2


def test_a_network_outlives_its_dataset(open_page: Open) -> None:
    done(dataset="0" * 16)
    app = open_page(PAGE)
    assert "deleted dataset" in app.selectbox(key="run").options[0]
    assert [one.value for one in app.info] == [STARTING]


def test_ones_own_newest_network_answers_and_never_a_classmates(open_page: Open) -> None:
    me = people.mark_of("a" * 32)
    older, mine, classmates = done(seed=1), done(seed=2), done(seed=3)
    for run, mark in ((older, me), (mine, me), (classmates, people.mark_of("b" * 32))):
        ownership.join(run.folder, mark)
    assert open_page(PAGE).selectbox(key="run").value == "imagenet"
    app = open_page(PAGE, kept=["a" * 32])
    choice = app.selectbox(key="run")
    assert (
        choice.value == mine.id and "seed 2" in choice.options[0]
    )  # in another tab, without a link
    app = open_page(PAGE, kept=["a" * 32], run=classmates.id)
    assert app.selectbox(key="run").value == classmates.id


def test_a_network_that_was_broken_on_purpose_answers_only_when_it_is_chosen(
    open_page: Open,
) -> None:
    whole = done(seed=1)
    broken = done(seed=2, mistakes=("one-unit",))
    assert open_page(PAGE).selectbox(key="run").value == whole.id
    assert open_page(PAGE, run=broken.id).selectbox(key="run").value == broken.id
    run_book.delete_run(whole.id)
    assert open_page(PAGE).selectbox(key="run").value == "imagenet"


def test_the_network_that_one_looks_at_on_the_training_page_answers(open_page: Open) -> None:
    mine, _ = done(seed=1), done(seed=2)
    app = open_page("pages/3_train.py", run=mine.id)
    sound(app.switch_page(PAGE).run())
    assert app.selectbox(key="run").value == mine.id
