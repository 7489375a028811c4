"""Imported before everything else in this folder."""

import gc

gc.disable()  # until all tests are collected: see `support/quick_collection.py`
