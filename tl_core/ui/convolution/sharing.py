"""What can be taken away: the result as a picture, the kernel as a file."""

import csv
import io
import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from tl_core.convolution.kernels import Kernel
from tl_core.images import encode_png
from tl_core.ui.convolution.scene import Latest
from tl_core.ui.text import t


def show_sharing(latest: Latest) -> None:
    """Draw the downloads; the files are made when somebody clicks."""
    files: list[tuple[str, Callable[[], bytes | str], str, str]] = [
        (t("Kernel (CSV)"), lambda: kernel_csv(latest.scene.kernel), "kernel.csv", "text/csv"),
        (
            t("Kernel (JSON)"),
            lambda: kernel_json(latest.scene.kernel),
            "kernel.json",
            "application/json",
        ),
    ]
    latest.has_button = latest.picture is not None
    if latest.has_button:
        draw = partial(_result_png, latest)
        files.insert(0, (t("Result (PNG)"), draw, "result.png", "image/png"))
    for title, make, name, mime in files:
        st.download_button(title, make, name, mime, icon=":material/download:", on_click="ignore")


def _result_png(latest: Latest) -> bytes:
    assert latest.picture is not None  # once there is one, there always is
    return encode_png(latest.picture())


def kernel_csv(kernel: Kernel) -> str:
    """Return the weights as CSV, a row a line.

    The channels of a colour kernel, and the two kernels of a magnitude, have an empty line between them.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for part in kernel.parts:
        planes = [part] if part.ndim == 2 else [part[..., i] for i in range(part.shape[2])]
        for plane in planes:
            if file.tell():
                file.write("\n")
            writer.writerows(plane.tolist())
    return file.getvalue()


def kernel_json(kernel: Kernel) -> str:
    """Return the kernel's name and weights as JSON."""
    return json.dumps({"name": kernel.name, "weights": [part.tolist() for part in kernel.parts]})
