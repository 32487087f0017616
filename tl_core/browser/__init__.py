"""What the browser computes with: LiteRT, which runs a trained network, and the scripts around it.

litert/*.gz      LiteRT.js as its makers publish it, packed; scripts/fetch_litert.py rebuilds it
resize.js        from a picture to the pixels that a network sees, as `tl_core.images` does it
network.js       from those pixels to probabilities
page/            the web page that a trained network is taken home in
"""

from pathlib import Path

FOLDER = Path(__file__).parent
LITERT = FOLDER / "litert"
PAGE = FOLDER / "page"
MODULE = "litert.js"
"""The library, one module."""
PROGRAMS = tuple(
    f"litert_wasm_{kind}internal.{suffix}" for kind in ("", "compat_") for suffix in ("js", "wasm")
)
"""What the library runs: a script and its WebAssembly, for browsers with relaxed SIMD, and for all others."""


def litert_files() -> tuple[Path, ...]:
    """Return every file that a browser may ask for to run networks, packed with gzip."""
    return tuple(LITERT / f"{name}.gz" for name in (MODULE, *PROGRAMS))
