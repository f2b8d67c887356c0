# syntax=docker/dockerfile:1

# Two stages: what builds stays behind; the image that runs has Python, the locked packages and our code.

FROM python:3.13-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

# The locked packages first: this layer is rebuilt only when the lock changes.
COPY requirements.lock requirements-build.lock ./
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-deps --require-hashes --only-binary :all: -r requirements.lock

COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY server ./server
COPY examples ./examples
COPY alembic ./alembic
# Editable, so that the code lies beside its migrations here as in a clone. The build backend goes again.
RUN pip --python /opt/venv/bin/python install --no-deps --require-hashes -r requirements-build.lock \
 && pip --python /opt/venv/bin/python install --no-deps --no-build-isolation --editable . \
 && pip --python /opt/venv/bin/python uninstall --yes setuptools \
 && rm -rf build ./*.egg-info \
 && /opt/venv/bin/python -m compileall -q /opt/venv/lib server alembic


FROM python:3.13-slim
LABEL org.opencontainers.image.title="Shuke" \
      org.opencontainers.image.description="Multi-tenant GraphQL backend for private-domain customer operations" \
      org.opencontainers.image.licenses="Apache-2.0"

# An installer has no business in a running image. The user owns its data, not the code.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
 && groupadd --system --gid 10001 shuke \
 && useradd --system --uid 10001 --gid shuke --home-dir /data --no-create-home --shell /usr/sbin/nologin shuke \
 && install --directory --owner=shuke --group=shuke --mode=0700 /data

COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SHUKE_DATA=/data \
    PORT=8000 \
    LOG_FORMAT=json
WORKDIR /app
USER shuke
VOLUME /data
EXPOSE 8000

# urlopen raises on anything but success, which ends the check with 1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]

CMD ["shuke", "serve", "--host", "0.0.0.0"]
