"""Marks text that a person will read, in layers that must not translate it themselves."""


def N_(message: str) -> str:  # gettext's own name for a marker
    """Return `message` unchanged; the catalogue tools collect it, the UI translates it when drawn.

    Example:
        >>> N_("Sharpen")
        'Sharpen'
    """
    return message
