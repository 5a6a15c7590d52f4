# The images of Claw Verified. One binary, two images:
#
#   server   the GitHub App: static, from scratch, not root
#   action   the container action: has git, runs as root. It is the last stage
#            because GitHub builds an action's image without --target.
#
# Base images are named by tag here. To pin them by digest, as a release does:
#
#   docker buildx imagetools inspect golang:1.26 --format '{{.Manifest.Digest}}'
#
# and write golang:1.26@sha256:… (Dependabot keeps tag and digest together).

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY checks checks
COPY cmd cmd
COPY internal internal
ARG VERSION=
# No `go mod download`: it would fetch every module of the graph, the build only
# those it needs. Each one is checked against go.sum.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/claw-verified/claw-verified/internal/version.version=${VERSION}" \
      -o /out/claw-verified ./cmd/claw-verified

FROM scratch AS server
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/claw-verified /claw-verified
USER 65532:65532
ENTRYPOINT ["/claw-verified"]

FROM debian:bookworm-slim AS action
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
COPY LICENSE /usr/share/doc/claw-verified/LICENSE
COPY --from=build /out/claw-verified /usr/local/bin/claw-verified
# No USER: the runner's command files belong to an account of the host that this
# image cannot know, so GitHub asks for root. SECURITY.md says what that means.
ENTRYPOINT ["/usr/local/bin/claw-verified"]
