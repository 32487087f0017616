"""A file that was taken over is no longer in the server's memory."""

import pytest
from streamlit.testing.v1 import AppTest


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
