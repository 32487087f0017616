"""Where the files of a dataset wait before their import: one folder for each visitor who brings some.

    staging/<token>/classes.json        the names of the classes, in the order of their making
                    people.json         who began it; whoever knows the token may add, and only they change
                    <class>/<number>-<digest>      one file each, see `staged`

The web process writes each file as it arrives and forgets it, so a refresh loses nothing; ``import-files``
reads them. All is hostile: names are only ever content, sizes are limited here, images checked at the import.
"""

import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tl_core import files, settings
from tl_core.datasets.bringing import checks
from tl_core.datasets.bringing.entries import Placed, check_size
from tl_core.datasets.bringing.importer import check_free_space
from tl_core.datasets.bringing.staged import (
    Listing,
    read_staged,
    staged,
    staged_entry,
    write_staged,
)
from tl_core.datasets.bringing.waiting import make_room, staging_dir
from tl_core.datasets.dataset import PARTS
from tl_core.errors import DatasetRefused, ImageRefused, NotAllowed, SettingInvalid
from tl_core.people import NOBODY, Person, ownership
from tl_core.wording import clean_text

TOKEN_BYTES = 16
CLASSES = "classes.json"
LONGEST_FILE_NAME = 200

_naming = threading.Lock()


@dataclass(frozen=True)
class Staging:
    """The waiting files of one visitor.

    Args:
        token: 32 hex digits from `new_token`; whoever knows it can see the files and add some.

    Raises:
        SettingInvalid: `token` is not of that form.

    Example:
        staging = Staging(new_token())
        number = staging.add("cats", "IMG_1.jpg", data)
    """

    token: str

    def __post_init__(self) -> None:
        if not re.fullmatch(rf"[0-9a-f]{{{2 * TOKEN_BYTES}}}", self.token):
            raise SettingInvalid(
                "This link names no collection of photos. Open the page without it to begin a new one."
            )

    @property
    def folder(self) -> Path:
        """Where the files are; it may not exist yet."""
        return staging_dir() / self.token

    def classes(self) -> tuple[str, ...]:
        """Return the names of the classes, in the order of their making; also those without files."""
        return tuple(self._names().values())

    def counts(self) -> dict[str, int]:
        """Return how many files wait in each class."""
        return {
            name: sum(1 for _ in staged(self.folder / key)) for key, name in self._names().items()
        }

    def numbers(self, class_name: str) -> tuple[int, ...]:
        """Return the numbers of a class's files, in the order of their arrival; they never change.

        Raises:
            DatasetRefused: there is no such class.
        """
        return tuple(number for number, _ in sorted(staged(self._class_folder(class_name))))

    def add_class(self, class_name: str) -> str:
        """Make a class without files, unless it is there; returns its name as it is kept.

        Raises:
            DatasetRefused: the name is empty or too long, or there are too many classes.
        """
        clean = checks.clean_class_name(class_name)
        with _naming:
            names = self._names()
            for name in names.values():
                if name.casefold() == clean.casefold():
                    return name
            limit = settings.current().max_classes
            if len(names) >= limit:
                raise DatasetRefused(
                    "There are {limit} classes already, which is the limit. Put the photos into one of them.",
                    limit=limit,
                )
            self._write_names({**names, secrets.token_hex(8): clean})
        return clean

    def begin(self, by: Person) -> None:
        """Let somebody own this, unless something waits here already."""
        if not self.folder.exists():
            with files.new_folder(self.folder) as folder:
                ownership.join(folder, by.id)

    def refusal(self, by: Person) -> NotAllowed | None:
        """Return why somebody may not do what only its owner and the teacher may; None if they may."""
        if not self.folder.exists():
            return None
        return ownership.refusal(self.folder, by, ownership.DRAFT)

    def check_owner(self, by: Person) -> None:
        """Raise what `refusal` returns."""
        if refused := self.refusal(by):
            raise refused

    def rename_class(self, old: str, new: str, by: Person = NOBODY) -> str:
        """Give a class another name; returns it as it is kept.

        Raises:
            DatasetRefused: there is no class `old`, another is called `new`, or `new` cannot be a name.
            NotAllowed: somebody else has begun this.
        """
        self.check_owner(by)
        clean = checks.clean_class_name(new)
        with _naming:
            key = self._class_folder(old).name
            names = self._names()
            for other, name in names.items():
                if other != key and name.casefold() == clean.casefold():
                    raise DatasetRefused(
                        "There is a class {name} already. Choose another name.", name=name
                    )
            self._write_names({**names, key: clean})
        return clean

    def remove_class(self, class_name: str, by: Person = NOBODY) -> None:
        """Remove a class and its files; nothing happens if it is not there.

        Raises:
            NotAllowed: somebody else has begun this.
        """
        self.check_owner(by)
        with _naming:
            names = self._names()
            gone = [key for key, name in names.items() if name == class_name]
            if gone:
                self._write_names({key: name for key, name in names.items() if key not in gone})
        for key in gone:
            shutil.rmtree(self.folder / key, ignore_errors=True)

    def listing(self) -> Listing:
        """Return what waits in all classes, for `add`."""
        return Listing.of(self.folder / key for key in self._names())

    def add(
        self,
        class_name: str,
        file_name: str,
        data: bytes,
        part: str = "",
        *,
        listing: Listing | None = None,
    ) -> int:
        """Keep a file, and make its class if needed; the same bytes again keep their number.

        Args:
            class_name: any text; cleaned, and one class for all spellings that differ in case only.
            file_name: as its owner knows it; only ever shown.
            data: the whole file; not looked at before the import.
            part: ``train``, ``validation``, ``test`` or, by default, empty.
            listing: what waits already, one for many files; by default the disk is asked.

        Raises:
            ImageRefused: the file is empty or too large.
            DatasetRefused: the name cannot be one, or a limit of the dataset is reached.
            DiskUnusable: the disk is full, read-only, gone, or fails.
        """
        shown = clean_text(file_name)[-LONGEST_FILE_NAME:]
        check_size(len(data), shown)
        if not data:
            raise ImageRefused(
                "{name} is empty. Copy it again, or choose another file.", name=shown
            )
        if part not in PARTS:
            raise SettingInvalid(
                "The part of an image must be one of {valid}, received {value}.",
                valid=", ".join(PARTS[1:]),
                value=part[:40],
            )
        folder = self._class_folder(self.add_class(class_name))
        digest = sha256(data).hexdigest()[:32]
        waiting = self.listing() if listing is None else listing
        if (number := waiting.numbers.get((folder, digest))) is not None:
            return number
        self._check_room(waiting, len(data))
        number = write_staged(folder, digest, shown, part, data)
        os.utime(self.folder)
        waiting.numbers[folder, digest] = number
        waiting.size += len(data)
        return number

    def read(self, class_name: str, number: int) -> tuple[str, bytes]:
        """Return the name and the bytes of a file.

        Raises:
            DatasetRefused: there is no such file.
        """
        for found, path in staged(self._class_folder(class_name)):
            if found == number:
                return read_staged(path)
        raise DatasetRefused("This photo is no longer here; it was removed. Choose another one.")

    def remove(self, class_name: str, number: int, by: Person = NOBODY) -> None:
        """Remove a file; nothing happens if it is not there.

        Raises:
            NotAllowed: somebody else has begun this.
        """
        self.check_owner(by)
        with suppress(DatasetRefused):
            self.remove_all({self._class_folder(class_name).name: [number]})

    def waiting(self) -> dict[str, list[int]]:
        """Return the numbers of all files by their class's folder, which stays when its name changes."""
        return {key: [number for number, _ in staged(self.folder / key)] for key in self._names()}

    def remove_all(self, numbers: Mapping[str, Iterable[int]]) -> None:
        """Remove files for the lab, named as `waiting` does; some may be gone already."""
        for key in self._names():
            unwanted = set(numbers.get(key, ()))
            for number, path in staged(self.folder / key):
                if number in unwanted:
                    path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def digest(self) -> str:
        """Return 64 hex digits that differ when other files wait; tells one import from the next."""
        return files.sha256_of_json(
            {
                name: sorted(path.name.partition("-")[2] for _, path in staged(self.folder / key))
                for key, name in self._names().items()
            }
        )

    def placed(self) -> list[Placed]:
        """Return the files for the importer; their bytes are read one at a time."""
        found = []
        for key, class_name in self._names().items():
            for _, path in sorted(staged(self.folder / key)):
                with suppress(FileNotFoundError):  # removed in another tab
                    found.append(staged_entry(path, class_name))
        return found

    def _names(self) -> dict[str, str]:
        """Return the name of each class by its folder, in the order of their making."""
        try:
            return dict(files.read_json(self.folder / CLASSES))
        except FileNotFoundError:
            return {}

    def _write_names(self, names: dict[str, str]) -> None:
        files.write_json(self.folder / CLASSES, names)

    def _class_folder(self, class_name: str) -> Path:
        for key, name in self._names().items():
            if name == class_name:
                return self.folder / key
        raise DatasetRefused(
            "There is no class {name} among the collected photos; it may have been removed. Add it again.",
            name=clean_text(class_name)[: checks.LONGEST_CLASS_NAME],
        )

    def _check_room(self, waiting: Listing, size: int) -> None:
        """Refuse `size` more bytes where they would go over a limit of a dataset, or fill the disk."""
        checks.check_file_count(len(waiting.numbers) + 1)
        checks.check_total_size(waiting.size + size)
        check_free_space(self.folder, size)
        make_room(size)


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_hex(TOKEN_BYTES)
