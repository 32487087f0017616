"""Rebuild what runs a network in a browser, `tl_core/browser/litert/*.gz`, from two npm packages.

    npm pack @litertjs/core@2.5.3
    npm pack @litertjs/wasm-utils@2.5.3
    python -m scripts.fetch_litert litertjs-core-2.5.3.tgz litertjs-wasm-utils-2.5.3.tgz

The second package is a script of two functions, which takes the place of the first one's import of it: the
result is one module. Of the first package's four programs two are kept, the one for every browser and the
faster one for those with relaxed SIMD: the others need threads, or a graphics card, to be of any use.
"""

import argparse
import gzip
import tarfile
from hashlib import sha256
from pathlib import Path

from tl_core import files
from tl_core.browser import LITERT, MODULE, PROGRAMS

CORE, LOADER = "core", "wasm-utils"
PACKAGES = {
    CORE: "a97660833e9e7e1063c95e12016718881240b14f7438728a2f62785e912d30fd",
    LOADER: "ce2a1f8379c067be49e59752e5a7f40db6be09f6e497f0f11e59f17b515366a7",
}
"""SHA-256 of the packages, version 2.5.3."""
IMPORT = 'import { createWasmLib } from "@litertjs/wasm-utils";\n'
PROBE = "await Environment.create()"
NO_PROBE = "await Environment.create({ webGpuDevice: null })"
"""The library asks for a graphics card when it starts, which logs a warning where there is none."""


def read_package(path: Path, name: str) -> dict[str, bytes]:
    """Return the files of an npm package by path in it.

    Raises:
        SystemExit: it is another package, or another version.
    """
    if sha256(path.read_bytes()).hexdigest() != PACKAGES[name]:
        raise SystemExit(f"{path.name} is not the package @litertjs/{name} that belongs here")
    with tarfile.open(path) as archive:
        members = {one.name: archive.extractfile(one) for one in archive}
        return {
            name.removeprefix("package/"): file.read() for name, file in members.items() if file
        }


def module(core: str, loader: str) -> str:
    """Return the library with its loader inside, as one module; both are ``dist/index.js``."""
    functions = loader.partition("export {")[0]
    text = _replaced(_replaced(core, IMPORT, functions), PROBE, NO_PROBE)
    return text.partition("//# sourceMappingURL=")[0]


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise SystemExit(f"the package does not say once what is changed in it: {old.strip()}")
    return text.replace(old, new)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(CORE, type=Path, help="the package @litertjs/core")
    parser.add_argument("loader", type=Path, help="the package @litertjs/wasm-utils")
    arguments = parser.parse_args()
    core, loader = read_package(arguments.core, CORE), read_package(arguments.loader, LOADER)
    text = module(core["dist/index.js"].decode(), loader["dist/index.js"].decode())
    made = {MODULE: text.encode()} | {name: core[f"wasm/{name}"] for name in PROGRAMS}
    for name, data in made.items():
        packed = gzip.compress(data, mtime=0)
        files.write_bytes(LITERT / f"{name}.gz", packed)
        print(f"{name}: {len(data) / 1e6:.2f} MB, packed {len(packed) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
