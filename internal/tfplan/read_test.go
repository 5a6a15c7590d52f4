package tfplan_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfplan"
)

// document is a plan with the given list of resource changes.
func document(changes string) string {
	return `{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[` + changes + `],"configuration":{}}`
}

// resourceChange is an ordinary entry with the given change.
func resourceChange(change string) string {
	return `{"address":"null_resource.a","mode":"managed","type":"null_resource","name":"a","change":` + change + `}`
}

// TestHostile holds one plan for each way to show two plans to two readers, to
// hide what decides, or to use up memory. Each must be refused as a whole.
func TestHostile(t *testing.T) {
	t.Parallel()
	const deleted = `"actions":["delete"],"before":{"id":"1"},"after":null`
	tests := []struct{ name, plan, want string }{
		{"duplicate actions", document(resourceChange(`{` + deleted + `,"actions":["no-op"]}`)), "given twice"},
		{"duplicate list", `{"format_version":"1.2","resource_changes":[` + resourceChange(`{`+deleted+`}`) + `],"resource_changes":[]}`, "given twice"},
		{"duplicate in a skipped part", `{"format_version":"1.2","planned_values":{"a":1,"a":2}}`, "given twice"},
		{"duplicate by escape", document(resourceChange(`{` + deleted + `,"\u0061ctions":["no-op"]}`)), "given twice"},
		{"alias in a change", document(resourceChange(`{` + deleted + `,"Actions":["no-op"]}`)), `read as "actions"`},
		{"alias in an entry", document(`{"address":"null_resource.a","type":"null_resource","change":{` + deleted + `},"Change":{}}`), `read as "change"`},
		{"alias by long s", `{"format_version":"1.2","resource_changes":[],"reſource_changes":[]}`, `read as "resource_changes"`},
		{"alias by Kelvin sign", `{"format_version":"1.2","resource_changes":[],"checKs":[]}`, `read as "checks"`},
		{"alias in the state", `{"format_version":"1.2","prior_state":{"Values":{}}}`, `read as "values"`},
		{"empty actions", document(resourceChange(`{"actions":[],"before":null,"after":null}`)), "empty list of actions"},
		{"null actions", document(resourceChange(`{"actions":null,"before":null,"after":null}`)), "without a list of actions"},
		{"no actions", document(resourceChange(`{"before":null,"after":null}`)), "without a list of actions"},
		{"actions as text", document(resourceChange(`{"actions":"delete","before":null,"after":null}`)), "without a list of actions"},
		{"actions that are numbers", document(resourceChange(`{"actions":[1],"before":null,"after":null}`)), "without a list of actions"},
		{"null entry", document(`null`), "not an object"},
		{"null change", document(resourceChange(`null`)), "without change"},
		{"no address", document(`{"type":"null_resource","change":{` + deleted + `}}`), "without address"},
		{"no type", document(`{"address":"null_resource.a","change":{` + deleted + `}}`), "without type"},
		{"list as an object", `{"format_version":"1.2","resource_changes":{}}`, "a list was expected"},
		{"no-op that removes", document(resourceChange(`{"actions":["no-op"],"before":{"id":"1"},"after":null}`)), "no-op"},
		{"no-op that changes", document(resourceChange(`{"actions":["no-op"],"before":{"id":"1"},"after":{"id":"2"}}`)), "no-op"},
		{"delete that leaves", document(resourceChange(`{"actions":["delete"],"before":{"id":"1"},"after":{"id":"1"}}`)), "delete"},
		{"create of something", document(resourceChange(`{"actions":["create"],"before":{"id":"1"},"after":{"id":"1"}}`)), "create"},
		{"update of nothing", document(resourceChange(`{"actions":["update"],"before":null,"after":{}}`)), "does not exist"},
		{"type against address", document(`{"address":"aws_db_instance.a","type":"null_resource","change":{` + deleted + `}}`), "type is not the one"},
		{"name against address", document(`{"address":"null_resource.a","type":"null_resource","name":"b","change":{` + deleted + `}}`), "name is not the one"},
		{"mode against address", document(`{"address":"null_resource.a","type":"null_resource","mode":"data","change":{` + deleted + `}}`), "mode is not the one"},
		{"module against address", document(`{"address":"null_resource.a","type":"null_resource","module_address":"module.x","change":{` + deleted + `}}`), "module is not the one"},
		{"data that is deleted", document(`{"address":"data.x.a","type":"x","mode":"data","change":{` + deleted + `}}`), "only be read"},
		{"managed that is read", document(resourceChange(`{"actions":["read"],"before":null,"after":{}}`)), "only a data source"},
		{"address that is none", document(`{"address":"x","type":"x","change":{` + deleted + `}}`), "cannot be read"},
		{"two entries", document(resourceChange(`{`+deleted+`}`) + "," + resourceChange(`{"actions":["no-op"],"before":{},"after":{}}`)), "two resource changes"},
		{"index that is an object", document(`{"address":"x.a","type":"x","index":{},"change":{` + deleted + `}}`), "index"},
		{"raw byte", document("{\"address\":\"x.\xff\",\"type\":\"x\"}"), "UTF-8"},
		{"lone surrogate", document(`{"address":"x.\ud800","type":"x"}`), "not"},
		{"second document", document("") + document(""), "something follows the plan"},
		{"garbage after", document("") + "x", "something follows the plan"},
		{"cut off", document("")[:60], "cut off"},
		{"cut off in a list", `{"format_version":"1.2","resource_changes":[`, "cut off"},
		{"errored as text", `{"format_version":"1.2","configuration":{},"errored":"false"}`, "true or false"},
		{"complete as null", `{"format_version":"1.2","configuration":{},"complete":null}`, "true or false"},
		{"deep", `{"format_version":"1.2","x":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + "}", "nested too deeply"},
		{"version 2", `{"format_version":"2.0","configuration":{}}`, "format_version 2.0 is not one"},
		{"version with letters", `{"format_version":"v1.2","configuration":{}}`, "not a version"},
		{"version as a number", `{"format_version":1.2,"configuration":{}}`, "a string was expected"},
		{"nothing but a version", `{"format_version":"1.2"}`, "none of the parts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refused(t, tt.plan, tt.want, tfplan.Limits{})
		})
	}
}

func refused(t *testing.T, plan, want string, lim tfplan.Limits) {
	t.Helper()
	p, err := tfplan.Read(strings.NewReader(plan), "plan.json", tfplan.Options{Limits: lim})
	if err == nil {
		t.Fatalf("the plan was read: %+v", p)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("error %q does not say %q", err, want)
	}
	if len(p.Changes)+len(p.Exposures)+len(p.Totals) > 0 || p.FormatVersion != "" || p.Error == "" {
		t.Errorf("facts of a plan that was refused: %+v", p)
	}
}

// TestMistakes: files that are given by mistake have sentences of their own.
func TestMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "empty"},
		{"blank", " \n", "empty"},
		{"plan file", "PK\x03\x04....", "saved plan file"},
		{"gzip", "\x1f\x8b\x08", "gzip"},
		{"for people", "Terraform used the selected providers to generate the following execution plan.", "for people"},
		{"in colour", "\x1b[0m\x1b[1mdata.x", "for people"},
		{"state file", `{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"x","resources":[]}`, "state file"},
		{"JSON of a state", `{"format_version":"1.0","terraform_version":"1.11.4","values":{}}`, "JSON of a state"},
		{"log", `{"@level":"info","@message":"Terraform 1.11.4"}` + "\n{}", "log of"},
		{"no version", `{"resource_changes":[]}`, "format_version is missing"},
		{"list", `[]`, "not a JSON object"},
		{"null", `null`, "not a JSON object"},
		{"text", `hello`, "not a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refused(t, tt.text, tt.want, tfplan.Limits{})
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	entry := func(i int) string {
		return fmt.Sprintf(`{"address":"x.a%d","type":"x","change":{"actions":["create"],"before":null,"after":{}}}`, i)
	}
	three := document(entry(1) + "," + entry(2) + "," + entry(3))
	group := `{"address":"aws_security_group.a","type":"aws_security_group","change":{"actions":["create"],"before":null,"after":{"ingress":[` +
		strings.Repeat(`{"cidr_blocks":["10.0.0.0/8"]},`, 99) + `{}]}}}`
	tests := []struct {
		name, plan, want string
		lim              tfplan.Limits
	}{
		{"file", three, "larger than the limit", tfplan.Limits{MaxFile: int64(len(three)) - 1}},
		{"string", `{"x":"` + strings.Repeat("a", 1<<20) + `"}`, "one value is larger", tfplan.Limits{MaxValue: 64 << 10}},
		{"value", document(`{"x":["` + strings.Repeat(`","`, 1<<20) + `"]}`), "one value is larger", tfplan.Limits{MaxValue: 64 << 10}},
		{"members", `{"format_version":"1.2","x":{` + manyMembers(9000) + `}}`, "too many members", tfplan.Limits{MaxMembers: 100}},
		{"changes", three, "more resource changes", tfplan.Limits{MaxChanges: 2}},
		{"kept", three, "more than 2 changes", tfplan.Limits{MaxKept: 2}},
		{"tokens", document(group), "too many elements", tfplan.Limits{MaxTokens: 100}},
		{"rules", document(group), "more than 50 lines of network rules", tfplan.Limits{MaxRules: 50}},
		{"work", document(group), "too many to compare", tfplan.Limits{MaxWork: 50}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refused(t, tt.plan, tt.want, tt.lim)
		})
	}
	if p, err := tfplan.Read(strings.NewReader(three), "-", tfplan.Options{Limits: tfplan.Limits{MaxFile: int64(len(three))}}); err != nil || p.Size != int64(len(three)) {
		t.Errorf("a file of exactly the limit: %v, size %d", err, p.Size)
	}
	p, _ := tfplan.Read(strings.NewReader(three), "-", tfplan.Options{Limits: tfplan.Limits{MaxFile: 10}})
	if p.Digest != "" {
		t.Errorf("digest %s of a file that was not read to its end", p.Digest)
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"m%d":0,`, i)
	}
	return b.String() + `"last":0`
}

