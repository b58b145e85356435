"""bench_calls: the same calls from C++, in a process of its own that waits between commands."""

import struct
import subprocess



class Calls:
    def __init__(self, program, directory, factors, rows):
        directory.mkdir(parents=True)
        (directory / "rows").write_bytes(rows.tobytes())
        (directory / "factors").write_text(factors)
        arguments = {"factors": directory / "factors", "rows": directory / "rows", "dir": directory / "log"}
        self._process = subprocess.Popen(
            [program, *(f"{name}={value}" for name, value in arguments.items())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2):  # its parameters and its build
            self._line()

    def _line(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"bench_calls ended with {self._process.wait()}")
        return line

    def _ask(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._line().split()

    def run(self, call, begin, count):
        """Nanoseconds of the processor and of the clock."""
        cpu, wall = self._ask(f"{call} {begin} {count}")
        return int(cpu), int(wall)

    def values(self):
        """Of the last tick, as bytes."""
        return b"".join(struct.pack("=Q", int(value, 16)) for value in self._ask("values"))

    def close(self):
        self._process.stdin.close()
        if self._process.wait() != 0:
            raise RuntimeError("bench_calls failed")
