package resource

import (
	"strings"
	"testing"
)

func TestOff(t *testing.T) {
	for _, w := range []string{"", " ", "off", "OFF", "Disabled", " disabled ", "none", "no", "false", "inactive", "Suspended", "unlocked", "DELETION_PROTECTION_DISABLED", "auto-off", "not_enabled", "DoNotEnforce", "0"} {
		if !Off(w) {
			t.Errorf("%q is off", w)
		}
	}
	for _, w := range []string{"on", "enabled", "locked", "COMPLIANCE", "official", "note", "nonet", "offline-copy", "30", "log_default", "notable", strings.Repeat("off ", 100)} {
		if Off(w) {
			t.Errorf("%q is not off", w)
		}
	}
}
