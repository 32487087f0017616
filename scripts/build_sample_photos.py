"""Rebuild the built-in photos, `tl_core/datasets/assets/photos/*`, from scikit-image's wheel.

    pip download scikit-image==0.26.0 --no-deps
    python -m scripts.build_sample_photos scikit_image-0.26.0-*.whl

Photos become JPEG, at most `LONGEST` pixels a side; a silhouette, which JPEG would smear, becomes PNG.
With the Pillow of `requirements.txt` the files come out identical, byte for byte. Only images whose
authors gave them away are taken: `NOTICE.md` beside them names each one's source and licence.
"""

import argparse
import zipfile
from pathlib import Path

from tl_core import files, images

TARGET = Path(__file__).resolve().parents[1] / "tl_core" / "datasets" / "assets" / "photos"
LONGEST = 640
QUALITY = 90
PHOTOS = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "grass.png",
    "gravel.png",
    "rocket.jpg",
)
SILHOUETTES = ("horse.png",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="scikit_image-*.whl")
    with zipfile.ZipFile(parser.parse_args().wheel) as wheel:
        for source in PHOTOS + SILHOUETTES:
            image = images.load_shrunk(wheel.read(f"skimage/data/{source}"), source, LONGEST)
            if source in SILHOUETTES:
                name, data = f"{Path(source).stem}.png", images.encode_png(image)
            else:
                name, data = f"{Path(source).stem}.jpg", images.encode_jpeg(image, QUALITY)
            files.write_bytes(TARGET / name, data)
            print(f"{name}: {image.shape[1]} x {image.shape[0]}, {len(data) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
