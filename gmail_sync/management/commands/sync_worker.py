"""`sync_worker`: the process that brings due mailboxes up to date, renews watches and polls."""

import asyncio
import os
import threading
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.db.utils import Error

from gmail_sync.sync.worker import THREADS, Worker
from realtime import database, database_errors
from realtime.recorder import Recorder
from realtime.signals import at_the_end
from realtime.transport import installation
from realtime.transport.pulse import Pulse

logger = structlog.get_logger(__name__)

WAIT_SECONDS = 1.0
MOST_THREADS = 100  # more share 24 connections to the database, and one core


class Command(BaseCommand):
    help = "Bring due mailboxes up to date until SIGTERM; start as many as you like, on any number of machines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=THREADS, help="mailboxes at once (default %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["threads"] <= MOST_THREADS:
            raise CommandError(f"--threads is a number from 1 to {MOST_THREADS}.")
        worker = Worker(options["threads"])
        at_the_end(worker.stop)
        if not self._wait_for_the_database(worker):
            return
        group = installation.group("workers")
        threading.Thread(target=lambda: asyncio.run(_listen(group, worker)), name="wakes", daemon=True).start()
        recorder = Recorder("worker")
        recorder.start()
        pulse = Pulse("worker")
        pulse.start()
        logger.info("worker.started", threads=options["threads"])
        gave_back = worker.run()
        recorder.stop()
        pulse.stop()
        if gave_back:
            self.stdout.write("The worker has given back all its mailboxes.")
            return
        self.stdout.write("The worker ends while a call to Gmail hangs; that mailbox's claim expires by itself.")
        self.stdout.flush()
        os._exit(0)  # the interpreter would wait for the hanging thread

    def _wait_for_the_database(self, worker: Worker) -> bool:
        """Wait until the database has our tables, and log each reason once; False if stopped before."""
        told = ""
        while not worker.stopped:
            try:
                if database.is_migrated():
                    return True
                said = database_errors.UNMIGRATED.said
            except Error as error:
                said = database_errors.reason(error).said
            finally:
                close_old_connections()
            if said != told:
                logger.warning("worker.waits", database=said)
                told = said
            worker.pause(WAIT_SECONDS)
        return False


async def _listen(group: str, worker: Worker) -> None:
    """Listen for wake-ups. Without Redis the worker asks the database every second anyway, so try again later."""
    layer = get_channel_layer()
    while True:
        try:
            channel = await layer.new_channel()
            await layer.group_add(group, channel)
            while True:
                await layer.receive(channel)
                worker.wake()
        except Exception as error:
            logger.warning("worker.deaf", error=type(error).__name__)
            await asyncio.sleep(1)
