"""What people bring, in Chromium: what is found is said in the page's language before it is imported."""

import gettext
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.conftest import STEP_MS, Server, settle
from tests.datasets.brought import BROUGHT, Brought
from tests.datasets.brought.pieces import Files, packed, shots
from tl_core import runs
from tl_core.datasets.bringing.checks import check_plan
from tl_core.datasets.dataset import Dataset
from tl_core.datasets.jobs import read_imported, read_scan
from tl_core.datasets.reading.choices import LIKELY
from tl_core.errors import DatasetRefused
from tl_core.particles import filled
from tl_core.runs.snapshots import snapshot
from tl_core.wording import DOMAIN, LOCALES, Sentence

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
DATA = "/train?section=data&data=new&source=zip"
CLASSES_A_PAGE = 24
SIDES = {
    "en": {"train": "Training", "validation": "Validation", "test": "Test"},
    "ko": {"train": "학습", "validation": "검증", "test": "테스트"},
}
ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z']*[ ,:]+){4,}[a-z]+")
"""Five words of Latin letters in a row: a sentence that nobody has translated."""
HARD = {"only photos of fifty megapixels", "photos of fifty megapixels among small ones"}
"""What would only wait for the encoder here; the tests of the jobs import it."""
SHOWN = [one for one in BROUGHT if one.name not in HARD and one.choices == LIKELY]
LONG = "twelve hundred photos"


