"""A file that was taken over is no longer in the server's memory."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tl_core.ui import news


def script(taken: bool) -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from tl_core.ui.uploads import let_go

    file = st.file_uploader("file", key=f"file_{st.session_state.get('count', 0)}")
    if file is not None:
        context = get_script_run_ctx()
        assert file.getvalue() == b"pixels"
        if taken:
            let_go(file)
            st.session_state["count"] = 1
        assert context
        held = context.uploaded_file_mgr.get_files(context.session_id, [file.file_id])
        st.text(f"{len(held)} held")


@pytest.mark.parametrize(("taken", "held"), [(True, "0 held"), (False, "1 held")])
def test_a_file_that_was_taken_over_is_freed(taken: bool, held: str) -> None:
    app = AppTest.from_function(script, default_timeout=60, args=(taken,)).run()
    app.file_uploader[0].upload("cat.jpg", b"pixels")
    app.run()
    assert not app.exception
    assert [element.value for element in app.text] == [held]
    app.run()
    assert not app.exception


def many(first_fails: bool) -> None:
    from functools import partial

    import streamlit as st

    from tl_core.errors import DatasetRefused
    from tl_core.ui.errors import show_errors, take_left
    from tl_core.ui.uploads import let_go, upload_many

    def take(uploads, on_progress):
        told = st.session_state.setdefault("told", [])
        for done, file in enumerate(uploads):
            on_progress(done, len(uploads), "Taking")
            told.append((file.name, file.getvalue()))
            let_go(file)
            if first_fails:
                raise DatasetRefused("No room.")
            if st.session_state.get("click") and len(told) == 2:
                st.session_state["click"] = False
                st.rerun()

    show_errors(take_left())
    upload_many("Photos", "photos", partial(take))
    st.text(str(st.session_state.get("told")))


def chosen(app: AppTest, count: int) -> AppTest:
    app.file_uploader[0].set_value([(f"{n}.jpg", b"%d" % n, "image/jpeg") for n in range(count)])
    return app.run()


def arrived(app: AppTest) -> object:
    """Return what the browser is told of the files that came."""
    return json.loads(app.get("bidi_component")[0].proto.json)["arrived"]


@pytest.mark.parametrize("click", [False, True])
def test_every_file_is_taken_once_also_when_a_click_comes_between(click: bool) -> None:
    app = AppTest.from_function(many, default_timeout=60, args=(False,)).run()
    assert arrived(app) is None
    app.session_state["click"] = click
    chosen(app, 5)
    assert not app.exception
    assert app.session_state["told"] == [(f"{n}.jpg", b"%d" % n) for n in range(5)]
    assert arrived(app) == {"of": "photos_0", "count": 5}  # not 3, which were left after the click
    assert app.file_uploader[0].value in (None, [])
    chosen(app, 2)
    assert arrived(app) == {"of": "photos_1", "count": 2}


def test_what_refuses_files_is_said_and_the_next_ones_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = AppTest.from_function(many, default_timeout=60, args=(True,)).run()
    chosen(app, 3)
    assert not app.exception and [one.value for one in app.error] == ["No room."]
    monkeypatch.setattr(news, "LEAST_SECONDS", 0.0)
    assert not app.run().error and len(app.session_state["told"]) == 1
    assert len(chosen(app, 3).error) == 1 and len(app.session_state["told"]) == 2


def test_every_type_of_file_may_be_chosen() -> None:
    app = AppTest.from_function(many, default_timeout=60, args=(False,)).run()
    assert list(app.file_uploader[0].proto.type) == []


def stale() -> None:
    """A browser that has not yet drawn the new uploader sends what it knows of the old one again."""
    import streamlit as st
    from streamlit.elements.widgets.file_uploader import FileUploaderSerde

    from tl_core.ui.uploads import take_one

    def take(file):
        st.session_state.setdefault("told", []).append((file.name, file.getvalue()))

    if file := st.file_uploader("file"):
        known = FileUploaderSerde(accept_multiple_files=False)
        sent = known.serialize(file)
        for run in ("first", "again"):
            st.session_state[run] = known.deserialize(sent)
            take_one("photo", run, take)
        st.text(type(st.session_state["again"]).__name__)


def test_a_file_that_was_taken_is_not_taken_again_when_a_browser_is_late() -> None:
    app = AppTest.from_function(stale, default_timeout=60).run()
    app.file_uploader[0].upload("cat.jpg", b"pixels")
    app.run()
    assert app.text[0].value == "DeletedFile"
    assert not app.exception
    assert app.session_state["told"] == [("cat.jpg", b"pixels")]
