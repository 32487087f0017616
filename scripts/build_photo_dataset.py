"""Rebuild the built-in dataset of photos, `tl_core/datasets/assets/real_photos/CLASS/NAME.webp`, from Debian.

    apt-get download gcompris-qt-data=3.1-2
    dpkg-deb -x gcompris-qt-data_3.1-2_all.deb unpacked
    python -m scripts.build_photo_dataset unpacked

The package holds photos that their authors gave away, in Qt's resource files; a README beside them in each
says whose they are. The files read are checked by their SHA-256. Photos of at most `LONGEST` pixels a side
are taken as they are, the others are shrunk. `NOTICE.md`, with the author, the source and the licence of
every photo, and the index, `dataset.json`, are written too. With the Pillow of `requirements.txt` all files
come out identical, byte for byte.
"""

import argparse
import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tl_core import files, images
from tl_core.datasets.bringing.importer import index_built_in
from tl_core.datasets.catalogue import BUILT_IN
from tl_core.datasets.index import write_index

TARGET = Path(__file__).resolve().parents[1] / "tl_core" / "datasets" / "assets" / "real_photos"
LONGEST = 320
"""Pixels; more than the usual input sizes, and enough to be looked at."""
QUALITY = 82
RESOURCES = {
    "categorization": "984852ac8377a224c94e26a5bc8a13d0a589612030902c6d76c14509fef3c984",
    "erase": "0c92974491a4a4e90bebe79156720122adaf084b2e2fcc4513ce6907c3e14d6b",
    "explore_farm_animals": "1d17b5eb6c72b3a26aa37d6767fbeaf5a943064602c82b2d9c21ba006f748ba8",
    "explore_monuments": "337878371e443f7401d4fe4798c88dde44569953bf5fa8f2738d45be4ec59ab1",
    "explore_world_animals": "85599f387a1f0da48d8e9e4502e6ef1ba9e826391bc4d6feb3b1f614d2d0ebdd",
}
"""SHA-256 of the resource files that are read."""
LICENCES = {
    "Public domain": "public domain",
    "Public Domain": "public domain",
    "CC0-1.0": "CC0 1.0",
    "CC-BY-2.0": "CC BY 2.0",
    "CC-BY-3.0": "CC BY 3.0",
    "CC-BY-SA-4.0": "CC BY-SA 4.0",
    "CC-BY-SA 4.0": "CC BY-SA 4.0",
}
"""What may be taken, as the package spells it and as the notice does."""
MISSPELT = {"screDriver": "screwDriver", "audaPalatina": "aulaPalatina"}
"""Names in the READMEs of files that are called otherwise."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Photos of one class that lie in one folder of a resource file.

    Args:
        resource: name of the resource file.
        folder: in the resources of that activity.
        names: of the photos, without their suffix.
        wide: whether they are as wide as a screen: training squashes whole photos, and would make these thin,
            so what is beyond 4:3 is cut off at both sides.
    """

    resource: str
    folder: str
    names: str
    wide: bool = False

    def path(self, name: str) -> str:
        """Return where a photo is in the resource file; without a name, its folder."""
        return f"/gcompris/src/activities/{self.resource}/resource/{self.folder}{name}"


