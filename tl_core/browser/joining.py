"""Several scripts as one module: what a component of Streamlit must be, and a page that is taken home is."""

import re
from pathlib import Path

_IMPORT = re.compile(r"^import \{[^}]*\} from '(\.[^']+)'\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)
# Comments on lines of their own: Streamlit sends the code again at every run of the page.
_COMMENT = re.compile(r"^ *(?://.*|/\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)


def joined(file: Path) -> str:
    """Return the code of `file`, after that of every file that it imports, as one module.

    A component of Streamlit is one module and cannot import. Its files share their names: each is declared
    in one of them only.
    """
    code: dict[Path, str] = {}
    _join(file.resolve(), code, set())
    return "\n".join(code.values())


def _join(file: Path, code: dict[Path, str], begun: set[Path]) -> None:
    begun.add(file)  # two files may import each other
    text = file.read_text("utf-8")
    for other in _IMPORT.findall(text):
        path = (file.parent / other).resolve()
        if path not in begun:
            _join(path, code, begun)
    code[file] = _EXPORT.sub("", _IMPORT.sub("", _COMMENT.sub("", text)))