@pytest.fixture(autouse=True)
def same_folder(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_DATA_DIR", str(server.data_dir))


class Screen:
    """The page of one person, and what a test looks for on it, in the page's language."""

    def __init__(self, page: Page, language: str, folder: Path) -> None:
        self.page = page
        self.language = language
        self.folder = folder
        self.catalogue = (
            gettext.translation(DOMAIN, LOCALES, [language])
            if language != "en"
            else gettext.NullTranslations()
        )

    def bring(self, file: str, data: bytes) -> runs.Run:
        """Upload a file; returns the look into it once it is over."""
        path = self.folder / file
        path.write_bytes(data)
        before = self.job()
        self.page.locator("input[type=file]").set_input_files(path)
        self.page.wait_for_function(
            "(before) => { const job = new URL(location).searchParams.get('job');"
            " return job && job !== before }",
            arg=before,
            timeout=STEP_MS,
        )
        run = runs.get_run(self.job())
        self.over(run)
        return run

    def over(self, run: runs.Run) -> None:
        for _ in range(STEP_MS // 100):
            if not snapshot(run).state.live:
                break
            self.page.wait_for_timeout(100)
        assert not snapshot(run).state.live
        settle(self.page)

    def job(self) -> str:
        return parse_qs(urlparse(self.page.url).query).get("job", [""])[0]

    def says(self, sentence: Sentence) -> str:
        """Return a sentence as the page says it."""
        return " ".join(
            filled(self.catalogue.gettext(part.template), part.values) for part in sentence.parts()
        )

    def told(self, sentence: Sentence) -> Locator:
        return self.page.get_by_test_id("stAlert").filter(has_text=self.says(sentence))

    def words(self, singular: str, plural: str, n: int) -> str:
        return filled(self.catalogue.ngettext(singular, plural, n), {"n": n})

    def button(self, singular: str, plural: str, n: int) -> Locator:
        return self.page.get_by_role("button", name=self.words(singular, plural, n), exact=True)

    def check(self, entry: Brought) -> None:
        """Expect nothing that is not the lab's, or not in the page's language."""
        assert self.page.get_by_test_id("stException").count() == 0
        assert self.page.locator("[class*=st-key-fault]").count() == 0
        if self.language != "en":
            text = self.page.get_by_test_id("stMain").inner_text()
            for own in (entry.file, Path(entry.file).stem, *entry.right, *entry.files):
                text = text.replace(own, "…")
            assert ENGLISH.findall(text) == []


@pytest.fixture
def screen_of(open_browser: Open, tmp_path: Path) -> Callable[[str], Screen]:
    def open_screen(language: str) -> Screen:
        locale = {"en": "en-US", "ko": "ko-KR"}[language]
        return Screen(open_browser(DATA, locale=locale), language, tmp_path)

    return open_screen


def captions(entry: Brought, screen: Screen) -> Iterator[str]:
    """Yield what is written below the pictures of each class."""
    found = entry.counts()
    divided = any("validation" in side for side in found.values())
    for name, side in list(found.items())[:CLASSES_A_PAGE]:
        words = [f"{SIDES[screen.language][part]} {n:,}" for part, n in side.items() if part]
        if words and divided and "validation" not in side:
            words.append(f"{SIDES[screen.language]['validation']} –")
        yield f"{name} · " + (" · ".join(words) or screen.words(*PHOTOS, side.get("", 0)))


PHOTOS = ("{n} photo", "{n} photos")
IMPORT = ("Import {n} photo", "Import {n} photos")
LEFT_OUT = ("{n} file is left out", "{n} files are left out")


def expect_found(screen: Screen, entry: Brought, run: runs.Run) -> None:
    """Expect classes, counts, reasons and what is left out on the screen."""
    found = screen.page.locator(".st-key-found")
    expect(found).to_be_visible()
    total = sum(n for side in entry.counts().values() for n in side.values())
    expect(screen.button(*IMPORT, total)).to_be_visible()
    for caption in captions(entry, screen):
        expect(found.get_by_text(caption, exact=True)).to_be_visible()
    plan, reading = read_scan(run).plan, read_scan(run).plan.reading()
    for sentence in (*reading.reasons, *reading.warnings):
        expect(found.get_by_text(screen.says(sentence))).to_have_count(1)
    left = (*reading.left_out, *plan.left_out)
    assert sum(one.count for one in left) == sum(entry.left_out.values())
    if left:
        found.get_by_text(screen.words(*LEFT_OUT, sum(entry.left_out.values()))).click()
        for one in left:
            expect(found.get_by_text(screen.says(one.sentence))).to_be_visible()


def expect_refused(screen: Screen, entry: Brought, run: runs.Run) -> None:
    """Expect the refusal that is right, in the page's language, whether or not the import says it."""
    assert entry.refused
    if entry.refused.planned:
        expect_found(screen, entry, run)
        total = sum(n for side in entry.counts().values() for n in side.values())
        button = screen.button(*IMPORT, total)
        if button.is_disabled():
            with pytest.raises(DatasetRefused) as refused:
                check_plan(read_scan(run).plan, LIKELY)
            expect_told(screen, entry, refused.value.sentence)
            return
        button.click()
        before = run.id
        screen.page.wait_for_function(
            "(before) => new URL(location).searchParams.get('job') !== before", arg=before
        )
        run = runs.get_run(screen.job())
        screen.over(run)
    error = snapshot(run).error
    assert error
    expect_told(screen, entry, error)


def expect_told(screen: Screen, entry: Brought, sentence: Sentence) -> None:
    assert entry.refused and entry.refused.says in sentence.template
    expect(screen.told(sentence)).to_have_count(1)
    assert screen.language == "en" or screen.says(sentence) != str(sentence)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ko"])
def test_everything_that_people_bring_is_told_in_the_language_of_the_page(
    screen_of: Callable[[str], Screen], language: str
) -> None:
    screen = screen_of(language)
    wrong = []
    for entry in SHOWN:
        try:
            run = screen.bring(entry.file.replace("?", "_"), entry.data())
            (expect_refused if entry.refused else expect_found)(screen, entry, run)
            screen.check(entry)
        except (AssertionError, Error) as error:
            wrong.append(f"{entry.name}: {error}")
    assert not wrong, f"{len(wrong)} of {len(SHOWN)}:\n" + "\n\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_import_that_is_refreshed_in_the_middle_ends_and_is_used(
    screen_of: Callable[[str], Screen], language: str
) -> None:
    screen = screen_of(language)
    page = screen.page
    entry = next(one for one in BROUGHT if one.name == LONG)
    screen.bring(entry.file, entry.data() + language.encode())
    screen.button(*IMPORT, 1200).click()
    stop = page.get_by_role("button", name=screen.catalogue.gettext("Stop"), exact=True)
    expect(stop).to_be_visible()
    assert snapshot(runs.get_run(screen.job())).state.live
    page.reload()
    use(screen)
    expect(page.get_by_text(screen.words(*PHOTOS, 600), exact=True)).to_be_visible()
    screen.check(entry)


def use(screen: Screen) -> Dataset:
    """Press the button behind an import once it is there; returns what was imported."""
    text = screen.catalogue.gettext("Use it")
    button = screen.page.get_by_role("button", name=text, exact=True)
    expect(button).to_be_visible(timeout=3 * STEP_MS)
    dataset = read_imported(runs.get_run(screen.job()))
    button.click()
    return dataset


ANIMALS = {
    "train/cat": 8,
    "train/cats": 6,
    "train/dog": 8,
    "train/owl": 8,
    "test/cat": 5,
    "test/dog": 5,
    "test/owl": 5,
}


@pytest.mark.slow
def test_doubtful_choices_are_made_in_korean_and_the_import_follows_them(
    screen_of: Callable[[str], Screen],
) -> None:
    screen = screen_of("ko")
    page = screen.page
    files: Files = {}
    for place, (folder, count) in enumerate(ANIMALS.items()):
        files |= shots(folder + "/{}.jpg", count, 100 * place)
    screen.bring("동물.zip", packed(files))
    found = page.locator(".st-key-found")
    expect(found.get_by_text("cats · 학습 6", exact=True)).to_be_visible()
    expect(screen.button(*IMPORT, 45)).to_be_enabled()

    found.get_by_text("cats은(는) cat의 다른 표기입니다").click()
    expect(found.get_by_text("cat · 학습 14 · 테스트 5", exact=True)).to_be_visible()
    found.get_by_label("test 폴더의 쓰임").click()
    page.get_by_role("option", name="검증", exact=True).click()
    expect(found.get_by_text("cat · 학습 14 · 검증 5", exact=True)).to_be_visible()
    found.get_by_label("뺄 클래스").click()
    page.get_by_role("option", name="owl", exact=True).click()
    expect(found.get_by_text("owl · ", exact=False)).to_have_count(0)
    page.reload()
    screen.button(*IMPORT, 32).click(timeout=STEP_MS)

    dataset = use(screen)
    assert dataset.class_names == ("cat", "dog")
    sides = [(dataset.class_names[one.label], one.part) for one in dataset.images]
    assert {side: sides.count(side) for side in sides} == {
        ("cat", "train"): 14,
        ("cat", "validation"): 5,
        ("dog", "train"): 8,
        ("dog", "validation"): 5,
    }
    expect(page.get_by_text("사진 19장", exact=True)).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
