package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// vaultInline judges the policies of access that a vault of keys has in itself. One
// that is bound to an application is narrower than one that is not.
func vaultInline(j *judge) {
	if j.deleted() {
		return // with all that is in it
	}
	const at = "access_policy"
	read := func(s tfvalue.Side) grants {
		var out grants
		if v, ok := s.At(at); ok && v.Unknown {
			out.role = true
		}
		for _, p := range s.All(at + "[]") {
			one := func(name string) string {
				m, _ := p.Member(name)
				t, known := text(m)
				out.who = out.who || !known
				return strings.ToLower(t)
			}
			if p.Unknown {
				out.role = true
				continue
			}
			who, application := one("object_id"), one("application_id")
			for _, kind := range []string{"key", "secret", "certificate", "storage"} {
				m, _ := p.Member(kind + "_permissions")
				out.role = out.role || m.Unknown
				for _, e := range m.Elements() {
					right, known := text(e)
					if !known {
						out.role = true
						continue
					}
					if len(out.list) >= maxGrants {
						out.cut = true
						return out
					}
					if right != "" {
						out.list = append(out.list, grant{who: who, role: kind + " " + strings.ToLower(right), under: application})
					}
				}
			}
		}
		return out
	}
	b := binding{who: at, role: at, grade: vaultGrade, exclusive: true}
	b.compare(j, read(j.old), read(j.new))
}
