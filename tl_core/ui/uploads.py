"""Letting go of uploads: Streamlit keeps every uploaded file in memory until its session ends."""

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile


def let_go(file: UploadedFile) -> None:
    """Free the memory that the server holds for `file`; call it once its bytes are where they belong.

    The widget that the file came from needs a new key, or it would look for the file again. Streamlit's own
    chat input lets go of its files in the same way.
    """
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
