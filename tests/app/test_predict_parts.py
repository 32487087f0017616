"""The folded parts that go into the photo: what the model saw, its way to the score, and where it breaks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.proto.Block_pb2 import Block
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, containers, sound, words
from tests.app.trainings import done, open_run
from tl_core import files
from tl_core.convolution.answers import Depth
from tl_core.engine.questions import BREAK, FOLLOW, IMAGENET, PREDICT, Question
from tl_core.errors import EngineUnavailable
from tl_core.prediction.damage import LEVELS, Broken, damaged
from tl_core.prediction.following import Followed, head_sum
from tl_core.prediction.imagenet import Guess, ImageNetGuesses
from tl_core.results.answers import ClassScores
from tl_core.ui.pictures import show_picture

Open = Callable[..., AppTest]
HORIZONTAL = Block.FlexContainer.Direction.HORIZONTAL
PAGE = "pages/4_predict.py"
FLIPS = np.stack([np.linspace(0.9, 0.1, LEVELS), np.linspace(0.1, 0.9, LEVELS)], axis=1)
STAYS = np.tile([0.9, 0.1], (LEVELS, 1))
WAVERS = np.tile([[0.9, 0.1], [0.1, 0.9]], (LEVELS // 2, 1))


class Inside:
    """Stands for a ready engine that says these scores, this way to them, and this curve."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer = ClassScores(shares=(0.9, 0.1), logits=(2.2, 0.0), milliseconds=1.0)
        self.shares = FLIPS
        self.unit, self.bad, self.length = "gap", False, 12
        self.refusal: Exception | None = None

    def ask(self, question: Question[Any], /, *, seconds: float, **arguments: Any) -> Any:
        if question is IMAGENET:  # what stands beside every answer
            guesses = tuple(Guess(label=label, share=0.5**label) for label in range(1, 6))
            return ImageNetGuesses(photos=(guesses,), milliseconds=1.0)
        self.asked.append((question.name, arguments))
        if question is PREDICT:
            return self.answer
        if self.refusal:
            raise self.refusal
        if question is BREAK:
            return Broken(shares=self.shares)
        assert question is FOLLOW
        return self.followed(arguments["label"])

    def followed(self, label: int) -> Followed:
        depth = Depth(
            layer="block1a",
            shape=(2, 2, self.length // (4 if self.unit == "flatten" else 1)),
            channels=(0, 2),
            maps=np.arange(8, dtype=np.uint8).reshape(2, 2, 2),
        )
        vector = np.arange(self.length, dtype=np.float32)
        weights = np.full(self.length, np.nan if self.bad else 0.5 + label, np.float32)
        found = head_sum(vector, weights, 0.25)
        return Followed(
            depths=(depth,),
            vector=vector,
            length=self.length,
            unit=self.unit,
            sum=found,
            logit=found.total,
            share=(0.9, 0.1)[label],
        )

    def questions(self, name: str) -> list[dict[str, Any]]:
        return [arguments for asked, arguments in self.asked if asked == name]


@pytest.fixture
def inside(let_answer: Callable[[Any], None]) -> Inside:
    let_answer(found := Inside())
    return found


def run(**changes: Any) -> str:
    """Return the id of a training of two classes that is done."""
    found = done(open_run(**changes))
    model = found.read("model.json", dict)
    files.write_json(found.folder / "model.json", model | {"class_names": ["cats", "dogs"]})
    return found.id


def alts(app: AppTest) -> list[str]:
    """Return what a screen reader says of every picture and chart."""
    pictures = [image.alt for group in app.get("image") for image in group.proto.imgs]
    return pictures + [chart.proto.alt for chart in app.get("plotly_chart")]


def pictures(app: AppTest) -> list[str]:
    return [image.url for group in app.get("image") for image in group.proto.imgs]


# See what the model saw


def test_three_stations_lead_from_the_photo_to_the_tensor(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run(), seen="1", photo="chelsea")
    captions = [image.caption for group in app.get("image") for image in group.proto.imgs]
    came, resized, tensor = (text for text in captions if text[:2] in ("1.", "2.", "3."))
    assert "451 × 300" in came
    assert "Squeezed to 160 × 160" in resized
    assert "Red, Green, Blue" in tensor
    assert "160 × 160 × 3 = 76,800 numbers" in words(app) and "order RGB" in words(app)
    assert app.table[0].value.iloc[:, 1].tolist() == ["(x − 127) / 128"] * 3
    assert "on purpose" not in " ".join(one.value for one in app.warning)
    assert all(alts(app))


def test_the_range_is_that_of_the_pixels_that_the_network_gets(
    open_page: Open, inside: Inside
) -> None:
    app = open_page(PAGE, run=run(size=96), seen="1", photo="coffee")
    pixels = inside.questions("predict")[0]["pixels"].astype(np.float64)
    expected = ((pixels - 127) / 128).reshape(-1, 3)
    found = app.table[0].value.iloc[:, 2:].to_numpy().astype(float)
    rows = np.stack([expected.min(0), expected.mean(0), expected.max(0)], axis=1)
    assert found == pytest.approx(rows, abs=6e-4)


def test_the_mistake_made_on_purpose_is_seen(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run(mistakes=["preprocessing"]), seen="1")
    (warning,) = (one.value for one in app.warning)
    assert "(x − 127) / 128" in warning and "x / 255" in warning
    assert app.table[0].value.iloc[:, 1].tolist() == ["x / 255"] * 3


@pytest.mark.parametrize(("photo", "said"), [("astronaut", "Resized"), ("coffee", "Squeezed")])
def test_only_a_photo_that_is_no_square_is_squeezed(
    open_page: Open, inside: Inside, photo: str, said: str
) -> None:
    app = open_page(PAGE, run=run(), seen="1", photo=photo)
    captions = [image.caption for group in app.get("image") for image in group.proto.imgs]
    assert any(text.startswith(f"2. {said} to 160 × 160") for text in captions)


# Follow the photo


def test_the_strip_ends_in_the_sum_and_the_score_of_the_surest_class(
    open_page: Open, inside: Inside
) -> None:
    app = open_page(PAGE, run=run(), follow="1")
    (question,) = inside.questions("follow")
    assert question["label"] == 0
    table = app.table[0].value
    assert table.iloc[0].tolist() == ["Channel 11", "11.000 × 0.500", "+5.500"]
    assert table.iloc[-3].tolist()[0::2] == ["6 others", "+7.500"]
    assert table.iloc[-2].tolist()[0::2] == ["Bias", "+0.250"]
    assert table.iloc[-1].tolist()[0::2] == ["**Sum**", "**33.250**"]
    assert "For cats the head's sum is 33.250" in words(app)
    assert [one.value for one in app.subheader if "%" in one.value] == ["90.0\xa0%"]
    said = alts(app)
    assert all(said)
    assert any("block1a: channels 0, 2" in one for one in said)
    assert any("12 numbers from 0.00 to 11.00" in one for one in said)


def test_the_stations_of_the_photo_go_on_below_where_a_phone_is_too_narrow(
    open_page: Open, inside: Inside
) -> None:
    app = open_page(PAGE, run=run(), follow="1")
    station = next(one for one in app.markdown if one.value == "**Pixels**")
    around = [one.proto for one in containers(app.main) if _holds(one, station)]
    rows = [getattr(one, "flex_container", one) for one in around]
    strip = next(row for row in reversed(rows) if getattr(row, "direction", 0) == HORIZONTAL)
    assert strip.wrap


def _holds(container: Any, element: Any) -> bool:
    return element in container.children.values() or any(
        _holds(child, element)
        for child in container.children.values()
        if hasattr(child, "children")
    )


def test_any_class_can_be_followed_and_is_in_the_link(open_page: Open, inside: Inside) -> None:
    identifier = run()
    app = open_page(PAGE, run=identifier, follow="1")
    app.selectbox(key="class").set_value("1")
    sound(app.run())
    assert inside.questions("follow")[-1]["label"] == 1
    assert "For dogs the head's sum is 99.250" in words(app)
    assert address(app) == {"run": identifier, "follow": "1", "class": "1"}


def test_two_open_parts_have_one_choice_of_a_class(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run(), follow="1", **{"why": "1", "why-way": "spot"})
    (choice,) = [one for one in app.selectbox if one.label == "Class"]
    assert "Class, as chosen above: cats" in words(app)
    choice.set_value("1")
    sound(app.run())
    assert inside.questions("follow")[-1]["label"] == 1
    assert "Class, as chosen above: dogs" in words(app)
    assert address(app)["class"] == "1"


def test_a_closed_part_asks_nothing(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run())
    assert {name for name, _ in inside.asked} == {"predict"}
    assert not app.table


@pytest.mark.parametrize(
    ("unit", "config", "name"),
    [
        ("dense", {"dense": [16]}, "Hidden unit 11"),
        ("flatten", {"pooling": "flatten"}, "Channel 2, row 1, column 1"),
    ],
)
def test_the_numbers_of_the_sum_are_called_what_they_are(
    open_page: Open, inside: Inside, unit: str, config: dict[str, Any], name: str
) -> None:
    inside.unit = unit
    app = open_page(PAGE, run=run(**config), follow="1")
    assert app.table[0].value.iloc[0, 0] == name
    assert ("This head has hidden layers" in words(app)) == (unit == "dense")
    titles = [one.value for one in app.markdown]
    assert ("**Flatten vector**" in titles) == (unit == "flatten")
    assert ("**GAP vector**" in titles) == (unit != "flatten")


def test_one_unit_speaks_for_the_second_class(open_page: Open, inside: Inside) -> None:
    inside.answer = ClassScores(shares=(0.9, 0.1), logits=(-2.2,), milliseconds=1.0)
    app = open_page(PAGE, run=run(activation="sigmoid"), follow="1")
    assert "One unit serves both classes: its sum 33.250 speaks for dogs" in words(app)


def test_a_softmax_over_one_unit_is_called_the_mistake_that_it_is(
    open_page: Open, inside: Inside
) -> None:
    inside.answer = ClassScores(shares=(0.0, 1.0), logits=(30.0,), milliseconds=1.0)
    app = open_page(PAGE, run=run(mistakes=["one-unit"]), follow="1")
    assert "makes 1 of any sum" in words(app)


def test_sums_that_are_no_numbers_are_said_to_be_none(open_page: Open, inside: Inside) -> None:
    inside.bad = True
    app = open_page(PAGE, run=run(), follow="1")
    assert "its training has run away" in words(app) and not app.table


def test_blocks_that_the_run_trained_are_named(open_page: Open, inside: Inside) -> None:
    tuned = words(open_page(PAGE, run=run(unfrozen=3), follow="1"))
    assert "the blocks are this run's own" in tuned
    assert "this run's own" not in words(open_page(PAGE, run=run(), follow="1"))


# Break it


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        (FLIPS, "From a turn of 100° on it says dogs instead of cats."),
        (STAYS, "It never changes its answer: cats at every level."),
        (WAVERS, "At a turn of 20° it says dogs instead of cats for the first time"),
    ],
    ids=["flips", "stays", "wavers"],
)
def test_where_the_answer_flips_is_a_sentence(
    open_page: Open, inside: Inside, shares: Any, sentence: str
) -> None:
    inside.shares = shares
    app = open_page(PAGE, run=run(), **{"break": "1"})
    assert sentence in words(app)
    assert any(sentence in one for one in alts(app))


