# customs-lens with its models, for compose.yaml and for single commands:
#   docker build -t customs-lens . && docker run --rm customs-lens --help
# What is installed is under permissive licences, see docs/dependencies.md. Text recognition (extra `ocr`) needs Tesseract of
# the system and is left out.
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    CUSTOMS_LENS_HOME=/home/lens/home \
    CUSTOMS_LENS_CACHE=/home/lens/cache

RUN useradd --create-home --uid 10001 lens \
    && install -d -o lens -g lens -m 700 /home/lens/home \
    && install -d -o lens -g lens /home/lens/cache

WORKDIR /app
# The dependencies first: they are large and change more seldom than the program.
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN mkdir configs extractors index pipelines portal \
    && pip install -c constraints.txt ".[elasticsearch,postgresql]" \
    && pip uninstall --yes customs-lens
COPY configs configs
COPY extractors extractors
COPY index index
COPY pipelines pipelines
COPY portal portal
RUN pip install --no-deps .

USER lens
WORKDIR /home/lens
VOLUME ["/home/lens/home", "/home/lens/cache"]
ENTRYPOINT ["customs-lens"]
CMD ["--help"]
