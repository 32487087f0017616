"""Measure every block of every backbone with Keras: python scripts/update_block_table.py.

Writes tl_core/backbones/block_table.json. Needs no weights; takes about a minute.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tl_core import files
from tl_core.backbones import list_backbones
from tl_core.backbones.block_table import TABLE
from tl_core.models.networks.blocks import measure_blocks


def main() -> None:
    lines = []
    for spec in list_backbones(untrained=True):
        facts = [json.dumps(asdict(block)) for block in measure_blocks(spec)]
        lines.append(f' "{spec.name}": [\n  ' + ",\n  ".join(facts) + "\n ]")
        print(f"{spec.name}: {len(facts)} blocks")
    files.write_bytes(TABLE, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


if __name__ == "__main__":
    main()
