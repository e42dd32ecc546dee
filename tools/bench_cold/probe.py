"""What runs inside each fresh process. It imports nothing of this package: what it imports would be measured as free.

Reads one JSON object from standard input (`path`, `code`, `event`), prints one: CPU milliseconds of the import, of the
set-up, and of the first event; the status of the answer; the peak of memory in MB.
"""

import itertools
import json
import resource
import sys
import time

asked = json.load(sys.stdin)
sys.path[:0] = asked["path"]
names: dict[str, object] = {"event": asked["event"]}
steps = [compile(code, f"<{name}>", "exec") for name, code in asked["code"].items()]
marks = [time.process_time()]
for number, step in enumerate(steps, 1):
    try:
        exec(step, names)
    except Exception as error:  # a function that fails its event has started all the same
        if number < len(steps):
            raise
        names["status"] = f"{type(error).__name__}: {error}"
    marks.append(time.process_time())
spent = [1000 * (after - before) for before, after in itertools.pairwise(marks)]
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
sys.stdout.write(
    "\n" + json.dumps({"spent": spent, "status": names.get("status"), "memory": memory, "modules": len(sys.modules)})
)
sys.stdout.flush()
