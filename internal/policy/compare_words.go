package policy

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/claw-verified/claw-verified/internal/signature"
)

// show writes a value for people, foreign text quoted.
func show(v reflect.Value) string {
	if !v.IsValid() {
		return "nothing"
	}
	switch e := v.Interface().(type) {
	case time.Time:
		if e.IsZero() {
			return "no date"
		}
		return e.UTC().Format(time.RFC3339)
	case Duration:
		if e == 0 {
			return "any length"
		}
		return e.String()
	case Size:
		return e.String()
	case Key:
		return keyName(&e)
	case DID:
		return quoteName(clip(e.DID))
	case Identity:
		return quoteName(clip(e.Subject))
	case Agent:
		return quoteName(clip(e.ID))
	case Person:
		return quoteName(clip(e.ID))
	case Attestor:
		return quoteName(clip(e.ID))
	case Tier:
		return quoteName(clip(e.ID))
	case PlanRule:
		return quoteName(clip(e.ID))
	case PlanResource:
		return quoteName(clip(e.Type))
	case Producer:
		return quoteName(clip(e.Workflow))
	case RequiredCheck:
		return quoteName(clip(e.Name)) + " by " + e.By()
	case Waiver:
		return waived(e)
	case Need:
		return approvals(e.Count)
	case ChangeSize:
		return sizeWords(&e)
	case MassDestroy:
		n := e.orDefault()
		return fmt.Sprintf("%d objects or %d percent", n.Count, n.Share)
	}
	switch v.Kind() {
	case reflect.String:
		if v.String() == "" {
			return "nothing"
		}
		return quoteName(clip(v.String()))
	case reflect.Int, reflect.Int64:
		if v.Int() == 0 {
			return "no number of"
		}
		return fmt.Sprint(v.Interface())
	case reflect.Bool:
		return fmt.Sprint(v.Interface())
	}
	return "another one"
}

func approvals(n int) string {
	if n == 1 {
		return "1 approval"
	}
	return fmt.Sprintf("%d approvals", n)
}

func sizeWords(s *ChangeSize) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{s.Commits, "commits"}, {s.Files, "files"}, {s.Lines, "lines"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return orList(parts)
}

// keyName is the fingerprint by which a key is known, or the file that holds it.
func keyName(k *Key) string {
	if k.File != "" {
		return "key in " + quoteName(clip(k.File))
	}
	if s, err := signature.ParseKey(k.Key); err == nil {
		return "key " + s.Fingerprint
	}
	if _, fingerprint, err := signature.ParsePEM(k.Key); err == nil {
		return "key " + fingerprint
	}
	if s, err := signature.ParsePGP(k.Key); err == nil {
		return "key " + s.Fingerprint
	}
	first, _, _ := strings.Cut(k.Key, "\n")
	return "key " + quoteName(clip(first))
}

// orDefault fills in the bounds that hold where none is given.
func (m MassDestroy) orDefault() MassDestroy {
	setDefault(&m.Count, DefaultMassCount)
	setDefault(&m.Share, DefaultMassShare)
	return m
}
