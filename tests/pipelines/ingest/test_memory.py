import subprocess
import sys

COUNT_HEAPS = """
import ctypes, sys, threading
from pipelines.ingest.recorded import share_heaps

share_heaps()
together = threading.Barrier(8)

def work():
    together.wait()
    kept = [bytes(1000) for _ in range(1000)]
    together.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
[one.start() for one in threads]
[one.join() for one in threads]
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
library.fclose.argtypes = [ctypes.c_void_p]
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
file = library.fopen(sys.argv[1].encode(), b"w")
library.malloc_info(0, file)
library.fclose(file)
"""


def test_threads_share_two_heaps(tmp_path):
    report = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", COUNT_HEAPS, str(report)], check=True)
    assert report.read_text().count("<heap nr=") <= 2