def test_the_slider_moves_the_picture_and_asks_nothing(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run(), **{"break": "1"})
    before, asked = pictures(app), len(inside.asked)
    app.select_slider(key="level").set_value("9")
    app = sound(app.run())
    assert pictures(app)[:-1] == before[:-1] and pictures(app)[-1] != before[-1]
    assert len(inside.asked) == asked
    assert "a turn of 180°: it says dogs with 90.0\xa0%" in words(app)
    assert alts(app)[-1].endswith("Now, a turn of 180°: cats 10.0\xa0%, dogs 90.0\xa0%.")


def test_another_damage_is_another_question(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run(), **{"break": "1"})
    app.segmented_control(key="damage").set_value("blur")
    sound(app.run())
    assert [one["kind"] for one in inside.questions("break_photo")] == ["rotate", "blur"]
    assert not [one for one in app.number_input if one.key == "noise_seed"]


def test_the_seed_of_the_noise_is_seen_and_counts(open_page: Open, inside: Inside) -> None:
    link = {"break": "1", "damage": "noise", "level": "4"}
    app = open_page(PAGE, run=run(), **link)
    before = pictures(app)[-1]
    app.number_input(key="noise_seed").set_value(7)
    app = sound(app.run())
    assert [one["seed"] for one in inside.questions("break_photo")] == [0, 7]
    assert pictures(app)[-1] != before
    assert address(app)["noise_seed"] == "7"