// TestEncodings: PowerShell writes UTF-16; the facts are the same, the digest is
// that of the bytes as they are.
func TestEncodings(t *testing.T) {
	t.Parallel()
	plain, err := os.ReadFile(fixtures + "/demo/before.plan.json")
	if err != nil {
		t.Fatal(err)
	}
	wide := func(order binary.ByteOrder, mark []byte) []byte {
		out := bytes.NewBuffer(mark)
		for _, u := range utf16.Encode([]rune(string(plain))) {
			_ = binary.Write(out, order, u)
		}
		return out.Bytes()
	}
	want, err := tfplan.Read(bytes.NewReader(plain), "p", tfplan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"utf-8 with a mark": append([]byte{0xEF, 0xBB, 0xBF}, plain...),
		"utf-16le":          wide(binary.LittleEndian, []byte{0xFF, 0xFE}),
		"utf-16be":          wide(binary.BigEndian, []byte{0xFE, 0xFF}),
	} {
		got, err := tfplan.Read(bytes.NewReader(text), "p", tfplan.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Digest == want.Digest || got.Size != int64(len(text)) {
			t.Errorf("%s: digest or size are not those of the raw bytes", name)
		}
		got.Digest, got.Size = want.Digest, want.Size
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	odd := append(wide(binary.LittleEndian, []byte{0xFF, 0xFE}), 'x')
	refused(t, string(odd), "odd number", tfplan.Limits{})
	half := []byte{0xFF, 0xFE, '{', 0, '"', 0, 0x00, 0xD8, 'a', 0, '"', 0}
	refused(t, string(half), "half a character", tfplan.Limits{})
}

// TestSame: an absent, a null and an empty list of changes are the same, and the
// order of members does not matter.
func TestSame(t *testing.T) {
	t.Parallel()
	var first checks.Plan
	for i, plan := range []string{
		`{"format_version":"1.2","configuration":{}}`,
		`{"format_version":"1.2","configuration":{},"resource_changes":null,"prior_state":null}`,
		`{"resource_changes":[],"configuration":{},"format_version":"1.2"}`,
	} {
		p, err := tfplan.Read(strings.NewReader(plan), "p", tfplan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p.Digest, p.Size = "", 0
		if i == 0 {
			first = p
		}
		if d := cmp.Diff(first, p); d != "" {
			t.Errorf("%s: %s", plan, d)
		}
	}
	state := `"prior_state":{"format_version":"1.0","values":{"root_module":{"child_modules":[{"resources":[{"address":"module.m.x.a","mode":"managed"},{"address":"module.m.x.b","mode":"managed","deposed_key":"1"}]}]}}}`
	change := `"resource_changes":[{"address":"module.n.x.a","previous_address":"module.m.x.a","type":"x","change":{"actions":["no-op"],"before":{"a":1,"b":2},"after":{"b":2,"a":1}}}]`
	for _, plan := range []string{
		`{"format_version":"1.2",` + state + `,` + change + `}`,
		`{"format_version":"1.2",` + change + `,` + state + `}`,
	} {
		p, err := tfplan.Read(strings.NewReader(plan), "p", tfplan.Options{})
		if err != nil || p.Coverage != checks.CoverageFull {
			t.Errorf("%v, coverage %s: %s", err, p.Coverage, plan)
		}
	}
}

func TestUnknownActions(t *testing.T) {
	t.Parallel()
	for _, verbs := range []string{
		`["obliterate"]`, `["Delete"]`, `["no-op","delete"]`, `["create","create"]`, `["delete\u200b"]`, `["no-op,"]`,
		`["delete,create"]`, `["create","delete","create"]`, `[""]`, `["a","b","c","d","e","f"]`,
	} {
		p, err := tfplan.Read(strings.NewReader(document(resourceChange(`{"actions":`+verbs+`,"before":{},"after":{}}`))), "p", tfplan.Options{})
		if err != nil || len(p.Changes) != 1 || p.Changes[0].Action != checks.ActionUnknown || len(p.Changes[0].Verbs) > 5 {
			t.Errorf("%s: %v %+v", verbs, err, p.Changes)
		}
	}
}

// TestSecrets: no value and no name below a value reaches facts or errors.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const canary = "hunter2"
	for _, plan := range []string{
		document(resourceChange(`{"actions":["update"],"before":{"` + canary + `":1,"` + canary + `":2},"after":{}}`)),
		`{"format_version":"1.2","variables":{"` + canary + `":{"value":"` + canary + `","value":1}}}`,
		`{"format_version":"1.2","planned_values":{"root_module":{"resources":[{"values":{"` + canary + `":{"` + canary + `":1,"` + canary + `":1}}}]}}}`,
		`{"format_version":"` + canary + `","configuration":{}}`,
		document(resourceChange(`{"actions":["update"],"before":{"a":"` + canary + `` + "\xff" + `"},"after":{}}`)),
		document(resourceChange(`{"actions":["update"],"before":{"a":"` + canary + `"},"after":{"a":` + canary + `}}`)),
		document(resourceChange(`{"actions":["delete","create"],"before":{"m":{}},"after":{"m":{}},"before_sensitive":{"m":true},"replace_paths":[["m","` + canary + `"],["` + canary + ` x"]],"importing":{"id":"` + canary + `"}},"action_reason":"` + canary + ` !"`)),
		document(`{"address":"aws_security_group.a","type":"aws_security_group","change":{"actions":["create"],"before":null,"after":{"ingress":[{"protocol":"` + canary + `","cidr_blocks":["` + canary + `","203.0.113.77/32"]}]},"after_sensitive":{"ingress":true}}}`),
		document(`{"address":"aws_security_group.a","type":"aws_security_group","index":"` + canary + `","change":{"actions":["create"],"before":null,"after":{},"after_sensitive":1,"replace_paths":"` + canary + `"}}`),
	} {
		p, err := tfplan.Read(strings.NewReader(plan), "p", tfplan.Options{})
		text := fmt.Sprintf("%+v %v", p, err)
		if strings.Contains(text, canary) || strings.Contains(text, "203.0.113.77") {
			t.Errorf("a secret came through:\n%s\n%s", plan, text)
		}
	}
}

func TestErrorPlace(t *testing.T) {
	t.Parallel()
	_, err := tfplan.Read(strings.NewReader(document(resourceChange(`{"actions":["create"],"before":null,"after":{"x":{"a":1,"a":2}}}`))), "p", tfplan.Options{})
	var e *tfplan.Error
	if !errors.As(err, &e) || e.Pointer != "/resource_changes/0/change/after/…" || e.Offset < 100 {
		t.Errorf("%v: %+v", err, e)
	}
}

// TestLawUndecidedIsNotPassed: a plan from which the prior state was cut out, or the
// objects out of the prior state, does not look like a first apply.
func TestLawUndecidedIsNotPassed(t *testing.T) {
	t.Parallel()
	update := resourceChange(`{"actions":["update"],"before":{"id":"1"},"after":{"id":"1","n":1}}`)
	create := resourceChange(`{"actions":["create"],"before":null,"after":{"n":1}}`)
	imported := resourceChange(`{"actions":["update"],"before":{"id":"1"},"after":{"id":"1","n":1},"importing":{"id":"1"}}`)
	state := func(addresses ...string) string {
		var rs []string
		for _, a := range addresses {
			rs = append(rs, `{"address":"`+a+`","mode":"managed"}`)
		}
		return `,"prior_state":{"values":{"root_module":{"resources":[` + strings.Join(rs, ",") + `]}}}`
	}
	for name, tt := range map[string]struct {
		plan string
		want checks.Coverage
	}{
		"first apply":             {document(create), checks.CoverageNone},
		"import at a first apply": {document(imported), checks.CoverageNone},
		"whole":                   {strings.TrimSuffix(document(update), "}") + state("null_resource.a") + "}", checks.CoverageFull},
		"no prior state":          {document(update), checks.CoverageMissing},
		"no-op, no prior state":   {document(resourceChange(`{"actions":["no-op"],"before":{"id":"1"},"after":{"id":"1"}}`)), checks.CoverageMissing},
		"cut out of the state":    {strings.TrimSuffix(document(update+","+strings.ReplaceAll(strings.ReplaceAll(update, "null_resource.a", "null_resource.b"), `"name":"a"`, `"name":"b"`)), "}") + state("null_resource.b") + "}", checks.CoverageMissing},
		"cut out of the changes":  {strings.TrimSuffix(document(update), "}") + state("null_resource.a", "null_resource.b") + "}", checks.CoveragePartial},
	} {
		p, err := tfplan.Read(strings.NewReader(tt.plan), "p", tfplan.Options{})
		if err != nil || p.Coverage != tt.want {
			t.Errorf("%s: %s, %v", name, p.Coverage, err)
		}
	}
}

// TestConfigurationBomb: a configuration that is small when compressed and names
// very much is refused before it is held.
func TestConfigurationBomb(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"format_version":"1.2","configuration":{"root_module":{"resources":[`)
	for i := range 2000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"address":"x_y.r%d","mode":"managed","type":"x_y","expressions":{`, i)
		for k := range 500 {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"a%d":{}`, k)
		}
		b.WriteString("}}")
	}
	b.WriteString(`]}},"resource_changes":[]}`)
	refused(t, b.String(), "more than 16 MiB would have to be kept", tfplan.Limits{})
	twice := `{"format_version":"1.2","configuration":{"root_module":{"resources":[{"address":"x_y.a","mode":"managed","provisioners":[{"type":"local-exec"}]},{"address":"x_y.a","mode":"managed"}]}},"resource_changes":[]}`
	refused(t, twice, "two configured resources with the same address", tfplan.Limits{})
}
