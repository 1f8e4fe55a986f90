"""A stand-in for Google: Gmail, OAuth and Pub/Sub as one small program that speaks HTTP only.

The demo, the tests and the benchmarks start it with ``python -m simulator``; see README.md.
"""
