"""The table as a spreadsheet opens it."""

import csv
import io

import pytest

from tests.prediction.scorings import NAMES, PETS, row, scoring, write
from tl_core.prediction.cells import CELLS
from tl_core.prediction.csv_file import Headings, csv_file
from tl_core.prediction.scored import read_scored

HEADINGS = Headings(file="파일", guess="추측", sure="확신", folder="폴더", reason="이유")


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))


def table(rows, titles=("고양이", "dogs"), headings=HEADINGS):
    scored = read_scored(write(scoring(), rows))
    data = csv_file(scored, titles, headings, str)
    assert data.startswith(b"\xef\xbb\xbf")  # or Excel reads Korean as Latin
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_file_has_a_line_refused_ones_with_the_reason():
    lines = table(PETS)
    assert [line["파일"] for line in lines] == [one.name for one in PETS]
    first, refused = lines[0], lines[5]
    assert first == {
        "파일": "cats/1.jpg",
        "폴더": "고양이",
        "추측": "고양이",
        "확신": "0.9",
        "고양이": "0.9",
        "dogs": "0.1",
        "이유": "",
    }
    assert refused["이유"] == "empty.jpg is empty. Copy it again, or choose another file."
    assert (refused["추측"], refused["확신"], refused["고양이"]) == ("", "", "")
    assert lines[6]["폴더"] == ""


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", " =1"])
def test_no_name_is_run_as_a_formula(name):
    (line,) = table([row(name, (0.9, 0.1))])
    assert line["파일"] == f"'{name}"
    (line,) = table([row("a", (0.9, 0.1))], titles=(name, "dogs"))
    assert line["추측"] == f"'{name}"


def test_without_folders_of_classes_there_is_no_such_column():
    (line,) = table([row("a", (0.9, 0.1))])
    assert "폴더" not in line


def test_classes_of_one_title_or_called_like_a_column_have_columns_of_their_own():
    (line,) = table([row("a", (0.9, 0.1))], titles=("파일", "파일"))
    assert (line["파일"], line["파일 (2)"], line["파일 (3)"]) == ("a", "0.9", "0.1")


@pytest.mark.parametrize("name", ['a "quoted", name', "comma,1", "한글 이름.jpg"])
def test_names_are_kept(name):
    assert table([row(name, (0.9, 0.1))])[0]["파일"] == name


def test_the_table_is_there_when_it_is_asked_for_and_no_row_is_read_again(monkeypatch):
    scored = read_scored(write(scoring(), [one for one in PETS if one.labels]))
    for module in ("rows", "scored"):
        monkeypatch.setattr(f"tl_core.prediction.{module}.every_row", None)
    data = csv_file(scored, NAMES, HEADINGS, str).decode("utf-8-sig")
    assert data.count("\r\n") == len(PETS) and "cats/2.jpg,cats,dogs,0.55,0.45,0.55," in data


@pytest.mark.parametrize("left", [None, b"", b"cats/1.jpg\n0.9,0.1\n", b"\xff\n\n"])
def test_what_an_earlier_version_or_a_kill_has_left_gives_the_same_table(left):
    run = write(scoring(), PETS)
    whole = csv_file(read_scored(run), NAMES, HEADINGS, str)
    (run.folder / CELLS).unlink()
    if left is not None:
        (run.folder / CELLS).write_bytes(left)
    assert csv_file(read_scored(run), NAMES, HEADINGS, str) == whole
