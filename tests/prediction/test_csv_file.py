"""The table as a spreadsheet opens it."""

import csv
import io

import pytest

from tests.prediction.scorings import PETS, row, scoring, write
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
