package attestation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/attestation"
)

func TestStrict(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]string{
		"object":             `{"a":1,"b":{"a":[{"a":null}]}}`,
		"string":             `"x"`,
		"spaces around":      " \n{} \r\n\t",
		"same name, apart":   `{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}`,
		"same name, deeper":  `{"x":{"x":{"X":1}}}`,
		"same value as name": `{"a":"a","b":"A"}`,
		"escapes":            `{"a\u0062":"\ud83d\ude00"}`,
		"64 deep":            strings.Repeat("[", 64) + strings.Repeat("]", 64),
	} {
		if err := attestation.Strict([]byte(good)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]string{
		"empty":                    "",
		"spaces":                   " \n",
		"cut off":                  `{"a":1`,
		"a second document":        `{}{}`,
		"a second document, far":   "{}\n\n[1]",
		"a word behind":            `{} x`,
		"a zero byte behind":       "{}\x00",
		"a comma":                  `{"a":1,}`,
		"two documents at first":   `1 2`,
		"duplicate":                `{"a":1,"a":1}`,
		"duplicate, far":           `{"a":1,"b":{"c":{}},"a":1}`,
		"duplicate, deep":          `[[{"x":{"a":1,"a":2}}]]`,
		"duplicate by escape":      `{"a":1,"\u0061":2}`,
		"by case":                  `{"subject":[],"Subject":[]}`,
		"by case, after an object": `{"subject":{"Subject":1},"x":[{}],"SUBJECT":1}`,
		"by the Kelvin sign":       `{"key":1,"` + "\u212a" + `ey":2}`,
		"by the long s":            `{"sig":1,"` + "\u017f" + `ig":2}`,
		"not UTF-8":                "{\"a\":\"\xff\"}",
		"name not UTF-8":           "{\"\xff\":1}",
		"half a surrogate pair":    `{"a":"\ud800"}`,
		"a byte order mark":        "\ufeff{}",
		"65 deep":                  strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"65 objects deep":          strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
		"no JSON":                  "subject: x",
	} {
		if err := attestation.Strict([]byte(bad)); !errors.Is(err, attestation.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
