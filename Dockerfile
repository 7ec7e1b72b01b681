# The dashboard without what only training needs; see docs/public.md. Also a Space of Hugging Face.
FROM python:3.11-slim AS environment
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements-serve.txt ./
# The project itself runs from its folder.
RUN python -m venv --without-pip /env \
 && grep -v '^-e' requirements-serve.txt > pins.txt \
 && pip --python /env/bin/python install --no-cache-dir --no-compile --disable-pip-version-check -r pins.txt
COPY docker/slim.sh docker/
RUN PYTHON=/env/bin/python sh docker/slim.sh /env/lib/python3.11/site-packages

FROM python:3.11-slim
RUN useradd --uid 1000 --create-home listener \
 && install --directory --owner listener /data
WORKDIR /app
COPY --from=environment /env /env
COPY .streamlit .streamlit
COPY docker/check.py docker/
COPY artifacts artifacts
COPY pipeline pipeline
COPY dashboard dashboard
# MALLOC_ARENA_MAX: see pipeline/memory.py. What visitors teach is in /data; nothing else is kept.
ENV PATH=/env/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=1 \
    GENRESCOPE_HOME=/data \
    GENRESCOPE_CACHE=/tmp/genrescope \
    ORT_DISABLE_TELEMETRY=1 \
    PORT=7860
# Bytecode for a server that may not write, and a build that fails if it lacks anything.
RUN python -m compileall -q --invalidation-mode unchecked-hash pipeline dashboard \
 && python docker/check.py
USER 1000
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import os, urllib.request as r; r.urlopen(f'http://localhost:{os.environ[\"PORT\"]}/_stcore/health', timeout=4)"
CMD exec streamlit run dashboard/app.py --server.address 0.0.0.0 --server.port "$PORT"
