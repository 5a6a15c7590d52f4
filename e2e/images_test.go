//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The stand-ins. The first two have the names that the Dockerfile uses; without a
// registry to ask, podman finds them here.
const (
	debianImage = "localhost/debian:bookworm-slim"
	golangImage = "localhost/golang:1.26"
	jobImage    = "localhost/claw-e2e-job:1" // what a hosted runner has, as far as act needs it
)

const golangFile = `FROM ` + debianImage + `
COPY go /usr/local/go
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin GOPATH=/go GOTOOLCHAIN=local
WORKDIR /go
`

const jobFile = `FROM ` + debianImage + `
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
`

// standIns makes the images that are not in the cache yet.
func (h *machine) standIns(ctx context.Context, dir string) error {
	if !h.has(ctx, debianImage) {
		tar := filepath.Join(dir, "debian.tar")
		if _, err := h.must(ctx, dir, "mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", "bookworm", tar); err != nil {
			return err
		}
		if _, err := h.must(ctx, dir, "podman", "import", "--quiet", tar, debianImage); err != nil {
			return err
		}
		_ = os.Remove(tar)
	}
	// The Go that runs the test is the one in the image; another one makes it anew.
	label, err := h.run(ctx, dir, nil, "podman", "image", "inspect", "--format", "{{index .Labels \"go\"}}", golangImage)
	if err != nil {
		return err
	}
	if strings.TrimSpace(label.out) != runtime.Version() {
		if err := h.golang(ctx, dir); err != nil {
			return err
		}
	}
	if !h.has(ctx, jobImage) {
		return h.build(ctx, dir, jobFile, dir, jobImage)
	}
	return nil
}

func (h *machine) golang(ctx context.Context, dir string) error {
	goroot, err := h.must(ctx, dir, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	content := filepath.Join(dir, "golang")
	if err := os.Mkdir(content, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(content)
	// A network may have a certificate authority of its own; the module proxy is
	// reached through it.
	if _, err := h.must(ctx, dir, "cp", "/etc/ssl/certs/ca-certificates.crt", content); err != nil {
		return err
	}
	if _, err := h.must(ctx, dir, "cp", "-r", strings.TrimSpace(goroot), filepath.Join(content, "go")); err != nil {
		return err
	}
	return h.build(ctx, dir, golangFile, content, golangImage, "--label", "go="+runtime.Version())
}

func (h *machine) has(ctx context.Context, image string) bool {
	r, err := h.run(ctx, h.root, nil, "podman", "image", "exists", image)
	return err == nil && r.code == 0
}

func (h *machine) build(ctx context.Context, dir, file, content, image string, args ...string) error {
	name := filepath.Join(dir, "Containerfile")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		return err
	}
	_, err := h.must(ctx, dir, "podman", append(append([]string{"build", "--quiet", "--pull=never", "-f", name, "-t", image}, args...), content)...)
	return err
}

// shipped builds an image from the Dockerfile as it is: the default target, as
// GitHub does it, or a named one.
func shipped(t *testing.T, target string) string {
	t.Helper()
	image, err := images[target]()
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// images builds each image once, when the first test asks for it.
var images = map[string]func() (string, error){
	"": sync.OnceValues(func() (string, error) { return buildShipped("action") }),
	"server": sync.OnceValues(func() (string, error) {
		return buildShipped("server", "--target", "server", "--build-arg", "VERSION="+testVersion)
	}),
}

// testVersion is what the server image is told that it is.
const testVersion = "v0.0.0-e2e"

func buildShipped(name string, args ...string) (string, error) {
	image := fmt.Sprintf("localhost/claw-e2e-%s:1", name)
	args = append([]string{"build", "--pull=never", "-t", image, "-f", filepath.Join(host.root, "Dockerfile")}, args...)
	_, err := host.must(context.Background(), host.root, "podman", append(args, host.root)...)
	return image, err
}
