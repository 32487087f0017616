"""Who waits for room, and who does not."""

import gc
import threading
import weakref
from contextlib import ExitStack, nullcontext

import pytest

from tl_core.machine import memory
from tl_core.machine.memory import Room

SECONDS = 10


class Taker(threading.Thread):
    """A thread that takes room, says so, and leaves when it is told to."""

    def __init__(self, room, size):
        super().__init__(daemon=True)
        self.inside, self.leave = threading.Event(), threading.Event()
        self._room, self._size = room, size
        self.start()

    def run(self):
        with self._room.taken(self._size):
            self.inside.set()
            self.leave.wait(SECONDS)

    @property
    def waits(self):
        return not self.inside.wait(0.05)

    def entered(self):
        return self.inside.wait(SECONDS)

    def end(self):
        self.leave.set()
        self.join(SECONDS)
        return not self.is_alive()


def test_what_fits_is_inside_together_and_one_more_waits():
    room = Room(100)
    first, second = Taker(room, 50), Taker(room, 50)
    assert first.entered() and second.entered()
    third = Taker(room, 1)
    assert third.waits
    assert first.end() and third.entered()
    assert second.end() and third.end()


def test_a_large_one_is_not_overtaken_by_later_ones_that_would_fit():
    room = Room(100)
    first = Taker(room, 40)
    assert first.entered()
    large = Taker(room, 100)
    assert large.waits
    later = Taker(room, 40)
    assert later.waits, "there is room, but the large one came first"
    assert first.end() and large.entered() and later.waits
    assert large.end() and later.entered() and later.end()


def test_a_small_one_never_waits():
    room = Room(100, small=4)
    large = Taker(room, 100)
    assert large.entered()
    small = Taker(room, 4)
    assert small.entered() and small.end()
    middle = Taker(room, 5)
    assert middle.waits
    assert large.end() and middle.entered() and middle.end()


def test_what_is_larger_than_the_room_has_it_to_itself():
    room = Room(100)
    first = Taker(room, 10)
    assert first.entered()
    huge = Taker(room, 1000)
    assert huge.waits
    assert first.end() and huge.entered()
    other = Taker(room, 10)
    assert other.waits
    assert huge.end() and other.entered() and other.end()


def test_room_is_free_again_after_a_failure():
    room = Room(100)
    for _ in range(3):
        with pytest.raises(ValueError, match="damaged"), room.taken(100):
            raise ValueError("damaged")
    with room.taken(100):
        pass


def test_many_threads_never_take_more_than_there_is():
    room, lock, inside, most = Room(100), threading.Lock(), [], []

    def work(seed):
        for turn in range(40):
            size = 1 + (seed * 31 + turn * 17) % 90
            with room.taken(size):
                with lock:
                    inside.append(size)
                    most.append(sum(inside))
                with lock:
                    inside.remove(size)

    threads = [threading.Thread(target=work, args=(seed,), daemon=True) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert len(most) == 320 and max(most) <= 100
    with ExitStack() as stack:  # nothing was lost, nothing was given twice
        stack.enter_context(room.taken(100))
        assert Taker(room, 1).waits


class Network:
    """Refers to itself, as one of Keras does: only a collection frees it."""

    def __init__(self):
        self.layer = self


@pytest.fixture
def no_collection():
    """Keep Python from collecting by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_built_to_be_looked_at_goes_at_once(no_collection, fails):
    seen = []

    def look():
        seen.append(weakref.ref(Network()))
        assert not fails
        return "answer"

    with pytest.raises(AssertionError) if fails else nullcontext():
        look()
    assert seen.pop()() is not None  # it would stay
    with pytest.raises(AssertionError) if fails else nullcontext():
        assert memory.lets_go(look)() == "answer"
    assert seen.pop()() is None


def test_tidying_frees_also_what_outlived_the_last_time(no_collection):
    network = Network()
    known = weakref.ref(network)
    memory.tidy()
    del network
    gc.collect()
    assert known() is not None  # a collection does not look at what was there before
    memory.tidy()
    assert known() is None
