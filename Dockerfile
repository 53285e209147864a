# mvkt for reading recordings: the page (mvkt serve) and mvkt diagnose, without PyTorch, for a processor alone.
#   docker build --tag mvkt .
#   docker run --rm --publish 127.0.0.1:8765:8765 --env MVKT_TOKEN --read-only --shm-size 1g mvkt
#   docker run --rm --network none --read-only --volume "$PWD:/data:ro" mvkt diagnose /data/ecg.csv
FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
RUN python -m venv /tool \
 && /tool/bin/pip install --no-cache-dir --constraint constraints.txt hatchling==1.33.0 \
 && /tool/bin/hatchling build -t wheel -d /wheel \
 && python -m venv /mvkt \
 && /mvkt/bin/pip install --no-cache-dir --constraint constraints.txt "$(ls /wheel/*.whl)[web]"

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin mvkt
COPY --from=build /mvkt /mvkt
ENV PATH=/mvkt/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "from http.client import HTTPConnection as To; c = To('127.0.0.1', 8765, timeout=4); c.request('GET', '/api/health'); raise SystemExit(c.getresponse().status >= 500)"]
ENTRYPOINT ["mvkt"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8765"]
