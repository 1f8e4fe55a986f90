# One image for web, worker and migration; compose.yaml runs all three. Nothing of the tests or the simulator is in it:
# the demo (compose.demo.yaml) has an image of its own, the stage `demo`.
FROM python:3.11-slim AS finito

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORT=8000
WORKDIR /srv/finito
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin finito \
    && install -d -o finito -g finito -m 700 var
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY manage.py ./
COPY finito finito
COPY operators operators
COPY gmail_sync gmail_sync
COPY realtime realtime
COPY templates templates

USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# A web answers to the names of ALLOWED_HOSTS only, so it is asked by the first of them.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", "\
import os, urllib.request as http; \
host = os.environ['ALLOWED_HOSTS'].split(',')[0].strip().lstrip('.'); \
http.urlopen(http.Request(f'http://127.0.0.1:{os.environ[\"PORT\"]}/livez', headers={'Host': host}), timeout=2)"]
# The Procfile's line for web; `exec`, so that SIGTERM reaches uvicorn.
CMD ["sh", "-c", "exec uvicorn finito.asgi:application --host= --port $PORT --loop uvloop --http finito.edge.http_protocol:HttpProtocol --backlog 4096 --no-access-log --no-proxy-headers --timeout-keep-alive 120 --timeout-graceful-shutdown 11"]

FROM finito AS demo
COPY simulator simulator

FROM finito
