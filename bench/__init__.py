"""Benchmarks: Finito's processes against the simulator, started by their command lines and spoken to over HTTP."""
