"""How fast is the NumPy convolution, against SciPy, OpenCV and the definition as a double loop?

    python benchmarks/convolution.py [--json] [--runs 31]

One grey image of 1 megapixel (1000 x 1000 float32, result float32, zeros outside, same size). The contestants
take turns, so that a busy machine is equally hard on all; the figure is the median of wall times.
OpenCV is optional and not a dependency of the project: install opencv-python-headless beside NumPy
and SciPy in an environment of its own and start the script with that Python.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parent.parent))

from tl_core.convolution.display import histogram, list_views
from tl_core.convolution.engine import convolve
from tl_core.convolution.geometry import Geometry
from tl_core.convolution.kernels import get_kernel

try:
    import cv2
except ImportError:
    cv2 = None

SIDE = 1000
LOOP_SIDE = 40


def kernels():
    random = np.random.default_rng(0)
    for size in (3, 5, 7, 9, 11):
        yield f"random {size}x{size}", random.standard_normal((size, size)).astype(np.float32)
    yield "Sobel 3x3", get_kernel("sobel_x").weights
    yield "Gaussian 5x5", get_kernel("gaussian", sigma=1.0, size=5).weights
    yield "Gaussian 11x11", get_kernel("gaussian", sigma=2.0, size=11).weights


def double_loop(image, weights):
    """Loop over pixels; NumPy adds up the patch."""
    height, width = weights.shape
    padded = np.pad(image, ((height // 2, height // 2), (width // 2, width // 2)))
    result = np.empty_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            result[y, x] = np.sum(padded[y : y + height, x : x + width] * weights)
    return result


def four_loops(image, weights):
    """Loop over pixels and weights: the definition in plain Python."""
    height, width = weights.shape
    padded = np.pad(image, ((height // 2, height // 2), (width // 2, width // 2)))
    result = np.empty_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            total = 0.0
            for i in range(height):
                for j in range(width):
                    total += padded[y + i, x + j] * weights[i, j]
            result[y, x] = total
    return result


def with_opencv(image, weights, threads):
    cv2.setNumThreads(threads)
    return cv2.filter2D(image, cv2.CV_32F, weights, borderType=cv2.BORDER_CONSTANT)


def contestants(image, weights):
    geometry = Geometry(kernel=weights.shape, padding="same")
    found = {
        "engine": lambda: convolve(image, weights, geometry),
        "scipy": lambda: ndimage.correlate(image, weights, output=np.float32, mode="constant"),
    }
    if cv2:
        threads = cv2.getNumThreads()
        found["cv2"] = lambda: with_opencv(image, weights, threads)
        found["cv2, 1 thread"] = lambda: with_opencv(image, weights, 1)
    return found


def median_times(functions, runs):
    """Return milliseconds for each function; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for run in range(runs + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if run > 0:  # The first one warms up.
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def measure(image, weights, runs):
    functions = contestants(image, weights)
    expected = functions["scipy"]()
    for name, function in functions.items():
        error = np.abs(function() - expected).max()
        assert error <= 1e-5 * np.abs(expected).max(), (name, error)
    times = median_times(functions, runs)
    small = image[:LOOP_SIDE, :LOOP_SIDE].astype(np.float32)
    loops = {
        "double loop": lambda: double_loop(small, weights),
        "four loops": lambda: four_loops(small, weights),
    }
    for name, milliseconds in median_times(loops, 3).items():
        times[name] = milliseconds * image.size / small.size
    return times


def control_change(runs=15):
    """CPU milliseconds for what one control of the page changes, at 512 px in colour with an 11x11 kernel."""
    image = np.random.default_rng(1).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    weights = get_kernel("gabor").weights
    geometry = Geometry(kernel=weights.shape, padding="same", fill="reflect")
    times = []
    for _ in range(runs):
        start = time.process_time()
        result = convolve(image, weights, geometry)
        for view in list_views():
            view.show(result)
        histogram(result)
        geometry.usage_map(image.shape[:2])
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=31)
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    photo = random.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    image = photo.astype(np.float32)
    rows = {name: measure(image, weights, arguments.runs) for name, weights in kernels()}
    rows["8-bit, Sobel 3x3"] = measure(photo, get_kernel("sobel_x").weights, arguments.runs)
    figures = {
        "megapixels": SIDE * SIDE / 1e6,
        "runs": arguments.runs,
        "opencv": cv2.__version__ if cv2 else "skipped: no cv2",
        "milliseconds": rows,
        "control_change_512_cpu_ms": control_change(),
    }
    if arguments.json:
        print(json.dumps(figures))
        return
    print(f"{'median ms':18}" + "".join(f"{name:>15}" for name in next(iter(rows.values()))))
    for name, times in rows.items():
        print(f"{name:18}" + "".join(f"{value:15.2f}" for value in times.values()))
    print("\ntime as a multiple of the engine's")
    for name, times in rows.items():
        ratios = (value / times["engine"] for value in times.values())
        print(f"{name:18}" + "".join(f"{ratio:15.2f}" for ratio in ratios))
    print(f"\nOpenCV: {figures['opencv']}")
    print(
        f"All views of a 512 px colour image, 11x11: {figures['control_change_512_cpu_ms']:.1f} ms CPU"
    )


if __name__ == "__main__":
    main()