def test_level_0_is_the_photo_as_it_is(open_page: Open, inside: Inside) -> None:
    app = open_page(PAGE, run=run(), level="0", **{"break": "1"})
    assert "What the network gets, as it is: it says cats with 90.0\xa0%" in words(app)
    assert pictures(app)[-1] == pictures(app)[-2]  # what the page shows of the photo
    assert np.array_equal(inside.asked[0][1]["pixels"], inside.asked[-1][1]["pixels"])


def test_the_damage_is_done_to_the_pixels_that_the_network_sees(
    open_page: Open, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []

    def record(image: Any, **options: Any) -> None:
        drawn.append(image)
        show_picture(image, **options)

    monkeypatch.setattr("tl_core.ui.prediction.breaking.show_picture", record)
    open_page(PAGE, run=run(size=96), level="5", damage="darken", **{"break": "1"})
    pixels = inside.questions("break_photo")[0]["pixels"]
    assert pixels.shape == (96, 96, 3)
    (picture,) = drawn
    assert np.array_equal(picture, damaged(pixels, "darken", 5))
    assert not np.array_equal(picture, damaged(pixels, "darken", 4))


def test_what_the_engine_refuses_is_said_in_the_part_alone(open_page: Open, inside: Inside) -> None:
    inside.refusal = EngineUnavailable("The engine gave no answer. Try again.")
    app = open_page(PAGE, run=run(), follow="1", **{"break": "1"})
    assert [one.value for one in app.error] == ["The engine gave no answer. Try again."] * 2
    assert app.header[0].value == "cats: 90.0\xa0%"


def test_names_of_classes_are_shown_as_they_are(open_page: Open, inside: Inside) -> None:
    found = done(open_run())
    model = found.read("model.json", dict)
    names = ["*cats* [x](http://example.com)", "<b>dogs"]
    files.write_json(found.folder / "model.json", model | {"class_names": names})
    said = words(open_page(PAGE, run=found.id, follow="1", **{"break": "1"}))
    assert r"\*cats\* \[x\]" in said and "*cats* [x]" not in said


@pytest.mark.parametrize(
    ("name", "text"), [("damage", "melt"), ("level", "10"), ("level", "-1"), ("noise_seed", "x")]
)
def test_a_link_to_what_there_is_not_is_one_sentence(
    open_page: Open, inside: Inside, name: str, text: str
) -> None:
    link = {"break": "1", "damage": "noise"} | {name: text}
    app = open_page(PAGE, run=run(), **link)
    assert len(app.warning) == 1 and not app.error
