"""Spread parts of a job over all workers, with a bounded number under way."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor
from concurrent.futures import wait as wait_locally
from contextlib import contextmanager, suppress
from typing import Any

from tl_core import settings
from tl_core.engine.loss import EngineLost
from tl_core.engine.tasks import run_task
from tl_core.engine.versions import required

PARTS_PER_WORKER = 2
"""Each reads its images and computes with its share of the processors; the last thread stays free for
predictions."""

LOOK_SECONDS = 0.2
COUNT_SECONDS = 2.0
"""How often the workers are counted: asking costs the scheduler as much as a part does."""


def spread(
    task: str, parts: Sequence[dict[str, Any]], check: Callable[[], None]
) -> Iterator[tuple[int, Any]]:
    """Run `task` once for each of `parts` and yield (index, answer) as they end.

    Inside a Dask worker the parts go to every worker with the resource ``infer``, and Dask runs a part
    again whose worker dies. Elsewhere they run in threads of this process.

    Args:
        task: name in `tasks.TASKS`.
        parts: its arguments, one mapping a part.
        check: called several times a second; what it raises cancels the parts that have not begun.

    Raises:
        EngineLost: the connection to the other workers broke.
    """
    pool = _pool()
    waiting = list(enumerate(parts))[::-1]
    pending: dict[Any, int] = {}
    ended: dict[Any, int] = {}
    try:
        while waiting or pending:
            check()
            while waiting and len(pending) < pool.limit():
                index, arguments = waiting.pop()
                pending[pool.submit(task, arguments)] = index
            # Only now: a worker would have nothing to do while its last answer is fetched and told.
            for future, index in ended.items():
                yield index, pool.result(future)
            ended = {future: pending.pop(future) for future in pool.wait(list(pending))}
        for future, index in ended.items():
            yield index, pool.result(future)
    finally:
        for future in pending:
            with suppress(Exception):  # a lost engine has nothing left to cancel
                future.cancel()
        pool.close()


class _ThreadPool:
    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(PARTS_PER_WORKER)

    def limit(self) -> int:
        return PARTS_PER_WORKER

    def submit(self, task: str, arguments: dict[str, Any]) -> Any:
        return self._executor.submit(run_task, task, **arguments)

    def wait(self, futures: list[Any]) -> set[Any]:
        return wait_locally(futures, LOOK_SECONDS, FIRST_COMPLETED).done

    def result(self, future: Any) -> Any:
        return future.result()

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)


class _DaskPool:
    def __init__(self, client: Any) -> None:
        self._client = client
        self._needed = {"infer": 1} | required(settings.current())
        self._counted, self._limit = float("-inf"), 0

    def limit(self) -> int:
        if time.monotonic() - self._counted > COUNT_SECONDS:
            self._counted, self._limit = time.monotonic(), self._count()
        return self._limit

    def _count(self) -> int:
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        able = sum(self._needed.keys() <= worker["resources"].keys() for worker in workers)
        return PARTS_PER_WORKER * max(able, 1)

    def submit(self, task: str, arguments: dict[str, Any]) -> Any:
        with _loss_named():
            return self._client.submit(
                run_task, task, pure=False, resources=self._needed, priority=0, **arguments
            )

    def wait(self, futures: list[Any]) -> set[Any]:
        from distributed import wait

        try:
            with _loss_named():
                done: set[Any] = wait(
                    futures, timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED"
                ).done
        except TimeoutError:
            return set()
        return done

    def result(self, future: Any) -> Any:
        with _loss_named():
            return future.result()

    def close(self) -> None:
        pass


@contextmanager
def _loss_named() -> Iterator[None]:
    """Raise `EngineLost` for what Dask raises when a connection breaks: no part of a job raises that."""
    from distributed import CancelledError
    from distributed.client import ClosedClientError
    from distributed.comm import CommClosedError

    try:
        yield
    except (CancelledError, CommClosedError, ClosedClientError) as error:
        raise EngineLost(str(error)) from error


def _pool() -> Any:
    from distributed import get_client

    try:
        return _DaskPool(get_client())
    except ValueError:  # not inside a worker
        return _ThreadPool()
