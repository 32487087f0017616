"""A kernel as letters that say nothing to somebody who reads them: for a puzzle in a link.

It is hidden from a glance and no more: this file says how, and there is no key to keep.
"""

import base64
import binascii
import zlib
from hashlib import blake2b

import numpy as np

from tl_core.convolution.arrays import Array
from tl_core.convolution.weights import LONGEST_TEXT, weights_from_text, weights_to_text
from tl_core.errors import SettingInvalid

CHECK_BYTES = 4
LONGEST_CODE = 4000


def hide_kernel(weights: Array) -> str:
    """Return `weights`, (kh, kw) float32, as letters, digits, ``-`` and ``_``; `find_kernel` reads them.

    Raises:
        SettingInvalid: there are three channels, or nothing but zeros: no picture to find a kernel from.
    """
    if weights.ndim != 2 or not np.any(weights):
        raise SettingInvalid(
            "Only a kernel with one grid of weights, not all of them zero, can be hidden. Choose another one."
        )
    packed = zlib.compress(weights_to_text(weights).encode(), 9)
    check = _check(packed)
    return base64.urlsafe_b64encode(check + _mixed(packed, check)).decode().rstrip("=")


def find_kernel(code: str) -> Array:
    """Return the weights that `hide_kernel` has hidden.

    Raises:
        SettingInvalid: it made no such code, or the code was changed on the way.
    """
    try:
        data = base64.b64decode(code[: LONGEST_CODE + 1] + "=" * (-len(code) % 4), b"-_", True)
        check, packed = data[:CHECK_BYTES], _mixed(data[CHECK_BYTES:], data[:CHECK_BYTES])
        if len(code) > LONGEST_CODE or _check(packed) != check:
            raise ValueError(code)
        text = zlib.decompressobj().decompress(packed, LONGEST_TEXT).decode()
        hide_kernel(weights := weights_from_text(text))  # whoever makes a code of their own
    except (ValueError, binascii.Error, zlib.error, SettingInvalid):
        raise SettingInvalid(
            "The hidden kernel in the address cannot be read: a part of the link is missing or was changed. "
            "Ask for the link again."
        ) from None
    return weights


def _check(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=CHECK_BYTES).digest()


def _mixed(data: bytes, salt: bytes) -> bytes:
    """Return `data` with every bit flipped or not as `salt` says: twice gives it back."""
    stream = b"".join(
        blake2b(number.to_bytes(4), key=salt or b"0").digest()
        for number in range(-(-len(data) // blake2b().digest_size))
    )
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))
