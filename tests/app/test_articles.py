"""Each page has a short article with figures of the page itself: they follow its controls."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import curves, labels, press, words
from tests.app.trainings import done, open_run
from tl_core.ui.convolution.sections import SECTIONS as CONVOLUTION
from tl_core.ui.frame import PAGES, Page
from tl_core.ui.gap.sections import SECTIONS as GAP
from tl_core.ui.prediction.sections import SECTIONS as PREDICTION
from tl_core.ui.training.sections import SECTIONS as TRAINING

Open = Callable[..., AppTest]
READ = {"section": "read"}
ARTICLES = (PAGES.convolution, PAGES.gap, PAGES.train, PAGES.predict)


def article(app: AppTest) -> str:
    """Return what the article says, without the page's own sentence and short lines."""
    return "\n".join(one.value for one in app.main.markdown if len(one.value) > 150)


def pictures(app: AppTest) -> int:
    """Return how many pictures are on the page."""
    return sum(len(group.proto.imgs) for group in app.main.get("image"))


@pytest.mark.parametrize("page", ARTICLES, ids=lambda page: page.title)
def test_the_article_is_the_last_section_and_short(open_page: Open, page: Page) -> None:
    assert all(each[-1].name == "read" for each in (CONVOLUTION, GAP, TRAINING, PREDICTION))
    app = open_page(page.script, **READ)
    assert 150 <= len(re.findall(r"[A-Za-z0-9,.’-]+", article(app))) <= 280
    assert not app.warning and not app.error


def test_the_figures_of_the_convolution_page_are_of_its_kernel_and_photo(open_page: Open) -> None:
    app = open_page(PAGES.convolution.script, kernel="box", size="64", stride_x="2", **READ)
    told = article(app)
    assert "9 products" in told
    assert "moves on by 1 × 2" in told
    assert pictures(app) == 1 + 5  # that of the image control comes first
    other = open_page(PAGES.convolution.script, kernel="sobel_y", size="64", stride_x="2", **READ)
    assert article(other) != told


def test_the_numbers_of_the_gap_page_are_those_of_its_set_up(open_page: Open) -> None:
    told = article(open_page(PAGES.gap.script, **READ))
    assert "7 × 7 × 512" in told.replace("\N{NO-BREAK SPACE}", " ")
    assert "6,423,298" in told and "131,842" in told and "48.7 times" in told
    assert "6,423,298" not in article(open_page(PAGES.gap.script, size="448", **READ))


def test_the_training_page_draws_the_run_that_is_shown_or_the_way_to_one(open_page: Open) -> None:
    app = open_page(PAGES.train.script, **READ)
    assert not curves(app)[1:] and "3,413,024 weights" in article(app)
    press(app, "Train now: the curves will be drawn here")
    assert "Train" in labels(app)
    run = done(open_run())
    shown = open_page(PAGES.train.script, run=run.id, **READ)
    assert "held-out images right" in words(shown)
    assert "Train now: the curves will be drawn here" not in labels(shown)


def test_without_an_engine_the_prediction_pages_article_is_there_all_the_same(
    open_page: Open,
) -> None:
    app = open_page(PAGES.predict.script, photo="coffee", **READ)
    assert "Softmax" in article(app) and pictures(app) >= 1
    assert not app.error
