"""Section Challenge: find a mystery kernel from its result, and guess before you look."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from tl_core.convolution.arrays import Array
from tl_core.convolution.challenges import (
    SizeQuestion,
    guesses,
    score,
    size_question,
)
from tl_core.convolution.display import signed
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import Kernel, get_kernel
from tl_core.convolution.stack import ConvolutionLayer
from tl_core.ui.convolution.controls import choice, number
from tl_core.ui.convolution.figures import show_formula, show_map
from tl_core.ui.convolution.hidden_kernel import (
    forget_hidden,
    hidden_code,
    kernel_to_find,
    show_maker,
)
from tl_core.ui.convolution.kernel_editing import CUSTOM, take
from tl_core.ui.convolution.scene import Scene
from tl_core.ui.errors import callback
from tl_core.ui.pictures import show_picture
from tl_core.ui.presses import pressed
from tl_core.ui.text import t, t_marked
from tl_core.wording import N_

GAMES = {
    "mystery": N_("Mystery kernel"),
    "size": N_("How large will it be?"),
    "effect": N_("What will it do?"),
}
MOST_SEED = 9999
FOUND = 99
"""Points from which the mystery counts as found."""
HINTS = 3
WEIGHTS_SIDE = 180


def show(scene: Scene) -> None:
    """Draw the chosen game; its seed is in the URL, so that a class plays the same one."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        game = choice("game", t("Game"), GAMES, default="mystery", wrap=True)
    with right:
        seed = number(
            "seed", t("Puzzle"), 0, MOST_SEED, default=1, on_change=callback(forget_hidden)
        )
    PLAYED[game](scene, seed)
    st.button(
        t("Next puzzle"),
        icon=":material/arrow_forward:",
        key="next_puzzle",
        on_click=callback(_next),
        args=(seed,),
    )


def _next(seed: int) -> None:
    forget_hidden()
    st.session_state["seed"] = (seed + 1) % (MOST_SEED + 1)


def _play_mystery(scene: Scene, seed: int) -> None:
    kernel = kernel_to_find(seed)
    mystery, own = _same_size(scene, kernel), _same_size(scene, scene.kernel)
    st.markdown(
        t("Which kernel made the left picture? Choose or write one until the right one agrees.")
    )
    left, right = st.columns(2, gap="small")
    with left:
        show_map(mystery, alt=t("Result of the mystery kernel"), caption=t("The mystery kernel"))
    with right:
        show_map(own, alt=t("Result of your kernel"), caption=t("Your kernel"))
    st.caption(
        t(
            "Both are stretched to their largest value, so a factor above 0 cannot be seen, and does not "
            "count: twice the kernel is the kernel. Bias, geometry and operation are left out."
        )
    )
    scene.offer(lambda: signed(own))
    points = score(mystery, own)
    number_, words = st.columns([1, 2], vertical_alignment="center")
    number_.metric(t("Agreement"), t("{points} of 100", points=points))
    with words:
        if points >= FOUND:
            st.success(t("Found: it is {name}.", name=t_marked(kernel.title)))
        else:
            _show_hints(kernel, hidden_code() or str(seed))
    show_maker(scene.kernel)


def _same_size(scene: Scene, kernel: Kernel) -> Array:
    """Return what `kernel` makes of the image with padding that keeps its size, so that any two compare."""
    shape = kernel.weights.shape[0], kernel.weights.shape[1]
    geometry = Geometry(kernel=shape, padding="same", fill="replicate")
    summed = scene.image.summed
    return ConvolutionLayer(kernel=kernel, geometry=geometry, summed=summed).apply(
        scene.image.pixels
    )


