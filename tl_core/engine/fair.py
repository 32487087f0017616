"""Who is next of those that wait: everybody's first job before anybody's second.

Policy. A person's jobs are numbered as they arrive, from one behind the number of the job of theirs that was
started last, or from the number that the line has come to if that is more. The lowest number is next, and
the earliest of equal ones. So somebody who comes anew waits for one job of each of the others at most, and
nobody gains by asking for much, or by having waited with nothing to do. Who is not known by a mark is
somebody else with each job. What an engine has lost, and what the teacher puts first, goes ahead of all.

Web processes that share a cluster have a line each, and each decides for itself whose turn it is there; a
pupil's limit counts what waits in all of them.
"""

from collections.abc import Iterator

from tl_core.engine.attempts import Job


class FairLine:
    """The jobs that wait; not for two threads at once. Iterates in the order in which they are to start."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._ahead: list[str] = []
        self._number = 0
        """How far the line has come."""
        self._started: dict[str, int] = {}
        """For each person the number of the job of theirs that was started last."""

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._jobs

    def __iter__(self) -> Iterator[Job]:
        numbers = self._numbers()
        ahead = [self._jobs[run_id] for run_id in self._ahead]
        others = [job for run_id, job in self._jobs.items() if run_id not in self._ahead]
        yield from [*ahead, *sorted(others, key=lambda job: (numbers[job.run.id], job.arrived))]

    def get(self, run_id: str) -> Job | None:
        """Return the job of a run, or None if it does not wait."""
        return self._jobs.get(run_id)

    def place(self, run_id: str) -> int:
        """Return how many jobs are to start before the one of a run that waits."""
        return [job.run.id for job in self].index(run_id)

    def count(self, person: str) -> int:
        """Return how many jobs of a person wait."""
        return sum(job.person == person for job in self._jobs.values())

    def put(self, job: Job) -> None:
        """Add a job."""
        self._jobs[job.run.id] = job

    def put_ahead(self, *jobs: Job) -> None:
        """Add jobs, or move them, before all others, in this order."""
        ids = [job.run.id for job in jobs]
        self._jobs |= {job.run.id: job for job in jobs}
        self._ahead = ids + [run_id for run_id in self._ahead if run_id not in ids]

    def remove(self, run_id: str) -> Job | None:
        """Take a job out that is not to start; returns it, or None if it does not wait."""
        if run_id in self._ahead:
            self._ahead.remove(run_id)
        return self._jobs.pop(run_id, None)

    def start(self, run_id: str) -> None:
        """Take a job out that starts: it counts as one of its person's."""
        numbers = self._numbers()
        number, least = numbers[run_id], min(numbers.values())
        job = self.remove(run_id)
        if number == least:  # or it went before its turn, and the line has come no further
            self._number = max(self._number, number)
        if job and job.person:
            self._started[job.person] = number
        known = self._started.items()
        self._started = {person: last for person, last in known if last >= self._number}

    def _numbers(self) -> dict[str, int]:
        numbers: dict[str, int] = {}
        following: dict[str, int] = {}
        for job in sorted(self._jobs.values(), key=lambda job: job.arrived):
            number = following.get(job.person, self._first(job.person))
            numbers[job.run.id] = number
            if job.person:
                following[job.person] = number + 1
        return numbers

    def _first(self, person: str) -> int:
        return max(self._number, self._started.get(person, -1) + 1)
