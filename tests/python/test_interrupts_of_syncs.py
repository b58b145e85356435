"""Ctrl-C while a device takes a second for every sync, as a busy one may."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import factorwal as fw
from conftest import DAY

#: Syncs take a second while the file that SLOW names is there.
SLOW_SYNCS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static int slow(int descriptor, const char* name) {
  if (access(getenv("SLOW"), F_OK) == 0) usleep(1000000);
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
}
int fsync(int descriptor) { return slow(descriptor, "fsync"); }
int fdatasync(int descriptor) { return slow(descriptor, "fdatasync"); }
"""

PROGRAM = f"""
import os, signal, sys, threading, time
import factorwal as fw
signal.signal(signal.SIGINT, signal.default_int_handler)
DATA, SLOW, DAY, sent = sys.argv[1], os.environ["SLOW"], {DAY}, []

def interrupt():
    time.sleep(0.3)
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

def interrupted(call):
    open(SLOW, "w").close()
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        call()
        raise AssertionError("it returned")
    except KeyboardInterrupt:
        waited = time.monotonic() - sent[-1]
    thread.join()
    os.remove(SLOW)
    assert waited < 0.2, waited

def an_engine():
    engine = fw.open(DATA, "same = close", fields=["close"])
    engine.process("X", DAY, (7.0,))
    return engine

def a_persister(wal):
    persister = fw.FactorWalPersister(wal)
    persister.send_update("X", "same", 7.0, DAY)
    return persister

def a_message(wal):
    wal.append(fw.FactorWalMessage.Update("X", "same", 7.0, DAY))
    return wal
"""

CASES = {
    "checkpoint": "engine = an_engine(); interrupted(engine.checkpoint); engine.close()",
    "close": "engine = an_engine(); interrupted(engine.close); engine.close()",
    "with": """
        engine = an_engine()
        def use():
            with engine:
                pass
        interrupted(use)
        """,
    # What is to be waited for is sent when syncs are slow.
    "flush": """
        engine = an_engine()
        def use():
            engine.process("X", DAY, (7.0,))
            engine.flush()
        interrupted(use)
        engine.close()
        """,
    "open": "an_engine().close(); interrupted(an_engine)",
    "shutdown": "wal = fw.WalManager(DATA); p = a_persister(wal); interrupted(p.shutdown); p.shutdown()",
    "wal.close": "wal = a_message(fw.WalManager(DATA)); interrupted(wal.close); wal.close()",
    "flush_group_commit": "wal = fw.WalManager(DATA); interrupted(lambda: a_message(wal).flush_group_commit())",
    "WalManager": "a_message(fw.WalManager(DATA)).close(); interrupted(lambda: fw.WalManager(DATA))",
}


@pytest.fixture(scope="module")
def slow_syncs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("slow")
    (place / "slow.c").write_text(SLOW_SYNCS)
    library = place / "slow.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, place / "slow.c", "-ldl"], check=True)
    return library


@pytest.mark.parametrize("case", CASES)
def test_every_wait_for_the_device_is_left_and_nothing_is_lost(
    data: str, slow_syncs: Path, case: str
) -> None:
    code = PROGRAM + textwrap.dedent(CASES[case])
    environment = {**os.environ, "LD_PRELOAD": str(slow_syncs), "SLOW": data + ".slow"}
    ended = subprocess.run([sys.executable, "-c", code, data], env=environment, timeout=60,
                           capture_output=True, text=True)  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    consumer = fw.FactorWalConsumer(data)
    consumer.recover()
    assert consumer.get_instrument_factors("X") == {"same": 7.0}
    assert fw.verify(data).ok
    assert fw.status(data).clean
