"""Imports all modules that workers need, in the process from which ``serve`` forks them."""

import gc
from importlib import import_module

# Not ``mp4totext.worker``, which reads its settings, nor modules with metrics: on import,
# prometheus_client looks up its folder. ``celery.bin.celery`` would import it through Flower.
MODULES = (
    "celery.apps.worker",
    "celery.bin.worker",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "mp4totext.chores",
    "mp4totext.kit.queue",
    "mp4totext.kit.tracing",
)

gc.disable()
for name in MODULES:
    import_module(name)
gc.freeze()  # memory of these modules stays shared with the workers
gc.enable()
