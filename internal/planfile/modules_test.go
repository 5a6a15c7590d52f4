package planfile_test

import (
	"testing"

	"github.com/claw-verified/claw-verified/internal/planfile"
)

// modules.json is read by Terraform with a reader that ignores letter case and lets
// the last of two members win.
func TestRefusedManifests(t *testing.T) {
	for text, want := range map[string]string{
		``:                                      "not a list",
		`{}`:                                    "not a list",
		`[`:                                     "not an object",
		`[]`:                                    "the root module is not listed",
		`[1]`:                                   "not an object",
		`[null]`:                                "not an object",
		rootOnly + `x`:                          "stands behind",
		rootOnly + rootOnly:                     "stands behind",
		`[{"Key":"","Dir":"."},]`:               "not an object",
		`[{"Dir":"."}]`:                         "without a key",
		`[{"Key":1,"Dir":"."}]`:                 "not a text",
		`[{"Key":"","Dir":null}]`:               "not a text",
		`[{"Key":"","Dir":".","Dir":"x"}]`:      "not valid JSON",
		`[{"Key":"","Dir":".","dir":"x"}]`:      "ambiguous",
		`[{"Key":"","Dir":".","\u212aey":"x"}]`: "ambiguous",
		`[{"Key":"","Dir":"."},{"Key":"","Dir":"x"}]`:             "listed twice",
		`[{"Key":"","Dir":"."},{"Key":"a.b","Source":"./x"}]`:     "caller is not listed",
		`[{"Key":"","Dir":"."},{"Key":"a/b","Source":"./x"}]`:     "cannot be",
		`[{"Key":"","Dir":"."},{"Key":".a","Source":"./x"}]`:      "cannot be",
		`[{"Key":"","Dir":"."},{"Key":"a.","Source":"./x"}]`:      "cannot be",
		`[{"Key":"","Dir":"."},{"Key":"a..b","Source":"./x"}]`:    "cannot be",
		"[{\"Key\":\"\",\"Dir\":\"\xff\"}]":                       "not a text",
		`[{"Key":"","Dir":".","Future":{"a":[1]},"Future":null}]`: "not valid JSON",
	} {
		t.Run(text, func(t *testing.T) {
			refused(t, planZip(t, plan(), map[string]string{"tfconfig/modules.json": text}), planfile.Limits{}, want)
		})
	}
	read(t, planZip(t, plan(), map[string]string{"tfconfig/modules.json": `[{"Dir":".","Future":{"a":[1]},"Key":""}]`}))
}
