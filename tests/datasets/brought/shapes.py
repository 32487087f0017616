"""What many archives have in common: class folders, with or without parts, and what is right for them."""

from tests.datasets.brought.entry import Sides
from tests.datasets.brought.pieces import Files, shots


def parts(first: str, second: str, *names: str, number: str = "{}.jpg") -> Files:
    """Return eight photos of each class in one folder and five in the other."""
    found: Files = {}
    for place, name in enumerate(names):
        found |= shots(f"{first}/{name}/{number}", 8, 100 * place)
        found |= shots(f"{second}/{name}/{number}", 5, 100 * place + 50)
    return found


def divided(first: str, second: str, part: str, *names: str) -> Sides:
    return {
        name: {"train": (8, f"*{first}/{name}/*"), part: (5, f"*{second}/{name}/*")}
        for name in names
    }


def flat(folder: str, count: int, *names: str) -> Files:
    """Return as many photos of each class in a folder of its name."""
    found: Files = {}
    for place, name in enumerate(names):
        found |= shots(f"{folder}{name}/{{}}.jpg", count, 100 * place)
    return found


def undivided(count: int, **patterns: str) -> Sides:
    return {name: {"": (count, pattern)} for name, pattern in patterns.items()}


def learned(count: int, **patterns: str) -> Sides:
    return {name: {"train": (count, pattern)} for name, pattern in patterns.items()}