def _show_hints(kernel: Kernel, puzzle: str) -> None:
    key = f"hints-{puzzle}"
    given = min(int(st.session_state.get(key, 0)), HINTS)
    height, width = kernel.weights.shape
    hints: tuple[Callable[[], str], ...] = (
        lambda: t("It has {height} × {width} weights.", height=height, width=width),
        lambda: t("Its weights add up to {total}.", total=f"{kernel.weights.sum():.3g}"),
        lambda: t_marked(kernel.description),
    )
    for index, hint in enumerate(hints[:given], start=1):
        st.caption(t("Hint {index} of {all}: {hint}", index=index, all=HINTS, hint=hint()))
    if given < HINTS:
        st.button(
            t("A hint"),
            icon=":material/lightbulb:",
            key="hint",
            on_click=callback(_count),
            args=(key, given + 1),
        )
    else:
        st.button(t("Show the kernel"), key="give_up", on_click=callback(_give), args=(kernel,))


def _count(key: str, given: int) -> None:
    st.session_state[key] = given


def _give(kernel: Kernel) -> None:
    if kernel.name == CUSTOM:
        take(kernel.weights)
    else:
        st.session_state["kernel"] = kernel.name


def _play_size(_: Scene, seed: int) -> None:
    question = size_question(seed)
    geometry = question.geometry
    st.markdown(
        t(
            "The image is **{height} × {width}**, the kernel {kernel_height} × {kernel_width}, stride "
            "{stride}, dilation {dilation}, padding {padding}. How large is the result?",
            height=question.image[0],
            width=question.image[1],
            kernel_height=geometry.kernel[0],
            kernel_width=geometry.kernel[1],
            stride=geometry.stride[0],
            dilation=geometry.dilation[0],
            padding=geometry.padding,
        )
    )
    st.caption(
        t(
            "The puzzle brings its own sizes: kernel, image and geometry at the left are not used here."
        )
    )
    with st.form(f"size_guess-{seed}"):
        left, right = st.columns(2, wrap=False)
        guess = (
            left.number_input(t("Rows"), 1, 5000, value=None, key=f"guess_rows-{seed}"),
            right.number_input(t("Columns"), 1, 5000, value=None, key=f"guess_columns-{seed}"),
        )
        asked = pressed(
            t("Check"), key=f"check_size-{seed}", draw=st.form_submit_button, type="primary"
        )
    if asked:
        _judge_size(question, guess)


def _judge_size(question: SizeQuestion, guess: tuple[int | None, int | None]) -> None:
    """Say whether the guess is right, and how the size follows from the numbers of this puzzle."""
    answer = " × ".join(map(str, question.answer))
    if guess == question.answer:
        st.success(t("Right: {answer}.", answer=answer))
    else:
        st.warning(t("It is {answer}: see below how it comes about.", answer=answer))
    show_formula(question.geometry, question.image)


def _play_effect(scene: Scene, seed: int) -> None:
    names, right_name = guesses(seed)
    kernel = get_kernel(right_name)
    picture, words = st.columns([1, 2], gap="medium")
    with picture:
        factor = max(1, WEIGHTS_SIDE // max(kernel.weights.shape))
        show_picture(
            signed(kernel.weights).repeat(factor, axis=0).repeat(factor, axis=1),
            alt=_rows(kernel.weights),
            caption=_rows(kernel.weights),
            width="content",
        )
    with words:
        guess = st.radio(
            t("What does this kernel answer to?"),
            names,
            index=None,
            format_func=lambda name: t_marked(get_kernel(name).description),
            key=f"effect-{seed}",
        )
    if guess is None:
        return
    if guess == right_name:
        st.success(t("Right: this is {name}.", name=t_marked(kernel.title)))
    else:
        st.warning(
            t(
                "No: that is {guess}. Look at the signs: where are the weights above and below 0?",
                guess=t_marked(get_kernel(guess).title),
            )
        )
        return
    show_map(
        _same_size(scene, kernel), alt=t("Result of the kernel"), caption=t("Result of the kernel")
    )


def _rows(weights: Array) -> str:
    rows = [" ".join(f"{weight:.3g}" for weight in row) for row in np.asarray(weights)]
    return " / ".join(rows).replace("-", "−")


PLAYED: dict[str, Callable[[Scene, int], None]] = {
    "mystery": _play_mystery,
    "size": _play_size,
    "effect": _play_effect,
}
