# The gate of a fleet, and the client in it. For amd64 and arm64:
#   docker build -t moe2:0.1.0 .            builds everything in the container
#   docker build --build-arg PROGRAMS=prebuilt …  takes dist/programs/moe2-image instead, a stripped release build
# A git configuration for fetching the Swift packages, if yours needs one: --secret id=gitconfig,src=FILE
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim
ARG PROGRAMS=build

FROM ${SWIFT_IMAGE} AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        binutils libnng-dev libprotobuf-c-dev libsqlite3-dev pkg-config python3-minimal zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN --mount=type=secret,id=gitconfig,target=/root/.gitconfig \
    --mount=type=cache,target=/source/.build \
    scripts/release.sh moe2-image \
    && mkdir /programs \
    && strip --strip-all -o /programs/moe2-image .build/release/moe2-image

FROM scratch AS prebuilt
COPY dist/programs/moe2-image /programs/

# hadolint ignore=DL3006
FROM ${PROGRAMS} AS programs

FROM ${RUNTIME_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libnng1 libprotobuf-c1 libsqlite3-0 libstdc++6 zlib1g \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log /var/cache/debconf/*-old \
    && groupadd --gid 10001 moe2 \
    && useradd --uid 10001 --gid moe2 --home-dir /var/lib/moe2-gate --shell /usr/sbin/nologin moe2 \
    && install -d -m 0750 -o moe2 -g moe2 /var/lib/moe2-gate \
    && ln -s moe2-gate /usr/bin/moe2
COPY docker/healthcheck /usr/lib/moe2/healthcheck
# Gate and client are one file, which does what its name says.
COPY --from=programs /programs/moe2-image /usr/bin/moe2-gate
USER 10001:10001
WORKDIR /var/lib/moe2-gate
ENV HOME=/var/lib/moe2-gate
VOLUME /var/lib/moe2-gate
EXPOSE 7700 8080 9464
# SIGTERM drains: running queries end, then the gate exits with 0. Give it 35 s: docker stop --time 35.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["/usr/lib/moe2/healthcheck"]
ENTRYPOINT ["/usr/bin/moe2-gate"]
