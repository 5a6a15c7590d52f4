//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// The server image holds the program and nothing to run besides, and is not root.
func TestServerImage(t *testing.T) {
	image := shipped(t, "server")
	r, err := host.run(t.Context(), host.root, nil, "podman", "run", "--rm", "--read-only", "--cap-drop=all", image, "version")
	if err != nil || r.code != 0 || !strings.Contains(r.out, testVersion) {
		t.Errorf("version: %v, exit code %d\n%s%s", err, r.code, r.out, r.errs)
	}
	user, err := host.must(t.Context(), host.root, "podman", "image", "inspect", "--format", "{{.Config.User}} {{.Architecture}}", image)
	if err != nil || !strings.HasPrefix(user, "65532:65532 ") {
		t.Errorf("user %q, %v", user, err)
	}
	if r, err := host.run(t.Context(), host.root, nil, "podman", "run", "--rm", "--entrypoint", "/bin/sh", image, "-c", "true"); err != nil || r.code == 0 {
		t.Errorf("the image has a shell: %v, exit code %d", err, r.code)
	}
}
