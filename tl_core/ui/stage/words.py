"""Every word that the stage shows; the browser fills the placeholders itself."""

from collections.abc import Callable, Mapping

from tl_core.ui.text import t


def words_of(mode: str) -> Mapping[str, str]:
    """Return the words of a stage by their names in its JavaScript.

    Args:
        mode: ``convolve``, ``transpose``, or for pooling ``max`` or ``average``.
    """
    return _words() | CHANGED.get(mode, dict)()


def _words() -> dict[str, str]:
    return {
        "input": t("Input"),
        "kernel": t("Kernel"),
        "turned": t("Turned kernel"),
        "result": t("Result"),
        "patch": t("Patch, enlarged"),
        "patchName": t("The {height} × {width} pixels under the kernel at this position, enlarged"),
        "size": t("{height} × {width}"),
        "padded": t("padded {height} × {width}"),
        "red": t("Red"),
        "green": t("Green"),
        "blue": t("Blue"),
        "part": t("Kernel {number}"),
        "padding": t("Padding"),
        "dropped": t("Dropped by the stride"),
        "inputName": t("Input, {height} × {width} pixels, with the patch under the kernel framed"),
        "kernelName": t("Kernel of {height} × {width} weights"),
        "resultName": t(
            "Result, {height} × {width}. Arrow keys move the position, Home and End go to the first and the "
            "last, Enter pins it, Escape lets it go."
        ),
        "productsName": t("Every pixel times its weight at this position"),
        "position": t(
            "Result [{row}, {column}] = {value}. Patch: rows {top} to {bottom}, columns {left} to {right}."
        ),
        "inPadding": t("{count} of {all} are padding."),
        "pinned": t("Pinned."),
        "pixel": t("Input [{row}, {column}] = {value}: {count} products use it."),
        "copies": t("Copies of it in the padding count too."),
        "paddingPixel": t("Padding [{row}, {column}] = {value}: {count} products use it."),
        "weight": t("Weight [{row}, {column}]: {equation}. Marked: every pixel that it meets."),
        "sum": t("Sum of {count} products"),
        "bias": t("bias {value}"),
        "play": t("Play"),
        "pause": t("Pause"),
        "step": t("One step"),
        "speed": t("Speed"),
        "perSecond": t("{count} per second"),
        "scrub": t("Position"),
        "larger": t("Larger cells"),
        "hint": t(
            "Point at the result, the input or the kernel. A click pins the position; the arrow keys move it."
        ),
    }


def _words_of_pooling() -> dict[str, str]:
    return {
        "kernel": t("Its window"),
        "patch": t("Window, enlarged"),
        "patchName": t("The {height} × {width} pixels in the window at this position, enlarged"),
        "inputName": t("Input, {height} × {width} pixels, with the window framed"),
        "kernelName": t("Window of {height} × {width} pixels"),
        "productsName": t("Every pixel in the window at this position"),
        "position": t(
            "Result [{row}, {column}] = {value}. Window: rows {top} to {bottom}, columns {left} to {right}."
        ),
        "inPadding": t("{count} of {all} are padding and do not count."),
        "pixel": t("Input [{row}, {column}] = {value}: {count} windows see it."),
        "paddingPixel": t("Padding [{row}, {column}]: it does not count."),
        "weight": t("Place [{row}, {column}] in the window: {equation}."),
        "most": t("Largest of {count} pixels"),
        "mean": t("Sum of {count} pixels / {count}"),
        "hint": t(
            "Point at the result, the input or the window. A click pins the position; the arrow keys move it."
        ),
    }


def _words_of_stamps() -> dict[str, str]:
    return {
        "inputName": t("Input, {height} × {width} pixels, with those framed that reach the result"),
        "patch": t("Pixels, enlarged"),
        "patchName": t(
            "For each of {height} × {width} weights the pixel that stamps it here, enlarged"
        ),
        "position": t(
            "Result [{row}, {column}] = {value}. Stamps that reach it: {count}, of the input's rows {top} "
            "to {bottom}, columns {left} to {right}."
        ),
        "nothing": t("Result [{row}, {column}] = 0. No stamp reaches it: the stride leaves gaps."),
        "pixel": t(
            "Input [{row}, {column}] = {value}. Its stamp covers {count} pixels of the result."
        ),
        "stamp": t("Stamp of input [{row}, {column}]: {value} × every weight"),
        "weight": t("Weight [{row}, {column}]: {equation}. Marked: every pixel that stamps it."),
        "unmet": t("Weight [{row}, {column}]: no pixel puts it on this place of the result."),
        "sum": t("Sum of the stamps here ({count})"),
        "hint": t(
            "Point at the input to see its stamp, or at the result to see which stamps add up there. A "
            "click pins the position; the arrow keys move it."
        ),
    }


CHANGED: dict[str, Callable[[], dict[str, str]]] = {
    "max": _words_of_pooling,
    "average": _words_of_pooling,
    "transpose": _words_of_stamps,
}
"""What differs from a convolution."""
