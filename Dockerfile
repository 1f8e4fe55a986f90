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
# It asks without a proxy, whichever the container's environment names.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", "\
import http.client, os, sys; \
web = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); \
web.request('GET', '/livez'); \
sys.exit(web.getresponse().status != 200)"]
# The Procfile's line for web; `exec`, so that SIGTERM reaches uvicorn.
CMD ["sh", "-c", "exec uvicorn finito.asgi:application --host= --port $PORT --loop uvloop --http finito.edge.http_protocol:HttpProtocol --backlog 4096 --no-access-log --no-proxy-headers --timeout-keep-alive 120 --timeout-graceful-shutdown 11"]

FROM finito AS demo
COPY simulator simulator

FROM finito
