"""Text that a person will read, in layers that must not translate it themselves."""

import math


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


def in_megabytes(size: float) -> str:
    """Return one amount of bytes in MB, rounded up: what exceeds a limit never looks as if it met it.

    Example:
        >>> in_megabytes(20_000_001)
        '20.1'
    """
    return f"{math.ceil(size / 10**5) / 10:,.1f}"


def megabytes(needed: float, allowed: float) -> tuple[str, str]:
    """Return two amounts of bytes in MB, so that what is said to be missing is what is missing.

    A need that is not met is rounded up and the allowance down: they never look equal. A need that is met
    never looks larger than the allowance. The digits behind the point are as few as tell them apart.

    Example:
        >>> megabytes(1_234_000, 1_000_000)
        ('1.3', '1.0')
        >>> megabytes(2_500_000_000, 2_000_000_000)
        ('2,500', '2,000')
    """
    digits = 0 if min(needed, allowed, abs(needed - allowed)) >= 10**7 else 1
    scale = 10**6 // 10**digits
    if needed > allowed:
        up, down = math.ceil(needed / scale), math.floor(allowed / scale)
    else:
        up, down = round(needed / scale), round(allowed / scale)
    return f"{up / 10**digits:,.{digits}f}", f"{down / 10**digits:,.{digits}f}"
