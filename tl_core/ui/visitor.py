"""Who this session's visitor is: the browser keeps a secret and brings it along, without any account.

The secret comes as a cookie with the connection. A browser that brings none gets one made for it at once,
and keeps it in its local storage and as a cookie; if it had another in its storage, that one holds. What
others see of it is its mark (`tl_core.people`). Whoever opens ``?teacher=`` with the key is the teacher.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer
from streamlit.runtime.scriptrunner import get_script_run_ctx

from tl_core import people
from tl_core.errors import LabError, SettingInvalid
from tl_core.people import Person
from tl_core.teacher.presence import teachers
from tl_core.ui.errors import callback, fragment
from tl_core.ui.stage.component import declare, reported
from tl_core.ui.text import escaped, say, t

SECRET_COOKIE, PROOF_COOKIE = "tl_visitor", "tl_teacher"
TEACHER_KEY = "teacher"
"""Name of the teacher's key in an address."""
SESSION_KEY, COMPONENT_KEY = "_visitor", "visitor"


@dataclass
class _Kept:
    """What one session knows of its browser; nothing of it is ever written down here."""

    secret: str
    proof: str = ""
    """That the teacher's key was given, see `people.proof_for`; empty without."""
    fresh: bool = False
    """The secret was made for this session: the browser may have kept another."""
    settled: bool = True
    """The browser keeps all of this."""
    changed: bool = False
    """The page shows what another person sees."""
    key_taken: bool = False
    """The browser was asked to take the key out of the address."""


def visitor() -> Person:
    """Return who is at the other end; cheap enough to ask wherever it matters.

    Somebody in particular always, and the teacher as well where the lab has no key; outside a session nobody.
    """
    if get_script_run_ctx() is None:
        return Person(teacher=not people.has_key())
    kept = _kept()
    mark = people.mark_of(kept.secret)
    teaches = not people.has_key() or people.was_proven(kept.proof, kept.secret)
    return Person(id=mark, nickname=people.nickname_of(mark), teacher=teaches)


def disallowed(
    refused: LabError | None, *, disabled: bool = False, hint: str | None = None
) -> dict[str, Any]:
    """Return what a button needs that somebody may not press: it is disabled, and says why.

    What it calls refuses all the same: a disabled button can be pressed by other means than a mouse.

    Args:
        refused: why; None if they may.
        disabled: whether it is disabled in any case.
        hint: translated text that the button says where nothing is refused.
    """
    return {
        "disabled": disabled or refused is not None,
        "help": escaped(say(refused)) if refused else hint,
    }


def greet() -> None:
    """Take the teacher's key from the address and have the browser take it out; first thing on a page.

    Until it is out nothing is drawn: neither a link nor a picture of the address may hold it.
    """
    key = st.query_params.get(TEACHER_KEY)
    if key is None:
        return
    kept = _kept()
    if kept.key_taken:  # the browser goes on sending what its address was until it is told another
        kept.key_taken = False
        st.query_params.pop(TEACHER_KEY)
        return
    callback(take_key)(key)
    kept.key_taken = True
    _draw(kept, leave=TEACHER_KEY)
    st.stop()


def keep() -> None:
    """Say who is the teacher, and let the browser keep who it is, where it does not yet."""
    if people.has_key() and visitor().teacher:
        st.badge(t("You are the teacher"), icon=":material/school:", color="violet")
    if not _kept().settled:
        fragment(_keep)()


def take_key(key: str) -> None:
    """Let this browser be the teacher's if `key` is the teacher's key.

    Raises:
        SettingInvalid: it is not, or too many others came before.
    """
    kept = _kept()
    if not people.has_key():
        return
    mark = people.mark_of(kept.secret)
    if not people.try_key(key, mark, known=mark in teachers()):
        raise SettingInvalid(
            "This is not the teacher's key, so you see the lab as your class does. Open the address that the "
            "server printed when it started."
        )
    kept.proof, kept.settled = people.proof_for(kept.secret), False


def _kept() -> _Kept:
    if SESSION_KEY not in st.session_state:
        st.session_state[SESSION_KEY] = _brought()
    kept: _Kept = st.session_state[SESSION_KEY]
    return kept


def _brought() -> _Kept:
    """Return what came with the connection; a cookie may hold anything."""
    cookies = st.context.cookies
    secret, proof = cookies.get(SECRET_COOKIE), cookies.get(PROOF_COOKIE)
    if not people.is_secret(secret):
        return _Kept(secret=people.new_secret(), fresh=True, settled=False)
    people.note_visit(people.mark_of(str(secret)))
    return _Kept(secret=str(secret), proof=str(proof or ""))


def _keep() -> None:
    kept = _kept()
    if kept.changed:
        kept.changed = False
        st.rerun()
    if not kept.settled:
        _draw(kept)


def _draw(kept: _Kept, leave: str = "") -> None:
    _component()(
        key=COMPONENT_KEY,
        data={"secret": kept.secret, "proof": kept.proof, "fresh": kept.fresh, "leave": leave},
        on_kept_change=callback(_hear),
    )


def _hear() -> None:
    """Take what the browser keeps: its own secret from before, or the one that it was given."""
    kept, report = _kept(), reported(COMPONENT_KEY, "kept") or {}
    secret, proof = report.get("secret"), report.get("proof")
    if not kept.fresh or not people.is_secret(secret) or secret == kept.secret:
        kept.fresh, kept.settled = False, True
        return
    teaches = people.was_proven(kept.proof, kept.secret)
    kept.secret, kept.fresh, kept.changed = str(secret), False, True
    kept.proof = people.proof_for(kept.secret) if teaches else str(proof or "")
    kept.settled = not teaches  # or it has to keep a proof that holds for this secret


@cache
def _component() -> ComponentRenderer:
    return declare("visitor", Path(__file__).parent)
