"""QR codes, drawn on this machine."""

import io
from contextlib import suppress

import segno

from tl_core.errors import SettingInvalid

QUIET = 4
"""Modules of white around a code: readers need them (ISO/IEC 18004)."""


def code_svg(text: str) -> str:
    """Return a QR code of `text` as SVG, black on white in every theme: many readers see no other.

    Error correction is "M" or better, for a screen with a reflection on it; "L" or better for what does not
    fit otherwise.

    Raises:
        SettingInvalid: no QR code holds so much text.
    """
    file = io.BytesIO()
    _code(text).save(file, kind="svg", border=QUIET, light="white", xmldecl=False, omitsize=True)
    return file.getvalue().decode()


def _code(text: str) -> segno.QRCode:
    for error in ("m", "l"):
        with suppress(segno.DataOverflowError):
            return segno.make_qr(text, error=error)
    raise SettingInvalid(
        "This address is too long for a QR code. Copy the link, or write a shorter sentence."
    )


def code_for_terminal(text: str) -> str:
    """Return a QR code of `text` for a terminal, in half blocks: two rows in one line."""
    file = io.StringIO()
    segno.make_qr(text, error="l").terminal(out=file, border=2, compact=True)
    return file.getvalue()
