"""Backbones of keras.applications: names, minimum sizes, hashes and files as in Keras' own sources.

The tests build every network and compare. Official files are read only after their hash is checked; the
arrays of VGG16 are known by a digest of their own, whatever file they are in.
"""

from typing import Any

from tl_core.backbones.spec import BackboneSpec, Block, Preprocessing, WeightsFile
from tl_core.backbones.vgg16_weights import VGG16_ARRAYS_SHA256, VGG16_IN_A_WHEEL
from tl_core.convolution.geometry import Geometry
from tl_core.wording import N_

OFFICIAL = "https://storage.googleapis.com/tensorflow/keras-applications/"

# Keras calls these modes "caffe", "tf" and "torch": keras/src/applications/imagenet_utils.py.
MEAN_BGR = Preprocessing(channel_order="bgr", mean=(103.939, 116.779, 123.68))
MINUS_ONE_TO_ONE = Preprocessing(mean=(127.5, 127.5, 127.5), scale=(127.5, 127.5, 127.5))
IMAGENET_RGB = Preprocessing(mean=(123.675, 116.28, 103.53), scale=(58.395, 57.12, 57.375))
BUILT_IN = Preprocessing()

HALVE = Geometry(kernel=(2, 2), stride=(2, 2))
VALID_3 = Geometry(kernel=(3, 3))
VALID_3_BY_2 = Geometry(kernel=(3, 3), stride=(2, 2))
SAME_3_BY_2 = Geometry(kernel=(3, 3), stride=(2, 2), padding="same")

RESNET_STEM = (
    Geometry(kernel=(7, 7), stride=(2, 2), padding=3),
    Geometry(kernel=(3, 3), stride=(2, 2), padding=1),
)
INCEPTION_STEM = (VALID_3_BY_2, VALID_3, VALID_3_BY_2, VALID_3, VALID_3_BY_2)


def _block(name: str, last_layer: str = "{}") -> Block:
    """Return a block; ``{}`` in `last_layer` stands for its name."""
    return Block(name=name, last_layer=last_layer.format(name))


def _numbered(name: str, last_layer: str, first: int, last: int) -> tuple[Block, ...]:
    return tuple(_block(f"{name}{i}", last_layer) for i in range(first, last + 1))


RESNET_BLOCKS = (
    _block("stem", "pool1_pool"),
    *_numbered("conv2_block", "{}_out", 1, 3),
    *_numbered("conv3_block", "{}_out", 1, 4),
    *_numbered("conv4_block", "{}_out", 1, 6),
    *_numbered("conv5_block", "{}_out", 1, 3),
)


def _official(folder: str, file: str, size_bytes: int, md5: str, **more: Any) -> WeightsFile:
    url = f"{OFFICIAL}{folder}/{file}"
    return WeightsFile(file=file, size_bytes=size_bytes, md5=md5, url=url, **more)


