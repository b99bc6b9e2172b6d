# One static binary on nothing. The tags are the toolchains that the tests ran with; go.mod and console/package.json say the least that
# will do. The console is the same whatever the image's platform is.
FROM --platform=$BUILDPLATFORM node:20.20.2-bookworm-slim AS console
WORKDIR /src/console
COPY console/package.json console/package-lock.json console/.npmrc ./
RUN npm ci --ignore-scripts --no-progress
COPY console ./
RUN npm run --silent build

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=console /src/console/dist console/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/steelgate ./cmd/steelgate \
 && install -d -o 65532 -g 65532 -m 0700 /out/data

FROM scratch
# For Postgres and Redis over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/steelgate /usr/local/bin/steelgate
# The embedded database, and the keyring unless --keyring-file names another place. Keep a copy of the keyring elsewhere.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV STEELGATE_LISTEN=0.0.0.0:8080 STEELGATE_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Asks /readyz at STEELGATE_LISTEN: ready is what matters, for a stale replica decides nothing.
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["/usr/local/bin/steelgate", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/steelgate"]
CMD ["serve"]
