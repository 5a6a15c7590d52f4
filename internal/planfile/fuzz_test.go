package planfile_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

// small keeps the fuzzer fast, and makes the limits part of what is tried.
var small = planfile.Limits{MaxEntry: 1 << 20, MaxConfig: 2 << 20, MaxPlan: 4 << 20, MaxChanges: 1000, MaxText: 1 << 20}

// FuzzRead turns bytes of real plan files. What is read must be what Go's own zip
// reader sees: the same entries with the same content.
func FuzzRead(f *testing.F) {
	for _, p := range recorded(f) {
		f.Add(p.file)
	}
	f.Add(byHand{parts: good()}.bytes())
	f.Add(encrypted(f, strings.Repeat("x", 200)))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := planfile.Read(bytes.NewReader(b), int64(len(b)), small)
		if err != nil || file.Encrypted() {
			return
		}
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("read, and archive/zip says: %v", err)
		}
		theirs := map[string]string{}
		for _, e := range z.File {
			name, ok := strings.CutPrefix(e.Name, "tfconfig/m-")
			if !ok {
				continue
			}
			r, err := e.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatalf("%s is read, and archive/zip says: %v", e.Name, err)
			}
			theirs[name] = blob(string(content))
		}
		if len(theirs) != len(file.Config) {
			t.Fatalf("archive/zip sees %d files, we %d", len(theirs), len(file.Config))
		}
		for _, c := range file.Config {
			if theirs[c.Module+"/"+c.Name] != c.SHA1 {
				t.Fatalf("%s/%s: other content", c.Module, c.Name)
			}
		}
		use(file)
	})
}

// use calls all that can be asked of a file.
func use(file *planfile.File) {
	file.Facts()
	file.NumActions()
	c := file.Compare()
	c.Change("a.b", "", []string{"create"})
	c.Change("a.b", "0123abcd", nil)
	c.Output("o", []string{"update"})
	c.Facts(planfile.Stated{ToolVersion: "x", Variables: []string{"a"}, Timestamp: time.Unix(1, 0)})
	if d := c.Done(); len(d) > 21 {
		panic(len(d))
	}
	file.CompareLock([]byte(lockText))
	planfile.Match(file, tree(moduleFiles), false)
}

// FuzzMessage holds the walker against Go's protobuf library, which is what both
// tools read the message with. What we accept, it accepts, and it sees the same
// objects with the same actions.
func FuzzMessage(f *testing.F) {
	for _, p := range recorded(f) {
		z, err := zip.NewReader(bytes.NewReader(p.file), int64(len(p.file)))
		if err != nil {
			f.Fatal(err)
		}
		r, err := z.Open("tfplan")
		if err != nil {
			f.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(plan().str(6, "x").num(500_000_001, 1).sub(3, planned("a.b", 10)).sub(30, nil).str(32, "y").sub(27, nil)))
	descriptor := planDescriptor(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 {
			return
		}
		parts := []part{{name: "tfplan", content: string(b), stored: true}, {name: "tfconfig/modules.json", content: rootOnly, stored: true}}
		z := byHand{parts: parts}.bytes()
		file, err := planfile.Read(bytes.NewReader(z), int64(len(z)), small)
		if err != nil {
			return
		}
		m := dynamicpb.NewMessage(descriptor)
		if err := proto.Unmarshal(b, m); err != nil {
			t.Fatalf("read, and the protobuf library says: %v", err)
		}
		get := func(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
			return m.Get(m.Descriptor().Fields().ByName(name))
		}
		list := get(m, "resource_changes").List()
		if list.Len() != file.NumActions() {
			t.Fatalf("the protobuf library sees %d changes, we %d", list.Len(), file.NumActions())
		}
		for i := range list.Len() {
			c := list.Get(i).Message()
			words, ok := file.Action(get(c, "addr").String(), get(c, "deposed_key").String())
			number := get(get(c, "change").Message(), "action").Enum()
			want := []string{fmt.Sprintf("unknown:%d", number)}
			if w, known := actionWords[number]; known {
				want = strings.Split(w, ",")
			}
			if !ok || !slices.Equal(words, want) {
				t.Fatalf("change %d: the protobuf library sees %v, we %v", i, want, words)
			}
		}
		facts := file.Facts()
		if facts.ToolVersion != get(m, "terraform_version").String() || facts.Errored != get(m, "errored").Bool() ||
			len(facts.Excludes) != get(m, "exclude_addrs").List().Len() ||
			len(facts.Targets) != get(m, "target_addrs").List().Len()+get(m, "action_target_addrs").List().Len() {
			t.Fatalf("the protobuf library sees %v, we %+v", m, facts)
		}
		mode := get(m, "ui_mode").Enum()
		if want := map[protoreflect.EnumNumber]string{0: "normal", 1: "destroy", 2: "refresh-only"}[mode]; facts.Mode != want && facts.Mode != "destroy" && facts.Mode != "unknown" {
			t.Fatalf("mode %d is %s", mode, facts.Mode)
		}
		use(file)
	})
}