KERAS_APPLICATIONS = (
    BackboneSpec(
        name="vgg16",
        title="VGG16",
        description=N_("The textbook network: 3 × 3 convolutions in a row, slow on a CPU."),
        bfloat16=True,
        application="VGG16",
        default_size=150,
        preprocessing=MEAN_BGR,
        channels=512,
        parameters=14_714_688,
        steps=(HALVE,) * 5,
        blocks=_numbered("block", "{}_pool", 1, 5),
        weights=_official(
            "vgg16",
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            58_889_256,
            "6d6bbae143d832006294945121d1f1fc",
            arrays_sha256=VGG16_ARRAYS_SHA256,
            instead=VGG16_IN_A_WHEEL,
        ),
        licence="CC BY 4.0, Visual Geometry Group, Oxford",
    ),
    BackboneSpec(
        name="vgg19",
        title="VGG19",
        description=N_("VGG16 with three more convolutions."),
        application="VGG19",
        default_size=150,
        preprocessing=MEAN_BGR,
        channels=512,
        parameters=20_024_384,
        steps=(HALVE,) * 5,
        blocks=_numbered("block", "{}_pool", 1, 5),
        weights=_official(
            "vgg19",
            "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
            80_134_624,
            "253f8cb515780f3b799900260a226db6",
        ),
        licence="CC BY 4.0, Visual Geometry Group, Oxford",
    ),
    BackboneSpec(
        name="resnet50",
        title="ResNet50",
        description=N_("Shortcuts past every block let a network be 50 layers deep."),
        application="ResNet50",
        preprocessing=MEAN_BGR,
        channels=2048,
        parameters=23_587_712,
        steps=(*RESNET_STEM, *(Geometry(kernel=(1, 1), stride=(2, 2)),) * 3),
        blocks=RESNET_BLOCKS,
        weights=_official(
            "resnet",
            "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            94_765_736,
            "4d473c1dd8becc155b73f8504c6f6626",
        ),
        licence="MIT, Kaiming He",
    ),
    BackboneSpec(
        name="resnet50v2",
        title="ResNet50V2",
        description=N_("ResNet50 with normalisation before each convolution."),
        application="ResNet50V2",
        preprocessing=MINUS_ONE_TO_ONE,
        channels=2048,
        parameters=23_564_800,
        steps=(*RESNET_STEM, *(Geometry(kernel=(3, 3), stride=(2, 2), padding=1),) * 3),
        blocks=(*RESNET_BLOCKS, _block("top", "post_relu")),
        weights=_official(
            "resnet",
            "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
            94_668_760,
            "fac2f116257151a9d068a22e544a4917",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="inceptionv3",
        title="InceptionV3",
        description=N_("Kernels of several sizes side by side in every block."),
        application="InceptionV3",
        min_size=75,
        preprocessing=MINUS_ONE_TO_ONE,
        channels=2048,
        parameters=21_802_784,
        steps=(*INCEPTION_STEM, VALID_3_BY_2, VALID_3_BY_2),
        blocks=(_block("stem", "max_pooling2d_1"), *_numbered("mixed", "{}", 0, 10)),
        weights=_official(
            "inception_v3",
            "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
            87_910_968,
            "bcbd6486424b2319ff4ef7d526e38f63",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="inceptionresnetv2",
        title="InceptionResNetV2",
        description=N_("Inception blocks with shortcuts; the largest of these."),
        application="InceptionResNetV2",
        min_size=75,
        preprocessing=MINUS_ONE_TO_ONE,
        channels=1536,
        parameters=54_336_736,
        steps=(*INCEPTION_STEM, VALID_3_BY_2, VALID_3_BY_2),
        blocks=(
            _block("stem", "max_pooling2d_1"),
            _block("mixed_5b"),
            *_numbered("block35_", "{}_ac", 1, 10),
            _block("mixed_6a"),
            *_numbered("block17_", "{}_ac", 1, 20),
            _block("mixed_7a"),
            *_numbered("block8_", "{}_ac", 1, 9),
            _block("block8_10", "custom_scale_layer_39"),
            _block("top", "conv_7b_ac"),
        ),
        weights=_official(
            "inception_resnet_v2",
            "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
            219_055_592,
            "d19885ff4a710c122648d3b5c3b684e4",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="xception",
        title="Xception",
        description=N_("Nearly every convolution split into a depthwise and a pointwise one."),
        application="Xception",
        min_size=71,
        preprocessing=MINUS_ONE_TO_ONE,
        channels=2048,
        parameters=20_861_480,
        steps=(VALID_3_BY_2, VALID_3, *(SAME_3_BY_2,) * 4),
        blocks=(
            _block("block1", "block1_conv2_act"),
            _block("block2", "add"),
            *(_block(f"block{i}", f"add_{i - 2}") for i in range(3, 14)),
            _block("block14", "block14_sepconv2_act"),
        ),
        weights=_official(
            "xception",
            "xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
            83_683_744,
            "b0042744bf5b25fce3cb969f33bebb97",
        ),
        licence="MIT, François Chollet",
    ),
    BackboneSpec(
        name="mobilenetv2",
        title="MobileNetV2",
        description=N_("Made for phones: inverted residual blocks of depthwise convolutions."),
        application="MobileNetV2",
        preprocessing=MINUS_ONE_TO_ONE,
        channels=1280,
        parameters=2_257_984,
        steps=(SAME_3_BY_2,) * 5,
        blocks=(
            _block("stem", "Conv1_relu"),
            _block("block_0", "expanded_conv_project_BN"),
            _block("block_1", "{}_project_BN"),
            _block("block_2", "{}_add"),
            _block("block_3", "{}_project_BN"),
            *_numbered("block_", "{}_add", 4, 5),
            _block("block_6", "{}_project_BN"),
            *_numbered("block_", "{}_add", 7, 9),
            _block("block_10", "{}_project_BN"),
            *_numbered("block_", "{}_add", 11, 12),
            _block("block_13", "{}_project_BN"),
            *_numbered("block_", "{}_add", 14, 15),
            _block("block_16", "{}_project_BN"),
            _block("top", "out_relu"),
        ),
        weights=_official(
            "mobilenet_v2",
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            9_406_464,
            "",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="efficientnetv2b0",
        title="EfficientNetV2B0",
        description=N_(
            "Fused blocks first, squeeze-and-excite later; more accurate than Lite0 on ImageNet."
        ),
        application="EfficientNetV2B0",
        preprocessing=BUILT_IN,
        channels=1280,
        parameters=5_919_312,
        steps=(SAME_3_BY_2,) * 5,
        blocks=(
            _block("stem", "stem_activation"),
            _block("block1a", "{}_project_activation"),
            _block("block2a", "{}_project_bn"),
            _block("block2b", "{}_add"),
            _block("block3a", "{}_project_bn"),
            _block("block3b", "{}_add"),
            _block("block4a", "{}_project_bn"),
            *(_block(f"block4{letter}", "{}_add") for letter in "bc"),
            _block("block5a", "{}_project_bn"),
            *(_block(f"block5{letter}", "{}_add") for letter in "bcde"),
            _block("block6a", "{}_project_bn"),
            *(_block(f"block6{letter}", "{}_add") for letter in "bcdefgh"),
            _block("top", "top_activation"),
        ),
        weights=_official(
            "efficientnet_v2",
            "efficientnetv2-b0_notop.h5",
            24_274_472,
            "893217f2bb855e2983157299931e43ff",
        ),
        licence="Apache-2.0",
    ),
    BackboneSpec(
        name="densenet121",
        title="DenseNet121",
        description=N_("Every layer sees the outputs of all layers before it in its block."),
        application="DenseNet121",
        preprocessing=IMAGENET_RGB,
        channels=1024,
        parameters=7_037_504,
        steps=(*RESNET_STEM, HALVE, HALVE, HALVE),
        blocks=(
            _block("stem", "pool1"),
            _block("conv2", "pool2_pool"),
            _block("conv3", "pool3_pool"),
            _block("conv4", "pool4_pool"),
            _block("conv5", "relu"),
        ),
        weights=_official(
            "densenet",
            "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
            29_084_464,
            "30ee3e1110167f948a6b9946edeeb738",
        ),
        licence="BSD-3-Clause",
    ),
)
