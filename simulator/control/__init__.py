"""The control API under /sim/: what no Google offers, for tests, the demo and benchmarks."""
