import json
import pickle
from pathlib import Path

import pytest

from tl_core.errors import DatasetRefused, LabError
from tl_core.wording import Sentence, catalogue, in_megabytes, in_one_piece, megabytes

MB = 10**6


@pytest.mark.parametrize(
    ("needed", "allowed", "words"),
    [
        (1.4 * MB, 1 * MB, ("1.4", "1.0")),  # both are 1 when rounded
        (1 * MB + 1, 1 * MB, ("1.1", "1.0")),  # one byte is missing
        (2000 * MB + 1, 2000 * MB, ("2,000.1", "2,000.0")),
        (20 * MB + 1, 20 * MB, ("20.1", "20.0")),
        (250.04 * MB, 249.96 * MB, ("250.1", "249.9")),  # both are 250.0 when rounded
        (2500 * MB, 2000 * MB, ("2,500", "2,000")),
        (2000.1 * MB, 1400.9 * MB, ("2,001", "1,400")),  # up and down
        (1, 0, ("0.1", "0.0")),  # a full disk
        (300 * MB, 40_000, ("300.0", "0.0")),
        # What is met never looks as if it were not.
        (1 * MB, 1 * MB, ("1.0", "1.0")),
        (12.31 * MB, 12.34 * MB, ("12.3", "12.3")),
        (0, 5 * MB, ("0.0", "5.0")),
        (100.2 * MB, 4000 * MB, ("100", "4,000")),
    ],
)
def test_what_is_said_to_be_missing_is_missing(needed, allowed, words):
    assert megabytes(needed, allowed) == words
    said = [float(word.replace(",", "")) for word in words]
    assert (said[0] > said[1]) == (needed > allowed)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0.0"), (1, "0.1"), (20 * MB, "20.0"), (20 * MB + 1, "20.1"), (2_500_050_000, "2,500.1")],
)
def test_one_size_is_never_said_smaller_than_it_is(size, words):
    assert in_megabytes(size) == words


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{name}", {}),  # nothing to fill in
        ("{name.__class__}", {"name": "a"}),  # looks into the program
        ("{name!r}", {"name": "a"}),
        ("{name:>999999999}", {"name": "a"}),  # takes all memory
        ("{}", {"": "a"}),
        ("{0}", {"0": "a"}),  # a place, not a name
        ("{", {}),
        ("{name}", {"name": ["a"]}),
        ("{name}", {"name": None}),
        (3, {}),
        (None, {}),
    ],
)
def test_what_is_no_sentence_is_refused_where_it_is_read(template, values):
    with pytest.raises((TypeError, ValueError)):
        Sentence.from_json({"template": template, "values": values})


def test_a_sentence_is_kept_with_its_values_and_braces_in_them_stay():
    sentence = Sentence(template="{name} has {size} MB.", values={"name": "{size}", "size": 1.5})
    assert Sentence.from_json(json.loads(json.dumps(sentence.to_json()))) == sentence
    assert str(sentence) == "{size} has 1.5 MB."


def test_an_error_is_a_sentence_that_can_be_kept_whatever_it_was_given():
    error = LabError("{path} has {size} and {self}.", path=Path("a"), size=2, self=None)
    assert error.sentence.values == {"path": "a", "size": 2, "self": "None"}
    assert str(LabError.restored(Sentence.from_json(error.sentence.to_json()))) == str(error)


def test_what_stands_behind_a_sentence_is_said_after_it_and_kept_with_it():
    reason = Sentence(template="{name} is empty.", values={"name": "a.jpg"})
    whole = Sentence(template="{n} files are left out:", values={"n": 3}, because=reason)
    assert str(whole) == "3 files are left out: a.jpg is empty."
    assert Sentence.from_json(json.loads(json.dumps(whole.to_json()))) == whole
    assert "because" not in reason.to_json()  # as earlier versions wrote it
    with pytest.raises((TypeError, ValueError)):
        Sentence.from_json(whole.to_json() | {"because": {"template": "{name}", "values": {}}})


def test_an_error_goes_between_processes_with_what_stands_behind_it():
    reason = Sentence(template="{name} is empty.", values={"name": "a.jpg"})
    error = pickle.loads(
        pickle.dumps(DatasetRefused("{n} files are left out:", n=3).because(reason))
    )
    assert type(error) is DatasetRefused and error.sentence.because == reason
    assert str(error) == "3 files are left out: a.jpg is empty."


def test_in_korean_no_line_breaks_between_a_number_and_its_unit():
    assert in_one_piece("95 %의 {size} MB를 160 px, 3 msx") == (
        "95\xa0%의 {size}\xa0MB를 160\xa0px, 3 msx"
    )
    said = catalogue("ko").gettext("95 % interval")
    assert said != "95 % interval" and "95\xa0%" in said and "95 %" not in said
    assert catalogue("ko").gettext("Train") == "학습"
    one = catalogue("ko").ngettext("{n} photo", "{n} photos", 2)
    assert one != "{n} photos"
