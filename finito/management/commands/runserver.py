"""`runserver`: daphne's, which serves ASGI, the stream included.

daphne is no installed app: then every process, uvicorn's and the workers' too, would load Twisted and autobahn at its
start, a sixth of all that it loads.
"""

from daphne.management.commands.runserver import Command

__all__ = ["Command"]
