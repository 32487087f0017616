"""Whose a folder is: who may name, stop, delete and leave what is in it."""

from pathlib import Path

import pytest

from tl_core import files, people
from tl_core.errors import NotAllowed
from tl_core.people import NOBODY, THE_LAB, Person, ownership
from tl_core.people.ownership import PEOPLE, RUN

FIRST, SECOND, OTHER = (Person(id=people.mark_of(letter * 32)) for letter in "abc")
TEACHER = Person(id=people.mark_of("d" * 32), teacher=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TL_TEACHER_KEY", "correct-horse")
    (tmp_path / "thing").mkdir()
    return tmp_path / "thing"


def may(folder: Path, by: Person, *, alone: bool = False) -> bool:
    refused = ownership.refusal(folder, by, RUN, alone=alone)
    try:
        ownership.check(folder, by, RUN, alone=alone)
    except NotAllowed as error:
        assert str(error) == str(refused)
        return False
    assert refused is None
    return True


@pytest.mark.parametrize(
    ("listed", "by", "names", "ends"),
    [
        ([FIRST], FIRST, True, True),
        ([FIRST], OTHER, False, False),
        ([FIRST], NOBODY, False, False),
        ([FIRST], TEACHER, True, True),
        ([FIRST], THE_LAB, True, True),
        ([FIRST, SECOND], FIRST, True, False),  # it would take it from the second one
        ([FIRST, SECOND], SECOND, False, False),
        ([FIRST, SECOND], TEACHER, True, True),
        ([], FIRST, False, False),  # of an earlier version
        ([], NOBODY, False, False),
        ([], TEACHER, True, True),
    ],
)
def test_who_may_name_and_who_may_end_it(folder, monkeypatch, listed, by, names, ends):
    ownership.join(folder, *(person.id for person in listed))
    assert (may(folder, by), may(folder, by, alone=True)) == (names, ends)
    monkeypatch.delenv("TL_TEACHER_KEY")
    assert may(folder, by) and may(folder, by, alone=True)  # a single user's lab


def test_the_refusal_names_whom_to_ask(folder):
    ownership.join(folder, FIRST.id)
    assert "somebody else" in str(ownership.refusal(folder, OTHER, RUN))
    people.write_nickname(FIRST, "Mina")
    assert "belongs to Mina" in str(ownership.refusal(folder, OTHER, RUN))
    ownership.join(folder, SECOND.id)
    people.write_nickname(SECOND, "Jun")
    assert "Jun has asked for the same" in str(ownership.refusal(folder, FIRST, RUN, alone=True))
    assert "{" not in str(ownership.refusal(folder, OTHER, RUN))


def test_who_gives_up_what_others_have_too_leaves_it_to_them(folder):
    ownership.join(folder, FIRST.id, SECOND.id)
    with pytest.raises(NotAllowed):
        ownership.give_up(folder, OTHER, RUN)
    assert ownership.people_of(folder) == (FIRST.id, SECOND.id)
    assert not ownership.give_up(folder, FIRST, RUN)
    assert ownership.people_of(folder) == (SECOND.id,)
    assert ownership.give_up(folder, SECOND, RUN)
    assert ownership.give_up(folder, TEACHER, RUN)


def test_everybody_is_listed_once_and_nobody_is_nobody(folder):
    ownership.join(folder, SECOND.id, FIRST.id, SECOND.id, "", "../x")
    ownership.join(folder, SECOND.id)
    assert ownership.people_of(folder) == (SECOND.id, FIRST.id)
    ownership.join(folder / "gone", FIRST.id)
    assert not (folder / "gone").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"people": 3}', b'{"people": [1, null, "../x", {}]}', b"\xff", b"[" * 10**5],
)
def test_a_damaged_list_is_nobodys(folder, content):
    (folder / PEOPLE).write_bytes(content)
    assert ownership.people_of(folder) == ()
    assert not may(folder, FIRST) and may(folder, TEACHER)


def test_made_up_people_cannot_fill_a_list(folder):
    ownership.join(folder, FIRST.id, *(f"{number:016x}" for number in range(1000)))
    assert len(ownership.people_of(folder)) == ownership.MOST
    assert ownership.people_of(folder)[0] == FIRST.id
    assert len(files.read_json(folder / PEOPLE)["people"]) == ownership.MOST
