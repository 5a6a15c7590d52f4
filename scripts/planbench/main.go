// Command planbench measures how fast plans are read, beside other programs, on the
// same made-up plans in the same run:
//
//	planbench -sizes 1MB,50MB,500MB
//
// It writes each plan into a temporary folder and gives it to claw-verified plan show
// with everything on, to a program that only unmarshals it with terraform-json, to jq
// and to conftest with a small policy. It prints wall time, processor time and the
// greatest resident memory of each, the best of a few runs; and it fails when a bar is
// missed at the size that the bars are for. A program that is not there is left out,
// loudly. Not on Windows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/claw-verified/claw-verified/internal/tfplan/plangen"
)

// The bars, for the largest plan.
const (
	barSize      = "500MB"
	barConftest  = 12 // times faster
	barUnmarshal = 8
	barMemory    = 64 // MiB
)

func main() {
	sizes := flag.String("sizes", "1MB,50MB", "how large the plans are")
	bin := flag.String("bin", "bin/claw-verified", "the program to measure")
	conftest := flag.String("conftest", "conftest", "where conftest is")
	unmarshal := flag.String("unmarshal", "", "only unmarshal this file with terraform-json")
	flag.Parse()
	var err error
	if *unmarshal != "" {
		err = parse(*unmarshal)
	} else {
		err = run(context.Background(), strings.Split(*sizes, ","), *bin, *conftest)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "planbench:", err)
		os.Exit(1)
	}
}

// parse is what a tool does that is built on terraform-json.
func parse(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var p tfjson.Plan
	if err := p.UnmarshalJSON(b); err != nil {
		return err
	}
	_, err = fmt.Println(len(p.ResourceChanges))
	return err
}

// policy asks of conftest less than we do: which objects are destroyed.
const policy = `package main

deny contains msg if {
	some c in input.resource_changes
	"delete" in c.change.actions
	msg := sprintf("%s would be destroyed", [c.address])
}
`

// contender is a program with its arguments; the plan comes last.
type contender struct {
	name string
	args []string
	exit []int // status that is no failure
}

func contenders(dir, bin, conftest string) ([]contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "plan.rego"), []byte(policy), 0o600); err != nil {
		return nil, err
	}
	all := []contender{
		{"claw-verified", []string{bin, "plan", "show", "--format", "json=" + filepath.Join(dir, "report.json")}, []int{0, 1}},
		{"terraform-json", []string{self, "-unmarshal"}, []int{0}},
		{"jq", []string{"jq", ".resource_changes|length"}, []int{0}},
		{"conftest", []string{conftest, "test", "--no-color", "--policy", dir}, []int{0, 1}},
	}
	var out []contender
	for _, c := range all {
		path, err := exec.LookPath(c.args[0])
		switch {
		case err == nil:
			c.args[0] = path
			out = append(out, c)
		case c.name == "claw-verified":
			return nil, err
		default:
			fmt.Fprintf(os.Stderr, "planbench: %s is not here, so nothing is compared with it\n", c.name)
		}
	}
	return out, nil
}

func run(ctx context.Context, sizes []string, bin, conftest string) error {
	dir, err := os.MkdirTemp("", "planbench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	all, err := contenders(dir, bin, conftest)
	if err != nil {
		return err
	}
	var missed error
	for _, s := range sizes {
		o, err := plangen.ForSize(s)
		if err != nil {
			return err
		}
		o.Open, o.Seed = 3, 1
		file := filepath.Join(dir, "plan.json")
		n, err := generate(file, o)
		if err != nil {
			return fmt.Errorf("write plan of %s: %w", s, err)
		}
		fmt.Printf("\n%s: %d bytes, %d resource changes\n", s, n, o.Changes)
		results := map[string]measure{}
		fmt.Printf("  %-16s %9s %9s %9s %9s\n", "", "wall", "CPU", "memory", "slower by")
		for _, c := range all {
			m, err := best(ctx, c, file)
			if err != nil {
				return err
			}
			results[c.name] = m
			fmt.Printf("  %-16s %8.3fs %8.3fs %6d MiB %8.1f×\n", c.name, m.wall.Seconds(), m.cpu.Seconds(), m.memory, results["claw-verified"].times(m))
		}
		if s == barSize {
			missed = bars(results)
		}
	}
	return missed
}

func generate(file string, o plangen.Options) (int64, error) {
	f, err := os.Create(file) //nolint:gosec // our own temporary folder
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := plangen.Write(f, o); err != nil {
		return 0, err
	}
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), f.Close()
}

// measure is what one run took.
type measure struct {
	wall, cpu time.Duration
	memory    int64 // MiB, the greatest resident set
}

// times says how many times slower b is.
func (m measure) times(b measure) float64 { return float64(b.wall) / float64(m.wall) }

// best runs a program up to five times, or once if that takes long, and returns the
// fastest run, with the greatest memory of any.
func best(ctx context.Context, c contender, file string) (measure, error) {
	var out measure
	var spent time.Duration
	for n := 0; n < 5 && (n == 0 || spent < 5*time.Second); n++ {
		m, err := once(ctx, c, file)
		if err != nil {
			return out, fmt.Errorf("run %s: %w", c.name, err)
		}
		spent += m.wall
		m.memory = max(m.memory, out.memory)
		if n == 0 || m.wall < out.wall {
			out.wall, out.cpu = m.wall, m.cpu
		}
		out.memory = m.memory
	}
	return out, nil
}

func once(ctx context.Context, c contender, file string) (measure, error) {
	cmd := exec.CommandContext(ctx, c.args[0], append(c.args[1:len(c.args):len(c.args)], file)...) //nolint:gosec // the programs above
	var said strings.Builder
	cmd.Stderr = &limited{&said, 2000}
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return measure{}, err
	}
	ok := false
	for _, code := range c.exit {
		ok = ok || cmd.ProcessState.ExitCode() == code
	}
	if !ok {
		return measure{}, fmt.Errorf("%s: %s", cmd.ProcessState, said.String())
	}
	m := measure{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.memory = u.Maxrss >> 10 // Linux says KiB
	}
	return m, nil
}

// limited keeps the beginning of what a program says.
type limited struct {
	*strings.Builder
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.Builder.Write(p[:n])
	return len(p), nil
}

func bars(r map[string]measure) error {
	var missed []string
	ours := r["claw-verified"]
	for _, b := range []struct {
		name string
		bar  float64
	}{{"conftest", barConftest}, {"terraform-json", barUnmarshal}} {
		if m, ok := r[b.name]; ok && ours.times(m) < b.bar {
			missed = append(missed, fmt.Sprintf("%.1f× faster than %s, wanted %.0f×", ours.times(m), b.name, b.bar))
		}
	}
	if ours.memory > barMemory {
		missed = append(missed, strconv.FormatInt(ours.memory, 10)+" MiB of memory, wanted "+strconv.Itoa(barMemory))
	}
	if len(missed) > 0 {
		return errors.New("bars missed: " + strings.Join(missed, "; "))
	}
	fmt.Println("all bars are met")
	return nil
}