CLASSES = {
    "animals": (
        Source(
            resource="erase",
            folder="",
            names="alpaca bee butterfly calf camels caterpillar chamaeleon cheetah crab dolphin flying_fox "
            "gibbon giraffe goat gorilla gosling heron horse kingfisher kitten long_nosed_monkey macaque "
            "meerkats northern_harrier nubian_ibex penguin pika red_panda rhinoceros spoonbills squirrel "
            "swans toucan",
            wide=True,
        ),
        Source(
            resource="explore_farm_animals",
            folder="animals/",
            names="cat chicken cow dog duck horse owl pig sheep",
        ),
        Source(
            resource="explore_world_animals",
            folder="animals/",
            names="bison chameleon crocodile dragon giraffe hedgehog jaguar kangaroo koala lemur moose "
            "narwhal panda polar_bear scarlet_macaw",
        ),
        Source(
            # Of a kind one, and of kinds that look alike few.
            resource="categorization",
            folder="images/fishes/",
            names="fish1 fish3 fish4 fish5 fish6 fish8 fish9 fish10 fish11 fish18 fish19 fish21 fish24 "
            "fish25 fish27 fish28",
        ),
    ),
    "buildings": (
        # One photo of each building: a second one would be learned and judged with. No statues.
        Source(
            resource="categorization",
            folder="images/monuments/",
            names="arcDeTriomphe brandenburgGate cathedral colosseum eiffelTower empireState greatPyramid "
            "IndiaGate kutubMinar leaningTowerOfPisa monument1 monument2 monument3 operaHouse parthenon "
            "tajMahal usCapitol zimniPalace",
        ),
        Source(
            resource="explore_monuments",
            folder="",
            names="egypt/bentPyramid egypt/meidumPyramid egypt/redPyramid france/arlesAmphitheater "
            "france/chateaudeChambord france/chateaudeChenonceau france/citedeCarcassonne "
            "france/montStMichel france/palaisdesPapes france/reimsCathedral germany/aulaPalatina "
            "germany/berlinCathedral germany/neuschwansteinCastle germany/schwerinPalace "
            "germany/trierImperialBaths germany/wormsCathedral india/charminar india/gatewayofIndia "
            "india/goldenTemple india/greatStupa india/hawaMahal india/konarkSunTemple "
            "india/mysorePalace india/rangGhar india/victoriaMemorial usa/fortSumter "
            "usa/georgeWashingtonBirthplace usa/lincolnMemorial wonders/chichenItza wonders/petra",
        ),
    ),
    "things": (
        # Of hammers, tapes and their like a few, so that none of them is most of the class.
        Source(
            resource="categorization",
            folder="images/tools/",
            names="cuttingTool hammer1 hammer2 hammer3 hammer5 hammer7 hammer8 measuringTape1 measuringTape3 "
            "measuringTape5 multimeter1 multimeter2 nailCutter plier1 plier2 plier3 scissors1 scissors2 "
            "scissors3 scissors4 screwDriver screwDriver1 screwDriver2 sickle sideCutter1 spray tweezer "
            "wrench",
        ),
        Source(
            resource="categorization",
            folder="images/others/",
            names="baseball blackslate bucket buffetset bulb chair cup erasers knife pan pencil pillow "
            "plate spoons volleyball weighingMachine",
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Whose a photo is, where it came from, under which licence, and what the package's makers changed."""

    author: str
    source: str
    licence: str
    changes: str


def read_resources(unpacked: Path, name: str) -> dict[str, bytes]:
    """Return the files in a Qt resource file of the package, by path in it.

    Raises:
        SystemExit: the file is not the one that the dataset was made from.
    """
    (path,) = unpacked.rglob(f"{name}.rcc")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != RESOURCES[name]:
        raise SystemExit(f"{path} is another version: expected SHA-256 {RESOURCES[name]}")
    return dict(unpack(data))


def unpack(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file in a Qt resource file of version 3 (Qt's `rcc`, `RCCFileInfo`)."""
    _, version, tree, contents, names = struct.unpack_from(">4s4I", data)
    assert version == 3

    def walk(node: int, prefix: str) -> Iterator[tuple[str, bytes]]:
        at = tree + 22 * node
        _, flags, first, second = struct.unpack_from(">IHII", data, at)
        if flags & 2:  # a folder: how many it holds, and the first of them
            for child in range(second, second + first):
                (label,) = struct.unpack_from(">I", data, tree + 22 * child)
                (length,) = struct.unpack_from(">H", data, names + label)
                start = names + label + 6
                title = data[start : start + 2 * length].decode("utf-16-be")
                yield from walk(child, f"{prefix}/{title}")
        else:  # a file: its language, and where it lies
            start = contents + second
            (length,) = struct.unpack_from(">I", data, start)
            content = data[start + 4 : start + 4 + length]
            # zlib has the length of what comes out in front
            yield prefix, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, "")


def read_credits(readme: str) -> dict[str, Credit]:
    """Return what a README says of each photo, by the photo's path without its suffix."""
    found = {}
    for block in re.split(r"\n\s*\n", readme):
        fields = dict(
            re.findall(r"^(Copyright|Source|License|Comments): *(.+)$", block, re.MULTILINE)
        )
        for name in re.findall(r"^(?:Files: *)?(\S+)\.webp$", block, re.MULTILINE):
            folder, _, stem = name.rpartition("/")
            stem = MISSPELT.get(stem, stem)
            found[f"{folder}/{stem}" if folder else stem] = Credit(
                author=fields["Copyright"].removeprefix("© ").strip(),
                source=fields["Source"],
                licence=LICENCES[fields["License"]],
                changes=fields.get("Comments", ""),
            )
    return found


def file_name(name: str, taken: dict[str, bytes]) -> str:
    """Return a photo's file name here: plain, small letters, and not among those `taken`."""
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition("/")[2]).lower()
    while f"{stem}.webp" in taken:
        stem += "_2"
    return f"{stem}.webp"


def small(data: bytes, name: str, wide: bool) -> bytes:
    """Return a photo as it is, or made as small as needed; a `wide` one without its sides."""
    with images.opened(data, name) as photo:
        image = photo.rgb()
    height, width = image.shape[:2]
    if max(height, width) <= LONGEST:
        return data
    if wide:
        left = max(0, width - height * 4 // 3) // 2
        image = image[:, left : width - left]
    return images.encode_webp(images.shrink(image, LONGEST), QUALITY)


def build(unpacked: Path, group: str) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of one class by name, and a line of the notice for each."""
    members: dict[str, bytes] = {}
    rows = []
    for source in CLASSES[group]:
        resources = read_resources(unpacked, source.resource)
        known = read_credits(resources[source.path("README")].decode())
        for name in source.names.split():
            file, credit = file_name(name, members), known[name]
            members[file] = small(resources[source.path(f"{name}.webp")], name, source.wide)
            cells = (credit.author, f"<{credit.source}>", credit.changes, credit.licence)
            rows.append(" | ".join((f"| `{group}/{file}`", *cells)) + " |")
    return members, rows


NOTICE = """\
# Real photos: author, source and licence of each

{total} photos in four folders, one a class: {counts}.

All come from Debian's package `gcompris-qt-data` 3.1-2, the pictures of GCompris, whose makers chose them
and say in a README beside each whose they are; what follows is what they say. Photos that were larger were
shrunk to {longest} pixels on their longer side and saved as WebP, without metadata; those as wide as a screen
lost their sides first, beyond 4:3. The others are as they were in the package. What GCompris' makers had
changed before is in the column "changed". Each photo stays under its own licence, also as it was changed
here: one under CC BY-SA may be passed on, changed or not, under that licence.
`scripts/build_photo_dataset.py` does all of this again from the package.

| file | author | source | changed | licence |
|---|---|---|---|---|
{rows}

The licences: [CC0 1.0](https://creativecommons.org/publicdomain/zero/1.0/),
[CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), [CC BY 3.0](https://creativecommons.org/licenses/by/3.0/),
[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unpacked", type=Path, help="folder that gcompris-qt-data was unpacked to")
    unpacked = parser.parse_args().unpacked
    counts, notice = {}, []
    for group in CLASSES:
        members, rows = build(unpacked, group)
        for old in (TARGET / group).glob("*.webp"):
            old.unlink()
        for name, data in members.items():
            files.write_bytes(TARGET / group / name, data)
        notice += rows
        counts[group] = len(members)
        print(f"{group}: {len(members)} photos, {sum(map(len, members.values())) / 1e6:.2f} MB")
    text = NOTICE.format(
        total=sum(counts.values()),
        counts=", ".join(f"`{group}` ({count})" for group, count in counts.items()),
        longest=LONGEST,
        rows="\n".join(notice),
    )
    files.write_bytes(TARGET / "NOTICE.md", text.encode())
    photos = next(one for one in BUILT_IN if one.id == TARGET.name)
    write_index(index_built_in(photos, lambda done, total, message: None))


if __name__ == "__main__":
    main()
