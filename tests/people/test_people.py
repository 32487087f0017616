"""Who somebody is: the mark of a secret, the teacher's key, the nickname; whatever a browser sends."""

import os
import time

import pytest

from tl_core import files, housekeeping, people
from tl_core.errors import SettingInvalid
from tl_core.people import Person, nicknames, teacher

KEY = "correct-horse"


@pytest.fixture(autouse=True)
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("TL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TL_TEACHER_KEY", KEY)
    monkeypatch.setattr(teacher, "_guesses", teacher._Guesses())
    return tmp_path


def test_a_mark_tells_people_apart_and_nothing_of_the_secret():
    first, second = people.new_secret(), people.new_secret()
    assert people.is_secret(first) and people.is_mark(people.mark_of(first))
    assert people.mark_of(first) == people.mark_of(first) != people.mark_of(second)
    assert people.mark_of(first) not in first and not people.is_secret(people.mark_of(first))


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "g" * 32,
        "a" * 32 + "\n",
        "١" * 32,  # digits of another script
        "../" * 10 + "ab",
        "a" * 10**6,
        b"a" * 32,
    ],
)
def test_what_is_no_secret_is_none(sent):
    assert not people.is_secret(sent) and not people.is_mark(sent)


def test_only_the_key_makes_a_teacher(monkeypatch):
    assert people.has_key() and people.try_key(KEY, "a")
    assert not people.try_key(KEY + "x", "a") and not people.try_key("", "a")
    assert not people.try_key("\udc80", "a")
    monkeypatch.delenv("TL_TEACHER_KEY")
    assert not people.has_key() and not people.try_key("", "a")


def test_a_proof_holds_for_one_browser_and_as_long_as_the_key(monkeypatch):
    secret = people.new_secret()
    proof = people.proof_for(secret)
    assert people.was_proven(proof, secret) and KEY not in proof
    assert not people.was_proven(proof, people.new_secret())
    for wrong in (None, "", KEY, proof[:-1], "ü"):
        assert not people.was_proven(wrong, secret)
    monkeypatch.setenv("TL_TEACHER_KEY", "another-key")
    assert not people.was_proven(proof, secret)
    monkeypatch.delenv("TL_TEACHER_KEY")
    assert not people.was_proven(people.proof_for(secret), secret)


def test_guessing_is_slowed_down_for_the_browser_that_guesses_and_for_no_other(monkeypatch):
    for guess in range(teacher.MOST_GUESSES):
        assert not people.try_key(f"guess-{guess}", "pupil")
    with pytest.raises(SettingInvalid, match="Too many wrong keys"):
        people.try_key(KEY, "pupil")  # not even now: or nothing would be slowed down
    assert people.try_key(KEY, "teacher")
    later = time.monotonic() + teacher.GUESS_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert people.try_key(KEY, "pupil")


def test_made_up_browsers_wait_longer_and_longer_and_the_teacher_gets_a_turn(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    for number in range(teacher.FREE_GUESSES):
        assert not people.try_key("guess", f"made-up-{number}")  # each waits for none
    assert people.try_key(KEY, "somebody at once")
    waits = []
    for number in range(8):
        assert not people.try_key("guess", f"known-{number}", known=True)
        with pytest.raises(SettingInvalid, match=r"in \d+ seconds") as refused:
            people.try_key(
                KEY, f"early-{number}"
            )  # the right one too: or a guess would cost nothing
        waits.append(refused.value.sentence.values["seconds"])
    assert waits == sorted(waits) and waits[0] == 1 and waits[-1] == teacher.LONGEST_WAIT
    with pytest.raises(SettingInvalid):
        people.try_key(KEY, "teacher")
    for number in range(40):  # others go on all the time
        clock[0] += teacher.LONGEST_WAIT / 40
        with pytest.raises(SettingInvalid):
            people.try_key("guess", f"later-{number}")
    assert people.try_key(KEY, "teacher")  # and still has the turn
    assert people.try_key(KEY, "the teacher's own", known=True)
    clock[0] += teacher.ALL_SECONDS + 1
    assert people.try_key(KEY, "the next day")


def test_guesses_from_everywhere_take_no_memory():
    for number in range(teacher.MOST_BROWSERS + 50):
        people.try_key("wrong", str(number), known=True)
    for number in range(teacher.MOST_BROWSERS + 50):
        with pytest.raises(SettingInvalid):
            people.try_key("wrong", f"new-{number}")
    kept = teacher._guesses
    assert len(kept._times) == len(kept._turns) == teacher.MOST_BROWSERS
    assert len(kept._all) < 2 * teacher.FREE_GUESSES


def test_a_short_key_is_refused_without_repeating_it(monkeypatch):
    monkeypatch.setenv("TL_TEACHER_KEY", "secret")
    with pytest.raises(SettingInvalid, match="TL_TEACHER_KEY") as refused:
        people.has_key()
    assert "secret" not in str(refused.value)


def test_the_key_is_not_in_what_the_settings_print():
    from tl_core import settings

    assert settings.current().teacher_key == KEY not in repr(settings.current())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mina", "Mina"),
        ("  Mi\tna\n ", "Mi na"),
        ("\u202eMina\u0000", "Mina"),
        ("민아" * 40, ("민아" * 40)[: people.LONGEST_NICKNAME]),
        ("<b>*x*</b>", "<b>*x*</b>"),  # drawn with `escaped`
        (" \u200b ", ""),
    ],
)
def test_a_nickname_is_kept_as_one_short_line(typed, kept):
    person = Person(id=people.mark_of(people.new_secret()))
    assert people.nickname_of(person.id) == ""
    assert people.write_nickname(person, typed) == kept == people.nickname_of(person.id)


