"""The jobs behind the lessons of `tl_core.lessons`."""
