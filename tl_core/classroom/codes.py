"""QR codes, drawn on this machine."""

import io

import segno

QUIET = 4
"""Modules of white around a code: readers need them (ISO/IEC 18004)."""


def code_svg(text: str) -> str:
    """Return a QR code of `text` as SVG, black on white in every theme: many readers see no other.

    Error correction is "M" or better, for a screen with a reflection on it.
    """
    file = io.BytesIO()
    segno.make_qr(text, error="m").save(
        file, kind="svg", border=QUIET, light="white", xmldecl=False, omitsize=True
    )
    return file.getvalue().decode()


def code_for_terminal(text: str) -> str:
    """Return a QR code of `text` for a terminal, in half blocks: two rows in one line."""
    file = io.StringIO()
    segno.make_qr(text, error="l").terminal(out=file, border=2, compact=True)
    return file.getvalue()
