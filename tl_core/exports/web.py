"""The web page that a trained network is taken home in: all that lies around the network itself.

    index.html  page.css  page.js      the page; `tl_core.browser` holds its parts
    words.json                         what it says, in every language
    litert/                            what runs the network in a browser, with its licence
    sw.js  files.json  manifest...     keep the page on a phone, without internet

The network beside them is the one of the format LiteRT, and is checked as that is.
"""

import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tl_core import files
from tl_core.backbones import get_backbone
from tl_core.browser import LITERT, PAGE, litert_files
from tl_core.browser.joining import joined
from tl_core.checks import Json
from tl_core.datasets.catalogue import built_in_classes, get_dataset
from tl_core.errors import LabError
from tl_core.particles import filled
from tl_core.results.metrics import Metrics, TrainedModel, read_metrics, read_model
from tl_core.settings import PROJECT
from tl_core.training import Training
from tl_core.wording import LANGUAGES, N_, catalogue, percent

ICON = PROJECT / "tl_core" / "ui" / "assets" / "icon.png"
COPIED = ("page.css", "sw.js")
LICENCES = ("LICENSE", "NOTICE.md")
LATER = ("network.json",)
"""What the page reads, and is written last."""
_SERVER = N_(
    "A browser loads no network from a folder, so this page needs a web server. In the page's folder, run "
    "python -m http.server, and open http://localhost:8000."
)
_TEXTS = {
    "heading": N_("What is in the photo?"),
    "choose": N_("Choose a photo"),
    "hint": N_("Or drop one here, or paste one."),
    "examples": N_("Or look at one of these:"),
    "example": N_("Example photo {number}"),
    "start": N_("Start the camera"),
    "stop": N_("Stop the camera"),
    "pause": N_("Pause"),
    "resume": N_("Go on"),
    "guess": N_("{name}: {share}"),
    "photo": N_("The picture that the network is asked about"),
    "seen": N_("What the network sees of it: {size} × {size} pixels"),
    "speed": N_("{count} frames per second, {milliseconds} ms each, computed in this browser."),
    "others": N_(
        "The scores always add up to 100 %: a photo of something else gets a class too. "
        "Look for how far the first is ahead of the second."
    ),
    "here": N_("No picture leaves this device. Made with the Transfer Learning Lab."),
    "loading": N_("The network is loading …"),
    "missing": N_(
        "A file of this page did not arrive. Check the connection, and load the page again."
    ),
    "unable": N_("This browser cannot run the network. Open the page in a newer one."),
    "refused": N_("The network is damaged. Unpack the zip again, and copy all of its files."),
    "unreadable": N_(
        "{name} cannot be opened as a picture in this browser. Choose a JPEG, PNG or WebP file."
    ),
    "off": N_("The camera is off. Its picture never leaves this browser."),
    "waiting": N_("The browser asks whether this page may use the camera."),
    "insecure": N_(
        "A browser gives the camera only to pages with an https address, or on the same computer. Open "
        "this page so, or choose a photo instead."
    ),
    "denied": N_(
        "The browser does not let this page use the camera. Allow it in the browser's address bar, then "
        "start again."
    ),
    "absent": N_("No camera was found. Connect one, then start again."),
    "busy": N_(
        "The camera cannot be read: another program may be using it. Close that, then start again."
    ),
    "ended": N_("The camera was switched off or unplugged. Start it again when it is back."),
}


def write_page(run: Training, folder: Path) -> None:
    """Write the page of a run into `folder`, which gets the network, its contract and the photos, too.

    Raises:
        RunNotFound: the run is not trained, or its files are damaged.
    """
    model, metrics = read_model(run), read_metrics(run)
    for name in COPIED:
        shutil.copyfile(PAGE / name, folder / name)
    shutil.copyfile(ICON, folder / ICON.name)
    (folder / "index.html").write_text(_index(), "utf-8")
    (folder / "page.js").write_text(joined(PAGE / "page.js"), "utf-8")
    files.write_json(
        folder / "words.json", {code: words(run, model, metrics, code) for code in LANGUAGES}
    )
    (folder / "litert").mkdir()
    for path in (*litert_files(), *(LITERT / name for name in LICENCES)):
        shutil.copyfile(path, folder / "litert" / path.name)
    (folder / "manifest.webmanifest").write_text(json.dumps(_manifest()), "utf-8")
    paths = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    files.write_json(folder / "files.json", ["./", *sorted(paths | set(LATER))])


def words(run: Training, model: TrainedModel, metrics: Metrics, language: str) -> Json:
    """Return what the page says in one language of `LANGUAGES`, the names of the classes among it."""
    translate = catalogue(language).gettext
    built_in = built_in_classes(run.settings.dataset)
    classes = [translate(name) if name in built_in else name for name in model.class_names]
    texts = {name: translate(text) for name, text in _TEXTS.items()}
    texts |= {
        "trained": _trained(run, metrics, translate),
        "accuracy": _accuracy(metrics, translate),
    }
    return {"name": LANGUAGES[language], "classes": classes, "text": texts}


def _trained(run: Training, metrics: Metrics, translate: Callable[[str], str]) -> str:
    config = run.settings
    spec = get_backbone(config.backbone)
    try:
        title = translate(get_dataset(config.dataset).title)
    except LabError:
        title = translate("deleted dataset")
    values = {"title": title, "backbone": spec.title, "size": config.size}
    if metrics.train is None:
        told = N_("Trained on the dataset {title}, with {backbone} and {size} × {size} pixels.")
        return filled(translate(told), values)
    told = N_(
        "Trained on {n} images of the dataset {title}, with {backbone} and {size} × {size} pixels."
    )
    return filled(translate(told), {"n": metrics.train.n, **values})


def _accuracy(metrics: Metrics, translate: Callable[[str], str]) -> str:
    found = metrics.headline
    low, high = found.interval
    title = translate(N_("Test accuracy") if metrics.test else N_("Validation accuracy"))
    interval = translate(
        N_("{correct} of {n} held-out images right; 95 % interval {low} to {high}.")
    ).format(correct=found.correct, n=found.n, low=percent(low), high=percent(high))
    return f"{title} {percent(found.accuracy)}: {interval}"


def _index() -> str:
    text = (PAGE / "index.html").read_text("utf-8")
    for language in LANGUAGES:
        sentence = html.escape(catalogue(language).gettext(_SERVER))
        text = text.replace(f"{{server_{language}}}", sentence)
    return text


def _manifest() -> Json:
    icon = {"src": ICON.name, "sizes": "64x64", "type": "image/png"}
    return {
        "name": "Transfer Learning Lab",
        "start_url": ".",
        "display": "standalone",
        "icons": [icon],
    }
