package tfplan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// soakChanges is how many changes one plan has: reading a plan costs more than a
// change.
const soakChanges = 100

// TestSoak feeds resource changes to the reader and so to every classifier:
// resources of every type of the table, with attributes that the classifiers look
// at, holding values that mean something and values that do not, and one plan in
// twenty broken as text. No panic, no hang, no growth. 50,000 changes, or as many as
// CLAW_SOAK says: CLAW_SOAK=10000000 takes minutes.
func TestSoak(t *testing.T) {
	t.Parallel()
	n := int64(50_000)
	if s := os.Getenv("CLAW_SOAK"); s != "" {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n = v
	}
	kinds := soakTypes()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var done, read, slow atomic.Int64
	var wait sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			g := soak{rand.New(rand.NewPCG(7, uint64(worker))), kinds} //nolint:gosec // repeatable
			for done.Add(soakChanges) <= n {
				plan := g.plan()
				start := time.Now()
				_, err := tfplan.Read(bytes.NewReader(plan), "p", tfplan.Options{Limits: tfplan.Limits{MaxWork: 1_000_000}})
				if d := time.Since(start); d > 10*time.Second {
					slow.Add(1)
					t.Errorf("%s for %s", d, plan)
				}
				if err == nil {
					read.Add(soakChanges)
				}
			}
		})
	}
	wait.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if read.Load() < n/4 {
		t.Errorf("only %d of %d changes were read", read.Load(), n)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 256<<20 { //nolint:gosec // sizes
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	t.Logf("%d changes, %d of them read", n, read.Load())
}

type soakType struct {
	name       string
	attributes []string
}

// soakTypes are the types of the table with the attributes that are looked at.
func soakTypes() []soakType {
	table := resource.Builtin()
	var out []soakType
	for _, t := range table.Types() {
		if strings.ContainsAny(t.Name, "*?") {
			continue
		}
		k := soakType{name: t.Name, attributes: []string{"id", "tags", "policy", "name", "rule", "enabled", "ingress", "egress", "metadata", "spec", "manifest"}}
		add := func(paths ...string) {
			for _, p := range paths {
				for one := range strings.FieldsFuncSeq(p, func(r rune) bool { return r == '|' || r == ',' }) {
					k.attributes = append(k.attributes, one)
				}
			}
		}
		if t.Network != nil {
			add(t.Network.IngressPath, t.Network.EgressPath)
			for _, p := range t.Network.Rule {
				add(p)
			}
		}
		if t.Grants != nil {
			add(t.Grants.Policies...)
		}
		add(t.Guards...)
		for _, w := range table.Watches(t.Name) {
			add(w.Top())
		}
		out = append(out, k)
	}
	return out
}

type soak struct {
	*rand.Rand
	kinds []soakType
}

var soakTexts = []string{
	"", "*", "0.0.0.0/0", "::/0", "10.0.0.0/8", "0.0.0.0-255.255.255.255", "tcp", "-1", "Allow", "Deny", "ingress", "INGRESS", "true", "false", "allUsers", "roles/owner",
	"system:masters", "public-read", "Enabled", "DISABLED", "443", "0-65535", "22", "hunter2", "\u0000", "é", "sg-1",
	`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, `{"Statement":{"Effect":"Deny","NotAction":["iam:*"],"Principal":{"AWS":"*"}}}`, `{"a":1,"a":2}`, `[`, `path "*" { capabilities = ["sudo"] }`,
	"kind: NetworkPolicy\nspec: {podSelector: {}}",
}

func (g *soak) value(depth int) any {
	switch k := g.IntN(10); {
	case k < 4 || depth > 3:
		return soakTexts[g.IntN(len(soakTexts))]
	case k == 4:
		return g.IntN(70000) - 1
	case k == 5:
		return g.IntN(2) == 0
	case k == 6:
		return nil
	case k < 9:
		l := make([]any, g.IntN(3))
		for i := range l {
			l[i] = g.value(depth + 1)
		}
		return l
	}
	return g.object(nil, depth+1)
}

func (g *soak) object(attributes []string, depth int) map[string]any {
	m := map[string]any{}
	for range g.IntN(5) {
		path := g.attribute(attributes)
		at := m
		steps := strings.Split(path, ".")
		for i, s := range steps {
			name, list := strings.CutSuffix(s, "[]")
			if i == len(steps)-1 {
				at[name] = g.value(depth)
				if list {
					at[name] = []any{g.value(depth)}
				}
				break
			}
			next := map[string]any{}
			at[name] = next
			if list {
				at[name] = []any{next}
			}
			at = next
		}
	}
	return m
}

func (g *soak) attribute(attributes []string) string {
	if len(attributes) == 0 || g.IntN(4) == 0 {
		k := g.kinds[g.IntN(len(g.kinds))]
		attributes = k.attributes
	}
	return attributes[g.IntN(len(attributes))]
}

func (g *soak) mask() any {
	if g.IntN(3) > 0 {
		return map[string]any{}
	}
	return g.value(2)
}

func (g *soak) plan() []byte {
	var changes, configs []any
	for i := range soakChanges {
		change, config := g.change(i)
		changes, configs = append(changes, change), append(configs, config)
	}
	plan, err := json.Marshal(map[string]any{
		"format_version": "1.2", "resource_changes": changes,
		"configuration": map[string]any{"root_module": map[string]any{"resources": configs}},
	})
	if err != nil {
		panic(err)
	}
	if g.IntN(20) == 0 {
		for range 1 + g.IntN(3) {
			i := g.IntN(len(plan))
			switch g.IntN(3) {
			case 0:
				plan[i] = byte(g.IntN(256)) //nolint:gosec // a byte
			case 1:
				plan = append(plan[:i:i], plan[i+1:]...)
			case 2:
				plan = append(plan[:i:i], append([]byte(`,"after":{}`), plan[i:]...)...)
			}
		}
	}
	return plan
}

func (g *soak) change(i int) (change, config map[string]any) {
	k := g.kinds[g.IntN(len(g.kinds))]
	name := fmt.Sprintf("a%d", i)
	actions := [][]string{{"create"}, {"update"}, {"update"}, {"delete"}, {"delete", "create"}, {"create", "delete"}, {"forget"}, {"no-op"}, {"create", "forget"}}[g.IntN(9)]
	values := map[string]any{"actions": actions, "before": g.object(k.attributes, 0), "after": g.object(k.attributes, 0), "after_unknown": g.mask(), "before_sensitive": g.mask(), "after_sensitive": g.mask()}
	switch actions[0] + fmt.Sprint(len(actions)) {
	case "create1":
		values["before"] = nil
	case "delete1", "forget1":
		values["after"] = nil
	case "no-op1":
		values["after"] = values["before"]
	}
	change = map[string]any{"address": k.name + "." + name, "mode": "managed", "type": k.name, "name": name, "change": values}
	return change, map[string]any{"address": k.name + "." + name, "mode": "managed", "type": k.name, "expressions": g.object(k.attributes, 2)}
}
