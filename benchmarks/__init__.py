"""Benchmarks of speed, memory, accuracy and fault tolerance."""
