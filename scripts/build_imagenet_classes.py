"""Rebuild WordNet's part of `tl_core/prediction/imagenet_classes.tsv` from timm's wheel.

    pip download timm==1.0.31 --no-deps
    python -m scripts.build_imagenet_classes timm-1.0.31-*.whl

The wheel has the classes in their order, as synsets, and the words of each. Index, synset and words are
written anew. The names that people see, English and Korean, were chosen by hand and are kept; a class
without one gets its first word.
"""

import argparse
import csv
import io
import zipfile
from pathlib import Path

from tl_core import files
from tl_core.prediction.imagenet import CLASSES, COLUMNS, LANGUAGES

SYNSETS = "timm/data/_info/imagenet_synsets.txt"
WORDS = "timm/data/_info/imagenet_synset_to_lemma.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="timm-*.whl")
    with zipfile.ZipFile(parser.parse_args().wheel) as wheel:
        synsets = wheel.read(SYNSETS).decode().split()
        lines = wheel.read(WORDS).decode().splitlines()
    words = dict(line.split("\t", 1) for line in lines)
    chosen = _chosen(CLASSES.read_text("utf-8")) if CLASSES.exists() else {}
    rows = [_row(index, synset, words[synset], chosen) for index, synset in enumerate(synsets)]
    text = "".join("\t".join(row) + "\n" for row in [COLUMNS, *rows])
    files.write_bytes(CLASSES, text.encode())
    print(f"{len(rows)} classes")


def _chosen(text: str) -> dict[str, list[str]]:
    """Return synset -> its names by language."""
    rows = csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["synset"]: [row[code] for code in LANGUAGES] for row in rows}


def _row(index: int, synset: str, words: str, chosen: dict[str, list[str]]) -> tuple[str, ...]:
    first = words.split(",")[0]
    names = [name or first for name in chosen.get(synset, [""] * len(LANGUAGES))]
    return str(index), synset, words, *names


if __name__ == "__main__":
    main()