var actionWords = map[protoreflect.EnumNumber]string{
	0: "no-op", 1: "create", 2: "read", 3: "update", 5: "delete", 6: "delete,create", 7: "create,delete",
	8: "forget", 9: "create,forget", 10: "forget,create",
}

// planDescriptor describes the part of planfile.proto that is compared.
func planDescriptor(f *testing.F) protoreflect.MessageDescriptor {
	f.Helper()
	const (
		str   = descriptorpb.FieldDescriptorProto_TYPE_STRING
		num   = descriptorpb.FieldDescriptorProto_TYPE_UINT64
		truth = descriptorpb.FieldDescriptorProto_TYPE_BOOL
		enum  = descriptorpb.FieldDescriptorProto_TYPE_ENUM
		sub   = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	)
	field := func(name string, n int32, typ descriptorpb.FieldDescriptorProto_Type, of string, many bool) *descriptorpb.FieldDescriptorProto {
		label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
		if many {
			label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
		}
		d := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &n, Type: &typ, Label: &label}
		if of != "" {
			d.TypeName = proto.String(".t." + of)
		}
		return d
	}
	message := func(name string, fields ...*descriptorpb.FieldDescriptorProto) *descriptorpb.DescriptorProto {
		return &descriptorpb.DescriptorProto{Name: &name, Field: fields}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("t.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		EnumType: []*descriptorpb.EnumDescriptorProto{{
			Name:  proto.String("Any"),
			Value: []*descriptorpb.EnumValueDescriptorProto{{Name: proto.String("ZERO"), Number: proto.Int32(0)}},
		}},
		MessageType: []*descriptorpb.DescriptorProto{
			message("Plan",
				field("version", 1, num, "", false), field("ui_mode", 17, enum, "Any", false), field("errored", 20, truth, "", false),
				field("resource_changes", 3, sub, "Change", true), field("resource_drift", 18, sub, "Change", true),
				field("target_addrs", 5, str, "", true), field("exclude_addrs", 6, str, "", true), field("action_target_addrs", 32, str, "", true),
				field("terraform_version", 14, str, "", false), field("backend", 13, sub, "Backend", false),
			),
			message("Change", field("addr", 13, str, "", false), field("deposed_key", 7, str, "", false), field("change", 9, sub, "Inner", false)),
			message("Inner", field("action", 1, enum, "Any", false)),
			message("Backend", field("type", 1, str, "", false), field("workspace", 3, str, "", false)),
		},
	}, nil)
	if err != nil {
		f.Fatal(err)
	}
	return file.Messages().ByName("Plan")
}

// FuzzManifest gives modules.json any text.
func FuzzManifest(f *testing.F) {
	f.Add(rootOnly)
	f.Add(`[{"Key":"","Dir":"."},{"Key":"a","Source":"./m","Dir":"m"},{"Key":"a.b","Source":"../x","Dir":"x"}]`)
	f.Fuzz(func(_ *testing.T, text string) {
		parts := []part{
			{name: "tfplan", content: string(plan()), stored: true},
			{name: "tfconfig/modules.json", content: text, stored: true},
			{name: "tfconfig/m-/main.tf", content: "x", stored: true},
		}
		z := byHand{parts: parts}.bytes()
		if file, err := planfile.Read(bytes.NewReader(z), int64(len(z)), small); err == nil {
			use(file)
		}
	})
}

// FuzzLock gives the commit's lock file any text; equal means that both say the
// same of every provider.
func FuzzLock(f *testing.F) {
	f.Add(lockText)
	f.Add(strings.ReplaceAll(lockText, "\n", " "))
	file := read(f, planZip(f, plan(), map[string]string{".terraform.lock.hcl": lockText}))
	f.Fuzz(func(t *testing.T, text string) {
		got := file.CompareLock([]byte(text))
		if got == planfile.LockDiffers {
			return
		}
		for _, want := range []string{`"registry.terraform.io/hashicorp/aws"`, `"registry.terraform.io/hashicorp/null"`, `"5.1.0"`, `"3.2.1"`, `"~> 5.0"`, `"h1:ccc"`} {
			if !strings.Contains(text, want) {
				t.Fatalf("%s, and the text lacks %s", got, want)
			}
		}
		if strings.Count(text, "version") < 2 {
			t.Fatal("a provider without a version")
		}
	})
}
