FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/steelgate ./cmd/steelgate \
 && install -d -o 65532 -g 65532 -m 0700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/steelgate /usr/local/bin/steelgate
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV STEELGATE_LISTEN=0.0.0.0:8080 STEELGATE_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["/usr/local/bin/steelgate", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/steelgate"]
CMD ["serve"]
