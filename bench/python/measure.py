"""Times and how they are told."""

import statistics
import time


class Times:
    """Of one thing, a pair (processor, clock) of nanoseconds each round."""

    def __init__(self, per):
        self._per = per
        self.cpu = []
        self.wall = []

    def add(self, taken):
        self.cpu.append(taken[0] / self._per)
        self.wall.append(taken[1] / self._per)

    def __str__(self):
        return (
            f"{statistics.median(self.cpu):8.1f} ({min(self.cpu):.1f} to {max(self.cpu):.1f})  "
            f"wall {statistics.median(self.wall):8.1f}"
        )


class Watch:
    """`with Watch() as watch:`, then `watch.taken`: of the calling thread, or of all threads."""

    def __init__(self, of_all_threads=False):
        self._cpu_now = time.process_time_ns if of_all_threads else time.thread_time_ns

    def __enter__(self):
        self._wall = time.perf_counter_ns()
        self._cpu = self._cpu_now()
        return self

    def __exit__(self, *_):
        cpu = self._cpu_now() - self._cpu
        self.taken = (cpu, time.perf_counter_ns() - self._wall)


def difference(ours, theirs):
    """Median over the rounds of what ours took more, in the same round."""
    return statistics.median(a - b for a, b in zip(ours.cpu, theirs.cpu))


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours.cpu, theirs.cpu))
