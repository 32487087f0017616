"""Small pictures of photos as the addresses that tables and pages draw."""

import base64


def data_url(picture: bytes) -> str | None:
    """Return a WebP file as a ``data:`` address; None where there is no picture."""
    if not picture:
        return None
    return f"data:image/webp;base64,{base64.b64encode(picture).decode('ascii')}"
