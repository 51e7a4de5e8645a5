# customs-lens with its models, its extras and Tesseract's data, for compose.yaml and for single commands:
#   docker build -t customs-lens . && docker run --rm customs-lens --help
# What is installed from the package registry is under permissive licences, see docs/dependencies.md.
FROM python:3.11.14-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    CUSTOMS_LENS_HOME=/home/lens/home \
    CUSTOMS_LENS_CACHE=/home/lens/cache

# The language data of text recognition; its program comes with the extra `ocr`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        tesseract-ocr-eng tesseract-ocr-fra tesseract-ocr-spa tesseract-ocr-rus tesseract-ocr-osd \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 lens \
    && install -d -o lens -g lens -m 700 /home/lens/home \
    && install -d -o lens -g lens /home/lens/cache

WORKDIR /app
# PyTorch's own index has the build for processors: 0.2 GB, where the ordinary package brings 2.7 GB with CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY constraints.txt ./
RUN pip install --no-deps -c constraints.txt torch --index-url "$TORCH_INDEX"
# The dependencies before the program: they are large and change more seldom.
COPY pyproject.toml README.md LICENSE ./
RUN mkdir configs extractors index pipelines portal \
    && pip install -c constraints.txt ".[elasticsearch,postgresql,s3,sftp,sharepoint,mcp,ocr]" \
    && pip uninstall --yes customs-lens
COPY setup.py ./
COPY samples/papers samples/papers
COPY samples/gazetteer.yaml samples/
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
