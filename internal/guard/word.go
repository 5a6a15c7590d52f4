package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// switched reports whether a switch is on. Providers write it as a boolean, a
// number or a word; a word that does not say off is on.
func switched(v tfvalue.Value) bool {
	if b, ok := v.Bool(); ok {
		return b
	}
	if n, ok := v.Number(); ok {
		return n != 0
	}
	return !resource.Off(lower(v)) && v.Value != nil
}

// filled reports whether there is a value that says something.
func filled(v tfvalue.Value) bool {
	if t, ok := v.Text(); ok {
		return t != ""
	}
	return v.Value != nil
}

func lower(v tfvalue.Value) string {
	if b, ok := v.Value.(bool); ok {
		if b {
			return "true"
		}
		return "false"
	}
	t, ok := v.Text()
	if !ok || len(t) > 64 {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(t))
}

// fold writes a name as Terraform does, so that the attributes of documents of other
// APIs are found by it: publicNetworkAccess is public_network_access.
func fold(name string) string {
	upper := false
	for _, c := range []byte(name) {
		upper = upper || c >= 'A' && c <= 'Z'
	}
	if !upper || len(name) > 100 {
		return name
	}
	out := make([]byte, 0, len(name)+8)
	for i, c := range []byte(name) {
		if c < 'A' || c > 'Z' {
			out = append(out, c)
			continue
		}
		// A run of capitals is one word: KmsKeyId, KMSKeyId, DBName.
		after := i > 0 && (name[i-1] < 'A' || name[i-1] > 'Z') && name[i-1] != '_'
		last := i > 0 && i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z' && name[i-1] >= 'A' && name[i-1] <= 'Z'
		if after || last {
			out = append(out, '_')
		}
		out = append(out, c+'a'-'A')
	}
	return string(out)
}

func anyPart(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func anyStart(s string, starts []string) bool {
	for _, p := range starts {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
