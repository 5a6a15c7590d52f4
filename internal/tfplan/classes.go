package tfplan

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/claw-verified/claw-verified/checks"
)

//go:embed classes.txt
var classesText string

var classes = sync.OnceValue(func() map[string]checks.Class {
	m := make(map[string]checks.Class, 1024)
	var class checks.Class
	for line := range strings.Lines(classesText) {
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			class = checks.Class(strings.Trim(line, "[]"))
		default:
			m[line] = class
		}
	}
	return m
})

// Class says what is known of a resource type. It goes by the type alone: a fork
// or a mirror of a provider destroys the same data.
func Class(typ string) checks.Class {
	if c, ok := classes()[typ]; ok {
		return c
	}
	return checks.ClassUnclassified
}
