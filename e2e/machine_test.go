//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// machine is podman with settings of its own: what runs here touches neither the
// images nor the settings of whoever runs the tests.
type machine struct {
	env    []string // settings of podman, for every command
	socket string   // of podman's Docker API
	root   string   // the repository
	cache  string
}

// host is the machine of all tests; nil when this one cannot run them.
var host *machine

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		if os.Getenv("CI") == "true" {
			os.Exit(1)
		}
		fmt.Fprintln(os.Stderr, "e2e: NOTHING WAS TESTED. With CI=true this is an error.")
		os.Exit(0)
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	if err := missing(); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "claw-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), 17*time.Minute)
	defer cancel()
	host, err = newMachine(dir)
	if err != nil {
		return 0, err
	}
	unlock, err := host.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	// What a run that was killed has left: its containers still run.
	if err := host.sweep(ctx); err != nil {
		return 0, err
	}
	stop, err := host.serve(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer stop()
	if err := host.standIns(ctx, dir); err != nil {
		return 0, err
	}
	code := m.Run()
	// The tests are done: what they say stands, whatever is left lying about.
	if err := host.sweep(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: clean up:", err)
	}
	return code, nil
}

// missing says what this machine lacks.
func missing() error {
	var errs []error
	if os.Getuid() != 0 {
		errs = append(errs, errors.New("images can only be made and run as root here"))
	}
	for _, name := range []string{"podman", "mmdebstrap", "git", "ssh-keygen"} {
		if _, err := exec.LookPath(name); err != nil {
			errs = append(errs, err)
		}
	}
	if _, err := ociRuntime(); err != nil {
		errs = append(errs, err)
	}
	if act := os.Getenv("CLAW_E2E_ACT"); act == "" {
		errs = append(errs, errors.New("CLAW_E2E_ACT does not name act: use make e2e"))
	}
	return errors.Join(errs...)
}

func ociRuntime() (string, error) {
	for _, name := range []string{"runc", "crun"} { // old versions of crun refuse hybrid cgroups
		if _, err := exec.LookPath(name); err == nil {
			return name, nil
		}
	}
	return "", errors.New("neither runc nor crun is installed")
}

func newMachine(dir string) (*machine, error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return nil, err
	}
	runtime, err := ociRuntime()
	if err != nil {
		return nil, err
	}
	h := &machine{root: root, cache: filepath.Join(root, ".cache", "e2e"), socket: filepath.Join(dir, "podman.sock")}
	store := filepath.Join(h.cache, "storage")
	if err := os.MkdirAll(store, 0o700); err != nil {
		return nil, err
	}
	// Podman keeps there what must not outlive a start of the system. One place for
	// one store: else podman takes its own running containers for dead ones.
	running := fmt.Sprintf("/run/claw-e2e-%08x", crc32.ChecksumIEEE([]byte(store)))
	settings := map[string]string{
		// Host network and small limits, because a container that runs the tests may
		// be allowed no more. Names are not sent to a hub: the images are here.
		"containers.conf": fmt.Sprintf("[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\nnetns = \"host\"\n"+
			"[engine]\nruntime = %q\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\ncompat_api_enforce_docker_hub = false\n", runtime),
		"storage.conf":    fmt.Sprintf("[storage]\ndriver = \"overlay\"\ngraphroot = %q\nrunroot = %q\n", store, running),
		"registries.conf": "unqualified-search-registries = []\n",
	}
	for name, content := range settings {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	h.env = append(os.Environ(),
		"CONTAINERS_CONF="+filepath.Join(dir, "containers.conf"),
		"CONTAINERS_STORAGE_CONF="+filepath.Join(dir, "storage.conf"),
		"CONTAINERS_REGISTRIES_CONF="+filepath.Join(dir, "registries.conf"),
		"BUILDAH_ISOLATION=chroot",
		"DOCKER_HOST=unix://"+h.socket,
	)
	return h, nil
}

// lock waits until no other run uses the store: two builds of the same images would
// stand in each other's way.
func (h *machine) lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(h.cache, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return func() { _ = f.Close() }, nil
}

// sweep removes containers, those of builds that were killed too, and images that
// have no name: what builds leave behind holds a module cache each.
func (h *machine) sweep(ctx context.Context) error {
	ids, err := h.must(ctx, h.root, "podman", "ps", "--all", "--external", "--quiet", "--no-trunc")
	if err != nil {
		return err
	}
	if list := strings.Fields(ids); len(list) > 0 {
		if _, err := h.must(ctx, h.root, "podman", append([]string{"rm", "--force", "--volumes", "--time", "0"}, list...)...); err != nil {
			return err
		}
	}
	_, err = h.must(ctx, h.root, "podman", "image", "prune", "--force")
	return err
}

// serve starts podman's Docker API, which act speaks, and waits for it. It ends of
// itself when nobody has used it for twenty minutes, should this program be killed.
func (h *machine) serve(ctx context.Context, dir string) (stop func(), err error) {
	cmd := exec.Command("podman", "system", "service", "--time=1200", "unix://"+h.socket)
	cmd.Env = h.env
	log, err := os.Create(filepath.Join(dir, "service.log"))
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		_ = log.Close()
	}
	for range 100 {
		if _, err := os.Stat(h.socket); err == nil {
			return stop, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	stop()
	said, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("podman's API does not start: %s", said)
}

// result is what a program said and did.
type result struct {
	out, errs string
	code      int
}

// longest is what one program may take: a cold build with slow mirrors fits in.
const longest = 8 * time.Minute

// run starts a program with podman's settings and further variables. A program that
// takes too long is killed, and the error has what it said till then.
func (h *machine) run(ctx context.Context, dir string, env []string, name string, args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second // what it started may hold its output open
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, slices.Concat(h.env, env), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		err = nil
	}
	r := result{out: out.String(), errs: errs.String(), code: -1}
	if err != nil {
		return r, fmt.Errorf("run %s: %w\n%s%s", name, errors.Join(err, context.Cause(ctx)), r.out, r.errs)
	}
	r.code = cmd.ProcessState.ExitCode()
	return r, nil
}

// must is run for a program that has to succeed.
func (h *machine) must(ctx context.Context, dir, name string, args ...string) (string, error) {
	r, err := h.run(ctx, dir, nil, name, args...)
	if err == nil && r.code != 0 {
		err = fmt.Errorf("exit code %d", r.code)
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, r.out, r.errs)
	}
	return r.out, nil
}
