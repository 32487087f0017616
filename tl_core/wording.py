"""Text that a person will read, in layers that must not translate it themselves."""


def N_(message: str) -> str:  # gettext's own name for a marker
    """Return `message` unchanged; the catalogue tools collect it, the UI translates it when drawn.

    Example:
        >>> N_("Sharpen")
        'Sharpen'
    """
    return message


def percent(share: float) -> str:
    r"""Return a share in percent, in one piece: no line breaks before the sign.

    Example:
        >>> percent(0.8833)
        '88.3\xa0%'
    """
    return f"{share:.1%}".replace("%", "\N{NO-BREAK SPACE}%")