def test_a_nickname_is_changed_and_forgotten(lab):
    person = Person(id=people.mark_of("a" * 32))
    for name in ("Mina", "Jun", ""):
        people.write_nickname(person, name)
        assert people.nickname_of(person.id) == name
    assert list((lab / "people").iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"nickname": []}', b'{"a": 1}', b"\xff", b"[" * 10**5]
)
def test_a_damaged_nickname_is_none_or_text(lab, content):
    mark = people.mark_of("a" * 32)
    (lab / "people").mkdir()
    (lab / "people" / f"{mark}.json").write_bytes(content)
    assert people.nickname_of(mark) in ("", "[]")


def test_nobody_and_a_hostile_mark_have_no_nickname(lab):
    for mark in ("", "../../etc/passwd", "a" * 15):
        assert people.nickname_of(mark) == ""
        with pytest.raises(SettingInvalid, match="keeps nothing"):
            people.write_nickname(Person(id=mark), "Mina")
    assert not (lab / "people").exists()


def somebody(number):
    return Person(id=people.mark_of(f"{number:032x}"))


def test_two_people_never_have_the_same_nickname():
    names = ["Mina", "Mina", "MINA", "\uff2dina", "Mina (2)", "Jun"]  # the fourth in wide letters
    kept = [people.write_nickname(somebody(number), name) for number, name in enumerate(names)]
    assert kept == ["Mina", "Mina (2)", "MINA (3)", "\uff2dina (4)", "Mina (2) (2)", "Jun"]
    assert people.write_nickname(somebody(0), "Mina") == "Mina"  # whose it is keeps it
    long = "x" * people.LONGEST_NICKNAME
    assert people.write_nickname(somebody(7), long) == long
    assert people.write_nickname(somebody(8), long) == long[:-4] + " (2)"
    people.write_nickname(somebody(0), "")
    assert people.write_nickname(somebody(9), "Mina") == "Mina"  # it is free again


def aged(lab, person, *, since, here):
    """Let somebody have had a nickname, and be here last, so many days ago."""
    path = lab / "people" / f"{person.id}.json"
    now, day = time.time(), 24 * 3600
    content = files.read_json(path)
    files.write_json(path, content | {"since": now - since * day})
    os.utime(path, (now - here * day,) * 2)


def test_made_up_browsers_push_out_each_other_and_nobody_who_comes_back(lab, monkeypatch):
    monkeypatch.setattr(nicknames, "MOST_NICKNAMES", 4)
    pupil, left, made_up, today = (somebody(number) for number in range(4))
    for person in (pupil, left, made_up, today):
        people.write_nickname(person, "Mina")
    aged(lab, pupil, since=90, here=30)  # the school has holidays
    aged(lab, left, since=400, here=nicknames.MISSED_DAYS + 1)
    aged(lab, made_up, since=2, here=2)
    people.write_nickname(somebody(10), "Jun")
    people.write_nickname(somebody(11), "Sora")
    assert not people.nickname_of(left.id) and not people.nickname_of(made_up.id)
    for number in range(20, 40):
        with pytest.raises(SettingInvalid, match="no room for one more today"):
            people.write_nickname(somebody(number), "x")
    assert people.nickname_of(pupil.id) and people.nickname_of(today.id)
    people.write_nickname(today, "Ari")  # changing one takes no room
    assert len(list((lab / "people").iterdir())) == 4


def test_whoever_takes_another_nickname_has_been_here_as_long_as_before(lab, monkeypatch):
    monkeypatch.setattr(nicknames, "MOST_NICKNAMES", 1)
    people.write_nickname(somebody(1), "Mina")
    aged(lab, somebody(1), since=30, here=10)
    people.write_nickname(somebody(1), "Jun")
    path = lab / "people" / f"{somebody(1).id}.json"
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(path, (two_days_ago, two_days_ago))
    with pytest.raises(SettingInvalid):
        people.write_nickname(somebody(2), "Sora")
    assert people.nickname_of(somebody(1).id) == "Jun"


def test_a_server_makes_a_key_unless_its_operator_has(monkeypatch):
    assert people.make_key() == "" and people.try_key(KEY, "a")
    monkeypatch.setenv("TL_TEACHER_KEY", " ")
    made = people.make_key()
    assert len(made) == 12 and people.try_key(made, "a") and not people.try_key(KEY, "a")
    assert people.make_key() == ""


def test_a_nickname_leaves_long_after_its_owner(lab):
    here, gone = (Person(id=people.mark_of(letter * 32)) for letter in "ab")
    long_ago = time.time() - (people.KEEP_DAYS + 1) * 24 * 3600
    for person in (here, gone):
        people.write_nickname(person, "Mina")
        os.utime(lab / "people" / f"{person.id}.json", (long_ago, long_ago))
    people.note_visit(here.id)
    people.note_visit("")
    housekeeping.sweep()
    assert (people.nickname_of(here.id), people.nickname_of(gone.id)) == ("Mina", "")
