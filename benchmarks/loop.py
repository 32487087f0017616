"""How fast Python is on a machine just now: what CPU time is compared with; imports nothing large."""

import time


def python_loop():
    """Do about 100 ms of what Python does all the time: calls, dictionaries, texts."""
    words = dict[str, int]()
    for number in range(200_000):
        words[f"{number % 997}"] = words.get(f"{number % 499}", 0) + number
    return words


def cpu_ms(work):
    before = time.process_time()
    work()
    return 1000 * (time.process_time() - before)
